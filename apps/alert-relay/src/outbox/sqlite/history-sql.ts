// Which rows a page of the history is made of, as SQL: each source walks an index from the newest on.
import type { SQLInputValue } from 'node:sqlite';
import type { DeliveryState, HistoryEntry, HistoryFilter } from '../outbox.js';
import { STORED_STATE } from '../rows.js';
import { packed } from './subjects.js';

/** A piece of SQL with the values of its question marks. */
export interface Piece {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

/** Rows of an index to walk, and in which order that is. */
export interface Source {
  readonly from: string;
  readonly where: readonly Piece[];
  readonly order: string;
}

export type Place = Pick<HistoryEntry, 'id' | 'acceptedAt'>;

/** Those of one state, and of one channel where the filter names it. */
export function deliveriesOf(state: DeliveryState, filter: HistoryFilter, before: Place | undefined): Source {
  return {
    from: `delivery INDEXED BY ${filter.channel === undefined ? 'delivery_history' : 'delivery_history_channel'}`,
    where: [piece(`state = '${STORED_STATE[state]}'`), ...ofChannel(filter), ...within('delivery', filter, before)],
    order: NEWEST,
  };
}

/** Those of notifications that follow each other and carry labels. */
export function carriersIn(
  run: { readonly first: number; readonly last: number },
  terms: readonly number[],
  states: readonly DeliveryState[],
  filter: HistoryFilter,
  before: Place | undefined,
): Source {
  const inside = piece('subject.notification BETWEEN ? AND ?', run.first, run.last);
  return {
    from: 'subject CROSS JOIN delivery INDEXED BY delivery_notification ON delivery.notification = subject.notification',
    where: [
      inside,
      ...terms.map((term) => piece('instr(subject.terms, ?) > 0', packed([term]))),
      ...within('subject', filter, before),
      ...ofChannel(filter),
      ofStates(states),
    ],
    order: NEWEST,
  };
}

/** The runs of a part of the time, the newest first. */
export function runsOf(filter: HistoryFilter, before: Place | undefined): Piece {
  const { since = -Infinity, until = Infinity } = filter;
  return piece(
    'SELECT first, last, newest FROM run WHERE newest >= ? AND oldest <= ? ORDER BY newest DESC',
    since,
    Math.min(until, before?.acceptedAt ?? Infinity),
  );
}

export function named(
  ids: readonly number[],
  states: readonly DeliveryState[],
  filter: HistoryFilter,
  before: Place | undefined,
): Source {
  const where = [piece('delivery.id IN (SELECT value FROM json_each(?))', JSON.stringify(ids))];
  return {
    // By their ids, not by an index of states.
    from: 'delivery NOT INDEXED',
    where: [...where, ...ofChannel(filter), ofStates(states), ...within('delivery', filter, before)],
    order: NEWEST,
  };
}

/** That the notification of a delivery carries a label. @param term see `termOf` */
export function carries(term: number): Piece {
  return piece(
    'EXISTS (SELECT 1 FROM subject AS of WHERE of.notification = delivery.notification AND instr(of.terms, ?) > 0)',
    packed([term]),
  );
}

/** What comes after a place in the order of a list. */
export function after(place: Place): Piece {
  return piece('(delivery.accepted_at < ? OR delivery.id < ?)', place.acceptedAt, place.id);
}

export function page({ from, where, order }: Source, more: readonly Piece[], limit: number): Piece {
  const { sql, values } = together([...where, ...more]);
  return piece(
    `SELECT delivery.id, delivery.accepted_at FROM ${from} WHERE ${sql} ORDER BY ${order} LIMIT ?`,
    ...values,
    limit,
  );
}

/** How many rows a source has, counted up to a limit. */
export function count({ from, where }: Source, upTo: number): Piece {
  const { sql, values } = together(where);
  return piece(`SELECT count(*) AS rows FROM (SELECT 1 FROM ${from} WHERE ${sql} LIMIT ?)`, ...values, upTo);
}

/** Where the row stands that so many others of a source come before: a slice goes back to it. */
export function endOf({ from, where, order }: Source, rows: number): Piece {
  const { sql, values } = together(where);
  return piece(`SELECT accepted_at FROM ${from} WHERE ${sql} ORDER BY ${order} LIMIT 1 OFFSET ?`, ...values, rows);
}

const NEWEST = 'delivery.accepted_at DESC, delivery.id DESC';

function ofChannel({ channel }: HistoryFilter): Piece[] {
  return channel === undefined ? [] : [piece('delivery.channel = ?', channel)];
}

function ofStates(states: readonly DeliveryState[]): Piece {
  return piece(`delivery.state IN (${states.map((each) => `'${STORED_STATE[each]}'`).join(', ')})`);
}

/** One upper limit at most: SQLite would begin at either of two. */
function within(table: string, { since, until = Infinity }: HistoryFilter, before: Place | undefined): Piece[] {
  const column = `${table}.accepted_at`;
  const from = since === undefined ? [] : [piece(`${column} >= ?`, since)];
  if (before !== undefined && before.acceptedAt < until) return [...from, piece(`${column} <= ?`, before.acceptedAt)];
  return until === Infinity ? from : [...from, piece(`${column} < ?`, until)];
}

function together(pieces: readonly Piece[]): Piece {
  return { sql: pieces.map(({ sql }) => sql).join(' AND '), values: pieces.flatMap(({ values }) => values) };
}

function piece(sql: string, ...values: readonly SQLInputValue[]): Piece {
  return { sql, values };
}
