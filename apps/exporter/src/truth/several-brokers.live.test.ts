// Several brokers in one exporter, on real servers: each under its own name, and the trouble of one stays its own.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type RedisServer, type Scrape, Testbed, waitFor } from '@celery-watch/testbed';
import { byLabel, connectTo, QUICK, type RunningExporter, startExporterProgram, timed } from './testing.js';

const named = (brokers: Readonly<Record<string, RedisServer>>): readonly string[] =>
  Object.entries(brokers).map(([name, { url }]) => `--broker-url=${name}=${url}`);

const succeeded = (page: Scrape, broker: string): number =>
  page.sum('celery_tasks_total', { broker, state: 'succeeded' });
const isUp = (page: Scrape, broker: string): boolean => page.value('celery_broker_up', { broker }) === 1;
const workersOf = (page: Scrape, broker: string): number | undefined => page.value('celery_workers', { broker });
const pollsOf = (page: Scrape, broker: string): number =>
  page.value('celery_exporter_poller_last_success_timestamp_seconds', { broker, poller: 'queues' }) ?? 0;

/** A worker's way down, by the broker whose it was. */
const silences = (exporter: RunningExporter): readonly unknown[] =>
  exporter
    .log()
    .filter(({ msg }) => msg.startsWith('a worker fell silent'))
    .map(({ broker }) => broker);

