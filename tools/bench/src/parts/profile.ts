// `--profile`: where our exporter spends its time under load. For finding what to make faster; its figures are not for
// comparison.
import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cpuSecondsWhenIdle, Testbed } from '@celery-watch/testbed';
import { startExporter } from '../consumers/exporter.js';
import { selfTimes } from './cpu-profile.js';
import type { MessageKind } from '../load/event-stream.js';
import { Generator } from '../load/start-generator.js';
import { exporterFaults } from '../measure/lost-events.js';
import { type Ground, ON_RABBITMQ, ON_REDIS } from '../measure/ground.js';
import { NAMES, sendAll, type Served, WORKERS } from '../measure/measure-consumer.js';
import { type BenchContext, type PartResult, RESULTS } from '../bench-part.js';
import { count, fixed, textTable } from '../report/text-table.js';

const SHOWN = 25;

export const profile = (context: BenchContext): Promise<PartResult> => profileOn(ON_REDIS, context);
export const profileOnRabbitmq = (context: BenchContext): Promise<PartResult> => profileOn(ON_RABBITMQ, context);

async function profileOn<Server extends Served>(ground: Ground<Server>, context: BenchContext): Promise<PartResult> {
  const parts = [await profileKind(ground, 'single', context), await profileKind(ground, 'multi', context)];
  return {
    text: parts.map(({ text }) => text).join('\n\n'),
    data: { single: parts[0]?.data, multi: parts[1]?.data },
    failures: parts.flatMap(({ failures }) => failures),
  };
}

async function profileKind<Server extends Served>(
  ground: Ground<Server>,
  kind: MessageKind,
  { quick, say }: BenchContext,
): Promise<PartResult> {
  await using bed = new Testbed();
  const server = await ground.start(bed);
  const folder = join(bed.folder, 'profile');
  const exporter = await startExporter(bed, server, {
    nodeOptions: ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=500'],
  });
  const generator = await Generator.start(bed);
  await generator.open(server, { broker: ground.broker, kind, workers: WORKERS, names: NAMES });
  await sendAll(generator, ground, server, quick ? 300_000 : 1_000_000);
  const sent = await generator.ask({ op: 'quiet' });
  await ground.drained(server);
  await cpuSecondsWhenIdle(exporter.process.pid);
  const failures = await exporterFaults(exporter, sent);
  await exporter.process.stop();
  const [file] = await readdir(folder);
  if (file === undefined) throw new Error('the exporter left no profile: it did not end by itself');
  await mkdir(RESULTS, { recursive: true });
  const kept = join(RESULTS, `exporter-${ground.broker}-${kind}.cpuprofile`);
  await copyFile(join(folder, file), kept);
  const times = selfTimes(await readFile(kept, 'utf8'));
  say(`${kind}: ${count(sent.events)} events; profile in ${kept}`);
  const rows = times
    .slice(0, SHOWN)
    .map(({ name, place, milliseconds, share }) => [
      `${fixed(share * 100, 1)} %`,
      fixed((milliseconds * 1000) / sent.events, 3),
      name,
      place,
    ]);
  const total = times.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const text = [
    `  ${kind}: ${count(sent.events)} events, ${fixed(total / 1000, 1)} s busy, ` +
      `${fixed((total * 1000) / sent.events, 2)} µs an event (with the profiler, from a cold start)`,
    textTable(['self', 'µs/event', 'function', 'place'], rows, [2, 3]),
  ].join('\n');
  return {
    text,
    data: { kind, events: sent.events, functions: times.slice(0, 100) },
    failures: failures.map((each) => `profile, ${kind}: ${each}`),
  };
}
