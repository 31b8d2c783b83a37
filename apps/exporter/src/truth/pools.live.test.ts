// The numbers against the tasks' own record, equal to the last one: every ending, on every pool of a real worker.
import { describe, expect, it } from '@jest/globals';
import { type Scrape, type SendRequest, Testbed, waitFor, type WorkerOptions } from '@celery-watch/testbed';
import { expectedStates, shownStates } from './expectation.js';
import { QUICK, startExporterProgram } from './testing.js';

/** What every pool can do. */
const EVERYWHERE: readonly SendRequest[] = [
  { name: 'truth.ok', count: 60 },
  { name: 'truth.ok', count: 10, priority: 5 },
  { name: 'truth.ok', count: 10, countdown: 1 },
  { name: 'truth.ok', count: 5, queue: 'side' },
  { name: 'truth.fail', count: 8, args: ['ValueError'] },
  { name: 'truth.fail', count: 4, args: ['PaymentError'] },
  { name: 'truth.fail', count: 3, args: ['KeyError'] },
  { name: 'truth.retry_then_ok', count: 6, args: [2] },
  { name: 'truth.autoretry_fail', count: 4 },
  { name: 'truth.reject_drop', count: 4 },
  { name: 'truth.reject_requeue_once', count: 4 },
  { name: 'truth.ignore', count: 5 },
  { name: 'truth.custom_event', count: 3 },
];
/** What kills or interrupts a pool process. */
const PREFORK_ONLY: readonly SendRequest[] = [
  { name: 'truth.die', count: 3 },
  { name: 'truth.die_late', count: 3 },
  { name: 'truth.hard_limit', count: 2 },
  { name: 'truth.soft_limit', count: 2 },
];

const POOLS: readonly {
  readonly pool: NonNullable<WorkerOptions['pool']>;
  readonly concurrency: number;
  readonly requests: readonly SendRequest[];
}[] = [
  { pool: 'prefork', concurrency: 3, requests: [...EVERYWHERE, ...PREFORK_ONLY] },
  { pool: 'gevent', concurrency: 10, requests: EVERYWHERE },
  { pool: 'solo', concurrency: 1, requests: EVERYWHERE },
];

const BROKERS = ['redis', 'rabbitmq'] as const;

