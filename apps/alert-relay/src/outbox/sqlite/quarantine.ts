// Posts that could not be parsed: the newest are kept, for people to look at and to feed again.
import type { Quarantine, QuarantinedPost } from '../outbox.js';
import { boundedLimit } from '../rules.js';
import type { Query, Store } from './store.js';

export interface QuarantineLimits {
  /** How many posts, and how many bytes of them; the newest is kept whatever its size. */
  readonly quarantineKeep: number;
  readonly quarantineBytes: number;
}

const KEEP = 'keep what could not be parsed';

interface PostRow extends QuarantinedPost {
  readonly content: Uint8Array;
}

export class SqliteQuarantine implements Quarantine {
  readonly #store: Store;
  readonly #limits: QuarantineLimits;
  readonly #save: Query;
  readonly #trim: Query;
  readonly #list: Query<QuarantinedPost>;
  readonly #one: Query<PostRow>;
  readonly #drop: Query;

  constructor(store: Store, limits: QuarantineLimits) {
    this.#store = store;
    this.#limits = limits;
    this.#save = store.query('INSERT INTO quarantine (at, reason, bytes) VALUES (?, ?, ?)');
    this.#trim = store.query(`
      DELETE FROM quarantine WHERE id IN (
        SELECT id FROM (SELECT id, row_number() OVER newest AS place, sum(length(bytes)) OVER newest AS total FROM quarantine WINDOW newest AS (ORDER BY id DESC))
        WHERE place > 1 AND (place > ? OR total > ?))`);
    this.#list = store.query('SELECT id, at, reason, length(bytes) AS bytes FROM quarantine ORDER BY id DESC LIMIT ?');
    this.#one = store.query(
      'SELECT id, at, reason, length(bytes) AS bytes, bytes AS content FROM quarantine WHERE id = ?',
    );
    this.#drop = store.query('DELETE FROM quarantine WHERE id IN (SELECT value FROM json_each(?))');
  }

  async quarantine(bytes: Uint8Array, reason: string, at: number): Promise<void> {
    await this.#store.write(KEEP, () => {
      this.#save.run(at, reason, bytes);
      this.#trim.run(this.#limits.quarantineKeep, this.#limits.quarantineBytes);
    });
    const lost = this.#store.lost();
    if (lost !== undefined) throw this.#store.notToStay(KEEP, lost);
  }

  listQuarantine(limit: number): Promise<readonly QuarantinedPost[]> {
    return this.#store.read('list the quarantine', () =>
      this.#list.all(boundedLimit(limit)).map((row) => ({ ...row })),
    );
  }

  quarantined(id: number): Promise<(QuarantinedPost & { readonly content: Uint8Array }) | undefined> {
    return this.#store.read('read what could not be parsed', () => {
      const row = this.#one.get(id);
      return row && { ...row };
    });
  }

  dropQuarantined(ids: readonly number[]): Promise<number> {
    return this.#store.write('drop what could not be parsed', () => this.#drop.run(JSON.stringify(ids)));
  }
}
