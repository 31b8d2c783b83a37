// Long steps of work take turns: between two of them the process answers posts and reads sockets.
import { setImmediate as immediate } from 'node:timers/promises';

/** Whose turn it is. One for a process: its channels render at the same moment when a post concerns them all. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Resolves when no other turn was given in this round of the event loop. Everything that `setImmediate` holds runs in
   * one round, without a look at the sockets in between: five channels that each wait for it alone would add up.
   */
  take(): Promise<void> {
    const turn = this.#last.then(() => immediate());
    this.#last = turn;
    return turn;
  }
}
