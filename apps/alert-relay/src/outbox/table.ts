// Every kind of store, and how it is opened: a new one is a folder and a line here.
import type { StorePlace } from '../settings/store-place.js';
import type { Outbox } from './outbox.js';
import { openSqliteOutbox } from './sqlite/sqlite-outbox.js';

const STORES: {
  readonly [Kind in StorePlace['kind']]: (place: Extract<StorePlace, { kind: Kind }>) => Promise<Outbox>;
} = {
  sqlite: ({ path }) => openSqliteOutbox(path),
  // Its client takes ten megabytes, which a relay with a file of its own has no use for.
  postgres: async ({ url }) => (await import('./postgres/postgres-outbox.js')).openPostgresOutbox(url.reveal()),
};

/** Rejects with `StoreRefused` where it cannot be opened. */
export function openOutbox(place: StorePlace): Promise<Outbox> {
  return place.kind === 'sqlite' ? STORES.sqlite(place) : STORES.postgres(place);
}
