// Keeps a session with a broker up for as long as it is told to: tries again with backoff, says how it fares, and
// refuses questions meanwhile. What a session is, is the transport's own business.
import { abortableDelay, backoff } from '@celery-watch/service';
import type { BrokerListener } from './broker.js';
import { type BrokerLog, OutageLog } from './broker-log.js';
import { Fault } from './fault.js';

/** One life of the connection to a broker, from the first byte to the loss. */
export interface Session {
  /** The broker, for people. */
  readonly where: string;
  /** Fulfilled, with the reason, when the session is of no use any more. */
  readonly lost: Promise<Fault>;
  /** Up to when all that was said has been heard, as `performance.now()` counts. */
  readonly heardUntil?: () => number;
  /** Closes everything, within about 300 ms. `tidy`: the end is wanted, so nothing may be left on the broker. */
  readonly end: (tidy: boolean) => Promise<void>;
}

/**
 * Opens a session. Calls `listening` once, before the first event comes. Rejects with a Fault, and leaves nothing open,
 * when it does not come so far that events arrive, or when the signal aborts before.
 * @param failures attempts that failed since the last session that lived for a while
 */
export type OpenSession<S extends Session> = (
  listening: (session: S) => void,
  signal: AbortSignal,
  failures: number,
) => Promise<S>;

/** Milliseconds. With the time that an attempt itself takes, attempts begin at most about two seconds apart. */
const BACKOFF = { baseMs: 100, maxMs: 1_500 };
/** For what only a person can change: a password, a right. The broker writes each attempt into its log. */
const STANDING_BACKOFF = { baseMs: 1_000, maxMs: 10_000 };
/**
 * Milliseconds that a session must have lived for the waits to begin anew: a server that cuts us at once is not
 * hammered.
 */
const STEADY = 10_000;

export class SessionKeeper<S extends Session> {
  readonly #log: BrokerLog;
  readonly #outages: OutageLog;
  #session: S | undefined;
  #reason = 'it is not running';

  constructor(log: BrokerLog) {
    this.#log = log;
    this.#outages = new OutageLog(log, () => performance.now());
  }

  /** The session that is on. Throws a Fault that says why there is none. */
  get session(): S {
    if (this.#session === undefined) throw this.#absence();
    return this.#session;
  }

  /** Throws the same Fault where there is none. */
  expectSession(): void {
    if (this.#session === undefined) throw this.#absence();
  }

  /** As `Broker.run` promises. */
  async run(
    open: OpenSession<S>,
    listener: Pick<BrokerListener, 'connected' | 'disconnected'>,
    signal: AbortSignal,
  ): Promise<void> {
    let again = false;
    const listening = (session: S): void => {
      this.#session = session;
      this.#outages.connected(session.where);
      listener.connected(again);
      again = true;
    };
    let failures = 0;
    const isStopped = (): boolean => signal.aborted;
    while (!isStopped()) {
      const began = performance.now();
      let lived = false;
      let heardUntil: number | undefined;
      let waits = BACKOFF;
      try {
        const session = await open(listening, signal, failures);
        const fault = await untilAborted(session.lost, signal);
        lived = performance.now() - began > STEADY;
        heardUntil = session.heardUntil?.();
        this.#leave(fault?.message ?? 'stopping');
        await session.end(isStopped());
      } catch (error) {
        // What nobody foresaw is an outage as well: it must not end the process, and other brokers with it.
        if (!(error instanceof Fault)) this.#log.error({ err: error }, 'the connection to the broker failed');
        else if (error.isStanding) waits = STANDING_BACKOFF;
        this.#leave(error instanceof Fault ? error.message : String(error));
      }
      if (isStopped()) break;
      this.#outages.failed(this.#reason);
      listener.disconnected(
        this.#reason,
        heardUntil === undefined ? undefined : (performance.now() - heardUntil) / 1000,
      );
      failures = lived ? 0 : failures + 1;
      const spent = lived ? 0 : performance.now() - began;
      await abortableDelay(Math.max(backoff(failures, waits, Math.random) - spent, waits.baseMs / 2), signal);
    }
    this.#leave('it is stopped');
  }

  #absence(): Fault {
    return new Fault(`no connection to the broker: ${this.#reason}`);
  }

  /** From here on questions are refused, with the reason. */
  #leave(reason: string): void {
    this.#session = undefined;
    this.#reason = reason;
  }
}

/** What the work gives, or undefined when the signal aborts first. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve) => {
    const onAbort = (): void => {
      resolve(undefined);
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    void work.then((value) => {
      signal.removeEventListener('abort', onAbort);
      resolve(value);
    });
  });
}

/** Fulfilled by the work's Fault, where it ends in one. */
export function untilFault(work: Promise<Fault | undefined>): Promise<Fault> {
  return new Promise((resolve) => {
    void work.then((fault) => {
      if (fault) resolve(fault);
    });
  });
}
