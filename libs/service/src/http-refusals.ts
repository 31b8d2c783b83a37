// What an HTTP server refused: each refusal is counted by its reason, and logged so that the log stays readable.
import { clip } from './foreign-data.js';
import type { PlainLog } from './log.js';

export const HTTP_REFUSAL_REASONS = [
  /** A path that nothing answers. */
  'path',
  'method',
  'login',
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

/** Of one reason one line is logged in this time. */
const QUIET_MS = 60_000;

interface Said {
  readonly at: number;
  /** How many there were in all when the last line was logged. */
  readonly count: number;
}

export interface RefusalClock {
  /** Milliseconds that no change of the clock moves. */
  readonly ticks: () => number;
  /** Calls back after milliseconds, if the program still runs then. */
  readonly later: (ms: number, then: () => void) => void;
}

const CLOCK: RefusalClock = {
  ticks: () => performance.now(),
  later: (ms, then) => void setTimeout(then, ms).unref(),
};

/** Where a server notes what it refuses. */
export type Refusals = Pick<HttpRefusals, 'add'>;

export class HttpRefusals {
  readonly #log: Pick<PlainLog, 'warn'>;
  readonly #clock: RefusalClock;
  readonly #counts = new Map<HttpRefusalReason, number>();
  readonly #said = new Map<HttpRefusalReason, Said>();
  /** Reasons whose next line is on its way. */
  readonly #due = new Set<HttpRefusalReason>();

  constructor(log: Pick<PlainLog, 'warn'>, clock: Partial<RefusalClock> = {}) {
    this.#log = log;
    this.#clock = { ...CLOCK, ...clock };
  }

  /** How many there were of each reason; every reason is there. */
  get counts(): readonly (readonly [HttpRefusalReason, number])[] {
    return HTTP_REFUSAL_REASONS.map((reason) => [reason, this.#counts.get(reason) ?? 0]);
  }

  /**
   * Counts one. The first of a reason is logged at once, further ones once a minute: the last of them, with how many
   * more there were.
   */
  add(reason: HttpRefusalReason, message: string, details: Readonly<Record<string, unknown>>): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    const last = this.#said.get(reason);
    const left = last === undefined ? 0 : last.at + QUIET_MS - this.#clock.ticks();
    if (left <= 0) return this.#say(reason, message, details);
    if (this.#due.has(reason)) return;
    this.#due.add(reason);
    this.#clock.later(left, () => {
      this.#due.delete(reason);
      this.#say(reason, message, details);
    });
  }

  #say(reason: HttpRefusalReason, message: string, details: Readonly<Record<string, unknown>>): void {
    const count = this.#counts.get(reason) ?? 0;
    const more = count - 1 - (this.#said.get(reason)?.count ?? 0);
    if (more < 0) return;
    this.#said.set(reason, { at: this.#clock.ticks(), count });
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
