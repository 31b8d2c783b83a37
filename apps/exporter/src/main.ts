// The program: reads the command, then runs the exporter, checks its configuration, or explains itself.
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  createLog,
  type HelpHead,
  helpText,
  problemsText,
  readCommand,
  runService,
  surviveBrokenOutput,
} from '@celery-watch/service';
import { brokersText, readConfig } from './config.js';
import { type Exporter, startExporter } from './exporter.js';
import { readMode } from './mode.js';
import { threadsFor } from './threads.js';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const HEAD: HelpHead = {
  program: 'celery-exporter',
  intro: "listens to the events of Celery's workers on their broker and serves them as Prometheus metrics.",
  usage: {
    'celery-exporter [options]': 'Runs the exporter.',
    'celery-exporter check-config [options]': 'Says all that is wrong with the configuration.',
  },
};

function say(text: string): void {
  process.stdout.write(text);
}

function asSentence(notice: string): string {
  return `${notice.charAt(0).toUpperCase()}${notice.slice(1)}.`;
}

function refuse(text: string): void {
  process.stderr.write(`${text}\n\nSee celery-exporter --help.\n`);
  process.exitCode = 1;
}

/**
 * Gives back what loading the program has left behind, about 8 MB. The heap leaves itself room in proportion to what is
 * in it, so this would cost more than that once tasks come in.
 */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as NonNullable<typeof globalThis.gc>;
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

async function main(argv: readonly string[]): Promise<void> {
  const mode = readMode({ argv, env: process.env, readFile: (path) => readFileSync(path, 'utf8') });
  const read = readCommand(argv, ['run', 'check-config'], mode.table);
  if (!read.ok) return refuse(problemsText(read.problems));
  if (read.command === 'help') return say(helpText(mode.table, HEAD));
  if (read.command === 'version') return say(`celery-exporter ${version}\n`);
  const configured = readConfig({ argv: read.argv, env: process.env, mode });
  if (!configured.ok) return refuse(problemsText(configured.problems));
  const { config, notices } = configured;
  if (read.command === 'check-config') {
    const brokers = brokersText(config.brokers).trimEnd();
    const sentences = ['The configuration is good.', brokers, mode.sentence, ...notices.map(asSentence)];
    return say(sentences.filter((each) => each !== '').join('\n') + '\n');
  }
  // Their number is settled at the first use, which Node.js 20 has made already, for the program's own files.
  const threads = threadsFor(config.brokers.length);
  if (threads !== undefined) process.env['UV_THREADPOOL_SIZE'] ??= String(threads);
  const log = createLog({ level: config.logLevel, name: 'celery-exporter' });
  if (mode.sentence !== '') log.info(mode.sentence);
  for (const notice of notices) log.warn(notice);
  let exporter: Exporter | undefined;
  await runService(
    async (signal) => {
      exporter = await startExporter({ config, log, version }, signal);
      collectGarbage();
      return exporter;
    },
    { log, ...(config.web.file !== undefined && { onHangup: () => exporter?.lookAtDoors() }) },
  );
}

surviveBrokenOutput();
await main(process.argv.slice(2));
