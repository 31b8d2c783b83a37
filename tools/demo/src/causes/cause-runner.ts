// Does what the buttons ask for, one after the other, and follows on the exporter's page until it shows.
import { abortableDelay } from '@celery-watch/service';
import type { Scrape } from '@celery-watch/testbed';
import type { RecordStore } from '../hops/record-store.js';
import type { Cause, CauseName } from './table.js';

export type CauseState = 'ready' | 'busy' | 'on';

/** What a press came to, as one sentence for people. */
export interface Outcome {
  readonly ok: boolean;
  readonly text: string;
}

export interface CauseRunnerSettings {
  readonly causes: Readonly<Record<CauseName, Cause>>;
  readonly store: RecordStore;
  readonly metrics: () => Promise<Scrape>;
  readonly everyMs: number;
}

interface Active {
  readonly id: number;
  readonly before: Scrape | undefined;
}

interface Follow {
  readonly find: (page: Scrape) => string | undefined;
  readonly found: (what: string, at: number) => void;
}

export class CauseRunner {
  readonly #settings: CauseRunnerSettings;
  readonly #active = new Map<CauseName, Active>();
  /** One for each cause: a press or a repair ends the one before. */
  readonly #follows = new Map<CauseName, Follow>();
  readonly #readers = new Set<() => void>();
  #busy: CauseName | 'repair' | undefined;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(settings: CauseRunnerSettings) {
    this.#settings = settings;
  }

  onChange(reader: () => void): void {
    this.#readers.add(reader);
  }

  state(name: CauseName): CauseState {
    return this.#busy === name ? 'busy' : this.#active.has(name) ? 'on' : 'ready';
  }

  get repairing(): boolean {
    return this.#busy === 'repair';
  }

  get anythingToRepair(): boolean {
    return this.#active.size > 0;
  }

  /** Never rejects. */
  press(name: CauseName): Promise<Outcome> {
    return this.#inTurn(name, async () => {
      const { causes, store } = this.#settings;
      const cause = causes[name];
      if (this.#active.has(name)) return { ok: false, text: `“${cause.title}” is on already: repair first.` };
      if (cause.needsBroker && this.#active.has('stop'))
        return { ok: false, text: `“${cause.title}” needs the broker, which is stopped: repair first.` };
      const before = await this.#page();
      const at = Date.now();
      const done = await cause.make();
      const id = store.cause({ title: cause.title, alerts: cause.alerts, at, done });
      this.#active.set(name, { id, before });
      this.#follows.set(name, {
        find: (page) => cause.seen(page, before ?? page),
        found: (what, foundAt) => {
          store.causeChanged(id, { seen: { at: foundAt, what } });
        },
      });
      return { ok: true, text: `${cause.title}: ${done}.` };
    });
  }

  /** Undoes everything that is on. Never rejects. */
  repair(): Promise<Outcome> {
    return this.#inTurn('repair', async () => {
      const { causes, store } = this.#settings;
      if (this.#active.size === 0) return { ok: true, text: 'Nothing is broken.' };
      const said: string[] = [];
      // The broker comes first: the others need it.
      const names = [...this.#active.keys()].sort((a, b) => Number(b === 'stop') - Number(a === 'stop'));
      for (const name of names) {
        const { id } = this.#active.get(name) as Active;
        const before = await this.#page();
        const repair = await causes[name].repair();
        this.#active.delete(name);
        said.push(repair);
        store.causeChanged(id, { repairedAt: Date.now(), repair });
        this.#follows.set(name, {
          find: (page) => causes[name].mended(page, before ?? page),
          found: (what, foundAt) => {
            store.causeChanged(id, { mended: { at: foundAt, what } });
          },
        });
      }
      return { ok: true, text: `Repair: ${said.join('; ')}.` };
    });
  }

  /** Looks at the exporter's page while there is something to be found on it, until the signal aborts. */
  async follow(signal: AbortSignal): Promise<void> {
    while (await abortableDelay(this.#settings.everyMs, signal)) {
      if (this.#follows.size === 0) continue;
      const page = await this.#page();
      if (page === undefined) continue;
      for (const [name, { find, found }] of this.#follows) {
        const what = find(page);
        if (what === undefined) continue;
        this.#follows.delete(name);
        found(what, Date.now());
      }
    }
  }

  async #page(): Promise<Scrape | undefined> {
    return this.#settings.metrics().catch(() => undefined);
  }

  #inTurn(who: CauseName | 'repair', work: () => Promise<Outcome>): Promise<Outcome> {
    const turn = this.#queue.then(async () => {
      this.#busy = who;
      this.#tell();
      try {
        return await work();
      } catch (error) {
        return { ok: false, text: `That did not work: ${(error as Error).message}` };
      } finally {
        this.#busy = undefined;
        this.#tell();
      }
    });
    this.#queue = turn;
    return turn;
  }

  #tell(): void {
    for (const reader of this.#readers) reader();
  }
}
