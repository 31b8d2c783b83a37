// Parses posts: bytes become a typed post, or a reason why they cannot. Unknown and missing fields are accepted, and an
// alert that cannot be read takes no other along.
import { clip, isRecord } from '@celery-watch/service';
import { hashOfLabels, mostUrgent, urgencyNamed, urgencyOf, type Alert, type Urgency } from '../notification/index.js';
import { parseExactly } from './exact-json.js';
import type { PostReason } from './judge.js';
import { isNestedDeeper } from './nesting.js';
import { readAlert } from './read-alert.js';
import { alertsIn } from './shapes.js';
import { saidBy, type Said } from './status-words.js';
import { inOrder, textOf, textsOf } from './values.js';

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
  /** The highest of what the post says of its group, and they of themselves. */
  readonly urgency: Urgency;
  /** All of them say that they have ended. */
  readonly isOver: boolean;
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
    value = parseExactly(text);
  } catch (error) {
    return {
      kind: 'unreadable',
      reason: error instanceof SyntaxError ? `no JSON: ${clip(error.message, 201).replace(/\s+/g, ' ')}` : 'no UTF-8',
    };
  }
  const found = alertsIn(value);
  if (found === undefined) return { kind: 'unknown', text };
  const { post, given, isWebhook } = found;
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
  const groupLabels = textsOf(post['groupLabels']);
  const around = [groupLabels, textsOf(post['commonLabels'])];
  const oddOnes = odd.length === 0 ? undefined : describeOdd(odd, around, said);
  // Nothing in it can be read, nor does anything around it say what it is about: people get it as it came.
  const isKnown = oddOnes === undefined ? isWebhook : oddOnes.isOver || around.some((labels) => !isEmpty(labels));
  if (alerts.length + quiet === 0 && !isKnown) return { kind: 'unknown', text };
  const reason = reasonOf(post['notification_reason']);
  return {
    kind: 'post',
    post: {
      receiver: unquoteReceiver(textOf(post['receiver'])),
      groupKey: textOf(post['groupKey']) || JSON.stringify(groupLabels, inOrder),
      groupLabels,
      externalURL: textOf(post['externalURL']),
      alerts,
      truncated: countOf(post['truncatedAlerts']),
      ...(quiet > 0 && { quiet }),
      ...(isGrafanas(post, given) && { sender: 'grafana' }),
      ...(reason !== undefined && { reason }),
      ...(oddOnes !== undefined && { odd: oddOnes }),
    },
  };
}

const SHOWN_ODD = 5;
const SHOWN_TEXT = 2_001;

function describeOdd(
  odd: readonly { readonly place: number; readonly value: unknown }[],
  around: readonly Readonly<Record<string, string>>[],
  said: Said | undefined,
): OddAlerts {
  const text = JSON.stringify(odd.map(({ value }) => value));
  return {
    count: odd.length,
    why: odd.slice(0, SHOWN_ODD).map(({ place, value }) => `alerts[${place}]: ${oddity(value)}`),
    first: clip(JSON.stringify(odd[0]?.value), SHOWN_TEXT),
    hash: hashOfLabels({ odd: text }).slice(0, 16),
    urgency: mostUrgent([...around.map((labels) => urgencyOf({ labels })), urgencyIn(text)]),
    isOver: odd.every(({ value }) => ((isRecord(value) ? saidBy(value['status']) : undefined) ?? said) === 'resolved'),
  };
}

/** What a text that nobody can read says of its severity: at the least a warning. */
export function urgencyIn(text: string): Urgency {
  const named = text.matchAll(/severity[\\"']{0,4}\s{0,4}[:=][\s\\"']{0,6}(\p{L}{1,20})/giu);
  return mostUrgent(['warning', ...Array.from(named, ([, word]) => urgencyNamed(word ?? ''))]);
}

function isEmpty(labels: Readonly<Record<string, string>>): boolean {
  return Object.keys(labels).length === 0;
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
  const count = typeof value === 'string' && /^\s*\d{1,9}\s*$/.test(value) ? Number(value) : value;
  return typeof count === 'number' && Number.isFinite(count) && count > 0 ? Math.floor(count) : 0;
}
