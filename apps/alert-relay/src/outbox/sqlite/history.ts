// The history: pages of deliveries, found by channel and state or by their labels, and all that is known of one.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Notification } from '../../notification/index.js';
import { termOf } from '../history-rules.js';
import type { DeliveryState, History, HistoryEntry, HistoryFilter, HistoryRecord } from '../outbox.js';
import { entryOf, STORED_STATE, type EntryRow } from '../rows.js';
import { boundedLimit } from '../rules.js';
import type { SqliteAttempts } from './attempts.js';
import {
  after,
  carriersIn,
  carries,
  count,
  deliveriesOf,
  endOf,
  named,
  page,
  runsOf,
  type Piece,
  type Place,
  type Source,
} from './history-sql.js';
import { mayHold } from './label-filter.js';
import type { Query, Store } from './store.js';
import type { SqliteSubjects } from './subjects.js';

/** Deliveries of a channel and of states are counted up to here: where there are fewer, all of them are looked at. */
const COUNTED = 5_000;

/** Rows of an index that are looked at in one go. */
const SLICE = 2_000;
/** Runs whose filters are looked at in one go. */
const RUNS = 20;

const LIST = 'list the history';

const ALL = Object.keys(STORED_STATE) as DeliveryState[];

/** The rows of an index in a part of the time, from the newest on. */
type Walk = (part: HistoryFilter) => Source;

interface PlaceRow {
  readonly id: number;
  readonly accepted_at: number;
}

interface RunRow {
  readonly first: number;
  readonly last: number;
  readonly newest: number;
}

/** Of statements that are made of pieces: each has its own of these columns. */
type AnyRow = PlaceRow & RunRow & { readonly rows: number };

/** The time of acceptance is that of its index. */
interface TimedRow extends EntryRow {
  readonly accepted_at: number;
}

export class SqliteHistory implements History {
  readonly #store: Store;
  readonly #subjects: SqliteSubjects;
  readonly #attempts: SqliteAttempts;
  readonly #entry: Query<TimedRow>;
  readonly #content: Query<{ content: string }>;
  readonly #filter: Query<{ filter: Uint8Array }>;
  /** By their SQL: as many as there are shapes of filters. */
  readonly #queries = new Map<string, Query<AnyRow>>();

