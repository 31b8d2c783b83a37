// The history: pages of deliveries, found by whichever index holds the fewest of them, and all that is known of one.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Notification, Reason } from '../../notification/index.js';
import { termOf } from '../history-rules.js';
import type {
  DeliveryState,
  History,
  HistoryEntry,
  HistoryFilter,
  HistoryRecord,
  NotificationSummary,
} from '../outbox.js';
import { boundedLimit } from '../rules.js';
import type { SqliteAttempts } from './attempts.js';
import {
  after,
  carries,
  carriersOf,
  count,
  deliveriesOf,
  endOf,
  labelled,
  named,
  page,
  STATES,
  type Piece,
  type Place,
  type Source,
} from './history-sql.js';
import type { Query, Store } from './store.js';
import type { SqliteSubjects } from './subjects.js';

/** Rows of an index are counted up to here, to see which holds the fewest. */
const COUNTED = 5_000;

/** Rows of an index that are looked at in one go. */
const SLICE = 2_000;

const LIST = 'list the history';

const ALL = Object.keys(STATES) as DeliveryState[];

/** A way through an index, from the newest on. */
interface Walk {
  /** The rows of the index in a part of the time. */
  readonly index: (part: HistoryFilter) => Source;
  /** What may be wanted of them, */
  readonly rows: (part: HistoryFilter) => Source;
  /** and what of that is. */
  readonly more: readonly Piece[];
}

interface PlaceRow {
  readonly id: number;
  readonly accepted_at: number;
}

interface EntryRow {
  readonly id: number;
  readonly channel: string;
  readonly state: string;
  readonly about: string;
  readonly changes: number;
  readonly attempts: number;
  readonly accepted_at: number;
  readonly ended_at: number | null;
  readonly undelivered_channel: string | null;
  readonly undelivered_reason: string | null;
  readonly reason: Reason | null;
  readonly detail: string | null;
}

export class SqliteHistory implements History {
  readonly #store: Store;
  readonly #subjects: SqliteSubjects;
  readonly #attempts: SqliteAttempts;
  readonly #entry: Query<EntryRow>;
  readonly #content: Query<{ content: string }>;
  /** By their SQL: as many as there are shapes of filters. */
  readonly #queries = new Map<string, Query<PlaceRow & { readonly rows: number }>>();

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
  }

  async history(filter: HistoryFilter, limit: number, before?: Place): Promise<readonly HistoryEntry[]> {
    if (Object.keys(filter.labels ?? {}).length > 0) await this.#subjects.index();
    const places = await this.#find(filter, boundedLimit(limit), before);
    return this.#store.read(LIST, () =>
      places.flatMap(({ id }) => {
        const row = this.#entry.get(id);
        return row === undefined ? [] : [entryOf(row)];
      }),
    );
  }

  historyOf(id: number): Promise<HistoryRecord | undefined> {
    return this.#store.read('read what is known of a delivery', () => {
      const row = this.#entry.get(id);
      if (row === undefined) return undefined;
      const entry = entryOf(row);
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
    const walks = states.map((state): Walk => ({
      index: (part) => deliveriesOf(state, part, before),
      rows: (part) => deliveriesOf(state, part, before),
      more: [...beyond, ...terms.map(carries)],
    }));
    const rarest = await this.#store.read(LIST, () => this.#rarest(terms, walks, filter, before));
    if (rarest !== undefined) {
      const others = terms.filter((each) => each !== rarest);
      const walk: Walk = {
        index: (part) => labelled(rarest, part, before),
        rows: (part) => carriersOf(rarest, states, part, before),
        more: [...beyond, ...others.map(carries)],
      };
      return this.#walk(walk, filter, limit, true);
    }
    // The newest of each state, then of all of them.
    const found: PlaceRow[] = [];
    for (const walk of walks) found.push(...(await this.#walk(walk, filter, limit, terms.length > 0)));
    return found.sort((a, b) => b.accepted_at - a.accepted_at || b.id - a.id).slice(0, limit);
  }

  /**
   * The first rows of a walk that fit. @param isSparse whether many rows of its index may not fit: then it is walked in
   * slices, and posts are answered in between
   */
  async #walk(walk: Walk, filter: HistoryFilter, limit: number, isSparse: boolean): Promise<PlaceRow[]> {
    const found: PlaceRow[] = [];
    let rest = filter;
    for (;;) {
      const floor = await this.#store.read(LIST, () => {
        const end = isSparse ? this.#all(endOf(walk.index(rest), SLICE))[0]?.accepted_at : undefined;
        const part = end === undefined ? rest : { ...rest, since: Math.max(end, rest.since ?? -Infinity) };
        found.push(...this.#all(page(walk.rows(part), walk.more, limit - found.length)));
        return end;
      });
      if (floor === undefined || found.length >= limit) return found;
      rest = { ...rest, until: floor };
      await nextTurn();
    }
  }

  /** The label that fewest notifications carry; undefined where fewer deliveries are of the channel and the states. */
  #rarest(
    terms: readonly number[],
    walks: readonly Walk[],
    filter: HistoryFilter,
    before: Place | undefined,
  ): number | undefined {
    const counted = terms.map((term) => ({ term, rows: this.#count(labelled(term, filter, before)) }));
    const [rarest] = counted.sort((a, b) => a.rows - b.rows);
    if (rarest === undefined) return undefined;
    return rarest.rows <= walks.reduce((sum, { index }) => sum + this.#count(index(filter)), 0)
      ? rarest.term
      : undefined;
  }

  #count(source: Source): number {
    return this.#all(count(source, COUNTED))[0]?.rows ?? 0;
  }

  #all({ sql, values }: Piece): (PlaceRow & { readonly rows: number })[] {
    let query = this.#queries.get(sql);
    if (query === undefined) this.#queries.set(sql, (query = this.#store.query(sql)));
    return query.all(...values);
  }
}

const CALLED: ReadonlyMap<string, DeliveryState> = new Map(ALL.map((state) => [STATES[state], state]));

function entryOf(row: EntryRow): HistoryEntry {
  const { id, channel, changes, attempts, undelivered_channel, undelivered_reason, ended_at, reason, detail } = row;
  return {
    ...(JSON.parse(row.about) as NotificationSummary),
    acceptedAt: row.accepted_at,
    ...(undelivered_channel !== null &&
      undelivered_reason !== null && { undelivered: { channel: undelivered_channel, reason: undelivered_reason } }),
    id,
    channel,
    state: CALLED.get(row.state) ?? 'waiting',
    changes,
    attempts,
    ...(ended_at !== null && { endedAt: ended_at }),
    ...(reason !== null && detail !== null && { reason, detail }),
  };
}
