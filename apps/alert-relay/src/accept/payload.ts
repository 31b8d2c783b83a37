// Parses AlertManager's posts: bytes become a typed post, or a reason why they cannot. Unknown and missing fields are
// accepted.
import { createHash } from 'node:crypto';
import { clip, isRecord } from '@celery-watch/service';
import type { Alert } from '../notification/index.js';
import { isNestedDeeper } from './nesting.js';

/** One post, parsed (docs/protocol/alertmanager.md#payload). */
export interface Post {
  readonly receiver: string;
  readonly groupKey: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly externalURL: string;
  readonly alerts: readonly Alert[];
  readonly truncated: number;
}

export type Parsed =
  | { readonly kind: 'post'; readonly post: Post }
  /** JSON, but not AlertManager's webhook: people must still hear of it. */
  | { readonly kind: 'unknown'; readonly text: string }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** No sender nests its posts a tenth as deep. */
const DEEPEST = 100;

/** Takes the bytes of a body; `now` (milliseconds) stands in for times that are missing. Never throws. */
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
      reason: error instanceof SyntaxError ? `no JSON: ${clip(error.message, 201)}` : 'no UTF-8',
    };
  }
  if (!isRecord(value) || !Array.isArray(value['alerts'])) return { kind: 'unknown', text };
  const alerts: Alert[] = [];
  for (const each of value['alerts'] as unknown[]) {
    const alert = readAlert(each, now);
    if (alert === undefined) return { kind: 'unknown', text };
    alerts.push(alert);
  }
  const groupLabels = textsOf(value['groupLabels']);
  const truncated = value['truncatedAlerts'];
  return {
    kind: 'post',
    post: {
      receiver: unquoteReceiver(textOf(value['receiver'])),
      groupKey: textOf(value['groupKey']) || JSON.stringify(groupLabels),
      groupLabels,
      externalURL: textOf(value['externalURL']),
      alerts,
      truncated:
        typeof truncated === 'number' && Number.isFinite(truncated) && truncated > 0 ? Math.floor(truncated) : 0,
    },
  };
}

function readAlert(value: unknown, now: number): Alert | undefined {
  if (!isRecord(value) || !isRecord(value['labels'])) return undefined;
  const labels = textsOf(value['labels']);
  const endsAt = timeOf(value['endsAt']);
  const status = value['status'] === 'resolved' ? 'resolved' : 'firing';
  return {
    status,
    labels,
    annotations: textsOf(value['annotations']),
    startsAt: timeOf(value['startsAt']) ?? now,
    ...(status === 'resolved' && { endsAt: endsAt ?? now }),
    generatorURL: clip(textOf(value['generatorURL']), LONGEST_TEXT),
    fingerprint: textOf(value['fingerprint']) || fingerprintOf(labels),
  };
}

/** A stand-in where the sender gives none: the same labels, the same fingerprint. */
export function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16);
}

/**
 * AlertManager quotes a receiver's name as if it were a regular expression, `ops\.cn`
 * (docs/protocol/alertmanager.md#receiver).
 */
export function unquoteReceiver(name: string): string {
  return name.replace(/\\([\\.+*?()|[\]{}^$])/g, '$1');
}

/** Milliseconds; undefined for what is no time, and for Go's zero time in the year 0001, which means "not yet". */
function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const ms = Date.parse(value);
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

/**
 * No label or annotation that a person can read is longer; what is over it is cut, and the cut is visible. Characters,
 * the ellipsis among them.
 */
const LONGEST_TEXT = 65_537;
const LONGEST_NAME = 1_025;

/**
 * Labels and annotations are texts; a number or a truth value of another sender is written as text, anything else as
 * JSON.
 */
function textsOf(value: unknown): Record<string, string> {
  const texts: Record<string, string> = Object.create(null) as Record<string, string>;
  if (!isRecord(value)) return texts;
  for (const [key, each] of Object.entries(value))
    texts[clip(key, LONGEST_NAME)] = clip(typeof each === 'string' ? each : JSON.stringify(each), LONGEST_TEXT);
  return texts;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
