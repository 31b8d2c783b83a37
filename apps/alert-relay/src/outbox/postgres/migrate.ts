// Brings a PostgreSQL store to the newest version, one relay at a time, and refuses what is foreign, newer or too old.
import { Client } from 'pg';
import { StoreRefused } from '../outbox.js';
import { inSchema } from './database.js';
import { failureOf, refusalOf } from './failures.js';
import type { PostgresPlace } from './place.js';
import { STEPS, type Step } from './schema.js';

/** The oldest server that has what this room's SQL needs. */
const OLDEST_SERVER = 13;
/** So long another relay may take with its migration before this one is refused. Milliseconds. */
const OTHERS_MS = 60_000;

export interface StoreVersion {
  readonly version: number;
  /** The oldest version whose programs may use it. */
  readonly compatible_from: number;
}

/** Why a program that knows `known` versions must not touch the store; undefined: it may. */
export function whyTooNew({ version, compatible_from }: StoreVersion, known = STEPS.length): string | undefined {
  return compatible_from <= known
    ? undefined
    : `has version ${version}, and this program knows versions up to ${known}. Start the newer program that changed it`;
}

/** Rejects with `StoreRefused`; the store is as it was then. */
export async function migrate(place: PostgresPlace, steps: readonly Step[] = STEPS): Promise<void> {
  const client = new Client({ ...place.client, query_timeout: 2 * OTHERS_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await bringUp(client, place.schema, steps);
  } catch (error) {
    if (error instanceof StoreRefused)
      throw new StoreRefused(`the store ${place.shown} ${error.message}`, { mayPass: error.mayPass });
    const { why, mayPass } = refusalOf(failureOf(error));
    throw new StoreRefused(`the store ${place.shown} ${why}`, { cause: error, mayPass });
  } finally {
    void client.end().catch(() => undefined);
  }
}

async function bringUp(client: Client, schema: string, steps: readonly Step[]): Promise<void> {
  const { rows } = await client.query<{ version: number; name: string; reads: boolean }>(
    "SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS name, " +
      "pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS reads",
  );
  const [server] = rows;
  if (server === undefined || server.version < OLDEST_SERVER * 10_000)
    throw new StoreRefused(`runs PostgreSQL ${server?.name ?? ''}, and ${OLDEST_SERVER} is the oldest that will do`);
  if (server.reads)
    throw new StoreRefused('is a standby, or reads only. Name the server that writes', { mayPass: true });
  // What is new enough is only read: a user without the right to make tables may use it.
  const found = await versionOf(client, schema);
  if (found === undefined || found.version < steps.length)
    for (let isDone = false; !isDone;) isDone = await takeStep(client, schema, steps);
  else refuseNewer(found, steps);
}

/** One transaction. @returns whether no step is left */
async function takeStep(client: Client, schema: string, steps: readonly Step[]): Promise<boolean> {
  await client.query(`BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = ${OTHERS_MS}`);
  try {
    await client.query("SELECT pg_advisory_xact_lock(hashtext('alert-relay'), hashtext($1))", [schema]);
    const found = await versionOf(client, schema);
    const version = found?.version ?? 0;
    if (found !== undefined) refuseNewer(found, steps);
    const step = steps[version];
    if (step !== undefined) {
      if (found === undefined) await makeSchema(client, schema);
      await client.query(inSchema(step.sql, schema));
      await client.query(inSchema('UPDATE relay.store_version SET version = $1, compatible_from = $2', schema), [
        version + 1,
        step.compatibleFrom,
      ]);
    }
    await client.query('COMMIT');
    return step === undefined || version + 1 === steps.length;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

function refuseNewer(found: StoreVersion, steps: readonly Step[]): void {
  const why = whyTooNew(found, steps.length);
  if (why !== undefined) throw new StoreRefused(`${why}, or name another schema (schema=… in the URL)`);
}

/** Undefined where the schema is not there, or empty. */
async function versionOf(client: Client, schema: string): Promise<StoreVersion | undefined> {
  const { rows } = await client.query<{ ours: boolean; tables: number }>(
    `SELECT coalesce(bool_or(relname = 'store_version'), false) AS ours, count(*)::int AS tables
     FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = $1 AND relkind IN ('r', 'p', 'v', 'm')`,
    [schema],
  );
  if (rows[0]?.tables === 0) return undefined;
  if (rows[0]?.ours !== true)
    throw new StoreRefused(
      `has a schema ${schema} of another program. Name one of the relay's own (schema=… in the URL)`,
    );
  const versions = await client.query<StoreVersion>(
    inSchema('SELECT version, compatible_from FROM relay.store_version', schema),
  );
  return versions.rows[0];
}

async function makeSchema(client: Client, schema: string): Promise<void> {
  // Where it is there already, made by an administrator, no right to make one is needed.
  const { rows } = await client.query('SELECT FROM pg_namespace WHERE nspname = $1', [schema]);
  if (rows.length === 0) await client.query(`CREATE SCHEMA "${schema}"`);
  await client.query(
    inSchema(
      'CREATE TABLE relay.store_version (version integer NOT NULL, compatible_from integer NOT NULL); ' +
        'INSERT INTO relay.store_version VALUES (0, 0)',
      schema,
    ),
  );
}