  constructor(store: Store, subjects: SqliteSubjects, attempts: SqliteAttempts) {
    this.#store = store;
    this.#subjects = subjects;
    this.#attempts = attempts;
    this.#entry = store.query(`
      SELECT delivery.id, delivery.channel, state, about, delivery.changes, coalesce(message.attempt, delivery.attempts) AS attempts,
        delivery.accepted_at, ended_at, undelivered_channel, undelivered_reason, reason, detail
      FROM delivery CROSS JOIN notification ON notification.id = delivery.notification LEFT JOIN message ON message.id = delivery.message
      WHERE delivery.id = ?`);
    this.#content = store.query(
      'SELECT content FROM delivery CROSS JOIN notification ON notification.id = delivery.notification WHERE delivery.id = ?',
    );
    this.#filter = store.query('SELECT filter FROM run WHERE first = ?');
  }

  async history(filter: HistoryFilter, limit: number, before?: Place): Promise<readonly HistoryEntry[]> {
    if (Object.keys(filter.labels ?? {}).length > 0) await this.#subjects.index();
    const places = await this.#find(filter, boundedLimit(limit), before);
    return this.#store.read(LIST, () =>
      places.flatMap(({ id }) => {
        const row = this.#entry.get(id);
        return row === undefined ? [] : [timedEntryOf(row)];
      }),
    );
  }

  historyOf(id: number): Promise<HistoryRecord | undefined> {
    return this.#store.read('read what is known of a delivery', () => {
      const row = this.#entry.get(id);
      if (row === undefined) return undefined;
      const entry = timedEntryOf(row);
      const content = JSON.parse(this.#content.get(id)?.content ?? '') as Notification;
      return {
        ...entry,
        notification: { ...content, ...(entry.undelivered && { undelivered: entry.undelivered }) },
        sends: this.#attempts.ofDelivery(id),
      };
    });
  }

  async #find(filter: HistoryFilter, limit: number, before: Place | undefined): Promise<PlaceRow[]> {
    const states = [...new Set(filter.states ?? ALL)];
    if (states.length === 0) return [];
    const terms = Object.entries(filter.labels ?? {}).map(([name, value]) => termOf(name, value));
    const beyond = before === undefined ? [] : [after(before)];
    const { ids } = filter;
    if (ids !== undefined)
      return this.#store.read(LIST, () =>
        this.#all(page(named(ids, states, filter, before), [...beyond, ...terms.map(carries)], limit)),
      );
    const more = [...beyond, ...terms.map(carries)];
    const sources = states.map(
      (state): Walk =>
        (part) =>
          deliveriesOf(state, part, before),
    );
    if (terms.length > 0 && (await this.#areMany(sources, filter)))
      return this.#search(terms, (run) => page(carriersIn(run, terms, states, filter, before), beyond, limit), {
        runs: runsOf(filter, before),
        limit,
      });
    // The newest of each state, then of all of them.
    const found: PlaceRow[] = [];
    for (const walk of sources) found.push(...(await this.#walk(walk, more, filter, limit, terms.length > 0)));
    return newest(found, limit);
  }

  /** Whether it is better to go by the labels than by channel and state. */
  #areMany(walks: readonly Walk[], filter: HistoryFilter): Promise<boolean> {
    return this.#store.read(
      LIST,
      () => walks.reduce((sum, walk) => sum + (this.#all(count(walk(filter), COUNTED))[0]?.rows ?? 0), 0) >= COUNTED,
    );
  }

  /**
   * The newest of all runs that may carry the labels. Runs overlap a little in time: it is over when enough was found
   * that is newer than anything in those that are left.
   */
  async #search(
    terms: readonly number[],
    pageOf: (run: Pick<RunRow, 'first' | 'last'>) => Piece,
    { runs, limit }: { readonly runs: Piece; readonly limit: number },
  ): Promise<PlaceRow[]> {
    const found: PlaceRow[] = [];
    const left = await this.#store.read(LIST, () => {
      found.push(...this.#all(pageOf({ first: this.#subjects.last + 1, last: Number.MAX_SAFE_INTEGER })));
      return this.#all(runs);
    });
    while (left.length > 0) {
      await this.#store.read(LIST, () => {
        for (const run of left.splice(0, RUNS)) {
          if (found.filter((each) => each.accepted_at > run.newest).length >= limit) return void left.splice(0);
          const filter = this.#filter.get(run.first)?.filter;
          if (filter !== undefined && terms.every((term) => mayHold(filter, term)))
            found.push(...this.#all(pageOf(run)));
        }
      });
      await nextTurn();
    }
    return newest(found, limit);
  }

  /**
   * The first rows of a walk that fit. @param isSparse whether many rows of its index may not fit: then it is walked in
   * slices, and posts are answered in between
   */
  async #walk(
    walk: Walk,
    more: readonly Piece[],
    filter: HistoryFilter,
    limit: number,
    isSparse: boolean,
  ): Promise<PlaceRow[]> {
    const found: PlaceRow[] = [];
    let rest = filter;
    for (;;) {
      const floor = await this.#store.read(LIST, () => {
        const end = isSparse ? this.#all(endOf(walk(rest), SLICE))[0]?.accepted_at : undefined;
        const part = end === undefined ? rest : { ...rest, since: Math.max(end, rest.since ?? -Infinity) };
        found.push(...this.#all(page(walk(part), more, limit - found.length)));
        return end;
      });
      if (floor === undefined || found.length >= limit) return found;
      rest = { ...rest, until: floor };
      await nextTurn();
    }
  }

  #all({ sql, values }: Piece): AnyRow[] {
    let query = this.#queries.get(sql);
    if (query === undefined) this.#queries.set(sql, (query = this.#store.query(sql)));
    return query.all(...values);
  }
}

function newest(found: readonly PlaceRow[], limit: number): PlaceRow[] {
  return found.toSorted((a, b) => b.accepted_at - a.accepted_at || b.id - a.id).slice(0, limit);
}

function timedEntryOf(row: TimedRow): HistoryEntry {
  return { ...entryOf(row), acceptedAt: row.accepted_at };
}
