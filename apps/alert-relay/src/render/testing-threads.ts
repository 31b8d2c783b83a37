// Jobs for the tests of whatever makes messages on threads.
import { CHANNEL_TYPES, type ChannelTypeName } from '../channels/table.js';
import type { Notification, StoredNotification } from '../notification/index.js';
import { NO_LINKS } from '../settings/links.js';
import { packed } from '../settings/packed.js';
import type { MessageJob, MessageSetup, PartsRequest } from './message-job.js';
import { NOW, noteOf, queue } from './testing.js';

/**
 * A template that counts as a few steps and works long: each letter of a text looks at all of them, so many times.
 * Doubling the text takes four times as long.
 */
export function busyTemplate(doublings: number, looks: number): string {
  const look = Array.from({ length: looks }, () => "a contains '98'").join(' or ');
  return (
    `{% assign a = "${'0123456789'.repeat(6)}" %}{% for i in (1..${doublings}) %}{% assign a = a | append: a %}` +
    `{% endfor %}{% assign b = a | split: "" %}{% assign c = b | where_exp: "x", "${look}" %}{{ c.size }}`
  );
}
export const ENDLESS = busyTemplate(13, 50);

/** Entries of the configuration, as short as can be. */
const ENTRIES: Readonly<Record<ChannelTypeName, unknown>> = {
  email: { smtp_url: 'smtp://127.0.0.1:2525', from: 'relay@example.com', to: ['ops@example.com'] },
  slack: { webhook_url: 'https://hooks.slack.com/services/T0/B0/x1' },
  dingtalk: { webhook_url: 'https://oapi.dingtalk.com/robot/send?access_token=x1' },
  wecom: { webhook_url: 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x1' },
  feishu: { webhook_url: 'https://open.feishu.cn/open-apis/bot/v2/hook/x1', secret: 'x2' },
  webhook: { url: 'https://example.com/hook' },
  console: {},
};
export const TYPES = Object.keys(CHANNEL_TYPES) as ChannelTypeName[];

export function limitOf(type: ChannelTypeName): number {
  return CHANNEL_TYPES[type].limit(CHANNEL_TYPES[type].settings.parse(ENTRIES[type])).max;
}

/** `alert`: a template of the user's own. */
export function setupOf(type: ChannelTypeName, alert?: string): MessageSetup {
  return {
    name: 'ops',
    version: `${type} ${alert ?? ''}`,
    type,
    settings: packed(CHANNEL_TYPES[type].settings.parse(ENTRIES[type])),
    locale: 'en',
    timezone: 'UTC',
    maxParts: 3,
    templates: alert === undefined ? undefined : { texts: { alert }, failures: [], strays: [] },
    links: NO_LINKS,
  };
}

export function storedOf(notification: Notification): StoredNotification {
  return { json: JSON.stringify(notification), acceptedAt: notification.acceptedAt };
}

/** Queues that are too long, so many. */
export function queues(count: number): StoredNotification {
  return storedOf(noteOf(Array.from({ length: count }, (_, i) => queue(`q${i}`, i))));
}

export function jobOf(type: ChannelTypeName, more: Partial<MessageJob> = {}): MessageJob {
  return { setup: setupOf(type), form: 'own', ...requestOf(type), ...more };
}

export function requestOf(type: ChannelTypeName): PartsRequest {
  return {
    notifications: [queues(3)],
    composedAt: NOW,
    id: 'b0c1',
    plan: undefined,
    possibleDuplicate: false,
    sentAt: NOW,
    most: limitOf(type),
  };
}
