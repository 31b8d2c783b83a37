// How the exporter's own sources of facts fare: the connection to the broker, and the pollers.
import { Unheard } from './unheard.js';

/** As the broker's listener tells it. */
export class ConnectionState {
  isUp = false;
  /** Failed attempts and lost connections. */
  failures = 0;
  /** Connections made again after one was lost. */
  reconnects = 0;
  /** Why it is not up, for people; holds no secret. */
  reason = 'not connected yet';
  /** Why the broker takes no messages from anybody, for people; undefined while it does, or where that is not known. */
  blockedFor: string | undefined = undefined;
  /** Whether the broker takes no messages, as it has said of this connection; undefined where it does not say. */
  isBlocked: boolean | undefined = undefined;
  /** Exporter's clock at the last change, epoch seconds. */
  since: number;
  readonly #unheard: Unheard;

  /** @param keptFor seconds that the broker keeps what is said while the exporter is away */
  constructor(now: number, keptFor = 0) {
    this.since = now;
    this.#unheard = new Unheard(keptFor);
  }

  /** Seconds of which events may be lost, so far; undefined before the first connection. */
  unheard(now: number): number | undefined {
    return this.#unheard.seconds(now);
  }

  connected(again: boolean, now: number): void {
    if (again) this.reconnects++;
    this.#unheard.listening(now);
    this.isUp = true;
    this.reason = '';
    this.since = now;
  }

  /** @param heardAgo see BrokerListener.disconnected */
  disconnected(reason: string, now: number, heardAgo = 0): void {
    this.failures++;
    // What came before this connection was made has been counted with the one before.
    if (this.isUp) this.#unheard.interrupted(Math.max(this.since, now - heardAgo));
    if (this.isUp) this.since = now;
    this.isUp = false;
    this.reason = reason;
    this.blockedFor = undefined;
    this.isBlocked = undefined;
  }

  blocked(reason: string | undefined): void {
    this.blockedFor = reason;
    this.isBlocked = reason !== undefined;
  }
}

/** Seconds in which every worker that sends heartbeats, one each 2 s as they come, has sent one. */
const FIRST_SIGN = 10;

/** Whether whoever is there has had the time to be heard. */
export function hasListenedLong({ isUp, since }: ConnectionState, now: number): boolean {
  return isUp && now - since >= FIRST_SIGN;
}

/** Shown on `/metrics` and on the landing page. */
export class PollerRecord {
  readonly name: string;
  /** Exporter's clock, epoch seconds; 0 before the first success. */
  lastSuccess = 0;
  failures = 0;
  /** Why the last round failed; empty after a success. */
  lastError = '';

  constructor(name: string) {
    this.name = name;
  }

  succeeded(now: number): void {
    this.lastSuccess = now;
    this.lastError = '';
  }

  failed(error: unknown): void {
    this.failures++;
    this.lastError = error instanceof Error ? error.message : String(error);
  }
}
