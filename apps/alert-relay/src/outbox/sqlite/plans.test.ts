// No statement of the outbox may read a whole table that grows.
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from '@jest/globals';
import { MIGRATIONS } from './schema.js';
import { assemble } from './sqlite-outbox.js';
import { Store, type Query } from './store.js';

/** Keeps what is prepared. */
class Overheard extends Store {
  readonly statements: string[] = [];

  override query<Row = never>(sql: string): Query<Row> {
    this.statements.push(sql);
    return super.query<Row>(sql);
  }
}

it('every statement finds its rows by an index', () => {
  const db = new DatabaseSync(':memory:');
  for (const step of MIGRATIONS) db.exec(step);
  const store = new Overheard(db);
  assemble(store, { newId: () => '', quarantineKeep: 1, quarantineBytes: 1 });
  expect(store.statements.length).toBeGreaterThan(40);
  const plans = store.statements.flatMap((sql) =>
    db
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => ({ sql, detail: String(detail) })),
  );
  const scans = plans.filter(
    ({ detail }) =>
      /^SCAN (delivery|notification|alert_state|alert_group)\b/.test(detail) && !/INDEX delivery_dead/.test(detail),
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
  db.close();
});
