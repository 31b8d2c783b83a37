// `alert-relay run`: opens the store and runs the relay until it is told to stop.
import { createLog, runService } from '@celery-watch/service';
import { openSqliteOutbox } from '../outbox/index.js';
import { startRelay } from '../relay.js';
import type { Arguments } from './arguments.js';
import { loadConfig, readFor } from './load.js';

export async function run(given: Arguments, version: string): Promise<void> {
  const config = loadConfig(given);
  const log = createLog({ level: config.logLevel, name: 'alert-relay' });
  // The store holds what alerts say: it is nobody else's to read.
  process.umask(0o077);
  await runService(
    async (signal) => {
      const outbox = await openSqliteOutbox(config.storage.path);
      try {
        return await startRelay({ config, reread: () => readFor(given), outbox, log, version }, signal);
      } catch (error) {
        await outbox.close();
        throw error;
      }
    },
    { log },
  );
}
