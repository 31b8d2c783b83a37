// How messages look in each type of channel: the table of those who make messages, and send none.
import type { Look } from './channel.js';
import { CONSOLE_LOOK } from './console-look.js';
import { DINGTALK_LOOK } from './dingtalk-look.js';
import { EMAIL_LOOK } from './email-look.js';
import { FEISHU_LOOK } from './feishu-look.js';
import { SLACK_LOOK } from './slack-look.js';
import type { ChannelTypeName } from './table.js';
import { WEBHOOK_LOOK } from './webhook-look.js';
import { WECOM_LOOK } from './wecom-look.js';

/** What the type's `settings` made of an entry goes to its look, and nobody here needs to know it. */
function listed<Settings>({ markup, dresser }: Look<Settings>): Look<unknown> {
  return { markup, dresser: (settings, name) => dresser(settings as Settings, name) };
}

export const LOOKS: Readonly<Record<ChannelTypeName, Look<unknown>>> = {
  email: listed(EMAIL_LOOK),
  slack: listed(SLACK_LOOK),
  dingtalk: listed(DINGTALK_LOOK),
  wecom: listed(WECOM_LOOK),
  feishu: listed(FEISHU_LOOK),
  webhook: listed(WEBHOOK_LOOK),
  console: listed(CONSOLE_LOOK),
};
