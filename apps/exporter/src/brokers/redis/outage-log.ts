// Tells the log about outages without flooding it: news aloud, repetitions in a whisper.
import type { BrokerLog } from '../settings.js';

export class OutageLog {
  readonly #log: BrokerLog;
  readonly #now: () => number;
  #reason: string | undefined;
  #since: number | undefined;

  /** @param now milliseconds on a clock that only goes forward. */
  constructor(log: BrokerLog, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  /** Warns at the first failure and whenever the reason changes. */
  failed(reason: string): void {
    const first = this.#since === undefined;
    this.#since ??= this.#now();
    if (!first && reason === this.#reason) {
      this.#log.debug({ reason }, 'still no connection to the broker');
      return;
    }
    this.#reason = reason;
    this.#log.warn({ reason }, `no connection to the broker, trying again: ${reason}`);
  }

  connected(where: string): void {
    const seconds = this.#since === undefined ? undefined : Math.round((this.#now() - this.#since) / 100) / 10;
    this.#since = this.#reason = undefined;
    if (seconds === undefined) this.#log.info({ broker: where }, `listening to the broker at ${where}`);
    else
      this.#log.info(
        { broker: where, awaySeconds: seconds },
        `listening to the broker at ${where} after ${String(seconds)} s without it`,
      );
  }
}
