// This relay as a holder of claims: it shows that it lives, sets free what others held who do not live any more, and
// stops where a newer program has changed the store.
import { randomUUID } from 'node:crypto';
import { keepInterrupted } from './attempts.js';
import type { Database } from './database.js';
import type { HeldMessage } from './ending.js';
import { HolderWatch, type SeenHolder } from './holder-watch.js';
import { whyTooNew, type StoreVersion } from './migrate.js';

export interface HolderOptions {
  /** How often it shows that it lives, and looks at the others. Milliseconds. */
  readonly beatMs: number;
  /** After how long without a sign another one is gone. Milliseconds. */
  readonly goneAfterMs: number;
  /** Milliseconds of a clock that only goes forward. */
  readonly ticks: () => number;
}

const BEAT = `
  WITH mine AS (UPDATE relay.holder SET beat = beat + 1 WHERE id = $1 RETURNING id)
  SELECT version, compatible_from, holder.id, holder.beat, EXISTS (SELECT FROM mine) AS lives
  FROM relay.store_version LEFT JOIN relay.holder ON true`;
// Whoever claims holds on to the row of its holder, so this waits for it, and whoever comes later finds no row.
const LOCK = 'SELECT FROM relay.holder WHERE id = $1 AND beat = $2 FOR UPDATE';
const HELD = 'SELECT id, uuid, channel, plan, claimed FROM relay.message WHERE holder = $1 FOR UPDATE';
const SET_FREE =
  'UPDATE relay.message SET claimed = 0, holder = NULL, kept = 1, lost = lost + 1, ambiguous = 1, due_at = 0 WHERE holder = $1';
/** What it knew may be known by nobody from now on. */
const FORGET = `
  WITH gone AS (DELETE FROM relay.holder WHERE id = $1 RETURNING channels)
  INSERT INTO relay.channel (name, listed_at) SELECT DISTINCT unnest(channels), clock_timestamp() FROM gone
  ON CONFLICT (name) DO UPDATE SET listed_at = excluded.listed_at`;

type Beat = StoreVersion & { readonly id: string | null; readonly beat: number | null; readonly lives: boolean };

export class Holder {
  #id = randomUUID();
  readonly #db: Database;
  readonly #options: HolderOptions;
  readonly #watch: HolderWatch;
  readonly #onFreed: () => void;
  #channels: readonly string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isBeating = false;
  #isClosed = false;

  /** @param onFreed called when what another one held waits again */
  constructor(db: Database, options: HolderOptions, onFreed: () => void) {
    this.#db = db;
    this.#options = options;
    this.#onFreed = onFreed;
    this.#watch = new HolderWatch({ goneAfterMs: options.goneAfterMs, longestGapMs: 3 * options.beatMs });
  }

  get id(): string {
    return this.#id;
  }

  async start(): Promise<void> {
    await this.#register();
    this.#timer = setInterval(() => void this.beat(), this.#options.beatMs);
    this.#timer.unref();
  }

  /** What this relay's configuration has. */
  get channels(): readonly string[] {
    return this.#channels;
  }

  set channels(channels: readonly string[]) {
    this.#channels = channels;
  }

  /** Somebody took it for gone: its claims are lost, and it goes on as another. */
  async renew(gone: string): Promise<void> {
    if (gone !== this.#id || this.#isClosed) return;
    this.#id = randomUUID();
    await this.#register();
  }

  async #register(): Promise<void> {
    await this.#db.read(
      'show that this relay is there',
      'INSERT INTO relay.holder (id, channels) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      [this.#id, this.#channels],
    );
  }

  /** One sign of life and one look at the others. Never rejects: the next one comes soon. */
  async beat(): Promise<void> {
    if (this.#isBeating || this.#isClosed) return;
    this.#isBeating = true;
    try {
      const id = this.#id;
      const rows = await this.#db.read<Beat>('show that this relay lives', BEAT, [id]);
      const [store] = rows;
      const why = store && whyTooNew(store);
      if (why !== undefined) return this.#db.end(`the store ${why}`);
      if (store?.lives === false) await this.renew(id);
      const others = rows.filter((row): row is Beat & SeenHolder => row.id !== null && row.id !== this.#id);
      for (const gone of this.#watch.look(others, this.#options.ticks())) await this.#setFree(gone);
    } catch {
      // The gate says why, and whoever needs the store is told.
    } finally {
      this.#isBeating = false;
    }
  }

  async #setFree({ id, beat }: SeenHolder): Promise<void> {
    const freed = await this.#db.write('set free what a relay held that is gone', async (tx) => {
      if ((await tx.get(LOCK, [id, beat])) === undefined) return 0;
      const held = await tx.all<Pick<HeldMessage, 'id' | 'uuid' | 'channel' | 'plan'>>(HELD, [id]);
      const { now } = (await tx.get<{ now: number }>(
        'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
      )) ?? { now: 0 };
      for (const message of held) await keepInterrupted(tx, message, Math.round(now));
      await Promise.all([tx.run(SET_FREE, [id]), tx.run(FORGET, [id])]);
      return held.length;
    });
    if (freed > 0) this.#onFreed();
  }

  /**
   * What it still holds may have been sent, so it stays held until its lease ends or somebody settles it in vain; a
   * relay that ends in order has settled everything.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    try {
      const [row] = await this.#db.read<SeenHolder>('end in order', 'SELECT id, beat FROM relay.holder WHERE id = $1', [
        this.#id,
      ]);
      if (row !== undefined) await this.#setFree(row);
    } catch {
      // Then the others find out.
    }
  }
}
