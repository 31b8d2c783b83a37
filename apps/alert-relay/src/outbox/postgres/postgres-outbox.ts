// An outbox in a PostgreSQL database, which several relays may share.
import { StoreRefused, type Outbox } from '../outbox.js';

export interface PostgresOutboxOptions {
  /** How many unparseable posts are kept; the newest. */
  readonly quarantineKeep?: number;
  /** How many bytes of them are kept; the newest is kept whatever its size. */
  readonly quarantineBytes?: number;
  /** The id of a new message. */
  readonly newId?: () => string;
}

/** @param url `postgres://user:password@host:port/database`, with libpq's parameters */
export function openPostgresOutbox(_url: string, _options: PostgresOutboxOptions = {}): Promise<Outbox> {
  return Promise.reject(new StoreRefused('PostgreSQL cannot be used yet'));
}
