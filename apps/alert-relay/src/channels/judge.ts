// What an exchange over HTTP means where the status alone says it, the same for every server.
import type { Reason, Verdict } from '../notification/index.js';
import type { Say } from './detail.js';
import type { Answer, Lost } from './http-post.js';

/** No server may silence a channel for longer by one answer. */
const LONGEST_PAUSE_MS = 60 * 60_000;

/** No full answer came: sure not to have arrived, or not sure. */
export function judgeLost(lost: Lost, say: Say): Verdict {
  const reason: Reason = lost.timedOut ? 'timeout' : 'network';
  if (lost.kind === 'unsent')
    return {
      kind: 'retry',
      reason,
      detail: say(lost.timedOut ? 'no connection in time' : `no connection: ${lost.code}`),
    };
  return {
    kind: 'ambiguous',
    reason,
    detail: say(
      lost.timedOut ? 'sent, but no answer in time' : `sent, but the connection broke before the answer: ${lost.code}`,
    ),
  };
}

/**
 * A gateway got no answer, or a broken one, from the server behind it: 502 and 504 speak of a request that may have
 * been passed on. With 503 it says that it did not, and 500 is the word of the server itself.
 */
const GATEWAY_LOST: ReadonlySet<number> = new Set([502, 504]);

/** Undefined where the status says nothing that holds for all servers: 2xx and most of 4xx. */
export function judgeStatus({ status, retryAfter, body }: Answer, now: number, say: Say): Verdict | undefined {
  const pause = pauseOf(retryAfter, now);
  const detail = say(`HTTP ${status}: ${body}`);
  if (status === 429)
    return {
      kind: 'retry',
      reason: 'rate_limited',
      detail,
      wholeChannel: true,
      ...(pause !== undefined && { afterMs: pause }),
    };
  if (GATEWAY_LOST.has(status)) return { kind: 'ambiguous', reason: 'server_error', detail };
  if (status >= 500)
    return { kind: 'retry', reason: 'server_error', detail, ...(pause !== undefined && { afterMs: pause }) };
  if (status === 413) return { kind: 'permanent', reason: 'too_large', detail };
  if (status === 408) return { kind: 'retry', reason: 'timeout', detail };
  if (status >= 300 && status < 400)
    return {
      kind: 'retry',
      reason: 'not_understood',
      detail: say(`HTTP ${status}: a redirect, which is not followed`),
    };
  if (isPage(body))
    return {
      kind: 'retry',
      reason: 'not_understood',
      detail: say(`HTTP ${status} with a page, not this server's answer: ${body}`),
    };
  return undefined;
}

/**
 * Milliseconds from `Retry-After`, in seconds or as a date; at most an hour. Undefined where it says nothing that can
 * be read.
 */
export function pauseOf(retryAfter: string | undefined, now: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  const ms = /^\s*\d+(\.\d+)?\s*$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, Math.ceil(ms)), LONGEST_PAUSE_MS);
}

/** A proxy's login or error page; no alert server answers with one. */
function isPage(body: string): boolean {
  return /^\s*(<!doctype|<html|<head|<\?xml)/i.test(body);
}
