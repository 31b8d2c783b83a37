// `npm run bench`: runs the parts one after the other, prints what they found, and keeps it in bench-results/.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { manyBrokers } from './parts/many-brokers.js';
import { dropIn } from './parts/drop-in.js';
import { memory } from './parts/memory.js';
import { HELP, type PartName, readOptions } from './options.js';
import { type BenchPart, RESULTS } from './bench-part.js';
import { profile, profileOnRabbitmq } from './parts/profile.js';
import { rabbitmq } from './parts/rabbitmq.js';
import { relay } from './parts/relay.js';
import { ForeignLoad, foreignText, machine, machineText } from './report/machine.js';
import { scrapeLatency } from './parts/scrape-latency.js';
import { throughput } from './parts/throughput.js';
import { workerEffect } from './parts/worker-effect.js';

const PARTS = {
  throughput: { title: 'Throughput', run: throughput },
  rabbitmq: { title: 'Throughput on RabbitMQ', run: rabbitmq },
  scrape: { title: 'Scrape latency', run: scrapeLatency },
  memory: { title: 'Memory', run: memory },
  brokers: { title: 'Twenty brokers', run: manyBrokers },
  effect: { title: 'Effect on the monitored worker', run: workerEffect },
  'drop-in': { title: 'The cost of a drop-in mode', run: dropIn },
  relay: { title: 'The alert relay', run: relay },
} satisfies Record<PartName, { readonly title: string; readonly run: BenchPart }>;

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') return console.log(HELP);
  if (options instanceof Error) {
    process.exitCode = 2;
    return console.error(`${options.message}\n\n${HELP}`);
  }
  const begin = performance.now();
  const say = (line: string): void =>
    console.error(`[${((performance.now() - begin) / 1000).toFixed(0).padStart(3)} s] ${line}`);
  const facts = machine();
  console.log(`${machineText(facts)}\n`);
  const runs = options.profile
    ? [{ name: 'profile', title: 'Profile', run: options.parts.includes('throughput') ? profile : profileOnRabbitmq }]
    : options.parts.map((name) => ({ name, ...PARTS[name] }));
  const data: Record<string, unknown> = {};
  const failures: string[] = [];
  for (const { name, title, run } of runs) {
    say(`${title} …`);
    const others = await ForeignLoad.start();
    const result = await run({ quick: options.quick, times: options.long ? 3 : 1, say });
    const foreign = await others.cores();
    console.log(`\n${title}\n\n${result.text}\n  ${foreignText(foreign)}\n`);
    data[name] = { foreignCores: foreign, ...result.data };
    failures.push(...result.failures);
  }
  const file = await keepResults(options.profile ? 'profile' : 'exporter', {
    at: new Date().toISOString(),
    quick: options.quick,
    machine: facts,
    ...data,
    failures,
  });
  say(`done; all figures are in ${file}`);
  for (const failure of failures) console.error(`FAILED ${failure}`);
  if (failures.length > 0) process.exitCode = 1;
}

/** As JSON; gives the file's path. */
async function keepResults(name: string, results: unknown): Promise<string> {
  await mkdir(RESULTS, { recursive: true });
  const file = path.join(RESULTS, `${name}-${new Date().toISOString().replace(/[:.]/g, '-')}.json`);
  await writeFile(file, `${JSON.stringify(results, undefined, 1)}\n`);
  return file;
}

await main();
