// Every type of channel: a new one is one file and one line here.
import type { ChannelType } from './channel.js';
import { CONSOLE } from './console.js';
import { DINGTALK } from './dingtalk.js';
import { EMAIL } from './email.js';
import { FEISHU } from './feishu.js';
import { SLACK } from './slack.js';
import { WEBHOOK } from './webhook.js';
import { WECOM } from './wecom.js';

/**
 * A type whose settings nobody outside needs to know: what its `settings` made of an entry goes to its `limit`,
 * `dresser` and `create`, and nowhere else.
 */
function listed<Settings>(type: ChannelType<Settings>): ChannelType<unknown> {
  return {
    ...type,
    limit: (settings) => type.limit(settings as Settings),
    dresser: (settings, name) => type.dresser(settings as Settings, name),
    create: (settings, context) => type.create(settings as Settings, context),
  };
}

export const CHANNEL_TYPES = {
  email: listed(EMAIL),
  slack: listed(SLACK),
  dingtalk: listed(DINGTALK),
  wecom: listed(WECOM),
  feishu: listed(FEISHU),
  webhook: listed(WEBHOOK),
  console: listed(CONSOLE),
} as const satisfies Record<string, ChannelType<unknown>>;

export type ChannelTypeName = keyof typeof CHANNEL_TYPES;
