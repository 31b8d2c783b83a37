// RabbitMQ that is killed and comes back, that stops everybody for want of memory, and that keeps events for an
// exporter which restarts: the numbers against the tasks' own record.
import { describe, expect, it } from '@jest/globals';
import { type Scrape, Testbed, waitFor } from '@celery-watch/testbed';
import { QUICK, startExporterProgram, timed } from './testing.js';

const done = (page: Scrape): number => page.sum('celery_tasks_total', { state: 'succeeded' });
const isUp = (page: Scrape): boolean => page.value('celery_broker_up') === 1;

describe('the exporter on RabbitMQ', () => {
  it.concurrent('whose server is killed keeps its counters, and listens within 3 s of its return', async () => {
    await using bed = new Testbed();
    const broker = await bed.rabbitmq();
    const [exporter, worker, client] = await Promise.all([
      startExporterProgram(bed, [`--broker-url=${broker.url}`, ...QUICK]),
      bed.worker({ broker, name: 'w1', events: false }),
      bed.client({ broker }),
    ]);
    await exporter.until(
      'task events to be on',
      (page) =>
        page.value('celery_worker_task_events_enabled') === 1 &&
        page.value('celery_queue_consumers', { queue: 'celery' }) === 1,
    );
    await client.send({ name: 'truth.ok', count: 20 });
    await exporter.until('20 tasks to end', (page) => done(page) === 20);
    await client.send({ name: 'truth.sleep', args: [4], count: 2 });
    const before = await exporter.until('two tasks to run', (page) => page.sum('celery_tasks_running') === 2);

    await broker.kill();
    await exporter.until('the broker to be down', (page) => page.value('celery_broker_up') === 0);
    const during = await exporter.page();
    expect(during.sum('celery_tasks_total')).toBe(before.sum('celery_tasks_total'));
    expect(during.value('celery_broker_blocked')).toBeUndefined();
    await waitFor(async () => (await bed.truth()).count({ name: 'truth.sleep', what: 'succeeded' }) === 2, {
      within: 20_000,
      what: 'both tasks to end unseen',
    });
    expect((await exporter.page()).value('celery_worker_up')).toBe(1);

    await broker.restart();
    expect(await timed(() => exporter.until('the broker to be up', isUp, 3_000))).toBeLessThan(3_000);
    expect(done(await exporter.page())).toBeGreaterThanOrEqual(20);
    await client.awaitWorkers([worker.nodename], { within: 60_000 });
    await client.send({ name: 'truth.ok', count: 30 });
    // RabbitMQ gives tasks again whose acknowledgement was lost with it: they run, and count, once more.
    const ends = async (): Promise<number> => (await bed.truth()).count({ name: 'truth.ok', what: 'succeeded' });
    const page = await waitFor(
      async () => {
        const now = await exporter.page();
        const seen = now.sum('celery_tasks_total', { name: 'truth.ok', state: 'succeeded' });
        const isOver = seen >= 50 && now.sum('celery_tasks_running') === 0;
        return isOver && now.value('celery_queue_length', { queue: 'celery' }) === 0 && seen === (await ends()) && now;
      },
      { within: 60_000, what: '30 more tasks to end, and none to run or to wait', every: 500 },
    );
    const truth = await bed.truth();
    // Whether the worker tells the two ends later is up to its version; where it does not, they are missed.
    expect(done(page) + page.sum('celery_tasks_unresolved_total') + page.sum('celery_tasks_lost_total')).toBe(
      truth.count({ what: 'succeeded' }),
    );
    expect(page.sum('celery_tasks_lost_total')).toBe(0);
    expect(page.value('celery_broker_reconnects_total')).toBe(1);
  });

  it.concurrent('calls no worker down that RabbitMQ does not let speak, and says why nothing comes', async () => {
    await using bed = new Testbed();
    const broker = await bed.rabbitmq();
    const exporter = await startExporterProgram(bed, [`--broker-url=${broker.url}`, ...QUICK, '--lost-after=8s']);
    const worker = await bed.worker({ broker, name: 'w1' });
    const client = await bed.client({ broker });
    await exporter.until('the worker to be up', (page) => page.value('celery_worker_up') === 1);
    await client.send({ name: 'truth.sleep', args: [25], count: 1 });
    await exporter.until('a task to run', (page) => page.sum('celery_tasks_running') === 1);
    expect((await exporter.page()).value('celery_broker_blocked')).toBe(0);

    await broker.memoryAlarm(true);
    await exporter.until('the alarm', (page) => page.value('celery_broker_blocked') === 1);
    expect(await exporter.logged(/takes no messages/)).toMatchObject({
      level: 'warn',
      reason: expect.stringMatching(/memory/),
    });
    // As long as would make a silent worker down, and its task lost.
    const until = performance.now() + 12_000;
    await waitFor(() => performance.now() > until, { within: 20_000, what: 'time to pass', every: 500 });
    const page = await exporter.page();
    expect(page.value('celery_worker_up', { worker: worker.nodename })).toBe(1);
    expect(page.sum('celery_tasks_lost_total')).toBe(0);
    expect((await exporter.get('/')).text).toMatch(/takes no messages|Takes no messages/);

    await broker.memoryAlarm(false);
    const after = await exporter.until(
      'the task to end, told late',
      (now) => done(now) === 1 && now.value('celery_broker_blocked') === 0,
      60_000,
    );
    expect(after.sum('celery_worker_exits_total')).toBe(0);
    expect(after.sum('celery_tasks_running')).toBe(0);
    await exporter.logged(/takes messages again/);
  });

  it.concurrent('that keeps its events goes on with what came while it was away', async () => {
    await using bed = new Testbed();
    const broker = await bed.rabbitmq();
    const flags = [`--broker-url=${broker.url}`, '--event-queue-keep=10m', '--instance=truth', ...QUICK];
    const first = await startExporterProgram(bed, flags);
    const worker = await bed.worker({ broker, name: 'w1', sendSentEvent: true });
    const client = await bed.client({ broker, sendSentEvent: true });
    await first.until('the worker to be up', (page) => page.value('celery_worker_up') === 1);
    await client.send({ name: 'truth.ok', count: 100 });
    const before = await first.until('100 tasks to end', (page) => done(page) === 100);
    expect(before.sum('celery_tasks_total', { state: 'started' })).toBe(100);
    await first.process.stop();

    await client.send([
      { name: 'truth.ok', count: 150 },
      { name: 'truth.fail', count: 7 },
    ]);
    await waitFor(async () => (await bed.truth()).count({ what: 'succeeded' }) === 250, {
      within: 30_000,
      what: 'the tasks to end while nobody listens',
    });
    const second = await startExporterProgram(bed, flags);
    const page = await second.until('what came meanwhile', (now) => done(now) === 150);
    for (const state of ['sent', 'received', 'started'])
      expect([state, page.sum('celery_tasks_total', { state })]).toEqual([state, 157]);
    expect(page.sum('celery_tasks_total', { state: 'failed' })).toBe(7);
    await client.send({ name: 'truth.ok', count: 10 });
    await second.until('what comes now', (now) => done(now) === 160);
    expect((await second.page()).value('celery_worker_up', { worker: worker.nodename })).toBe(1);
  });
});
