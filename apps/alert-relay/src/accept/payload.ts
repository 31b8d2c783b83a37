// Parses posts: bytes become a typed post, or a reason why they cannot. Unknown and missing fields are accepted, and an
// alert that cannot be read takes no other along.
import { clip, isRecord } from '@celery-watch/service';
import { hashOfLabels, type Alert } from '../notification/index.js';
import type { PostReason } from './judge.js';
import { isNestedDeeper } from './nesting.js';
import { readAlert } from './read-alert.js';
import { saidBy } from './status-words.js';
import { textOf, textsOf } from './values.js';

/** One post, parsed (docs/protocol/alertmanager.md#payload). */
export interface Post {
  readonly receiver: string;
  readonly groupKey: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly externalURL: string;
  readonly alerts: readonly Alert[];
  readonly truncated: number;
  /** How many were left out, since they say of themselves that they are pending, or silenced. Absent: none. */
  readonly quiet?: number;
  readonly sender?: 'grafana';
  readonly reason?: PostReason;
  /** What stood among the alerts and is none. */
  readonly odd?: OddAlerts;
}

export interface OddAlerts {
  readonly count: number;
  /** alerts[3]: its labels are null; and the same of the next few. */
  readonly why: readonly string[];
  /** The first one, as it came. */
  readonly first: string;
  /** The same for the same ones. */
  readonly hash: string;
}

export type Parsed =
  | { readonly kind: 'post'; readonly post: Post }
  /** JSON, but not AlertManager's webhook: people must still hear of it. */
  | { readonly kind: 'unknown'; readonly text: string }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** No sender nests its posts a tenth as deep. */
const DEEPEST = 100;

/** Takes the bytes of a body; `now` (milliseconds) decides which ends have passed. Never throws. */
export function parsePost(body: Uint8Array, now: number): Parsed {
  let text: string;
  let value: unknown;
  if (isNestedDeeper(body, DEEPEST)) return { kind: 'unreadable', reason: 'JSON nested too deep' };
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    value = JSON.parse(text);
  } catch (error) {
    return {
      kind: 'unreadable',
      reason: error instanceof SyntaxError ? `no JSON: ${clip(error.message, 201).replace(/\s+/g, ' ')}` : 'no UTF-8',
    };
  }
  // A list alone is what Prometheus and its like send to AlertManager (docs/protocol/alertmanager.md#other-senders).
  const post = Array.isArray(value) ? { alerts: value as unknown[] } : value;
  if (!isRecord(post) || !Array.isArray(post['alerts'])) return { kind: 'unknown', text };
  const given = post['alerts'] as unknown[];
  const said = saidBy(post['status']) ?? saidBy(post['state']);
  const alerts: Alert[] = [];
  let quiet = 0;
  const odd: { readonly place: number; readonly value: unknown }[] = [];
  for (const [place, each] of given.entries()) {
    const alert = readAlert(each, said, now);
    if (alert === undefined) odd.push({ place, value: each });
    else if (alert === 'quiet') quiet++;
    else alerts.push(alert);
  }
  if (alerts.length + quiet === 0 && (odd.length > 0 || Array.isArray(value))) return { kind: 'unknown', text };
  const groupLabels = textsOf(post['groupLabels']);
  const reason = reasonOf(post['notification_reason']);
  return {
    kind: 'post',
    post: {
      receiver: unquoteReceiver(textOf(post['receiver'])),
      groupKey: textOf(post['groupKey']) || JSON.stringify(inOrder(groupLabels)),
      groupLabels,
      externalURL: textOf(post['externalURL']),
      alerts,
      truncated: countOf(post['truncatedAlerts']),
      ...(quiet > 0 && { quiet }),
      ...(isGrafanas(post, given) && { sender: 'grafana' }),
      ...(reason !== undefined && { reason }),
      ...(odd.length > 0 && { odd: describeOdd(odd) }),
    },
  };
}

const SHOWN_ODD = 5;
const SHOWN_TEXT = 2_001;

function describeOdd(odd: readonly { readonly place: number; readonly value: unknown }[]): OddAlerts {
  return {
    count: odd.length,
    why: odd.slice(0, SHOWN_ODD).map(({ place, value }) => `alerts[${place}]: ${oddity(value)}`),
    first: clip(JSON.stringify(odd[0]?.value), SHOWN_TEXT),
    hash: hashOfLabels({ odd: JSON.stringify(odd.map(({ value }) => value)) }).slice(0, 16),
  };
}

function oddity(value: unknown): string {
  if (!isRecord(value)) return `it is ${kindOf(value)}, no object`;
  return value['labels'] === undefined ? 'it has no labels' : `its labels are ${kindOf(value['labels'])}, no object`;
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'a list' : clip(JSON.stringify(value), 41);
}

/** Grafana's contact points say more than AlertManager does (docs/protocol/alertmanager.md#grafana). */
function isGrafanas(post: Readonly<Record<string, unknown>>, alerts: readonly unknown[]): boolean {
  return (
    typeof post['orgId'] === 'number' ||
    alerts.some(
      (each) => isRecord(each) && ['silenceURL', 'valueString'].some((name) => typeof each[name] === 'string'),
    )
  );
}

/** Never trusted alone (docs/protocol/alertmanager.md#reason). */
function reasonOf(value: unknown): PostReason | undefined {
  const text = textOf(value).toLowerCase();
  if (text.includes('repeat')) return 'repeat';
  return /\b(first|new|resolved)\b/.test(text) ? 'change' : undefined;
}

/**
 * AlertManager quotes a receiver's name as if it were a regular expression, `ops\.cn`
 * (docs/protocol/alertmanager.md#receiver).
 */
export function unquoteReceiver(name: string): string {
  return name.replace(/\\([\\.+*?()|[\]{}^$])/g, '$1');
}

function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0;
}

/** The same labels in another order are the same group. */
function inOrder(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
