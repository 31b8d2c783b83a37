// Task events: switched on where they are off, counted beside garbage, and known to be missing where they got lost.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { Testbed, waitFor, type Worker } from '@celery-watch/testbed';
import { byLabel, connectTo, QUICK, replyListOf, startExporterProgram } from './testing.js';

const SWITCHED_ON = /^task events switched on$/;
const TOLD = 'Events of group {task} enabled by remote';

describe('task events', () => {
  it.concurrent(
    'are switched on in a worker that was started without -E, at once and after each restart, so that nothing that it did is missing',
    async () => {
      await using bed = new Testbed();
      const redis = await bed.redis();
      const [exporter, client] = await Promise.all([
        startExporterProgram(bed, [`--broker-url=${redis.url}`, ...QUICK]),
        bed.client({ broker: redis }),
      ]);
      const begin = (): Promise<Worker> => bed.worker({ broker: redis, name: 'w1', events: false });
      const isOn = (starts: number) =>
        exporter.until(
          `task events to be on after ${starts} restarts`,
          (page) =>
            page.value('celery_worker_task_events_enabled') === 1 &&
            page.value('celery_worker_starts_total') === starts,
        );

      const first = await begin();
      await isOn(0);
      await client.send([
        { name: 'truth.ok', count: 40 },
        { name: 'truth.fail', count: 10 },
      ]);
      await exporter.until(
        '50 tasks to end',
        (page) =>
          page.sum('celery_worker_tasks_total', { state: 'succeeded' }) === 40 &&
          page.sum('celery_worker_tasks_total', { state: 'failed' }) === 10,
      );
      await client.awaitWorkers([first.nodename]);
      expect(await client.broadcast('stats', { timeout: 5, destination: [first.nodename] })).toMatchObject({
        [first.nodename]: { pid: first.pid },
      });
      expect(await first.stop()).toEqual({ code: 0, signal: null });

      const second = await begin();
      await isOn(1);
      await client.send([{ name: 'truth.ok', count: 20 }]);
      const page = await exporter.until(
        '20 more to end',
        (now) => now.sum('celery_worker_tasks_total', { state: 'succeeded' }) === 60,
      );
      const truth = await bed.truth();
      expect(truth.count({ what: 'run' })).toBe(70);
      for (const [state, what] of [
        ['received', 'run'],
        ['started', 'run'],
        ['succeeded', 'succeeded'],
        ['failed', 'failed'],
      ] as const) {
        expect([state, page.sum('celery_tasks_total', { state, queue: 'celery' })]).toEqual([
          state,
          truth.count({ what }),
        ]);
      }
      expect(page.sum('celery_tasks_total', { name: 'unknown' })).toBe(0);
      expect(page.sum('celery_exporter_events_missed_total')).toBe(0);
      expect(
        exporter
          .log()
          .filter(({ msg }) => SWITCHED_ON.test(msg))
          .map(({ worker }) => worker),
      ).toEqual([first.nodename, second.nodename]);
      await client.awaitWorkers([second.nodename]);
      expect(second.process.running).toBe(true);
      expect(second.output()).not.toMatch(/Traceback|Unrecoverable|Received invalid/);
    },
  );

  it.concurrent(
    'of tasks that a worker without -E finds at its start are counted, or else as missed, to the last one',
    async () => {
      await using bed = new Testbed();
      const redis = await bed.redis();
      const exporter = await startExporterProgram(bed, [`--broker-url=${redis.url}`, ...QUICK]);
      await bed.send(redis, { name: 'truth.ok', count: 300 });
      await bed.worker({ broker: redis, name: 'w1', events: false });
      // What it started before it could be told is gone, and only its heartbeats tell of it.
      const page = await exporter.until(
        'started and missed to make up all runs',
        (now) =>
          now.sum('celery_tasks_total', { state: 'started' }) + now.sum('celery_exporter_events_missed_total') ===
            300 && now.sum('celery_tasks_running') === 0,
      );
      expect(page.sum('celery_tasks_total', { state: 'started' })).toBeGreaterThan(0);
      expect((await bed.truth()).count({ what: 'succeeded' })).toBe(300);
    },
  );

  it.concurrent('stay off with --no-enable-events, and the page says so once the worker works', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    const [exporter, worker, client] = await Promise.all([
      startExporterProgram(bed, [`--broker-url=${redis.url}`, '--no-enable-events', ...QUICK]),
      bed.worker({ broker: redis, name: 'w1', events: false }),
      bed.client({ broker: redis }),
    ]);
    const before = await exporter.until(
      'the worker to have answered',
      (page) => page.value('celery_worker_pool_processes') === 2,
    );
    expect(before.series('celery_worker_task_events_enabled')).toEqual([]);
    await client.send({ name: 'truth.ok', args: [0.4], count: 30 });
    const page = await exporter.until(
      'its events to be seen off',
      (now) => now.value('celery_worker_task_events_enabled') === 0,
    );
    expect(page.sum('celery_tasks_total')).toBe(0);
    await exporter.until(
      'its heartbeats to tell of all tasks',
      (now) => now.value('celery_worker_tasks_processed_total', { worker: worker.nodename }) === 30,
    );
    expect(worker.output()).not.toContain(TOLD);
    expect(exporter.log().some(({ msg }) => SWITCHED_ON.test(msg))).toBe(false);
  });

  it.concurrent('that a worker has nothing to send with are told in the log, with its name', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    const [exporter, worker] = await Promise.all([
      startExporterProgram(bed, [`--broker-url=${redis.url}`, ...QUICK]),
      bed.worker({ broker: redis, name: 'w1', events: false, extraArgs: ['--without-heartbeat', '--without-gossip'] }),
    ]);
    const line = await exporter.logged(/task events cannot be switched on in this worker/);
    expect(line).toMatchObject({ level: 'warn', worker: worker.nodename });
    const page = await exporter.page();
    expect(page.value('celery_worker_task_events_enabled', { worker: worker.nodename })).toBe(0);
    expect(page.value('celery_worker_up', { worker: worker.nodename })).toBe(1);
  });

  it.concurrent('are all counted beside malformed messages of every kind, which are counted by reason', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    const [exporter, worker, client] = await Promise.all([
      startExporterProgram(bed, [`--broker-url=${redis.url}`, '--instance=truth', ...QUICK]),
      bed.worker({ broker: redis, name: 'w1' }),
      bed.client({ broker: redis }),
    ]);
    await exporter.until('the worker to have answered', (page) => page.value('celery_worker_pool_processes') === 2);
    await using raw = await connectTo(redis);

    const event = {
      type: 'task-started',
      uuid: '8c1b4a1e-0000-4000-8000-000000000001',
      timestamp: Date.now() / 1000,
      hostname: worker.nodename,
      pid: worker.pid,
    };
    const body = (value: unknown): string =>
      Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64');
    const message = (parts: Readonly<Record<string, unknown>>): string =>
      JSON.stringify({
        body: body([]),
        'content-encoding': 'utf-8',
        'content-type': 'application/json',
        headers: { hostname: 'x' },
        properties: {
          delivery_mode: 1,
          delivery_info: {},
          priority: 0,
          body_encoding: 'base64',
          delivery_tag: '86ea4ee2-0000-4000-8000-000000000001',
        },
        ...parts,
      });
    const of = (value: unknown): string => message({ body: body(value) });
    const without = (key: string): string => of([{ ...event, [key]: undefined }]);
    const garbage: Readonly<Record<string, readonly (string | Buffer)[]>> = {
      not_json: ['', 'no json', message({}).slice(0, -20), Buffer.from([0xff, 0xfe, 0, 0x80]), of('[{"type":')],
      bad_envelope: [
        '[]',
        '42',
        'null',
        '{}',
        message({ body: 7 }),
        message({ headers: [] }),
        message({ properties: 'x' }),
        message({ 'content-type': 5 }),
      ],
      compression: [message({ headers: { compression: 'application/x-bz2' } })],
      pickle: [message({ 'content-type': 'application/x-python-serialize' })],
      content_type: [message({ 'content-type': 'text/x-unheard-of' })],
      bad_body: [
        message({ 'content-type': 'application/x-msgpack', body: body('\u00c1') }),
        message({
          headers: { compression: 'application/x-gzip' },
          body: gzipSync('[]').subarray(0, 9).toString('base64'),
        }),
      ],
      not_an_event: [of(42), of('"text"'), of(null), of([[]]), of([null])],
      bad_event: [
        without('type'),
        without('uuid'),
        without('timestamp'),
        without('hostname'),
        of([{ ...event, timestamp: 'soon' }]),
        of('[{"type":"task-started","uuid":"x","hostname":"h","timestamp":NaN}]'),
        of([{ ...event, pid: 1.5 }]),
        of([{ ...event, type: 'task-received' }]),
        of([{ ...event, type: 'task-received', name: 7 }]),
      ],
      too_large: [Buffer.alloc(16 * 1024 * 1024 + 1, 0x20)],
    };
    const channels = ['/0.celeryev/task.multi', '/0.celeryev/task.garbage', '/0.celeryev'];
    await client.send([
      { name: 'truth.ok', args: [0.02], count: 100 },
      { name: 'truth.fail', count: 20 },
    ]);
    for (const payloads of Object.values(garbage)) {
      for (const [i, payload] of payloads.entries()) await raw.publish(channels[i % channels.length] ?? '', payload);
    }
    // Answers to remote control come by the reply list, which anybody can push to: these are not JSON, and of no
    // ticket.
    await raw.lpush(await replyListOf(redis), 'no json', of({ 'w1@testbed': { ok: 'pong' } }));
    const expected = Object.fromEntries(
      Object.entries(garbage).map(([reason, payloads]) => [
        reason,
        payloads.length + Number(reason === 'not_json' || reason === 'bad_body'),
      ]),
    );
    await client.send([{ name: 'truth.ok', count: 30 }]);

    const page = await exporter.until(
      'all tasks to end',
      (now) =>
        now.sum('celery_tasks_total', { state: 'succeeded' }) === 130 &&
        now.sum('celery_tasks_total', { state: 'failed' }) === 20,
    );
    const refused = byLabel(page, 'celery_exporter_events_refused_total', 'reason');
    expect(refused).toEqual(expected);
    expect((await bed.truth()).count({ what: 'run' })).toBe(150);
    for (const state of ['received', 'started']) expect(page.sum('celery_tasks_total', { state })).toBe(150);
    expect(page.sum('celery_tasks_total', { name: 'unknown' })).toBe(0);
    expect(page.value('celery_broker_reconnects_total')).toBe(0);
    expect(worker.process.running).toBe(true);
    const warnings = exporter.log().filter(({ msg }) => msg.startsWith('a message was refused'));
    expect(new Set(warnings.map(({ reason }) => reason))).toEqual(new Set(Object.keys(garbage)));
    expect(warnings).toHaveLength(Object.keys(garbage).length);
  });

  it.concurrent(
    'that were not seen, since the connection was cut while tasks ran, are exactly those that count as missed',
    async () => {
      await using bed = new Testbed();
      const redis = await bed.redis();
      const [exporter, worker, client] = await Promise.all([
        startExporterProgram(bed, [`--broker-url=${redis.url}`, ...QUICK]),
        bed.worker({ broker: redis, name: 'w1' }),
        bed.client({ broker: redis }),
      ]);
      // From the first heartbeat on it is known what the worker has started.
      await exporter.until(
        'a heartbeat',
        (page) =>
          page.value('celery_worker_tasks_processed_total') === 0 &&
          page.value('celery_worker_task_events_enabled') === 1,
      );
      await using raw = await connectTo(redis);
      const cut = async (): Promise<unknown> => raw.client('KILL', 'ID', await subscriberOf(raw));

      const tasks = 600;
      await client.send({ name: 'truth.ok', args: [0.005], count: tasks });
      for (const [before, part] of [0.1, 0.4, 0.7].entries()) {
        await waitFor(async () => (await bed.truth()).count({ what: 'run' }) >= tasks * part, {
          within: 30_000,
          what: `${part} of the tasks to run`,
          every: 5,
        });
        await cut();
        await exporter.until(
          'the exporter to listen again',
          (page) => page.value('celery_broker_up') === 1 && page.value('celery_broker_reconnects_total') === before + 1,
        );
      }
      await waitFor(async () => (await bed.truth()).count({ what: 'succeeded' }) === tasks, {
        within: 60_000,
        what: 'all tasks to end',
      });
      const page = await exporter.until(
        'started and missed to make up all runs',
        (now) =>
          // An end that was missed is one of a start that was seen.
          now.sum('celery_tasks_total', { state: 'started' }) +
            now.sum('celery_exporter_events_missed_total') -
            now.sum('celery_tasks_unresolved_total') ===
            tasks && now.sum('celery_tasks_running') === 0,
      );
      expect(page.value('celery_exporter_events_missed_total', { worker: worker.nodename })).toBeGreaterThan(0);
      expect(page.value('celery_broker_reconnects_total')).toBe(3);
      expect(page.value('celery_broker_connection_failures_total')).toBe(3);
      expect(exporter.log().find(({ msg }) => msg.startsWith('no connection to the broker'))?.msg).toContain(
        'that of the event subscription alone',
      );
    },
  );
});

