// The whole program on a machine whose clock is set while it runs.
import { describe, expect, it } from '@jest/globals';
import { Testbed } from '@celery-watch/testbed';
import { QUICK } from './testing.js';

const DAY = 86_400_000;
/** Milliseconds by which the clock is off, one after the other at each SIGUSR2. */
const JUMPS = [30 * DAY, -8 * 3_600_000, 400 * DAY, -400 * DAY, 0];
const SETS_CLOCK = `--import=data:text/javascript,${encodeURIComponent(
  `const real = Date.now; const jumps = ${JSON.stringify(JUMPS)}; let by = 0; Date.now = () => real() + by;
  process.on('SIGUSR2', () => { by = jumps.shift(); });`,
)}`;

describe('a clock that is set while the exporter runs', () => {
  it('lets no counter fall, no series go, no worker die and no worker stand still', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    const args = [`--broker-url=${redis.url}`, ...QUICK, '--task-ttl=1m', '--series-ttl=2m', '--worker-ttl=10s'];
    const [exporter, , client] = await Promise.all([
      bed.exporter({ args, nodeOptions: [SETS_CLOCK], until: 'serving' }),
      bed.worker({ broker: redis, name: 'w1' }),
      bed.client({ broker: redis, sendSentEvent: true }),
    ]);
    await exporter.until('the worker to be heard', (page) => page.value('celery_worker_up') === 1);
    let sent = 0;
    for (const jump of [0, ...JUMPS]) {
      if (jump !== 0 || sent > 0) exporter.process.signal('SIGUSR2');
      await client.send({ name: 'truth.ok', count: 10 });
      sent += 10;
      const page = await exporter.until(
        `the tasks after ${String(jump)} ms`,
        (now) =>
          now.sum('celery_tasks_total', { name: 'truth.ok', state: 'succeeded' }) === sent &&
          // A heartbeat and a reading of the queues have come since.
          Math.abs((now.value('celery_worker_clock_skew_seconds') ?? NaN) + jump / 1000) < 60,
      );
      expect(page.sum('celery_tasks_total', { name: 'truth.ok', state: 'started' })).toBe(sent);
      expect(page.value('celery_worker_up')).toBe(1);
      expect(page.sum('celery_worker_exits_total')).toBe(0);
      expect(page.value('celery_worker_stalled_seconds') ?? 0).toBeLessThan(30);
      const heard = page.value('celery_worker_last_heartbeat_timestamp_seconds') ?? 0;
      expect(Math.abs(heard - (Date.now() + jump) / 1000)).toBeLessThan(60);
    }
    expect(exporter.log().filter(({ level }) => level === 'error')).toEqual([]);
  });
});
