// The connection to a PostgreSQL store: transactions with time limits and new tries, and a gate that closes while the
// server is away, so that nobody waits for it.
import { Client, Pool, type PoolClient, type QueryResult } from 'pg';
import { StoreUnavailable } from '../outbox.js';
import { failureOf, isAftermath, isAway, isCollision, isCrowded, isTimeout } from './failures.js';
import type { PostgresPlace } from './place.js';
import { STATEMENT_MS } from './place.js';
import { Turns } from './turns.js';

/** Connections of one relay, beside the one that listens. */
const CONNECTIONS = 10;
/** How often to look whether a server that is away is back, and how often a collision is tried again. */
const PROBE_MS = 1_000;
const TRIES = 8;

/**
 * Limits of one transaction, in which each statement sees what was stored before it: a row that was waited for is as
 * others left it, and so must be what is read after it, whatever the database's default. They are set in it and not for
 * the connection, which a pooler may hand to somebody else in between (PgBouncer's transaction mode).
 */
const BEGIN = `BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = ${STATEMENT_MS}; \
SET LOCAL lock_timeout = ${STATEMENT_MS}; SET LOCAL idle_in_transaction_session_timeout = ${2 * STATEMENT_MS}`;

export type Row = Readonly<Record<string, unknown>>;

/** An open transaction. The type of a row is what its writer says of the statement. */
export interface Transaction {
  all<R = Row>(sql: string, values?: readonly unknown[]): Promise<R[]>;
  get<R = Row>(sql: string, values?: readonly unknown[]): Promise<R | undefined>;
  /** How many rows changed. */
  run(sql: string, values?: readonly unknown[]): Promise<number>;
}

/** Given up by whoever wrote the transaction: it is rolled back, and this is what its caller gets. */
export class Abandoned extends Error {
  override readonly name = 'Abandoned';
}

/** The work must be done again from its beginning, after `before`. */
export class Again extends Error {
  override readonly name = 'Again';
  readonly before: () => Promise<void>;

  constructor(before: () => Promise<void>) {
    super('again');
    this.before = before;
  }
}

export interface WriteOptions {
  /** Called where the connection was lost at COMMIT: whether it was stored is not known. */
  readonly uncertain?: () => void;
}

export class Database {
  readonly place: PostgresPlace;
  readonly #pool: Pool;
  readonly #turns = new Turns(CONNECTIONS);
  readonly #sql = new Map<string, string>();
  readonly #onBack: (() => void)[] = [];
  /** What the server or the connection to it said; any other error is one of ours. */
  readonly #said = new WeakSet();
  /** The first thing that went wrong on a connection since its transaction began: what follows only says so. */
  readonly #first = new WeakMap<PoolClient, unknown>();
  /** Why nothing can be done now. */
  #away: string | undefined;
  /** Why nothing will be done any more. */
  #ended: string | undefined;
  #probing: Promise<void> | undefined;

  constructor(place: PostgresPlace) {
    this.place = place;
    this.#pool = new Pool({ ...place.client, max: CONNECTIONS, idleTimeoutMillis: 60_000 });
    // Without these two the end of an idle connection, or of one in use, would end the process.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /** Why nothing can be stored at the moment; undefined: it can. */
  get away(): string | undefined {
    return this.#ended ?? this.#away;
  }

  /** Called each time the server is back. */
  onBack(listener: () => void): void {
    this.#onBack.push(listener);
  }

  /** One statement by itself. */
  read<R = Row>(doing: string, sql: string, values: readonly unknown[] = []): Promise<R[]> {
    return this.#attempt(doing, async (client) => (await this.#query(client, sql, values)).rows as R[]);
  }

  /** All of `work` is stored when it resolves, or nothing of it. It may be called several times. */
  write<T>(doing: string, work: (tx: Transaction) => Promise<T>, { uncertain }: WriteOptions = {}): Promise<T> {
    return this.#attempt(doing, async (client) => {
      const begun = this.#query(client, BEGIN);
      begun.catch(() => undefined);
      const result = await work({
        all: async <R>(sql: string, values?: readonly unknown[]) =>
          (await this.#query(client, sql, values)).rows as R[],
        get: async <R>(sql: string, values?: readonly unknown[]) =>
          (await this.#query(client, sql, values)).rows[0] as R | undefined,
        run: async (sql, values) => (await this.#query(client, sql, values)).rowCount ?? 0,
      });
      await begun;
      try {
        const { command } = await this.#query(client, 'COMMIT');
        if (command !== 'COMMIT') throw new Error('the transaction was rolled back');
      } catch (error) {
        if (this.#saysAway(error)) {
          uncertain?.();
          throw new LostAtCommit(error);
        }
        throw error;
      }
      return result;
    });
  }

  /** Rejects with `StoreUnavailable`, whatever went wrong. */
  async #attempt<T>(doing: string, work: (client: PoolClient) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      const end = await this.#turn(doing);
      try {
        return await this.#withClient(work);
      } catch (error) {
        if (error instanceof Abandoned) throw error.cause;
        if (error instanceof Again && tries < TRIES) {
          end();
          await error.before();
          continue;
        }
        const cause = error instanceof LostAtCommit ? error.cause : error;
        const failure = failureOf(cause);
        if (isCrowded(failure) && this.#pool.totalCount > 0) {
          // It has no room for one more: those that are open take turns.
          this.#turns.shrink(this.#pool.totalCount);
          if (tries < TRIES) continue;
        } else if (this.#saysAway(cause)) {
          const isBack = this.#lookWhetherAway(failure.message);
          // One connection was broken, or all of those from before a restart: nothing of it was stored.
          if (error === cause && tries === 1 && !isTimeout(failure)) {
            end();
            await isBack;
            if (this.#away === undefined) continue;
          }
        } else if (isCollision(failure) && tries < TRIES) continue;
        throw this.unavailable(doing, cause);
      } finally {
        end();
      }
    }
  }

  async #turn(doing: string): Promise<() => void> {
    this.#refuseWhileAway(doing);
    const end = await this.#turns.take();
    try {
      this.#refuseWhileAway(doing);
      return end;
    } catch (error) {
      end();
      throw error;
    }
  }

