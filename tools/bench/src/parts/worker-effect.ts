// Part 4: what a worker loses when our exporter is attached; and, apart from that, what Celery's own task events cost
// it.
import { setTimeout as delay } from 'node:timers/promises';
import { cpuSeconds, type RedisServer, scrape, Testbed } from '@celery-watch/testbed';
import type { Consumer } from '../consumers/consumer.js';
import { startExporter } from '../consumers/exporter.js';
import { type Compared, type Condition, type Setting, type Turn, turns } from '../effect/crossed-turns.js';
import { effectReport } from '../effect/effect-report.js';
import { startListener } from '../consumers/bare-subscriber.js';
import { NoopWorker, type Work } from '../effect/noop-worker.js';
import { pin } from '../effect/pin.js';
import { sumBy } from '../measure/lost-events.js';
import type { BenchContext, PartResult } from '../bench-part.js';

/** The exporter greets workers when it starts; that is over by then. */
const SETTLE_MS = 2_000;
const WARM_UP = 400;
/**
 * Six times as often as by default, so that some of its questions to the workers fall into blocks of less than a
 * second.
 */
const OFTEN = ['--worker-poll-interval=5s', '--queue-poll-interval=2s'];

export async function workerEffect({ quick, times, say }: BenchContext): Promise<PartResult> {
  const failures: string[] = [];
  const many = (usual: number, few: number): number => (quick ? few : usual * times);
  say('workers at a moderate rate, with and without the exporter …');
  const steady = await compare(
    { withEvents: true, isPinned: true, tasks: 60, rate: 200, conditions: ['alone', 'watched'], turns: many(24, 6) },
    failures,
  );
  say('workers at full speed: alone, with the exporter, with a bare listener …');
  const full = await compare(
    {
      withEvents: true,
      isPinned: false,
      tasks: 100,
      rate: Infinity,
      conditions: ['alone', 'watched', 'listener'],
      turns: many(20, 6),
    },
    failures,
  );
  // Six more starts of workers: too long for a quick look.
  if (!quick) say('workers at full speed: without events, and with events switched on by the exporter …');
  const switchedOn = quick
    ? undefined
    : await compare(
        {
          withEvents: false,
          isPinned: false,
          tasks: 100,
          rate: Infinity,
          conditions: ['alone', 'watched'],
          turns: 8 * times,
        },
        failures,
      );
  return { text: await effectReport({ steady, full, switchedOn }), data: { steady, full, switchedOn }, failures };
}

interface Watched {
  readonly done: Turn[];
  readonly micros: number;
}

/**
 * Two equal workers on two databases of one server: the exporter watches only one, so that blocks with and without it
 * can follow each other at once, and nothing has to be started in between. Then it watches the other one.
 */
async function compare(setting: Setting, failures: string[]): Promise<Compared> {
  await using bed = new Testbed();
  const redis = await bed.redis();
  if (setting.isPinned) await pin(redis.process.pid, 'site');
  const urls = [redis.url, redis.url.replace(/0$/, '1')];
  const watched: Watched[] = [];
  for (const which of [0, 1]) {
    // New workers for the second series, since events stay on where they were switched on.
    const workers = await Promise.all(urls.map((url) => NoopWorker.start(bed, url, setting.withEvents)));
    for (const worker of workers) {
      if (setting.isPinned) await pin(worker.process.pid, 'site');
      await worker.run(WARM_UP);
    }
    const [watchedUrl, otherUrl] = [urls[which] as string, urls[1 - which] as string];
    watched.push(
      await watchOne(
        bed,
        { url: watchedUrl },
        { url: otherUrl },
        workers[which] as NoopWorker,
        workers[1 - which] as NoopWorker,
        setting,
        failures,
      ),
    );
    await Promise.all(workers.map((worker) => worker.stop()));
  }
  return {
    ...setting,
    series: watched.map(({ done }) => done),
    exporterMicros: watched.reduce((sum, { micros }) => sum + micros, 0) / watched.length,
  };
}

type Place = Pick<RedisServer, 'url'>;

async function watchOne(
  bed: Testbed,
  watchedPlace: Place,
  otherPlace: Place,
  watched: NoopWorker,
  other: NoopWorker,
  setting: Setting,
  failures: string[],
): Promise<Watched> {
  const { tasks, rate } = setting;
  const exporter = await startExporter(bed, watchedPlace, { options: OFTEN });
  const listener = await startListener(bed, otherPlace.url);
  if (setting.isPinned) await pin(exporter.process.pid, 'exporter');
  await delay(SETTLE_MS);
  const runs: Readonly<Record<Condition, () => Promise<Work>>> = {
    alone: () => other.run(tasks, rate),
    watched: () => watched.run(tasks, rate),
    listener: () => listener.during(() => other.run(tasks, rate)),
  };
  const before = await cpuSeconds(exporter.process.pid);
  const done = await turns(setting.turns, (condition) => runs[condition](), setting.conditions);
  const used = (await cpuSeconds(exporter.process.pid)) - before;
  await checkEvents(exporter, tasks * setting.turns, failures);
  await listener.stop();
  await exporter.process.stop();
  return { done, micros: (used / (tasks * setting.turns)) * 1e6 };
}

async function checkEvents(exporter: Consumer, tasks: number, failures: string[]): Promise<void> {
  const events = sumBy(await scrape(exporter.metricsUrl ?? ''), 'celery_exporter_events_total', 'type');
  for (const type of ['task-received', 'task-started', 'task-succeeded']) {
    if (events[type] !== tasks)
      failures.push(
        `effect: ${String(tasks)} tasks ran on the watched worker and the exporter counted ${String(events[type])} ` +
          type,
      );
  }
}
