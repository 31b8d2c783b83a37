// The open database: statements, transactions, and errors in the outbox's own words.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { StoreUnavailable } from '../outbox.js';

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
  #closed = false;

  constructor(db: DatabaseSync) {
    this.#db = db;
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
    this.rollBack();
    this.#db.exec('BEGIN IMMEDIATE');
  }

  commit(): void {
    this.#db.exec('COMMIT');
  }

  /** A disk that fails may fail this too: then the next `begin` tries again. */
  rollBack(): void {
    try {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
    } catch {
      // What made it necessary is reported; this adds nothing.
    }
  }

  unavailable(doing: string, cause?: unknown): StoreUnavailable {
    if (this.#closed) return new StoreUnavailable(`could not ${doing}: the outbox is closed`);
    return new StoreUnavailable(`could not ${doing}: ${messageOf(cause)}`, { cause });
  }

  /**
   * The write-ahead log is written into the file, and the lock is released. A log that does not fit any more is read at
   * the next opening.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.rollBack();
    this.#db.close();
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- what fails must reject, not throw
  async #attempt<T>(doing: string, work: () => T): Promise<T> {
    if (this.#closed) throw this.unavailable(doing);
    try {
      return work();
    } catch (error) {
      throw this.unavailable(doing, error);
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

/** What an error says; SQLite's own are no `instanceof Error` where tests run in a context of theirs. */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}
