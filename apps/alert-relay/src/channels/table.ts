// Every type of channel: a new one is one file and one line here.
import type { ChannelType } from './channel.js';
import { DINGTALK } from './dingtalk.js';
import { EMAIL } from './email.js';
import { SLACK } from './slack.js';

/** A type whose settings nobody outside needs to know: what its `settings` made of an entry goes to its `limit` and `create`, and nowhere else. */
function listed<Settings>(type: ChannelType<Settings>): ChannelType<unknown> {
  return { ...type, limit: (settings) => type.limit(settings as Settings), create: (settings, context) => type.create(settings as Settings, context) };
}

export const CHANNEL_TYPES = {
  email: listed(EMAIL),
  slack: listed(SLACK),
  dingtalk: listed(DINGTALK),
} as const satisfies Record<string, ChannelType<unknown>>;

export type ChannelTypeName = keyof typeof CHANNEL_TYPES;
