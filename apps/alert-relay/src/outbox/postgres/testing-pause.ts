// Stops one relay in the middle of a statement: at its n-th look at a lane, after the statement's snapshot was taken
// and before the row is locked. What others do meanwhile is what a busy machine lets them do now and then.
import { Client } from 'pg';
import { type PostgresDatabase, waitFor } from '@celery-watch/testbed';

const SLOW = 'slow relay';

// Tables are put behind views that call a function for each row; PostgreSQL changes and locks the rows behind them.
const LOOKS = `
  CREATE SCHEMA pausing;
  CREATE SEQUENCE pausing.looks;
  CREATE FUNCTION pausing.look(pause_at bigint) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$ BEGIN
    IF current_setting('application_name') = '${SLOW}' AND nextval('pausing.looks') = pause_at THEN
      PERFORM pg_advisory_xact_lock_shared(4711);
    END IF;
    RETURN true;
  END $$;
  ALTER TABLE alert_relay.lane RENAME TO lane_table;`;

// A trigger for the whole statement: it is called where no row was deleted, too.
const ATTEMPTS = `
  CREATE SCHEMA pausing;
  CREATE FUNCTION pausing.stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_advisory_xact_lock_shared(4711);
    RETURN NULL;
  END $$;
  CREATE TRIGGER stop AFTER DELETE ON alert_relay.attempt FOR EACH STATEMENT EXECUTE FUNCTION pausing.stop()`;

const WAITING =
  "SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";

export class Pause {
  readonly #gate: Client;

  private constructor(gate: Client) {
    this.#gate = gate;
  }

  /** The relay at `slowUrl` stops at this look at a lane, counted from now. */
  static async atLook(database: PostgresDatabase, look: number): Promise<Pause> {
    const view = `CREATE VIEW alert_relay.lane AS SELECT * FROM alert_relay.lane_table WHERE pausing.look(${look})`;
    // Defaults of a view are its own.
    const defaults = 'ALTER VIEW alert_relay.lane ALTER COLUMN alone SET DEFAULT 0';
    return Pause.#with(database, `${LOOKS}; ${view}; ${defaults}`);
  }

  /** Whoever forgets stops after it has deleted attempts. */
  static afterAttempts(database: PostgresDatabase): Promise<Pause> {
    return Pause.#with(database, ATTEMPTS);
  }

  static async #with(database: PostgresDatabase, sql: string): Promise<Pause> {
    const gate = new Client(database.url);
    await gate.connect();
    await gate.query(sql);
    await gate.query('SELECT pg_advisory_lock(4711)');
    return new Pause(gate);
  }

  /** Resolves when each of these waits for a lock, this pause's or another's, or has ended. */
  async untilStuck(works: readonly Promise<unknown>[]): Promise<void> {
    let running = works.length;
    const end = (): void => void (running -= 1);
    for (const work of works) work.then(end, end);
    await waitFor(async () => ((await this.#gate.query<{ count: number }>(WAITING)).rows[0]?.count ?? 0) >= running, {
      within: 20_000,
      what: 'all to wait for a lock, or to end',
      every: 5,
    });
  }

  async end(): Promise<void> {
    await this.#gate.end();
  }
}

export function slowUrl(database: PostgresDatabase): string {
  return `${database.url}${database.url.includes('?') ? '&' : '?'}application_name=${encodeURIComponent(SLOW)}`;
}
