// What a server's answer says of how it calls the message. It comes from outside: what has not the shape that is wanted
// is no receipt, and never an error.
import { readRecord } from '@celery-watch/service/texts';
import type { Receipt, Verdict } from '../notification/index.js';
import type { Redact } from './wording.js';

/** A delivered verdict with the receipt, where there is one; every other verdict as it is. */
export function withReceipt(verdict: Verdict, receipt: Receipt | undefined): Verdict {
  return verdict.kind === 'delivered' && receipt !== undefined ? { ...verdict, receipt } : verdict;
}

/**
 * Slack's own webhook answers `ok` and names nothing; servers that answer as `chat.postMessage` does say where the
 * message is (docs/protocol/channels.md#slack).
 */
export function slackReceipt(body: string): Receipt | undefined {
  const { channel, ts } = readRecord(body);
  return isText(channel, /^[\w.-]{1,64}$/) && isText(ts, /^\d{1,16}\.\d{1,9}$/)
    ? { kind: 'slack', channel, ts }
    : undefined;
}

/**
 * The user's own server may say how it calls what it took: a short text, or a number that JSON keeps exactly
 * (docs/protocol/channels.md#webhook). @param redact knows the channel's secrets: a text that holds one is none
 */
export function webhookReceipt(body: string, redact: Redact): Receipt | undefined {
  const { id } = readRecord(body);
  const text = typeof id === 'number' && Number.isSafeInteger(id) ? String(id) : id;
  return isText(text, /^[^\p{C}\p{Z}](?:[^\p{C}]{0,253}[^\p{C}\p{Z}])?$/u) && redact(text) === text
    ? { kind: 'webhook', id: text }
    : undefined;
}

function isText(value: unknown, shape: RegExp): value is string {
  return typeof value === 'string' && shape.test(value);
}
