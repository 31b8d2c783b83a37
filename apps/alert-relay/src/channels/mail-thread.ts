// One thread of e-mails for one episode: the same subject, and ids that lead to the episode's first mail.
import { createHash } from 'node:crypto';
import { clip } from '@celery-watch/service';
import { type Group, type Message, nameOf, type Urgency } from '../notification/index.js';
import type { Part } from './channel.js';
import { titleLine } from './wording.js';

export interface Thread {
  readonly messageId: string;
  /** The episode's first mail; undefined in that one. */
  readonly inReplyTo: string | undefined;
}

/**
 * The mail that opens an episode carries the id that all its others name, an id that can be worked out from the episode
 * alone. What another channel could not deliver never carries it: the same channel may have sent the opening mail
 * itself, and mail programs show one id once.
 */
export function threadOf({ key, index, message }: Part, channel: string, domain: string): Thread {
  const root = `<episode.${createHash('sha256').update(`${channel}\n${message.episode.id}`).digest('hex').slice(0, 32)}@${domain}>`;
  const opens = message.episode.opened && index === 1 && message.undelivered === undefined;
  return opens ? { messageId: root, inReplyTo: undefined } : { messageId: `<${key}@${domain}>`, inReplyTo: root };
}

const PREFIX: Readonly<Record<Urgency, string>> = { critical: '[CRITICAL]', warning: '[WARNING]', info: '[INFO]' };
const LONGEST = 180;
const NAMED = 3;

/**
 * From the labels of the group alone, since Gmail begins another conversation where the subject changes: no counts, no
 * "resolved". The prefix is the group's own severity where AlertManager groups by it; else the urgency of what the
 * message tells, and then a change of it begins a conversation of its own.
 */
export function subjectOf(message: Message): string {
  const [first] = message.groups;
  const severity = message.groups.length === 1 ? first?.labels['severity']?.toLowerCase() : undefined;
  const urgency =
    severity === 'critical' || severity === 'warning' || severity === 'info' ? severity : message.told.urgency;
  const names = message.groups.length === 1 && first !== undefined ? nameOfGroup(first) : namesOfGroups(message);
  return clip(`${PREFIX[urgency]} ${titleLine(names)}`, LONGEST);
}

/** Its alert name and its other labels; of a group without labels the receiver is all that does not change. */
function nameOfGroup({ labels, receiver }: Group): string {
  const { alertname } = labels;
  const others = Object.entries(labels).filter(([label]) => label !== 'alertname' && label !== 'severity');
  const rest = others.sort(([a], [b]) => (a < b ? -1 : 1)).map(([label, value]) => `${label}=${value}`);
  return [...(alertname === undefined ? [] : [alertname]), ...rest].join(' ') || receiver;
}

function namesOfGroups({ groups, alerts }: Message): string {
  const names = [...new Set(alerts.map(({ alert }) => nameOf(alert)))];
  const more = names.length > NAMED ? ', …' : '';
  return `${names.slice(0, NAMED).join(', ')}${more} (${groups.length} groups)`;
}