describe('the counters equal what the tasks recorded', () => {
  it.concurrent.each(
    POOLS.flatMap((each) =>
      each.pool === 'solo' ? [{ ...each, kind: 'redis' as const }] : BROKERS.map((kind) => ({ ...each, kind })),
    ),
  )('on the $pool pool, on $kind', async ({ kind, pool, concurrency, requests }) => {
    await using bed = new Testbed();
    const broker = await bed[kind]();
    const exporter = await startExporterProgram(bed, [`--broker-url=${broker.url}`, ...QUICK]);
    const worker = await bed.worker({
      broker,
      pool,
      concurrency,
      name: 'w1',
      queues: ['celery', 'side'],
      sendSentEvent: true,
    });
    const client = await bed.client({ broker, sendSentEvent: true });
    await exporter.until(
      'the worker to be up',
      (page) => page.value('celery_worker_up', { worker: worker.nodename }) === 1,
    );

    await client.send(requests);
    // RabbitMQ throws away what has expired (docs/protocol/rabbitmq.md#expiry); on Redis the worker does, and says so.
    const expired = kind === 'redis' ? await client.send({ name: 'truth.custom_event', count: 3, expires: -1 }) : [];
    const revoked = await client.send({ name: 'truth.soft_limit', count: 2, revoked: true });
    const neverRan: Readonly<Record<string, number>> = {
      'truth.custom_event': expired.length,
      'truth.soft_limit': revoked.length,
    };
    const sent = new Map<string, number>();
    for (const { name, count = 1 } of requests) sent.set(name, (sent.get(name) ?? 0) + count);
    for (const [name, count] of Object.entries(neverRan)) sent.set(name, (sent.get(name) ?? 0) + count);

    // Everything has been heard of when nothing waits, nothing runs and every message that was sent has come to an end.
    const page = await exporter.until(
      'all tasks to end',
      (now) =>
        [...sent].every(([name, count]) => ends(now, name) >= count) &&
        now.sum('celery_tasks_running') === 0 &&
        now.sum('celery_queue_length') === 0,
      60_000,
    );
    const truth = await bed.truth();
    for (const [name, count] of sent) {
      const expected = expectedStates(truth, name, count, neverRan[name]);
      expect({ name, ...shownStates(page, name, expected) }).toEqual({ name, ...expected });
    }
    expect(page.sum('celery_tasks_total', { name: 'unknown' })).toBe(0);
    expect(page.sum('celery_tasks_unresolved_total')).toBe(truth.count({ what: 'ignored' }));
    expect(page.sum('celery_tasks_lost_total')).toBe(0);
    expect(page.sum('celery_exporter_events_missed_total')).toBe(0);
    expect(page.sum('celery_exporter_events_refused_total')).toBe(0);
    expect(
      page.value('celery_task_failures_total', { name: 'truth.fail', queue: 'celery', exception: 'PaymentError' }),
    ).toBe(4);
    expect(
      page.value('celery_task_failures_total', { name: 'truth.fail', queue: 'celery', exception: 'ValueError' }),
    ).toBe(8);
    expect(page.sum('celery_tasks_total', { name: 'truth.ok', queue: 'side', state: 'succeeded' })).toBe(5);
    if (pool === 'prefork') {
      expect(page.sum('celery_task_failures_total', { name: 'truth.die', exception: 'WorkerLostError' })).toBe(3);
      expect(page.sum('celery_task_failures_total', { name: 'truth.hard_limit', exception: 'TimeLimitExceeded' })).toBe(
        2,
      );
      expect(
        page.sum('celery_task_failures_total', { name: 'truth.soft_limit', exception: 'SoftTimeLimitExceeded' }),
      ).toBe(2);
    }
    const ended =
      page.sum('celery_tasks_total', { state: 'succeeded' }) + page.sum('celery_tasks_total', { state: 'failed' });
    expect(page.sum('celery_task_duration_seconds_count')).toBe(ended);
    expect(page.value('celery_worker_pool_processes', { worker: worker.nodename })).toBe(concurrency);
    await exporter.until(
      'a heartbeat to tell of all runs',
      (now) =>
        now.value('celery_worker_tasks_processed_total', { worker: worker.nodename }) === truth.count({ what: 'run' }),
    );
  });

  // Celery's event buffer is not safe between threads (celery/events/dispatcher.py appends to a list that flush
  // empties), so a worker on the threads pool loses some of its own events. They are on no wire: the exporter can only
  // say how many.
  it.concurrent.each(BROKERS)(
    'on the threads pool, on %s, less what the worker itself loses, which is counted as missed',
    async (kind) => {
      await using bed = new Testbed();
      const broker = await bed[kind]();
      const exporter = await startExporterProgram(bed, [`--broker-url=${broker.url}`, ...QUICK]);
      const worker = await bed.worker({
        broker,
        pool: 'threads',
        concurrency: 4,
        name: 'w1',
        queues: ['celery', 'side'],
        sendSentEvent: true,
      });
      const client = await bed.client({ broker, sendSentEvent: true });
      await exporter.until(
        'the worker to be up',
        (page) => page.value('celery_worker_up', { worker: worker.nodename }) === 1,
      );
      await client.send(EVERYWHERE);
      await waitFor(
        async () => {
          const { counts } = await bed.truth();
          const ended = Object.values(counts).reduce(
            (sum, { run = 0, ...ends }) =>
              sum + Number(run === Object.values(ends).reduce((all, each) => all + each, 0)),
            0,
          );
          return (
            ended === new Set(EVERYWHERE.map(({ name }) => name)).size &&
            (counts['truth.autoretry_fail']?.failed ?? 0) === 4 &&
            (counts['truth.retry_then_ok']?.succeeded ?? 0) === 6 &&
            (counts['truth.ok']?.succeeded ?? 0) === 85
          );
        },
        { within: 60_000, what: 'all tasks to record their end' },
      );
      const truth = await bed.truth();
      const runs = truth.count({ what: 'run' });
      const page = await exporter.until(
        'started and missed to make up all runs, and none to be left running',
        (now) =>
          now.sum('celery_tasks_total', { state: 'started' }) + now.sum('celery_exporter_events_missed_total') ===
            runs && now.sum('celery_tasks_running') === 0,
      );
      for (const [name, { succeeded = 0, failed = 0, retried = 0, rejected = 0 }] of Object.entries(truth.counts)) {
        const most = { succeeded, failed, retried, rejected };
        for (const [state, count] of Object.entries(shownStates(page, name, most)))
          expect(count).toBeLessThanOrEqual(most[state as keyof typeof most]);
      }
      expect(page.value('celery_worker_info', { worker: worker.nodename, pool: 'threads' })).toBe(1);
    },
  );
});

/** Messages of that name of which nothing more will come, as far as the page can tell. */
function ends(page: Scrape, name: string): number {
  const of = (state: string): number => page.sum('celery_tasks_total', { name, state });
  // What was put back to its queue comes again; what was dropped, as by truth.reject_drop, does not.
  const dropped = name === 'truth.reject_drop' ? of('rejected') : 0;
  return of('succeeded') + of('failed') + of('revoked') + dropped + page.sum('celery_tasks_unresolved_total', { name });
}