describe('an exporter that is stopped for a while', () => {
  it.concurrent('reads what waited for it, and tells of the time that was lost where Redis cut it off', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    const exporter = await startExporterProgram(bed, [`--broker-url=${redis.url}`, ...QUICK]);
    await exporter.until('the broker to be up', (page) => page.value('celery_broker_up') === 1);
    await using raw = await connectTo(redis);
    await raw.config('SET', 'client-output-buffer-limit', 'pubsub 1mb 0 0');
    let sent = 0;
    const publish = async (count: number, args: string): Promise<void> => {
      for (let i = 0; i < count; i++) {
        const event = { type: 'task-received', uuid: String(sent++), name: 'app.task', args, hostname: 'a@b', pid: 1 };
        await raw.publish('/0.celeryev/task.multi', envelopeOf({ ...event, timestamp: Date.now() / 1000 }));
      }
    };
    const whileStopped = async (work: () => Promise<void>): Promise<number> => {
      const began = performance.now();
      exporter.process.signal('SIGSTOP');
      await work();
      exporter.process.signal('SIGCONT');
      return (performance.now() - began) / 1000;
    };
    // Without a heartbeat nobody counts how many are missing.
    await whileStopped(() => publish(100, 'short'));
    const whole = await exporter.until(
      'what waited to be read',
      (page) => page.value('celery_exporter_events_total', { type: 'task-received' }) === 100,
    );
    expect(whole.value('celery_exporter_unheard_seconds_total')).toBe(0);

    const stopped = await whileStopped(() => publish(2_000, 'x'.repeat(10_000)));
    const page = await exporter.until(
      'the exporter to listen again',
      (now) => now.value('celery_broker_up') === 1 && now.value('celery_broker_reconnects_total') === 1,
    );
    expect(page.value('celery_exporter_events_total', { type: 'task-received' })).toBeLessThan(sent);
    expect(page.sum('celery_exporter_events_missed_total')).toBe(0);
    const unheard = page.value('celery_exporter_unheard_seconds_total') ?? 0;
    expect(unheard).toBeGreaterThanOrEqual(stopped);
    // Up to five seconds before, and the time that it takes to be connected again.
    expect(unheard).toBeLessThan(stopped + 12);
    expect((await exporter.get('/')).text).toContain('may not have been heard');
  });
});

/** As kombu puts an event on Redis. */
function envelopeOf(event: unknown): string {
  return JSON.stringify({
    body: Buffer.from(JSON.stringify(event)).toString('base64'),
    'content-type': 'application/json',
    headers: {},
    properties: { body_encoding: 'base64', delivery_tag: 'x' },
  });
}

/** Id of the connection on which the exporter listens for events. */
async function subscriberOf(raw: Awaited<ReturnType<typeof connectTo>>): Promise<string> {
  const clients = String(await raw.call('CLIENT', 'LIST', 'TYPE', 'pubsub')).split('\n');
  const line = clients.find((each) => each.includes('name=celery-exporter')) ?? '';
  return /\bid=(\d+)/.exec(line)?.[1] ?? '';
}
