// `alert-relay migrate-store`: moves what a SQLite store holds into the PostgreSQL database of the configuration.
import { existsSync } from 'node:fs';
import { redactUrl, Secret } from '@celery-watch/service';
import { StoreRefused } from '../outbox/index.js';
import { migrateStore } from '../outbox/migrate-store.js';
import { databaseUrlProblem } from '../settings/postgres-url.js';
import { shownPlace, type StorePlace } from '../settings/store-place.js';
import { CommandError, type Arguments } from './arguments.js';
import { loadConfig } from './run.js';

export async function migrate(given: Arguments): Promise<void> {
  const { from, to } = given;
  if (from === undefined)
    throw new CommandError(
      'from: flag --from is missing, wanted the file of the SQLite store: --from=data/alert-relay.db',
    );
  if (!existsSync(from)) throw new CommandError('from: flag --from, wanted the file of a store: there is none');
  const place = to === undefined ? configured(given) : named(to);
  process.stderr.write(`-- from ${from} to ${shownPlace(place)}\n`);
  try {
    const moved = await migrateStore({ kind: 'sqlite', path: from }, place, (table, rows) => {
      process.stderr.write(`-- ${table}: ${rows}\n`);
    });
    const rows = Object.values(moved).reduce((sum, count) => sum + count, 0);
    process.stdout.write(
      `Moved, ${rows} rows in all. ${from} stays where it is: keep it until you have seen that all is there.\n`,
    );
  } catch (error) {
    if (error instanceof StoreRefused) throw new CommandError(error.message);
    throw error;
  }
}

type Database = Extract<StorePlace, { readonly kind: 'postgres' }>;

function configured(given: Arguments): Database {
  const { place } = loadConfig(given).storage;
  if (place.kind === 'postgres') return place;
  throw new CommandError(
    `storage: ${given.config}, wanted the PostgreSQL database that the store moves to; write storage: {url_file: …} as ` +
      'the relays will have it, and name the old file with --from',
  );
}

function named(url: string): Database {
  const wrong = /^postgres(?:ql)?:\/\//i.test(url) ? databaseUrlProblem(url) : 'a URL that begins with postgres://';
  if (wrong !== undefined) throw new CommandError(`to: flag --to, wanted ${wrong}`);
  if (redactUrl(url) !== url)
    process.stderr.write(
      '-- everybody on this machine sees the password on the command line: leave --to out, and storage.url_file of the ' +
        'configuration is taken\n',
    );
  return { kind: 'postgres', url: new Secret(url) };
}
