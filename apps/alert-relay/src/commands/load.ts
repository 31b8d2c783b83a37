// Reads the configuration for a command, or ends it with everything that is wrong.
import { readFileSync } from 'node:fs';
import { didYouMean, problemsText } from '@celery-watch/service';
import { readConfig, type ChannelConfig, type ReadConfig, type RelayConfig } from '../config/config.js';
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

/** The channel of --channel; may be left out where there is only one. */
export function chosenChannel(config: RelayConfig, name: string | undefined): ChannelConfig {
  const names = config.channels.map((each) => each.name);
  const found =
    name === undefined && names.length === 1 ? config.channels[0] : config.channels.find((each) => each.name === name);
  if (found !== undefined) return found;
  if (name === undefined) throw new CommandError(`--channel is missing: one of ${names.join(', ')}`);
  throw new CommandError(
    `--channel is "${name}", wanted one of ${names.join(', ')}. ${didYouMean(name, names) ?? ''}`.trim(),
  );
}
