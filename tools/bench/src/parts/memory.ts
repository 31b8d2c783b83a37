// Part 3: memory with 100,000 and with 1,000,000 tasks on their way, half of them started, none of which ever ends.
import { setTimeout as delay } from 'node:timers/promises';
import { cpuSecondsWhenIdle, memoryUse, scrape, Testbed } from '@celery-watch/testbed';
import type { Consumer } from '../consumers/consumer.js';
import { startExporter } from '../consumers/exporter.js';
import { Generator } from '../load/start-generator.js';
import { loss, sumBy } from '../measure/lost-events.js';
import { NAMES, WORKERS } from '../measure/measure-consumer.js';
import { type BenchContext, benchRedis, type PartResult } from '../bench-part.js';
import { count, megabytes, textTable } from '../report/text-table.js';

const STARTED_SHARE = 0.5;
const STEPS = [0, 100_000, 1_000_000] as const;
const QUICK_STEPS = [0, 100_000, 600_000] as const;
const TARGET_TASKS = 100_000;
const TARGET_BYTES = 128e6;

interface Step {
  readonly tasks: number;
  readonly now: number;
  readonly peak: number;
  readonly tracked: Readonly<Record<string, number>>;
  readonly evicted: number;
}

export async function memory({ quick, say }: BenchContext): Promise<PartResult> {
  await using bed = new Testbed();
  const redis = await benchRedis(bed);
  const exporter = await startExporter(bed, redis);
  const generator = await Generator.start(bed);
  await generator.open(redis, { kind: 'multi', workers: WORKERS, names: NAMES });
  const steps: Step[] = [];
  let made = 0;
  for (const tasks of quick ? QUICK_STEPS : STEPS) {
    if (tasks > made) await generator.ask({ op: 'abandon', tasks: tasks - made, startedShare: STARTED_SHARE });
    made = tasks;
    await cpuSecondsWhenIdle(exporter.process.pid);
    await delay(quick ? 500 : 2_000);
    const step = await look(exporter, tasks);
    say(
      `${count(tasks)} tasks on their way: ${megabytes(step.now)} now, ${megabytes(step.peak)} at the peak, ` +
        `${count(step.evicted)} evicted`,
    );
    steps.push(step);
  }
  const sent = await generator.ask({ op: 'quiet' });
  await cpuSecondsWhenIdle(exporter.process.pid);
  const { differences } = loss(sent.counts, await exporter.counts());
  const rows = steps.map(({ tasks, now, peak, tracked, evicted }) => [
    tasks === 0 ? 'none (just started)' : count(tasks),
    megabytes(now),
    megabytes(peak),
    count(tracked['waiting'] ?? 0),
    count(tracked['running'] ?? 0),
    count(evicted),
  ]);
  const aim = steps.find(({ tasks }) => tasks === TARGET_TASKS);
  const last = steps.at(-1);
  // What is neither in the table nor counted as evicted has been forgotten in silence.
  const missing =
    (last?.tasks ?? 0) -
    (last?.evicted ?? 0) -
    Object.values(last?.tracked ?? {}).reduce((total, each) => total + each, 0);
  const text = [
    textTable(['tasks on their way', 'memory now', 'peak so far', 'waiting', 'running', 'evicted'], rows),
    '',
    `  aim: under ${megabytes(TARGET_BYTES)} with ${count(TARGET_TASKS)} tasks: ` +
      `${(aim?.peak ?? Infinity) < TARGET_BYTES ? 'reached' : 'NOT reached'} (peak; read at full speed, ` +
      `${count(sent.events)} events in all)`,
    `  tasks that are neither in the table nor counted as evicted: ${count(missing)}; lost events: ` +
      (differences.length === 0 ? 'none' : differences.join('; ')),
  ].join('\n');
  return {
    text,
    data: { steps, missing },
    failures: differences.map((each) => `memory: celery_exporter_events_total ${each}`),
  };
}

async function look({ metricsUrl = '', process }: Consumer, tasks: number): Promise<Step> {
  const page = await scrape(metricsUrl, { timeout: 60_000 });
  const use = await memoryUse(process.pid);
  return {
    tasks,
    ...use,
    tracked: sumBy(page, 'celery_exporter_tracked_tasks', 'state'),
    evicted: page.sum('celery_exporter_evicted_tasks_total'),
  };
}
