// The open database: statements, transactions, and errors in the outbox's own words.
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { StoredNotToStay, StoreUnavailable } from '../outbox.js';
import type { Misplaced, Overwritten, StoreFile } from './store-file.js';

/** What the name of a file ends with that was saved beside another one. */
const RESCUED = '.rescued';

const LOST: Record<Misplaced, (path: string) => string> = {
  gone: (path) =>
    `${path} was deleted or moved away while the relay runs: what is stored now is gone when it ends. Move it back; ` +
    'or stop the relay with SIGTERM, which writes what it holds there again, and start it',
  replaced: (path) =>
    `${path} was replaced by another file while the relay runs: what is stored now is gone when it ends. Stop the ` +
    `relay with SIGTERM, which writes what it holds to ${path}${RESCUED}, and start it with the file that you want`,
};

const OVERWRITTEN: Record<Overwritten, (path: string) => string> = {
  main: (path) =>
    `another program wrote into ${path} while the relay runs, or emptied it: what is stored now is gone when it ends. ` +
    `Stop the relay with SIGTERM, which writes what it still holds to ${path}, where that was emptied, or to ` +
    `${path}${RESCUED}, and start it with the file that you want`,
  log: (path) =>
    `another program wrote into ${path}-wal while the relay runs, or emptied it: what is stored now is gone when it ` +
    `ends. Stop the relay with SIGTERM, which writes what it still holds to ${path}, and start it`,
};

const damaged = (path: string, said: string): string =>
  `${path} can no longer be read (${said}): what is stored now may be gone when the relay ends. Stop the relay, look ` +
  'at the disk, and start it with the file restored from a backup or moved away';

/** SQLite's result codes that say that what is on disk is not what was written: https://sqlite.org/rescode.html. */
const IS_DAMAGED = (code: number): boolean => [11, 26].includes(code & 0xff) || [266, 522, 8202, 8458].includes(code);

/** A statement whose rows have the shape that its writer says: the schema is STRICT, so SQLite keeps to it. */
export interface Query<Row = never> {
  all(...values: readonly SQLInputValue[]): Row[];
  get(...values: readonly SQLInputValue[]): Row | undefined;
  each(...values: readonly SQLInputValue[]): Iterable<Row>;
  /** How many rows changed. */
  run(...values: readonly SQLInputValue[]): number;
  /** Runs an INSERT; the id of the new row. */
  insert(...values: readonly SQLInputValue[]): number;
}

export class Store {
  readonly #db: DatabaseSync;
  readonly #file: StoreFile | undefined;
  #closed = false;
  /** What SQLite said when it could not read its own file. */
  #damage: string | undefined;
  #isSetAside = false;

  constructor(db: DatabaseSync, file?: StoreFile) {
    this.#db = db;
    this.#file = file;
  }

  query<Row = never>(sql: string): Query<Row> {
    const statement: StatementSync = this.#db.prepare(sql);
    return {
      all: (...values) => statement.all(...values) as Row[],
      get: (...values) => statement.get(...values) as Row | undefined,
      each: (...values) => statement.iterate(...values) as Iterable<Row>,
      run: (...values) => Number(statement.run(...values).changes),
      insert: (...values) => Number(statement.run(...values).lastInsertRowid),
    };
  }

  exec(sql: string): void {
    this.#db.exec(sql);
  }

