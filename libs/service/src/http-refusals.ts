// What an HTTP server refused: each refusal is counted by its reason, and logged so that the log stays readable.
import { clip } from './foreign-data.js';
import type { Log } from './log.js';

export const HTTP_REFUSAL_REASONS = [
  /** A path that nothing answers. */
  'path',
  'method',
  'login',
  /** A body that is none of what the path takes. */
  'body',
  'too_large',
  /** Headers or body did not arrive in time. */
  'too_slow',
  /** Not HTTP, or headers that are too large. */
  'malformed',
  /** The client went away before its request or the answer was whole. */
  'gone',
  /** Too many connections: the one that was idle for longest was closed. */
  'idle',
  /** Too much at once: the client is told to try again. */
  'busy',
] as const;
export type HttpRefusalReason = (typeof HTTP_REFUSAL_REASONS)[number];

/** Every browser asks for it by itself: that it is not there is no refusal. */
export const BROWSER_ICON = '/favicon.ico';

/** Of one reason one line is logged in this time. */
const QUIET_MS = 60_000;

export class HttpRefusals {
  readonly #log: Log;
  readonly #ticks: () => number;
  readonly #counts = new Map<HttpRefusalReason, number>();
  readonly #said = new Map<HttpRefusalReason, { readonly at: number; readonly count: number }>();

  /** @param ticks milliseconds that no change of the clock moves */
  constructor(log: Log, ticks: () => number = () => performance.now()) {
    this.#log = log;
    this.#ticks = ticks;
  }

  /** How many there were of each reason; every reason is there. */
  get counts(): readonly (readonly [HttpRefusalReason, number])[] {
    return HTTP_REFUSAL_REASONS.map((reason) => [reason, this.#counts.get(reason) ?? 0]);
  }

  /** Counts one. The first of a reason is logged at once, further ones once a minute, with how many there were. */
  add(reason: HttpRefusalReason, message: string, details: Readonly<Record<string, unknown>>): void {
    const count = (this.#counts.get(reason) ?? 0) + 1;
    this.#counts.set(reason, count);
    const [now, last] = [this.#ticks(), this.#said.get(reason)];
    if (last !== undefined && now - last.at < QUIET_MS) return;
    const more = count - 1 - (last?.count ?? 0);
    this.#said.set(reason, { at: now, count });
    this.#log.warn({ reason, ...details, ...(more > 0 && { more }) }, message);
  }
}

const LONGEST_PATH = 201;

/** What the log says of a request: nobody can fill the log by it. */
export function requestDetails(request: {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly socket: { readonly remoteAddress?: string | undefined };
}): Readonly<Record<string, unknown>> {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  return {
    method: request.method,
    path: clip(path, LONGEST_PATH),
    from: request.socket.remoteAddress,
  };
}
