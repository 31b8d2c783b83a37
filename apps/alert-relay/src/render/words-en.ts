// The words of messages in English.
import type { Words } from './words.js';

const LIST = new Intl.ListFormat('en-GB');

export const WORDS_EN: Words = {
  urgency: { critical: 'Critical', warning: 'Warning', info: 'Info' },
  resolved: 'Resolved',
  over: (summary) => `Over: ${summary}`,
  stillFiring: 'Still firing',
  labels: { name: 'task', hostname: 'host' },
  reasons: {
    ok: 'delivered',
    network: 'no connection',
    timeout: 'no answer in time',
    rate_limited: 'rate limit',
    server_error: 'server error',
    credentials: 'credentials refused',
    content: 'content refused',
    too_large: 'too large',
    address: 'wrong address',
    not_understood: 'answer not understood',
    unsendable: 'cannot be sent',
    expired: 'tried for too long',
    channel_removed: 'channel removed',
  },
  links: {
    runbook: 'Runbook',
    graph: 'Graph',
    dashboard: 'Dashboard',
    silence: 'Silence',
    silenceGroup: 'Silence group',
    alertmanager: 'Alertmanager',
  },
  value: 'value',
  unnamed: 'Unnamed alert',
  colon: ': ',
  comma: ', ',
  clause: ', ',
  shortened: '… (shortened)',
  tag: {
    firing: (n, urgency) => `[FIRING:${n} ${urgency}] `,
    stillFiring: (n, urgency) => `[STILL FIRING:${n} ${urgency}] `,
    resolved: (n) => `[RESOLVED:${n}] `,
    partlyResolved: (resolved, firing) => `[RESOLVED:${resolved}, FIRING:${firing}] `,
  },
  groups: ({ n, text }) => `${text} group${n === 1 ? '' : 's'}`,
  andMore: ({ text }) => `and ${text} more`,
  andOthers: ({ text }) => `, +${text}`,
  changes: {
    fresh: ({ text }) => `+${text} new`,
    resolved: ({ text }) => `${text} resolved`,
    stillFiring: ({ text }, urgencies, complete) =>
      complete
        ? `${LIST.format(urgencies)} still firing`
        : `${text} still firing${urgencies.length > 0 ? ` (${[...urgencies, '…'].join(', ')})` : ''}`,
    reminder: 'reminder',
  },
  continued: (from, to, of) => `Continued: alerts ${from}–${to} of ${of}`,
  late: (accepted, span) => `Delivered late: reached the relay at ${accepted}, ${span} ago`,
  possibleDuplicate: 'Possible duplicate: an earlier attempt may have arrived',
  undelivered: (channel, reason) => `Not delivered through ${channel}: ${reason}`,
  truncated: ({ n, text }) => `Alertmanager left out ${text} more alert${n === 1 ? '' : 's'} of this group`,
  since: (at, span) => `since ${at} (${span})`,
  ended: (from, to, span) =>
    `${from !== undefined && to !== undefined ? `${from} – ${to}` : to !== undefined ? `until ${to}` : from !== undefined ? `since ${from}` : ''}${span === undefined ? '' : ` (${span})`}`,
  lasted: (span) => ` (${span})`,
  step: { firing: (at) => `fired ${at}`, resolved: (at) => `resolved ${at}` },
  changedOften: ({ text }, since) => `changed ${text} times since ${since}`,
  standing: ({ text }) => `Still firing (${text})`,
  folded: ({ text }, parts) => `… and ${text} more (${parts})`,
  counted: { firing: (n, urgency) => `${n} ${urgency}`, resolved: (n) => `${n} resolved` },
  otherNames: ({ n, text }) => `${text} other name${n === 1 ? '' : 's'}`,
  receiver: 'receiver',
};
