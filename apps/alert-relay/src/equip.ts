// From an entry of the configuration to what sends for it: the channel, its renderer and its limits.
import { CHANNEL_TYPES } from './channels/table.js';
import type { Channel, Limit } from './channels/channel.js';
import type { ChannelConfig } from './config/config.js';
import { createRenderer, type Renderer } from './render/index.js';

export interface Equipment {
  readonly channel: Channel;
  readonly renderer: Renderer;
  readonly limit: Limit;
  readonly idempotent: boolean;
}

/** Throws an Error that says what is wrong where the channel cannot be built: a certificate file that cannot be read, for example. */
export function equip({ name, type: typeName, settings, locale, timezone, templates }: ChannelConfig, now: () => number): Equipment {
  // The settings were made by this same type's schema.
  const type = CHANNEL_TYPES[typeName];
  return {
    channel: type.create(settings, { name, now }),
    renderer: createRenderer({ markup: type.markup, locale, timezone, ...(templates !== undefined && { templates }) }),
    limit: type.limit(settings),
    idempotent: type.idempotent,
  };
}
