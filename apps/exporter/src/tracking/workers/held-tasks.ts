// Which tasks a worker has taken and not begun: a rate limit holds them back, and while it does they fill the window of
// messages that the worker may have, so that it takes no more although tasks wait and a process is free.
import { etaSeconds, type TaskEvent } from '@celery-watch/celery-protocol';

/** Most tasks that are remembered of one worker: what matters is whether there is any. */
const MOST = 200;

export class HeldTasks {
  readonly #ids = new Set<string>();

  get isEmpty(): boolean {
    return this.#ids.size === 0;
  }

  /**
   * A task event of the worker. One with an ETA takes no room in the window
   * (docs/protocol/events.md#tasks-that-a-worker-holds).
   */
  event(event: TaskEvent): void {
    if (event.type !== 'task-received') {
      this.#ids.delete(event.uuid);
      return;
    }
    const due = event.eta === null ? undefined : etaSeconds(event.eta);
    if (this.#ids.size < MOST && (due === undefined || due <= event.timestamp)) this.#ids.add(event.uuid);
  }

  /** The worker gave them back, is another process now, or their events may have been missed. */
  forget(): void {
    this.#ids.clear();
  }
}
