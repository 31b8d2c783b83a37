// No statement of the outbox may read a whole table that grows.
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from '@jest/globals';
import { MIGRATIONS } from './schema.js';
import { assemble } from './sqlite-outbox.js';
import { Store, type Query } from './store.js';
import type { HistoryFilter, Outbox } from '../outbox.js';

/** Keeps what is prepared. */
class Overheard extends Store {
  readonly statements: string[] = [];

  override query<Row = never>(sql: string): Query<Row> {
    this.statements.push(sql);
    return super.query<Row>(sql);
  }
}

function opened(): { readonly db: DatabaseSync; readonly store: Overheard; readonly outbox: Outbox } {
  const db = new DatabaseSync(':memory:');
  for (const step of MIGRATIONS) db.exec(step);
  const store = new Overheard(db);
  return { db, store, outbox: assemble(store, { newId: () => '', quarantineKeep: 1, quarantineBytes: 1 }) };
}

const planOf = (db: DatabaseSync, sql: string): { readonly sql: string; readonly detail: string }[] =>
  db
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .all()
    .map(({ detail }) => ({ sql, detail: String(detail) }));

it('every statement finds its rows by an index', () => {
  const { db, store } = opened();
  expect(store.statements.length).toBeGreaterThan(40);
  const plans = store.statements.flatMap((sql) => planOf(db, sql));
  const scans = plans.filter(
    ({ detail }) =>
      /^SCAN (delivery|notification|alert_state|alert_group|subject|run|attempt|told|conversation)\b/.test(detail) &&
      !/INDEX delivery_dead/.test(detail),
  );
  // Once after a start, and of an index.
  expect(scans.map(({ sql }) => sql)).toEqual([
    expect.stringMatching(/^SELECT EXISTS .* FROM alert_state WHERE instr/),
  ]);
  // What is asked at every turn of a channel, whatever waits.
  const choices = plans.filter(
    ({ sql, detail }) => /FROM (lane|message) INDEXED BY/.test(sql) && detail.startsWith('SEARCH'),
  );
  expect(choices.length).toBeGreaterThan(4);
  expect(
    plans.filter(({ sql, detail }) => /SELECT id, urgency, head FROM lane/.test(sql) && detail.includes('TEMP B-TREE')),
  ).toEqual([]);
  // Slices of what is old.
  expect(plans.filter(({ sql, detail }) => /ORDER BY ended_at LIMIT/.test(sql) && /B-TREE/.test(detail))).toEqual([]);
  db.close();
});

it('every page of the history is read from an index in its order, whatever is asked for', async () => {
  const { db, store, outbox } = opened();
  const before = store.statements.length;
  const place = { id: 5, acceptedAt: 20 };
  const filters: HistoryFilter[] = [
    {},
    { since: 1, until: 9 },
    { channel: 'a' },
    { states: ['dead'] },
    { channel: 'a', states: ['waiting', 'dead'], since: 1 },
    { labels: { x: 'y' } },
    { labels: { x: 'y', z: 'w' }, channel: 'a', states: ['delivered'], until: 9 },
    { ids: [1, 2], labels: { x: 'y' }, channel: 'a' },
  ];
  for (const filter of filters) for (const from of [undefined, place]) await outbox.history(filter, 50, from);
  await outbox.historyOf(1);
  const statements = store.statements.slice(before);
  expect(statements.length).toBeGreaterThan(20);
  const plans = statements.flatMap((sql) => planOf(db, sql));
  expect(plans.filter(({ detail }) => /^SCAN (?!json_each|\(subquery)/.test(detail))).toEqual([]);
  // Those that are named are few; two that were accepted at the same time are put in order.
  const sorted = plans.filter(({ detail }) => /TEMP B-TREE FOR ORDER BY/.test(detail));
  expect(sorted.filter(({ sql }) => !sql.includes('json_each'))).toEqual([]);
  db.close();
});
