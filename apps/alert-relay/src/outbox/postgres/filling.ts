// Fills an empty PostgreSQL store from another one in one transaction, while nobody else writes into it.
import pg from 'pg';
import { StoreRefused } from '../outbox.js';
import { inSchema } from './database.js';
import { failureOf, refusalOf } from './failures.js';
import { migrate } from './migrate.js';
import { placeOf } from './place.js';

/** A table as it is filled: its columns with their types, in the order of a row's values. */
export interface Filling {
  readonly table: string;
  readonly columns: Readonly<Record<string, string>>;
}

/** Rows that are sent together, and how many bytes of them at most. */
const ROWS = 500;
const BYTES = 8 * 2 ** 20;
/** What a store that was never used has no row of. */
const EMPTY = [
  'alert_group',
  'held',
  'notification',
  'message',
  'delivery',
  'attempt',
  'conversation',
  'quarantine',
  'note',
];

export interface Target {
  /** The time of the database when the transaction began, in milliseconds since 1970. */
  readonly now: number;
  /** @returns how many rows there were */
  fill(filling: Filling, rows: Iterable<readonly unknown[]>): Promise<number>;
  /** The next id of a table, or token of a claim (`token`), is a higher one than this, which is gone perhaps. */
  countFrom(table: string, last: number): Promise<void>;
}

/** All that `work` fills in is stored when it resolves, or nothing of it. Rejects with `StoreRefused`. */
export async function fillEmptyStore<T>(url: string, work: (target: Target) => Promise<T>): Promise<T> {
  const place = placeOf(url);
  await migrate(place);
  // No limit: a store may be large, and whoever waits for this sees it go on.
  const client = new pg.Client({ ...place.client, query_timeout: undefined });
  client.on('error', () => undefined);
  const query = async <R extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<R[]> =>
    (await client.query<R>(inSchema(sql, place.schema), values && [...values])).rows;
  try {
    await client.connect();
    await query('BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0');
    await query(`LOCK TABLE ${EMPTY.map((table) => `relay.${table}`).join(', ')} IN ACCESS EXCLUSIVE MODE`);
    for (const table of EMPTY) {
      const found = await query(`SELECT FROM relay.${table} LIMIT 1`);
      if (found.length > 0)
        throw new StoreRefused(
          'is not empty. A store can only be moved into one that was never used: name another database, or another ' +
            'schema (schema=… in the URL)',
        );
    }
    const [time] = await query<{ now: number }>('SELECT (extract(epoch FROM now()) * 1000)::float8 AS now');
    const result = await work({
      now: time?.now ?? NaN,
      fill: async ({ table, columns }, rows) => {
        const names = Object.keys(columns).join(', ');
        const types = Object.values(columns).map((type, i) => `$${i + 1}::${type}[]`);
        const sql = `INSERT INTO relay.${table} (${names}) SELECT * FROM unnest(${types.join(', ')})`;
        let count = 0;
        for (const slice of slicesOf(rows)) {
          await query(
            sql,
            types.map((_, i) => slice.map((row) => row[i])),
          );
          count += slice.length;
        }
        return count;
      },
      countFrom: async (table, last) => {
        const sequence = table === 'token' ? 'relay.token' : `relay.${table}_id_seq`;
        await query(`SELECT setval('${sequence}', greatest($1::bigint, last_value)) FROM ${sequence}`, [last]);
      },
    });
    await query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    if (error instanceof StoreRefused)
      throw new StoreRefused(`the store ${place.shown} ${error.message}`, { mayPass: error.mayPass });
    const { why, mayPass } = refusalOf(failureOf(error));
    throw new StoreRefused(`the store ${place.shown} ${why}. Nothing was moved`, { cause: error, mayPass });
  } finally {
    await client.end().catch(() => undefined);
  }
}

function* slicesOf(rows: Iterable<readonly unknown[]>): Generator<(readonly unknown[])[]> {
  let slice: (readonly unknown[])[] = [];
  let bytes = 0;
  for (const row of rows) {
    slice.push(row);
    for (const value of row) bytes += typeof value === 'string' || value instanceof Uint8Array ? value.length : 8;
    if (slice.length < ROWS && bytes < BYTES) continue;
    yield slice;
    slice = [];
    bytes = 0;
  }
  if (slice.length > 0) yield slice;
}
