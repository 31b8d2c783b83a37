// Moves an embedded store into an empty PostgreSQL store: waiting messages, dead letters, history and all.
import type { StorePlace } from '../settings/store-place.js';
import { StoreRefused } from './errors.js';

/** How many rows of a table were copied. */
export type Migrated = Readonly<Record<string, number>>;

/**
 * All of it or nothing: one transaction. The file stays as it is, and is locked meanwhile. Rejects with `StoreRefused`,
 * whose message says what is wrong and what to do: a relay has the file still, the other store is not empty.
 * @param log called after each table
 */
export function migrateStore(
  _from: Extract<StorePlace, { kind: 'sqlite' }>,
  _to: Extract<StorePlace, { kind: 'postgres' }>,
  _log: (table: string, rows: number) => void = () => undefined,
): Promise<Migrated> {
  return Promise.reject(new StoreRefused('a store cannot be moved yet'));
}
