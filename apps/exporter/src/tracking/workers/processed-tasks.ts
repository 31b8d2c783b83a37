// How many tasks the processes of one worker say that they have started, together: a sum that only rises, whichever of
// them is heard just now.

interface Speaker {
  readonly id: number;
  readonly pid: number;
}

/** Processes that are gone of which the last number is kept: one that was only silent comes back with it. */
const MOST_GONE = 100;

export class ProcessedTasks {
  /** Undefined before any has said its number. */
  total: number | undefined = undefined;
  /** What each has counted so far, by its id. */
  readonly #said = new Map<number, number>();
  /** The same of those that are gone, by pid. */
  readonly #gone = new Map<number, number>();

  /** A heartbeat says how many its process has started since it began. */
  heard({ id, pid }: Speaker, processed: number): void {
    const before = this.#said.get(id) ?? this.#lastOfGone(pid, processed);
    this.#said.set(id, Math.max(before, processed));
    this.total = (this.total ?? 0) + Math.max(0, processed - before);
  }

  /** It was given up: what it has counted stays. */
  gone({ id, pid }: Speaker): void {
    const said = this.#said.get(id);
    this.#said.delete(id);
    if (said === undefined) return;
    this.#gone.set(pid, Math.max(said, this.#gone.get(pid) ?? 0));
    const [oldest] = this.#gone.keys();
    if (this.#gone.size > MOST_GONE && oldest !== undefined) this.#gone.delete(oldest);
  }

  /** The one with that pid which has counted no more than this, since then it is the same; 0 where it is another. */
  #lastOfGone(pid: number, processed: number): number {
    const last = this.#gone.get(pid) ?? 0;
    this.#gone.delete(pid);
    return last <= processed ? last : 0;
  }
}
