// What notifications are about, kept small beside their contents, and an index of their labels. Accepting a post writes
// one short row; the index, whose pages lie all over the file, is brought up in slices later.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Notification } from '../../notification/index.js';
import { termsOf } from '../history-rules.js';
import { keyOf, type Query, type Store } from './store.js';

/** Notifications in one slice of the index. */
const SLICE = 100;

interface SubjectRow {
  readonly notification: number;
  readonly accepted_at: number;
  readonly terms: Uint8Array | null;
}

export class SqliteSubjects {
  readonly #store: Store;
  readonly #save: Query;
  readonly #next: Query<SubjectRow>;
  readonly #one: Query<SubjectRow>;
  readonly #content: Query<{ content: string }>;
  readonly #saveTerms: Query;
  readonly #indexed: Query<{ notification: number }>;
  readonly #advance: Query;
  readonly #index: Query;
  readonly #unindex: Query;
  readonly #forget: Query;

  constructor(store: Store) {
    this.#store = store;
    this.#save = store.query('INSERT INTO subject (notification, accepted_at, episode, terms) VALUES (?, ?, ?, ?)');
    this.#next = store.query(
      'SELECT notification, accepted_at, terms FROM subject WHERE notification > ? ORDER BY notification ' +
        `LIMIT ${SLICE}`,
    );
    this.#one = store.query('SELECT notification, accepted_at, terms FROM subject WHERE notification = ?');
    this.#content = store.query('SELECT content FROM notification WHERE id = ?');
    this.#saveTerms = store.query('UPDATE subject SET terms = ? WHERE notification = ?');
    this.#indexed = store.query('SELECT notification FROM indexed');
    this.#advance = store.query('UPDATE indexed SET notification = ?');
    this.#index = store.query('INSERT OR IGNORE INTO term (term, accepted_at, notification) VALUES (?, ?, ?)');
    this.#unindex = store.query('DELETE FROM term WHERE term = ? AND accepted_at = ? AND notification = ?');
    this.#forget = store.query('DELETE FROM subject WHERE notification = ?');
  }

  /** Callers hold a transaction. */
  save(notification: number, content: Notification): void {
    this.#save.run(notification, content.acceptedAt, keyOf(content.episode.id), packed(termsOf(content)));
  }

  /** Resolves when whatever was accepted before can be found by its labels. */
  async index(): Promise<void> {
    while (!this.#store.closed && (await this.#store.read('see what is not indexed', () => this.#isBehind()))) {
      await this.#store.write('index the labels of what was accepted', () => this.#indexSlice());
      await nextTurn();
    }
  }

  #isBehind(): boolean {
    return this.#next.get(this.#upTo()) !== undefined;
  }

  #upTo(): number {
    return this.#indexed.get()?.notification ?? 0;
  }

  #indexSlice(): void {
    const slice = this.#next.all(this.#upTo());
    const rows = slice.flatMap((row) => this.#termsOf(row).map((term) => ({ term, row })));
    // In the order of the table, so that neighbours are written together.
    rows.sort((a, b) => a.term - b.term);
    for (const { term, row } of rows) this.#index.run(term, row.accepted_at, row.notification);
    const last = slice.at(-1);
    if (last !== undefined) this.#advance.run(last.notification);
  }

  /** A store that an older version wrote has none yet. */
  #termsOf({ notification, terms }: SubjectRow): readonly number[] {
    if (terms !== null) return unpacked(terms);
    const content = this.#content.get(notification)?.content ?? '{"changes":[]}';
    const found = termsOf(JSON.parse(content) as Notification);
    this.#saveTerms.run(packed(found), notification);
    return found;
  }

  /** Callers hold a transaction. */
  forget(notifications: Iterable<number>): void {
    const upTo = this.#upTo();
    const rows: { readonly term: number; readonly row: SubjectRow }[] = [];
    for (const notification of notifications) {
      const row = this.#one.get(notification);
      if (row === undefined) continue;
      if (notification <= upTo && row.terms !== null) for (const term of unpacked(row.terms)) rows.push({ term, row });
      this.#forget.run(notification);
    }
    rows.sort((a, b) => a.term - b.term);
    for (const { term, row } of rows) this.#unindex.run(term, row.accepted_at, row.notification);
  }
}

/** Numbers of 53 bits, eight bytes each. */
function packed(terms: readonly number[]): Uint8Array {
  return new Uint8Array(Float64Array.from(terms).buffer);
}

function unpacked(terms: Uint8Array): number[] {
  return [...new Float64Array(terms.slice().buffer)];
}
