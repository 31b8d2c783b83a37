// From an entry of the configuration to what sends for it: the channel, what its messages are made of, its limits.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CHANNEL_TYPES } from './channels/table.js';
import type { Channel, ChannelContext, Limit } from './channels/channel.js';
import type { ChannelConfig } from './config/config.js';
import type { MessageSetup } from './render/message-job.js';
import { readTemplates } from './render/template-files.js';
import { packed } from './settings/packed.js';

export interface ChannelSetup {
  readonly channel: Channel;
  /** For whoever makes its messages. */
  readonly messages: MessageSetup;
  readonly limit: Limit;
  readonly idempotent: boolean;
}

/**
 * Throws an Error that says what is wrong where the channel cannot be built: a certificate file that cannot be read,
 * for example.
 */
export function setUpChannel(
  { name, type: typeName, settings, locale, timezone, templates, links, maxParts, version }: ChannelConfig,
  clocks: Omit<ChannelContext, 'name'>,
): ChannelSetup {
  // The settings were made by this same type's schema.
  const type = CHANNEL_TYPES[typeName];
  const messages: MessageSetup = {
    name,
    version: JSON.stringify([version, templatesVersion(templates)]),
    type: typeName,
    settings: packed(settings),
    locale,
    timezone,
    maxParts,
    templates: templates === undefined ? undefined : readTemplates(templates),
    links,
  };
  return {
    channel: type.create(settings, { name, ...clocks }),
    messages,
    limit: type.limit(settings),
    idempotent: type.idempotent,
  };
}

/**
 * Another text for each change of a channel's own templates, so that a reload takes them up; the same for a folder that
 * cannot be read.
 */
export function templatesVersion(folder: string | undefined): string {
  if (folder === undefined) return '';
  const hash = createHash('sha256');
  try {
    for (const name of readdirSync(folder)
      .filter((each) => each.endsWith('.liquid'))
      .sort())
      hash.update(`${name}\n`).update(readFileSync(path.join(folder, name)));
  } catch (error) {
    return `unreadable: ${(error as NodeJS.ErrnoException).code ?? ''}`;
  }
  return hash.digest('hex');
}
