// What has changed among the workers since the last look: for the log, where a person reads when a worker came, left or
// fell silent.

/** What the changes are read from: a worker of the book. */
export interface WatchedWorker {
  readonly nodename: string;
  readonly up: boolean;
  readonly exits: { readonly shutdown: number; readonly died: number };
}

export type WorkerChange =
  | { readonly kind: 'up' | 'back' | 'forgotten'; readonly worker: string }
  | { readonly kind: 'down'; readonly worker: string; readonly exit: 'shutdown' | 'died' };

interface Seen {
  readonly up: boolean;
  readonly died: number;
}

export class WorkerChanges {
  #seen = new Map<string, Seen>();

  /** The changes since the last call, in the order of the workers. */
  look(workers: Iterable<WatchedWorker>): readonly WorkerChange[] {
    const seen = new Map<string, Seen>();
    const changes: WorkerChange[] = [];
    for (const { nodename: worker, up, exits } of workers) {
      const before = this.#seen.get(worker);
      seen.set(worker, { up, died: exits.died });
      if (before === undefined || (up && !before.up)) {
        if (up) changes.push({ kind: before === undefined ? 'up' : 'back', worker });
      } else if (!up && before.up) {
        changes.push({ kind: 'down', worker, exit: exits.died > before.died ? 'died' : 'shutdown' });
      }
    }
    for (const worker of this.#seen.keys()) if (!seen.has(worker)) changes.push({ kind: 'forgotten', worker });
    this.#seen = seen;
    return changes;
  }
}
