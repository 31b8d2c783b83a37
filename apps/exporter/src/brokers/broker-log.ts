// What a broker says in the log, without flooding it: outages, and troubles that stay.

/** As much of pino as a broker uses. */
export interface BrokerLog {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

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
    if (seconds === undefined) this.#log.info({ address: where }, `listening to the broker at ${where}`);
    else
      this.#log.info(
        { address: where, awaySeconds: seconds },
        `listening to the broker at ${where} after ${String(seconds)} s without it`,
      );
  }
}

/** More than any installation has queues; beyond it nothing is remembered and nothing more is said. */
const LIMIT = 2_000;

/** Something that the broker was asked for and does not give, for people; holds no secret. */
export interface BrokerTrouble {
  readonly what: string;
  readonly reason: string;
}

/** What a notice is about, where there are many of the kind, which come and go. */
export interface NoticeSubject {
  readonly kind: 'queue' | 'exchange';
  readonly name: string;
}

export class Notices {
  readonly #said = new Map<string, { readonly reason: string; readonly about: NoticeSubject | undefined }>();
  readonly #log: BrokerLog;

  constructor(log: BrokerLog) {
    this.#log = log;
  }

  warn(message: string, fields: Readonly<Record<string, unknown>> = {}, about?: NoticeSubject): void {
    if (this.#said.has(message) || this.#said.size >= LIMIT) return;
    const { reason } = fields;
    this.#said.set(message, { reason: typeof reason === 'string' ? reason : '', about });
    this.#log.warn(fields, message);
  }

  /** It is right again: should it come back, it is news. */
  forget(message: string): void {
    this.#said.delete(message);
  }

  /** These are all of the kind that are asked for: nothing is known any more of what is wrong with another. */
  forgetOthers(kind: NoticeSubject['kind'], names: readonly string[]): void {
    const left = new Set(names);
    for (const [message, { about }] of this.#said)
      if (about?.kind === kind && !left.has(about.name)) this.#said.delete(message);
  }

  /** What is wrong now and has a reason. */
  get troubles(): readonly BrokerTrouble[] {
    return [...this.#said].flatMap(([what, { reason }]) => (reason === '' ? [] : [{ what, reason }]));
  }
}
