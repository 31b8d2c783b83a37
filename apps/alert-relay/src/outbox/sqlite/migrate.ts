// Takes the lock on a file, checks that it is ours and whole, and brings it to the newest version.
import type { DatabaseSync } from 'node:sqlite';
import { StoreRefused } from '../outbox.js';
import { APPLICATION_ID, MIGRATIONS } from './schema.js';

/**
 * @param settings run once the file is known to be ours or empty
 * @throws StoreRefused with the end of a sentence that begins with the file's name; SQLite's own errors
 */
export function migrate(db: DatabaseSync, settings: string, migrations: readonly string[] = MIGRATIONS): void {
  db.exec('PRAGMA locking_mode = EXCLUSIVE');
  const version = number(db, 'PRAGMA user_version');
  const isEmpty = number(db, 'SELECT count(*) FROM sqlite_schema') === 0;
  if (!isEmpty && number(db, 'PRAGMA application_id') !== APPLICATION_ID) {
    throw new StoreRefused('is a database of another program. Give the relay a file of its own (storage.path)');
  }
  if (version > migrations.length) {
    throw new StoreRefused(
      `has version ${version}, and this program knows versions up to ${migrations.length}. Start the newer program that wrote it, or give this one a file of its own (storage.path)`,
    );
  }
  db.exec(settings);
  checkWhole(db);
  migrations.forEach((step, from) => {
    if (from >= version)
      db.exec(
        `BEGIN EXCLUSIVE; ${step}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${from + 1}; COMMIT`,
      );
  });
  // A file in need of no step has been read only so far: a write proves that the lock is ours.
  db.exec('BEGIN EXCLUSIVE; COMMIT');
}

function checkWhole(db: DatabaseSync): void {
  const found = Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
  if (found !== 'ok')
    throw new StoreRefused(
      `is damaged (${String(found)}). Nothing was changed; move it away, or restore it from a backup`,
    );
}

function number(db: DatabaseSync, sql: string): number {
  return Number(Object.values(db.prepare(sql).get() ?? {})[0]);
}
