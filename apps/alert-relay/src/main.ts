// The program: reads the command, then runs the relay or does what an operator asks.
import { readFileSync } from 'node:fs';
import { helpText, surviveBrokenOutput } from '@celery-watch/service';
import { CommandError, HELP, readArguments, RELAY_OPTIONS, type Arguments } from './commands/arguments.js';
import { dead } from './commands/dead.js';
import { history } from './commands/history.js';
import { quarantine } from './commands/quarantine.js';
import { run } from './commands/run.js';
import { show } from './commands/show.js';
import { checkConfig, preview, sendTest } from './commands/try-channels.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const COMMANDS: Readonly<Record<Arguments['command'], (given: Arguments) => Promise<void>>> = {
  run: (given) => run(given, version),
  'check-config': checkConfig,
  preview,
  'send-test': sendTest,
  dead,
  'dead list': dead,
  'dead replay': dead,
  'dead discard': dead,
  history,
  show,
  quarantine,
  'quarantine list': quarantine,
  'quarantine show': quarantine,
  'quarantine feed': quarantine,
  'quarantine discard': quarantine,
  // With the client of a database, which no other command needs before it knows that there is one.
  'migrate-store': async (given) => (await import('./commands/migrate-store.js')).migrate(given),
  help: () => say(helpText(RELAY_OPTIONS, HELP)),
  version: () => say(`alert-relay ${version}\n`),
};

function say(text: string): Promise<void> {
  process.stdout.write(text);
  return Promise.resolve();
}

surviveBrokenOutput();
try {
  const given = readArguments(process.argv.slice(2), process.env);
  await COMMANDS[given.command](given);
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
