// Who is who: workers that share a name and a pid, exporters that share a name and a port.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { Testbed } from '@celery-watch/testbed';
import { QUICK, replyListOf, startExporterProgram } from './testing.js';

/** Runs a program as pid 1 of a namespace of its own, as a container does. */
const CONTAINED = ['--pid', '--fork', '--mount-proc', '--kill-child'];
const ROOTLESS = ['--user', '--map-root-user', ...CONTAINED];
const wayIn = [CONTAINED, ROOTLESS].find((flags) => spawnSync('unshare', [...flags, 'true']).status === 0);

const runner = ['unshare', ...(wayIn ?? [])];

// Where the machine grants no namespaces, shared-names.test.ts holds the same with what was recorded.
const inNamespaces = wayIn === undefined ? it.skip : it;

describe('two replicas of one container, with one name and pid 1 each', () => {
  inNamespaces(
    'are two workers: what runs on the first is not lost when the second comes, and a kill is a death',
    async () => {
      await using bed = new Testbed();
      const redis = await bed.redis();
      const replica = () => bed.worker({ broker: redis, name: 'worker@app', runner });
      const worker = { worker: 'worker@app' };
      const [exporter, first, client] = await Promise.all([
        startExporterProgram(bed, [`--broker-url=${redis.url}`, ...QUICK, '--lost-after=8s']),
        replica(),
        bed.client({ broker: redis, sendSentEvent: true }),
      ]);
      await exporter.until('the worker to be heard', (page) => page.value('celery_worker_up') === 1);
      // Longer than a second worker takes to start and to be known, also on a machine with three times its work.
      await client.send({ name: 'truth.sleep', args: [24], count: 2 });
      await exporter.until('both tasks to run', (page) => page.sum('celery_tasks_running') === 2);

      await replica();
      const shared = await exporter.until(
        'two workers under the name',
        (page) => page.value('celery_worker_instances', worker) === 2,
      );
      // Where the machine starves the first of them, two heartbeats of the second may come before one of its own: what
      // runs is unresolved then, until it ends. It is never lost.
      expect(shared.sum('celery_tasks_lost_total')).toBe(0);
      const html = await (await fetch(new URL('/', exporter.url))).text();
      expect(html).toContain('Two workers share one name');
      const ended = await exporter.until(
        'both tasks to have succeeded',
        (page) => page.sum('celery_tasks_total', { state: 'succeeded' }) === 2,
        60_000,
      );
      const counts = (page: typeof ended): unknown[] => [
        page.sum('celery_tasks_lost_total'),
        page.sum('celery_tasks_running'),
        page.sum('celery_worker_exits_total', worker),
        page.value('celery_workers'),
        page.value('celery_worker_pool_processes', worker),
      ];
      expect(counts(ended)).toEqual([0, 0, 0, 2, 4]);

      await first.kill();
      const left = await exporter.until(
        'the death of the first',
        (page) => page.value('celery_worker_exits_total', { ...worker, reason: 'died' }) === 1,
      );
      expect(left.value('celery_worker_up', worker)).toBe(1);
      await exporter.until('one worker', (page) => page.value('celery_worker_instances', worker) === 1);
    },
  );

  inNamespaces('are one where the one is killed and the other follows: what ran is lost', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    const [exporter, first, client] = await Promise.all([
      startExporterProgram(bed, [`--broker-url=${redis.url}`, ...QUICK, '--lost-after=8s']),
      bed.worker({ broker: redis, name: 'worker@app', runner }),
      bed.client({ broker: redis }),
    ]);
    await exporter.until('the worker to be heard', (page) => page.value('celery_worker_up') === 1);
    await client.send({ name: 'truth.sleep', args: [300], count: 2 });
    await exporter.until('both tasks to run', (page) => page.value('celery_worker_tasks_active') === 2);
    await first.kill();
    await bed.worker({ broker: redis, name: 'worker@app', runner });
    const seen = new Set<number | undefined>();
    const page = await exporter.until('the tasks to be lost', (now) => {
      seen.add(now.value('celery_worker_instances'));
      return now.sum('celery_tasks_lost_total') > 0;
    });
    expect([...seen]).toEqual([1]);
    expect([
      page.sum('celery_tasks_lost_total'),
      page.sum('celery_tasks_running'),
      page.value('celery_worker_exits_total', { reason: 'died' }),
      page.value('celery_worker_starts_total'),
    ]).toEqual([2, 0, 1, 1]);
  });
});

describe('two exporters with one name', () => {
  it('have a reply list each, so that both hear every answer', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    const flags = [`--broker-url=${redis.url}`, ...QUICK, '--instance=same'];
    const exporters = await Promise.all([startExporterProgram(bed, flags), startExporterProgram(bed, flags)]);
    const workers = await Promise.all(
      Array.from({ length: 3 }, (_, i) =>
        bed.worker({ broker: redis, name: `w${String(i)}`, queues: [`q${String(i)}`] }),
      ),
    );
    for (const exporter of exporters) {
      await exporter.until('the pool and the queue of every worker', (page) =>
        workers.every(
          ({ nodename }, i) =>
            page.value('celery_worker_pool_processes', { worker: nodename }) === 2 &&
            page.value('celery_queue_consumers', { queue: `q${String(i)}` }) === 1,
        ),
      );
      const page = await exporter.page();
      expect(workers.map(({ nodename }) => page.value('celery_worker_instances', { worker: nodename }))).toEqual([
        1, 1, 1,
      ]);
    }
    const lists = new Set<string>();
    for (let i = 0; i < 20 && lists.size < 2; i++) lists.add(await replyListOf(redis));
    expect(lists.size).toBe(2);
    for (const list of lists) expect(list).toMatch(/^celery-exporter\.same\.[0-9a-f]{12}\.reply$/);
  });
});
