// Reads the configuration for a command, or ends it with everything that is wrong.
import { readFileSync } from 'node:fs';
import { problemsText } from '@celery-watch/service';
import { readConfig, type ReadConfig, type RelayConfig } from '../config/config.js';
import { CommandError, type Arguments } from './arguments.js';

export function readFor({ config, env, port }: Arguments): ReadConfig {
  return readConfig({
    file: config,
    env,
    readFile: (path) => readFileSync(path, 'utf8'),
    ...(port !== undefined && { port }),
  });
}

/** Throws a CommandError with all problems. */
export function loadConfig(given: Arguments): RelayConfig {
  const read = readFor(given);
  if (!read.ok) throw new CommandError(problemsText(read.problems));
  return read.config;
}
