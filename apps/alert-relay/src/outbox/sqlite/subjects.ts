// What notifications are about, kept small beside their contents: their labels as numbers. Runs of them have a filter,
// so that a search reads few. Accepting a post writes one short row at the end of a table; filters are made later.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Notification } from '../../notification/index.js';
import { termsOf } from '../history-rules.js';
import { filterOf } from './label-filter.js';
import { keyOf, type Query, type Store } from './store.js';

/** A run is over after so many notifications, or so many labels of theirs. */
const RUN = 256;
const RUN_TERMS = 10_000;
/** So many bytes of contents are read in one go where their labels are not known yet. */
const CONTENTS = 1_000_000;

interface SubjectRow {
  readonly notification: number;
  readonly accepted_at: number;
  readonly terms: Uint8Array | null;
}

export class SqliteSubjects {
  readonly #store: Store;
  readonly #save: Query;
  readonly #next: Query<SubjectRow>;
  readonly #content: Query<{ content: string }>;
  readonly #saveTerms: Query;
  readonly #last: Query<{ last: number }>;
  readonly #saveRun: Query;
  readonly #forget: Query;
  readonly #runOf: Query<{ first: number; last: number }>;
  readonly #left: Query<{ found: number }>;
  readonly #forgetRun: Query;

  constructor(store: Store) {
    this.#store = store;
    this.#save = store.query('INSERT INTO subject (notification, accepted_at, episode, terms) VALUES (?, ?, ?, ?)');
    this.#next = store.query(
      'SELECT notification, accepted_at, terms FROM subject WHERE notification > ? ORDER BY notification ' +
        `LIMIT ${RUN}`,
    );
    this.#content = store.query('SELECT content FROM notification WHERE id = ?');
    this.#saveTerms = store.query('UPDATE subject SET terms = ? WHERE notification = ?');
    this.#last = store.query('SELECT last FROM run WHERE first = (SELECT max(first) FROM run)');
    this.#saveRun = store.query('INSERT INTO run (first, last, oldest, newest, filter) VALUES (?, ?, ?, ?, ?)');
    this.#forget = store.query('DELETE FROM subject WHERE notification = ?');
    this.#runOf = store.query('SELECT first, last FROM run WHERE first <= ? ORDER BY first DESC LIMIT 1');
    this.#left = store.query('SELECT EXISTS (SELECT 1 FROM subject WHERE notification BETWEEN ? AND ?) AS found');
    this.#forgetRun = store.query('DELETE FROM run WHERE first = ?');
  }

  /** Callers hold a transaction. */
  save(notification: number, content: Notification): void {
    this.#save.run(notification, content.acceptedAt, keyOf(content.episode.id), packed(termsOf(content)));
  }

  /** The last notification that is in a run. */
  get last(): number {
    return this.#last.get()?.last ?? 0;
  }

  /** Resolves when all but the newest few are in runs. A store that an older version wrote gets its labels here. */
  async index(): Promise<void> {
    while (!this.#store.closed && (await this.#store.read('see what is in no run', () => this.#isBehind()))) {
      await this.#store.write('make a run of what was accepted', () => this.#advance());
      await nextTurn();
    }
  }

  #isBehind(): boolean {
    const rest = this.#next.all(this.last);
    return runOf(rest).isOver || rest.some((each) => each.terms === null);
  }

  #advance(): void {
    const rest = this.#next.all(this.last);
    const unknown = rest.filter((each) => each.terms === null);
    if (unknown.length > 0) this.#findTerms(unknown);
    else this.#makeRun(rest);
  }

  #makeRun(rest: readonly SubjectRow[]): void {
    const { rows, isOver } = runOf(rest);
    const [first, last] = [rows[0], rows.at(-1)];
    if (!isOver || first === undefined || last === undefined) return;
    const times = rows.map((each) => each.accepted_at);
    const filter = filterOf(new Set(rows.flatMap(({ terms }) => (terms === null ? [] : [...unpacked(terms)]))));
    this.#saveRun.run(first.notification, last.notification, Math.min(...times), Math.max(...times), filter);
  }

  #findTerms(unknown: readonly SubjectRow[]): void {
    let bytes = 0;
    for (const { notification } of unknown) {
      if (bytes >= CONTENTS) return;
      const content = this.#content.get(notification)?.content ?? '{"changes":[]}';
      bytes += content.length;
      this.#saveTerms.run(packed(labelsIn(content)), notification);
    }
  }

  /** Callers hold a transaction. A run goes with the last that is in it. */
  forget(notifications: Iterable<number>): void {
    const runs = new Map<number, number>();
    for (const notification of notifications) {
      this.#forget.run(notification);
      const run = this.#runOf.get(notification);
      if (run !== undefined) runs.set(run.first, run.last);
    }
    for (const [first, last] of runs) if (this.#left.get(first, last)?.found === 0) this.#forgetRun.run(first);
  }
}

/** A content that a disk has damaged is found by none: whoever sends it says so. */
function labelsIn(content: string): readonly number[] {
  try {
    return termsOf(JSON.parse(content) as Notification);
  } catch {
    return [];
  }
}

/** The rows that make a run, from the first on; whether it is over with them. */
function runOf<Row extends Pick<SubjectRow, 'terms'>>(
  rest: readonly Row[],
): { readonly rows: readonly Row[]; readonly isOver: boolean } {
  let terms = 0;
  for (const [index, row] of rest.entries()) {
    terms += (row.terms?.byteLength ?? 0) / 8;
    if (index === RUN - 1 || terms >= RUN_TERMS) return { rows: rest.slice(0, index + 1), isOver: true };
  }
  return { rows: rest, isOver: false };
}

/** Numbers of 53 bits, eight bytes each. */
export function packed(terms: readonly number[]): Uint8Array {
  return new Uint8Array(Float64Array.from(terms).buffer);
}

function unpacked(terms: Uint8Array): Float64Array {
  return new Float64Array(terms.slice().buffer);
}
