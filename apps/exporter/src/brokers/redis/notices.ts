// Log lines about what stays wrong for long: each is written once, not at every poll.
import type { BrokerLog } from '../settings.js';

/** More than any installation has queues; beyond it nothing is remembered and nothing more is said. */
const LIMIT = 2_000;

export class Notices {
  readonly #said = new Set<string>();
  readonly #log: BrokerLog;

  constructor(log: BrokerLog) {
    this.#log = log;
  }

  warn(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    if (this.#said.has(message) || this.#said.size >= LIMIT) return;
    this.#said.add(message);
    this.#log.warn(fields, message);
  }

  /** It is right again: should it come back, it is news. */
  forget(message: string): void {
    this.#said.delete(message);
  }
}