describe('several brokers', () => {
  it('are told apart, and one that dies or hangs touches no other', async () => {
    await using bed = new Testbed();
    const [shop, stock] = await Promise.all([bed.redis(), bed.redis({ password: 'word of passing' })]);
    const [exporter, , , client] = await Promise.all([
      startExporterProgram(bed, [...named({ shop, stock }), ...QUICK]),
      bed.worker({ broker: shop, name: 'w', pool: 'solo' }),
      bed.worker({ broker: stock, name: 'w', pool: 'solo' }),
      bed.client({ broker: stock }),
    ]);
    await exporter.until('both workers', (page) => workersOf(page, 'shop') === 1 && workersOf(page, 'stock') === 1);
    await client.send({ name: 'truth.ok', count: 3 });
    const before = await exporter.until('the tasks', (page) => succeeded(page, 'stock') === 3);
    expect(succeeded(before, 'shop')).toBe(0);
    expect(byLabel(before, 'celery_worker_up', 'broker')).toEqual({ shop: 1, stock: 1 });
    expect(before.series('celery_exporter_build_info')[0]?.labels).not.toHaveProperty('broker');
    expect(await exporter.get('/readyz')).toEqual({ status: 200, text: 'ready: connected to all 2 brokers\n' });
    expect(await exporter.logged(/^a worker is up/)).toHaveProperty('broker');
    expect(before.text).not.toContain('word of passing');

    await shop.kill();
    await exporter.until('shop to be away', (page) => !isUp(page, 'shop'));
    await client.send({ name: 'truth.ok', count: 2 });
    const during = await exporter.until('the tasks of the other', (page) => succeeded(page, 'stock') === 5);
    expect([isUp(during, 'stock'), workersOf(during, 'stock'), workersOf(during, 'shop')]).toEqual([true, 1, 1]);
    expect(during.series('celery_exporter_events_total').length).toBe(
      before.series('celery_exporter_events_total').length,
    );
    expect(during.value('celery_broker_connection_failures_total', { broker: 'stock' })).toBe(0);
    const { status, text } = await exporter.get('/readyz');
    expect([status, text]).toEqual([
      200,
      expect.stringMatching(/^ready: connected to 1 of 2 brokers\nnot connected: shop: /),
    ]);
    expect((await exporter.get('/')).text).toContain('1 of 2 brokers connected');
    expect((await exporter.get('/?broker=shop')).text).toContain('The broker is not connected');
    expect((await exporter.get('/?broker=nobody')).status).toBe(404);
    expect(await exporter.logged(/^no connection to the broker/)).toMatchObject({ broker: 'shop' });

    await shop.restart();
    await exporter.until('shop to be back', (page) => isUp(page, 'shop'));
    process.kill(shop.process.pid, 'SIGSTOP');
    try {
      const polled = pollsOf(await exporter.page(), 'stock');
      await exporter.until('the other to be read on', (page) => pollsOf(page, 'stock') > polled + 2);
      expect(await timed(() => exporter.page())).toBeLessThan(2_000);
    } finally {
      process.kill(shop.process.pid, 'SIGCONT');
    }
    await exporter.until(
      'shop to be read again',
      (page) => isUp(page, 'shop') && pollsOf(page, 'shop') > pollsOf(page, 'stock') - 3,
    );
    expect(silences(exporter)).not.toContain('stock');

    await Promise.all([shop.kill(), stock.kill()]);
    await waitFor(async () => (await exporter.get('/readyz')).status === 503, {
      within: 10_000,
      what: 'not to be ready',
    });
  });

  it('may be several apps on one server; an exporter that was held up calls none of their workers silent', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    const file = join(bed.folder, 'brokers.yml');
    await writeFile(
      file,
      `queue_poll_interval: 1s
worker_poll_interval: 5s
brokers:
  - &plain {name: plain, url: "${redis.url}"}
  - {name: db, url: "${redis.url.replace(/\/0$/, '/1')}"}
  - {<<: *plain, name: exchanges, event_exchange: own.ev, control_exchange: own.ctl, queues: [only.here]}
  - {<<: *plain, name: prefix, broker_transport_options: {global_keyprefix: "app:"}}
`,
    );
    const other = { celeryUrl: redis.url.replace(/\/0$/, '/1') };
    const [exporter] = await Promise.all([
      startExporterProgram(bed, [`--config=${file}`]),
      bed.worker({ broker: redis, name: 'plain', pool: 'solo' }),
      bed.worker({ broker: other, name: 'db', pool: 'solo' }),
      bed.worker({
        broker: redis,
        name: 'exchanges',
        pool: 'solo',
        settings: { event_exchange: 'own.ev', control_exchange: 'own.ctl' },
      }),
      bed.worker({ broker: redis, name: 'prefix', pool: 'solo', transportOptions: { global_keyprefix: 'app:' } }),
    ]);
    const names = ['plain', 'db', 'exchanges', 'prefix'];
    const page = await exporter.until(
      'the pool of each',
      (now) => now.series('celery_worker_pool_processes').length === 4,
    );
    expect(
      page.series('celery_worker_up').map(({ labels, value }) => [labels['broker'], labels['worker'], value]),
    ).toEqual(names.map((name) => [name, `${name}@testbed`, 1]));
    const only = page.series('celery_queue_length', { queue: 'only.here' });
    expect(only.map(({ labels }) => labels['broker'])).toEqual(['exchanges']);

    const heard = (now: Scrape, broker: string): number =>
      now.value('celery_exporter_events_total', { broker, type: 'worker-heartbeat' }) ?? 0;
    process.kill(exporter.process.pid, 'SIGSTOP');
    try {
      // Longer than any of them may be silent.
      await bed.send(redis, { name: 'truth.sleep', args: [9] });
      await waitFor(async () => (await bed.truth()).count({ name: 'truth.sleep', what: 'succeeded' }) === 1, {
        within: 40_000,
        what: 'the task to end',
      });
    } finally {
      process.kill(exporter.process.pid, 'SIGCONT');
    }
    const after = await exporter.until('two more heartbeats of each', (now) =>
      names.every((name) => name === 'plain' || heard(now, name) > heard(page, name) + 5),
    );
    expect(after.sum('celery_worker_exits_total')).toBe(0);
    expect(silences(exporter)).toEqual([]);
  });

  it('share the process fairly: a flood of one keeps no other from being heard and read', async () => {
    await using bed = new Testbed();
    const [shop, stock] = await Promise.all([
      bed.redis({ args: ['--client-output-buffer-limit', 'pubsub 0 0 0'] }),
      bed.redis(),
    ]);
    const [exporter] = await Promise.all([
      startExporterProgram(bed, [...named({ shop, stock }), ...QUICK]),
      bed.worker({ broker: stock, name: 'w', pool: 'solo' }),
    ]);
    await exporter.until('the worker and its queue', (page) => page.series('celery_queue_length').length === 1);
    await using publisher = await connectTo(shop);
    const flood = Buffer.from(messageOf(50));
    const messages = 8_000;
    const published = (async () => {
      for (let sent = 0; sent < messages; sent += 200) {
        const pipeline = publisher.pipeline();
        for (let i = 0; i < 200; i++) pipeline.publish('/0.celeryev/task.multi', flood);
        await pipeline.exec();
      }
    })();
    const events = (page: Scrape): number =>
      page.value('celery_exporter_events_total', { broker: 'shop', type: 'task-received' }) ?? 0;
    const seen: { readonly up: number | undefined; readonly polls: number }[] = [];
    const total = messages * 50;
    await exporter.until('all of the flood', (page) => {
      seen.push({ up: workersOf(page, 'stock'), polls: pollsOf(page, 'stock') });
      return events(page) === total;
    });
    await published;
    expect(seen.map(({ up }) => up)).toEqual(seen.map(() => 1));
    const polls = seen.map((each) => each.polls);
    expect(Math.max(0, ...polls.slice(1).map((at, i) => at - (polls[i] ?? at)))).toBeLessThan(10);
    expect(silences(exporter)).toEqual([]);
    expect(await timed(() => exporter.get('/healthz'))).toBeLessThan(1_000);
  });
});

/** So many events in one message, as prefork workers send them. */
function messageOf(events: number): string {
  const timestamp = Date.now() / 1000;
  const body = Array.from({ length: events }, (_, i) => ({
    type: 'task-received',
    uuid: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`,
    name: `flood.${i % 5}`,
    args: '()',
    kwargs: '{}',
    hostname: 'flood@nobody',
    pid: 1,
    clock: i,
    utcoffset: 0,
    timestamp,
  }));
  return JSON.stringify({
    body: Buffer.from(JSON.stringify(body)).toString('base64'),
    'content-type': 'application/json',
    'content-encoding': 'utf-8',
    headers: { hostname: 'flood@nobody' },
    properties: { body_encoding: 'base64', delivery_info: { exchange: 'celeryev', routing_key: 'task.multi' } },
  });
}