  #refuseWhileAway(doing: string): void {
    if (this.away !== undefined) throw this.unavailable(doing);
  }

  async #withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect().catch((error: unknown) => this.#rethrow(error));
    this.#first.delete(client);
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      // A transaction that is still open must not go back to the pool.
      const isClean = await (this.#saysAway(error) || error instanceof LostAtCommit
        ? false
        : this.#query(client, 'ROLLBACK').then(
            () => true,
            () => false,
          ));
      client.release(!isClean);
      throw isAftermath(failureOf(error)) ? (this.#first.get(client) ?? error) : error;
    }
  }

  async #query(client: PoolClient, sql: string, values?: readonly unknown[]): Promise<QueryResult> {
    let named = this.#sql.get(sql);
    if (named === undefined) this.#sql.set(sql, (named = inSchema(sql, this.place.schema)));
    try {
      return await (values === undefined ? client.query(named) : client.query(named, [...values]));
    } catch (error) {
      if (!this.#first.has(client)) this.#first.set(client, error);
      return this.#rethrow(error);
    }
  }

  #rethrow(error: unknown): never {
    if (typeof error === 'object' && error !== null) this.#said.add(error);
    throw error;
  }

  #saysAway(error: unknown): boolean {
    return typeof error === 'object' && error !== null && this.#said.has(error) && isAway(failureOf(error));
  }

  /** Closes the gate until the server answers; resolves after the first look. */
  #lookWhetherAway(why: string): Promise<void> {
    this.#away ??= why;
    this.#probing ??= this.#probe().finally(() => {
      this.#probing = undefined;
    });
    return this.#probing;
  }

  async #probe(): Promise<void> {
    const why = await this.#whyAway();
    if (this.#ended !== undefined) return;
    this.#away = why;
    if (why === undefined) {
      for (const back of this.#onBack) back();
      return;
    }
    setTimeout(() => {
      if (this.#ended === undefined) void this.#lookWhetherAway(why);
    }, PROBE_MS).unref();
  }

  async #whyAway(): Promise<string | undefined> {
    const client = new Client({ ...this.place.client, query_timeout: 3 * PROBE_MS });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ reads: boolean }>(
        "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS reads",
      );
      return rows[0]?.reads === false ? undefined : 'the server is a standby, or reads only';
    } catch (error) {
      return failureOf(error).message;
    } finally {
      void client.end().catch(() => undefined);
    }
  }

  unavailable(doing: string, cause?: unknown): StoreUnavailable {
    const why = this.#ended ?? (cause === undefined ? (this.#away ?? 'it is away') : failureOf(cause).message);
    return new StoreUnavailable(`could not ${doing}: ${why} (${this.place.shown})`, { cause });
  }

  /** From now on everything rejects; what is under way goes on. */
  end(why: string): void {
    this.#ended ??= why;
  }

  /** Resolves once what is under way has ended, each within its limits. */
  async close(): Promise<void> {
    await this.#turns.idle();
    await this.#pool.end();
  }
}

class LostAtCommit extends Error {
  override readonly name = 'LostAtCommit';

  constructor(cause: unknown) {
    super('the connection was lost at COMMIT', { cause });
  }
}

/** In all SQL of this room the schema is called `relay`. */
export function inSchema(sql: string, schema: string): string {
  return sql.replaceAll(/\brelay\./g, `"${schema}".`);
}
