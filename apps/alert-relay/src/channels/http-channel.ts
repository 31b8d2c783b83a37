// What channels over HTTP share: they send each part with one POST over a connection of its own, and judge what came
// back by its status where that says the same for every server.
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { nodeHttp, parseTime, type Secret } from '@celery-watch/service/texts';
import type { Reason, Verdict } from '../notification/index.js';
import { certificateTrouble } from './certificate.js';
import type { Channel, Dressed, Part } from './channel.js';
import { redactor, type Redact } from './wording.js';

/** What differs from server to server. */
export interface HttpChannelKind {
  /** Never shown in a verdict. */
  readonly secrets: readonly (Secret | undefined)[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly dress: (part: Part) => Dressed;
  /** Sends it, signed for this moment where the server wants that. */
  readonly post: (dressed: Dressed, signal: AbortSignal) => Promise<Exchange>;
  readonly judge: (exchange: Exchange, now: number, redact: Redact) => Verdict;
}

/** A channel that keeps no connection. */
export function openHttpChannel({ secrets, now, dress, post, judge }: HttpChannelKind): Channel {
  const redact = redactor(secrets.flatMap((each) => (each === undefined ? [] : [each.reveal()])));
  return {
    dress,
    send: async (dressed, signal) => judge(await post(dressed, signal), now(), redact),
    close: () => Promise.resolve(),
  };
}

export interface PostRequest {
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly kind: 'answered';
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** At most `ANSWER_BYTES` of it. */
  readonly body: string;
}

/**
 * Without a full answer. `unsent`: the server cannot have the whole request. `unanswered`: it can. `code`: the system's
 * name of the error.
 */
export interface Lost {
  readonly kind: 'unsent' | 'unanswered';
  readonly timedOut: boolean;
  readonly code: string;
}

export type Exchange = Answer | Lost;

/** The robots answer with less than 1 kB; a page that some proxy answers with is not read to its end. */
const ANSWER_BYTES = 64 * 1024;

/**
 * Never rejects. Follows no redirect: the body, with its signature, goes nowhere but to `url`. The connection is not
 * kept: one that the server closes while it lies idle would break the next request at a moment when nobody knows
 * whether it arrived.
 */
export function httpPost({ url, body, headers, signal }: PostRequest): Promise<Exchange> {
  return new Promise((resolve) => {
    let sent = false;
    const lose = (error: unknown): void => {
      resolve({ kind: sent ? 'unanswered' : 'unsent', timedOut: signal.aborted, code: codeOf(error) });
    };
    try {
      const request = (url.startsWith('https:') ? https : nodeHttp).request(url, {
        method: 'POST',
        agent: false,
        signal,
        headers: {
          'Content-Type': 'application/json; charset=utf-8',
          'User-Agent': 'celery-watch-alert-relay',
          ...headers,
          'Content-Length': Buffer.byteLength(body),
        },
      });
      request.once('finish', () => {
        sent = true;
      });
      request.on('error', lose);
      request.once('response', (response) => {
        readAnswer(response).then((answer) => {
          resolve(answer);
          request.destroy();
        }, lose);
      });
      request.end(body);
    } catch (error) {
      lose(error);
    }
  });
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= ANSWER_BYTES) break;
  }
  const body = Buffer.concat(chunks).subarray(0, ANSWER_BYTES).toString('utf8');
  const { 'retry-after': retryAfter, date } = response.headers;
  return { kind: 'answered', status: response.statusCode ?? 0, retryAfter: byServersClock(retryAfter, date), body };
}

function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'error';
}

/** The longest pause that an answer can ask for. */
const LONGEST_PAUSE_MS = 60 * 60_000;

/** No full answer came: either it surely did not arrive, or that is not known. */
export function judgeLost(lost: Lost, redact: Redact): Verdict {
  const reason: Reason = lost.timedOut ? 'timeout' : 'network';
  if (lost.kind === 'unsent')
    return {
      kind: 'retry',
      reason,
      detail: redact(lost.timedOut ? 'no connection in time' : `no connection: ${whyOf(lost)}`),
    };
  return {
    kind: 'ambiguous',
    reason,
    detail: redact(
      lost.timedOut ? 'sent, but no answer in time' : `sent, but the connection broke before the answer: ${lost.code}`,
    ),
  };
}

function whyOf({ code }: Lost): string {
  const distrust = certificateTrouble(code);
  return distrust === undefined ? code : `${distrust} (${code})`;
}

/**
 * 502 and 504: a gateway got no answer, or a broken one, from the server behind it, so the request may have been passed
 * on. With 503 the gateway says that it was not, and 500 comes from the server itself.
 */
const GATEWAY_LOST: ReadonlySet<number> = new Set([502, 504]);

/**
 * HTTP says that the request was taken, and the body is none of this kind of server's: a gateway, a proxy or a server
 * that only resembles it. The message may be there.
 */
export function ambiguousAnswer(said: string): Verdict {
  return { kind: 'ambiguous', reason: 'not_understood', detail: said };
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** Undefined where the status says nothing that holds for all servers: 2xx and most of 4xx. */
export function judgeStatus({ status, retryAfter, body }: Answer, now: number, redact: Redact): Verdict | undefined {
  const pause = pauseOf(retryAfter, now);
  const detail = redact(`HTTP ${status}: ${body}`);
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
      detail: redact(`HTTP ${status}: a redirect, which is not followed`),
    };
  if (isPage(body)) {
    const said = redact(`HTTP ${status} with a page, not this server's answer: ${body}`);
    return isSuccess(status) ? ambiguousAnswer(said) : { kind: 'retry', reason: 'not_understood', detail: said };
  }
  return undefined;
}

/**
 * `Retry-After` as seconds where it is a date and the answer says what time it is for its server: our own clock may be
 * off by hours.
 */
export function byServersClock(retryAfter: string | undefined, date: string | undefined): string | undefined {
  const seconds = (parseTime(retryAfter ?? '') - parseTime(date ?? '')) / 1000;
  return retryAfter === undefined || /^\s*\d+(\.\d+)?\s*$/.test(retryAfter) || Number.isNaN(seconds)
    ? retryAfter
    : String(Math.max(0, seconds));
}

/**
 * Milliseconds from `Retry-After`, in seconds or as a date; at most an hour. Undefined where it says nothing that can
 * be read.
 */
export function pauseOf(retryAfter: string | undefined, now: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  const ms = /^\s*\d+(\.\d+)?\s*$/.test(retryAfter) ? Number(retryAfter) * 1000 : parseTime(retryAfter) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, Math.ceil(ms)), LONGEST_PAUSE_MS);
}

/** A proxy's login or error page, or its monitor's; no alert server answers with one. */
function isPage(body: string): boolean {
  return /^\s*(<!doctype|<html|<head|<\?xml)/i.test(body);
}
