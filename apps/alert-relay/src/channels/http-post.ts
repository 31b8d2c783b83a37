// One POST over a connection of its own, with what channels must know to judge it: what was answered, and what can have
// arrived if nothing was.
import http from 'node:http';
import https from 'node:https';
import type { IncomingMessage } from 'node:http';

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
      const request = (url.startsWith('https:') ? https : http).request(url, {
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
  return { kind: 'answered', status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'], body };
}

function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  return typeof code === 'string' ? code : typeof name === 'string' ? name : 'error';
}
