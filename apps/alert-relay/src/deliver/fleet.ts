// All lanes of the configuration, one for each channel, and how they change when it is read again.
import type { Log } from '@celery-watch/service';
import { Lane } from './lane.js';
import type { LaneParts } from './lane-parts.js';

/** What makes a lane, built before anything runs so that a configuration that cannot be built changes nothing. */
export interface LanePlan {
  readonly name: string;
  /** Equal where nothing has changed: such a lane goes on undisturbed. */
  readonly version: string;
  readonly build: () => LaneParts;
}

interface Running {
  readonly version: string;
  readonly lane: Lane;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

export class Fleet {
  readonly #running = new Map<string, Running>();
  #isClosed = false;
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /**
   * Starts, replaces and stops lanes until they are those of `plans`. Throws, with nothing changed, where a channel
   * cannot be built.
   */
  async become(plans: readonly LanePlan[]): Promise<void> {
    const changed = plans
      .filter(({ name, version }) => this.#running.get(name)?.version !== version)
      .map((plan) => ({ ...plan, parts: plan.build() }));
    const names = new Set(plans.map((plan) => plan.name));
    const gone = [...this.#running.keys()].filter((name) => !names.has(name));
    // The old lane of a channel ends before its new one starts: there is one sender for each channel.
    await Promise.all([...gone, ...changed.map((each) => each.name)].map((name) => this.#stop(name)));
    // Closed while the old lanes ended: nobody would stop new ones.
    if (this.#isClosed) return;
    for (const { name, version, parts } of changed) {
      const stop = new AbortController();
      const lane = new Lane(parts);
      this.#running.set(name, { version, lane, stop, ended: lane.run(stop.signal) });
      this.#log.info({ channel: name }, 'delivering');
    }
  }

  /** Wakes the lanes of these channels; all of them without. */
  wake(channels: Iterable<string> = this.#running.keys()): void {
    for (const name of channels) this.#running.get(name)?.lane.wake();
  }

  /** Ends what is in flight, hands the rest back. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#running.keys()].map((name) => this.#stop(name)));
  }

  async #stop(name: string): Promise<void> {
    const running = this.#running.get(name);
    running?.stop.abort();
    await running?.ended;
    this.#running.delete(name);
  }
}
