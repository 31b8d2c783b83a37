// How many task-started events of one worker process never arrived: what its heartbeats say it started, less what was
// seen.

/** What a full heartbeat says. */
export interface Heartbeat {
  /** Worker's clock, epoch seconds. */
  readonly timestamp: number;
  readonly active: number;
  /** Tasks started since the process began. */
  readonly processed: number;
}

/**
 * The sum is made one heartbeat late: when the next one comes, all events made before the last have arrived, whatever
 * was buffered on the way. It starts at a heartbeat that says zero, or at the first one after events were seen to be
 * on.
 */
export class MissedEvents {
  /** So far; never falls. */
  count = 0;
  #base: Heartbeat | undefined = undefined;
  #last: Heartbeat | undefined = undefined;
  /** Started events made after the base and up to the last heartbeat; and after that. */
  #upToLast = 0;
  #afterLast = 0;

  /** A task-started event arrived, made at `timestamp` by the worker's clock. */
  started(timestamp: number): void {
    if (this.#base === undefined || this.#last === undefined || timestamp <= this.#base.timestamp) return;
    if (timestamp <= this.#last.timestamp) this.#upToLast++;
    else this.#afterLast++;
  }

  heartbeat(next: Heartbeat, eventsAreOn: boolean): void {
    if (this.#base !== undefined && this.#last !== undefined) {
      this.count = Math.max(this.count, this.#last.processed - this.#base.processed - this.#upToLast);
      this.#upToLast += this.#afterLast;
      this.#afterLast = 0;
    } else if (eventsAreOn || next.processed === 0) {
      this.#base = next;
    }
    this.#last = next;
  }
}
