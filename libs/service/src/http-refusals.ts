// What an HTTP server refused: each refusal is counted by its reason, and logged so that the log stays readable.
import { clip } from './foreign-data.js';
import type { PlainLog } from './log.js';
import { Seldom, type SeldomClock } from './seldom.js';

export const HTTP_REFUSAL_REASONS = [
  /** A path that nothing answers. */
  'path',
  'method',
  'login',
  /** A TLS handshake that failed, or was none: plain HTTP where HTTPS is spoken. */
  'handshake',
  /** A client's certificate that is wanted, and is missing or not trusted. */
  'certificate',
  /** A body that is none of what the path takes. */
  'body',
  'too_large',
  /** Headers or body did not arrive in time, or the client did not read its answer. */
  'too_slow',
  /** Not HTTP, or headers that are too large. */
  'malformed',
  /** The client went away before its request or the answer was whole. */
  'gone',
  /** A browser sent it because the page of another site made it. */
  'cross_site',
  /** Too many connections: the one that was idle for longest was closed. */
  'idle',
  /** Too much at once: the client is told to try again. */
  'busy',
] as const;
export type HttpRefusalReason = (typeof HTTP_REFUSAL_REASONS)[number];

/** Every browser asks for it by itself: that it is not there is no refusal. */
export const BROWSER_ICON = '/favicon.ico';

/** Where a server notes what it refuses. */
export type Refusals = Pick<HttpRefusals, 'add'>;

export class HttpRefusals {
  readonly #log: Pick<PlainLog, 'warn'>;
  readonly #seldom: Seldom;
  readonly #counts = new Map<HttpRefusalReason, number>();

  constructor(log: Pick<PlainLog, 'warn'>, clock: Partial<SeldomClock> = {}) {
    this.#log = log;
    this.#seldom = new Seldom(clock);
  }

  /** How many there were of each reason; every reason is there. */
  get counts(): readonly (readonly [HttpRefusalReason, number])[] {
    return HTTP_REFUSAL_REASONS.map((reason) => [reason, this.#counts.get(reason) ?? 0]);
  }

  /** Counts one. Of each reason a line is logged now and then. */
  add(reason: HttpRefusalReason, message: string, details: Readonly<Record<string, unknown>>): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    this.#seldom.say(reason, (more) => this.#log.warn({ reason, ...details, ...more }, message));
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
