// `alert-relay run`: opens the store and runs the relay until it is told to stop; and how each command reads the
// configuration.
import { readFileSync } from 'node:fs';
import { createLog, isWorldReadable, problemsText, runService } from '@celery-watch/service';
import { readConfig, type ReadConfig, type RelayConfig } from '../config/config.js';
import { type Relay, startRelay } from '../relay.js';
import { CommandError, type Arguments } from './arguments.js';
import { openStore } from './open-store.js';

export async function run(given: Arguments, version: string): Promise<void> {
  const { config, notices } = loadWithNotices(given);
  // SIGHUP while it starts: the file that was read may be an old one.
  let relay: Relay | undefined;
  let isAsked = false;
  const onHangup = (): void => {
    isAsked = true;
    if (relay) void relay.reload();
  };
  const log = createLog({ level: config.logLevel, name: 'alert-relay' });
  for (const notice of notices) log.warn(notice);
  if (given.notice !== undefined) log.warn(`variables: ${given.notice}`);
  // The store holds what alerts say: it is nobody else's to read.
  process.umask(0o077);
  await runService(
    async (signal) => {
      const store = await openStore({ config, log, signal, ticks: () => performance.now(), random: Math.random });
      try {
        relay = await startRelay({ config, reread: () => readFor(given), store, log, version }, signal);
        if (isAsked) void relay.reload();
        return relay;
      } catch (error) {
        await store.close();
        throw error;
      }
    },
    { log, onHangup },
  );
}

/** Throws a CommandError with all problems. */
export function loadConfig(given: Arguments): RelayConfig {
  return loadWithNotices(given).config;
}

/** Besides, what should be mended although it does no harm to the relay. */
export function loadWithNotices(given: Arguments): Extract<ReadConfig, { readonly ok: true }> {
  const read = readFor(given);
  if (!read.ok) throw new CommandError(problemsText(read.problems));
  return read;
}

function readFor({ config, env, port, web_config_file: webConfigFile }: Arguments): ReadConfig {
  return readConfig({
    file: config,
    env,
    readFile: (path) => readFileSync(path, 'utf8'),
    othersRead: isWorldReadable,
    ...(port !== undefined && { port }),
    ...(webConfigFile !== undefined && webConfigFile !== '' && { webConfigFile }),
  });
}
