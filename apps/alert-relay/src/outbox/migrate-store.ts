// Moves an embedded store into an empty PostgreSQL store: waiting messages, dead letters, history and all.
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { StorePlace } from '../settings/store-place.js';
import { StoreRefused } from './errors.js';
import { movedRows } from './moved-rows.js';
import { fillEmptyStore } from './postgres/filling.js';
import { openSqliteOutbox } from './sqlite/sqlite-outbox.js';
import { readKeptTime, SteadyClock, SYSTEM_TIME } from './steady-clock.js';

/** How many rows of a table were copied. */
export type Migrated = Readonly<Record<string, number>>;

/**
 * All of it or nothing: one transaction. The file stays where it is, and is locked meanwhile; one of an older version
 * becomes one of the newest. Rejects with `StoreRefused`, whose message says what is wrong and what to do: a relay has
 * the file still, the other store is not empty.
 * @param log called after each table
 */
export async function migrateStore(
  from: Extract<StorePlace, { kind: 'sqlite' }>,
  to: Extract<StorePlace, { kind: 'postgres' }>,
  log: (table: string, rows: number) => void = () => undefined,
): Promise<Migrated> {
  const db = await openLocked(from.path);
  try {
    return await fillEmptyStore(to.url.reveal(), async (target) => {
      const note = db.prepare("SELECT value FROM note WHERE name = 'clock'").get()?.['value'];
      const clock = new SteadyClock(SYSTEM_TIME, readKeptTime(typeof note === 'string' ? note : undefined));
      const shift = Math.round(target.now - clock.steady());
      const moved: Record<string, number> = {};
      for (const { filling, rows } of movedRows(db, { shift, now: clock.steady() })) {
        const count = await target.fill(filling, rows());
        moved[filling.table] = count;
        log(filling.table, count);
      }
      for (const { table, last } of lastNumbers(db)) await target.countFrom(table, last);
      return moved;
    });
  } finally {
    db.close();
  }
}

/** The highest ids that were ever given: people may have noted them, and what is gone may still be named. */
function lastNumbers(db: DatabaseSync): readonly { readonly table: string; readonly last: number }[] {
  const given = db.prepare("SELECT name AS 'table', seq AS last FROM sqlite_sequence WHERE seq > 0").all();
  const others = db
    .prepare(
      `SELECT 'token' AS "table", token AS last FROM fencing UNION ALL SELECT 'alert_group', max(id) FROM alert_group
       UNION ALL SELECT 'lane', max(id) FROM lane UNION ALL SELECT 'attempt', max(id) FROM attempt
       UNION ALL SELECT 'message', max(message) FROM attempt`,
    )
    .all();
  return [...given, ...others]
    .map((row) => ({ table: String(row['table']), last: Number(row['last']) }))
    .filter(({ last }) => last > 0);
}

/** Whole, at the newest version, with nothing that a process claims, and nobody else's until it is closed. */
async function openLocked(file: string): Promise<DatabaseSync> {
  if (!existsSync(file)) throw new StoreRefused(`there is no outbox at ${file}. Name the file that storage.path names`);
  // What a run held that did not end in order is set free; who has the file still is told of.
  await (await openSqliteOutbox(file)).close();
  const db = new DatabaseSync(file, { timeout: 1_000 });
  try {
    db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT; PRAGMA temp_store = MEMORY');
    return db;
  } catch (cause) {
    db.close();
    throw new StoreRefused(`the outbox ${file} is in use by another process. Stop the relay first`, {
      cause,
      mayPass: true,
    });
  }
}
