// How many executions of one worker process are not wholly known: their task-started never arrived, which its
// heartbeats tell, or Celery never told their end.

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
  #starts = 0;
  #ends = 0;
  /** Missed starts that were counted before the base. */
  #before = 0;
  #base: Heartbeat | undefined = undefined;
  #last: Heartbeat | undefined = undefined;
  /** Started events made after the base and up to the last heartbeat; and after that. */
  #upToLast = 0;
  #afterLast = 0;

  /** So far; never falls. */
  get count(): number {
    return this.#starts + this.#ends;
  }

  /** Ends among them, so far; never falls. */
  get ends(): number {
    return this.#ends;
  }

  /** The end of an execution whose start was seen is known never to come. */
  endLost(): void {
    this.#ends++;
  }

  /** What was counted stays; what is seen from the next heartbeat on makes a sum of its own. */
  beginAgain(): void {
    this.#base = undefined;
    this.#last = undefined;
    this.#upToLast = 0;
    this.#afterLast = 0;
  }

  /** A task-started event arrived, made at `timestamp` by the worker's clock. */
  started(timestamp: number): void {
    if (this.#base === undefined || this.#last === undefined || timestamp <= this.#base.timestamp) return;
    if (timestamp <= this.#last.timestamp) this.#upToLast++;
    else this.#afterLast++;
  }

  heartbeat(next: Heartbeat, eventsAreOn: boolean): void {
    if (this.#base !== undefined && this.#last !== undefined) {
      this.#starts = Math.max(
        this.#starts,
        this.#before + this.#last.processed - this.#base.processed - this.#upToLast,
      );
      this.#upToLast += this.#afterLast;
      this.#afterLast = 0;
    } else if (eventsAreOn || next.processed === 0) {
      this.#base = next;
      this.#before = this.#starts;
    }
    this.#last = next;
  }
}
