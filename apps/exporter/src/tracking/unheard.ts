// The time of which events may be lost: how many they were nobody can tell where no heartbeat counts them, so the time
// itself is counted. Everything here is in seconds of a clock that only goes forward.

export class Unheard {
  readonly #keptFor: number;
  #before = 0;
  #hasListened = false;
  /** Up to when everything was heard; undefined while the exporter listens. */
  #since: number | undefined = undefined;

  /** @param keptFor how long the broker keeps what is said while nobody listens */
  constructor(keptFor = 0) {
    this.#keptFor = keptFor;
  }

  listening(now: number): void {
    this.#before += this.#gap(now);
    this.#since = undefined;
    this.#hasListened = true;
  }

  /** @param heardUntil up to when all that was said has been heard */
  interrupted(heardUntil: number): void {
    if (this.#hasListened) this.#since ??= heardUntil;
  }

  /** So far; never falls. Undefined before the exporter has ever listened: then nothing is known of what was said. */
  seconds(now: number): number | undefined {
    return this.#hasListened ? this.#before + this.#gap(now) : undefined;
  }

  #gap(now: number): number {
    const gap = this.#since === undefined ? 0 : Math.max(0, now - this.#since);
    return gap > this.#keptFor ? gap : 0;
  }
}