  /** False where SQLite has rolled a failed transaction back by itself. */
  get inTransaction(): boolean {
    return this.#db.isTransaction;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Rejects with `StoreUnavailable`, whatever went wrong. @param doing as it reads in the error: "claim a message" */
  read<T>(doing: string, work: () => T): Promise<T> {
    return this.#attempt(doing, work);
  }

  /** All of `work` on disk when it resolves, or nothing of it. */
  write<T>(doing: string, work: () => T): Promise<T> {
    return this.#attempt(doing, () => {
      this.begin();
      try {
        const result = work();
        this.commit();
        return result;
      } catch (error) {
        this.rollBack();
        throw error;
      }
    });
  }

  begin(): void {
    this.#look();
    this.rollBack();
    this.#db.exec('BEGIN IMMEDIATE');
  }

  commit(): void {
    try {
      this.#db.exec('COMMIT');
    } finally {
      this.#file?.leave();
    }
  }

  /** A disk that fails may fail this too: then the next `begin` tries again. */
  rollBack(): void {
    try {
      if (!this.#db.isTransaction) return;
      this.#db.exec('ROLLBACK');
      this.#file?.leave();
    } catch {
      // What made it necessary is reported; this adds nothing.
    }
  }

  /** Whether somebody else wrote into our files; where they did, nothing of ours goes into them any more. */
  #look(): Overwritten | undefined {
    const overwritten = this.#file?.overwritten();
    if (overwritten === undefined || this.#isSetAside) return overwritten;
    this.#isSetAside = true;
    try {
      this.#db.exec('PRAGMA wal_autocheckpoint = 0');
      this.#file?.setAside();
    } catch {
      // A disk that is full: it is lost all the same, and said so.
    }
    return overwritten;
  }

  /**
   * Why what is committed now would be gone after the end of the process; undefined: it is on disk to stay. A log that
   * somebody deleted is begun anew: what it held is in the file then.
   */
  lost(): string | undefined {
    const file = this.#file;
    if (file === undefined || this.#closed) return undefined;
    const overwritten = this.#look();
    if (overwritten !== undefined) return OVERWRITTEN[overwritten](file.path);
    const main = file.main();
    if (main === 'replaced') file.withdrawLog();
    if (main !== undefined) return LOST[main](file.path);
    if (this.#damage !== undefined) return damaged(file.path, this.#damage);
    if (file.log() === undefined) return undefined;
    try {
      this.#db.exec('PRAGMA journal_mode = DELETE; PRAGMA journal_mode = WAL; BEGIN EXCLUSIVE; COMMIT');
      file.relog();
      file.leave();
    } catch {
      // Something holds it: the next look tries again.
    }
    return file.log() === undefined ? undefined : LOST.gone(`${file.path}-wal`);
  }

  unavailable(doing: string, cause?: unknown): StoreUnavailable {
    if (this.#closed) return new StoreUnavailable(`could not ${doing}: the outbox is closed`);
    const code = typeof cause === 'object' && cause !== null && 'errcode' in cause ? Number(cause.errcode) : 0;
    if (IS_DAMAGED(code)) this.#damage ??= messageOf(cause);
    return new StoreUnavailable(`could not ${doing}: ${messageOf(cause)}`, { cause });
  }

  /** Of what was stored while the file is not at its place. @param why what `lost` said */
  notToStay(doing: string, why: string): StoredNotToStay {
    return new StoredNotToStay(`could not ${doing} for good: ${why}`);
  }

  /**
   * The write-ahead log is written into the file, and the lock is released. A log that does not fit any more is read at
   * the next opening.
   */
  close(): void {
    if (this.#closed) return;
    this.rollBack();
    const overwritten = this.#look();
    const main = this.#file?.main();
    if (overwritten !== undefined || main !== undefined) this.#rescue(overwritten);
    this.#closed = true;
    // SQLite's own close writes the log into the file, and deletes that at the path, which may be another's now.
    if (overwritten === undefined && main !== 'replaced') this.#db.close();
  }

  /** What a file holds that is not at its path any more is written there, or beside another one that is there now. */
  #rescue(overwritten: Overwritten | undefined): void {
    const file = this.#file;
    if (file === undefined || (overwritten !== undefined && !this.#isWhole())) return;
    if (file.main() === 'replaced') file.withdrawLog();
    const beside = Array.from({ length: 100 }, (_, n) => `${file.path}${RESCUED}${n === 0 ? '' : `-${n + 1}`}`);
    for (const place of [file.path, ...beside]) {
      if (existsSync(place)) continue;
      try {
        mkdirSync(dirname(resolve(place)), { recursive: true });
        this.#db.prepare('VACUUM INTO ?').run(place);
        // The file is ours still, and lacks what was in its log.
        if (overwritten === 'log' && place !== file.path) renameSync(place, file.path);
        return;
      } catch {
        // A disk that is full, or a folder that is not ours: there is hardly a better place.
      }
    }
  }

  /** Whether what we see, of which some is in memory and some in files, still fits together. */
  #isWhole(): boolean {
    try {
      return Object.values(this.#db.prepare('PRAGMA integrity_check(1)').get() ?? {})[0] === 'ok';
    } catch {
      return false;
    }
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what fails must reject, not throw
  async #attempt<T>(doing: string, work: () => T): Promise<T> {
    if (this.#closed) throw this.unavailable(doing);
    try {
      this.#look();
      return work();
    } catch (error) {
      throw this.unavailable(doing, error);
    } finally {
      this.#file?.leave();
    }
  }
}

/**
 * A text as a key. Two texts that differ must stay different, although UTF-8 has no half of a surrogate pair and SQLite
 * gives a text back only up to its first NUL.
 */
export function keyOf(text: string): string {
  return text.isWellFormed() && !text.includes('\0') ? text : JSON.stringify(text);
}

/** The text of a key. */
export function textOf(key: string): string {
  if (!key.startsWith('"')) return key;
  try {
    const text = JSON.parse(key) as string;
    // A text that begins with a quotation mark stands as it is.
    return keyOf(text) === key ? text : key;
  } catch {
    return key;
  }
}

/** What an error says; SQLite's own are no `instanceof Error` where tests run in a context of theirs. */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
