// Reads the URL of a PostgreSQL store as libpq would, and names the store without anything that may be a secret.
import { Secret } from '@celery-watch/service';
import { Client, types, type ClientConfig } from 'pg';
import { databaseUrlProblem, schemaOf } from '../../settings/postgres-url.js';
import { shownPlace } from '../../settings/store-place.js';
import { StoreRefused } from '../outbox.js';

export interface PostgresPlace {
  readonly client: ClientConfig;
  /** Ours in the database: all tables are in it. Safe to stand in SQL. */
  readonly schema: string;
  /** For logs and messages. */
  readonly shown: string;
}

/** A server that does not answer is away after so long. Milliseconds. */
export const CONNECT_MS = 3_000;
/** No statement takes longer; the client gives up on the connection a moment later. Milliseconds. */
export const STATEMENT_MS = 5_000;
export const ANSWER_MS = 6_000;

/** Ids and counts as numbers: none of ours reaches 2^53. Only for our connections, since other code may share `pg`. */
const OWN_TYPES = {
  getTypeParser: ((oid: (typeof types.builtins)[keyof typeof types.builtins], format?: 'text'): unknown =>
    oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
};

/**
 * @param url `postgres://user:password@host:port/database`; `sslmode`, `sslrootcert`, `sslcert` and `sslkey` as libpq
 * takes them, and `schema`, where the tables are
 */
export function placeOf(url: string): PostgresPlace {
  const shown = shownPlace({ kind: 'postgres', url: new Secret(url) });
  const wrong = databaseUrlProblem(url);
  if (wrong !== undefined) throw new StoreRefused(`the store ${shown} cannot be opened: wanted ${wrong}`);
  const client: ClientConfig = {
    application_name: 'alert-relay',
    connectionString: asLibpq(url),
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: OWN_TYPES,
    pipeline: true,
  };
  try {
    new Client(client);
  } catch (error) {
    throw new StoreRefused(`the store ${shown} ${mistakeIn(error)}`);
  }
  return { schema: schemaOf(url), shown, client };
}

/** The client reads `sslmode` in its own way unless it is told otherwise, and does not know libpq's `system`. */
function asLibpq(url: string): string {
  const system = url.replace(/([?&])sslrootcert=system(?=&|$)/, '$1');
  const trusting = system !== url && !/[?&]sslmode=/.test(url) ? `${system}&sslmode=verify-full` : system;
  return `${trusting}${trusting.includes('?') ? '&' : '?'}uselibpqcompat=true`;
}

function mistakeIn(error: unknown): string {
  const { code, path } = error as Partial<Record<'code' | 'path', unknown>>;
  if (typeof code === 'string' && typeof path === 'string')
    return `names a file that cannot be read: ${path} (${code})`;
  return (
    'has a URL that cannot be read: postgres://user:password@host:port/database is wanted; in the password each ' +
    'character that is no letter or digit as % and two hexadecimal digits'
  );
}
