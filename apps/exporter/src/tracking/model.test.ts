// The model as a whole: what it counts of the stream itself, and that nothing that arrives makes it throw.
import { REFUSAL_REASONS } from '@celery-watch/celery-protocol';
import { describe, expect, it } from '@jest/globals';
import { jsonMessage, Random, Stage } from './testing.js';

describe('the model', () => {
  it('counts events by type, those that Celery does not define as custom', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(
      worker.online(),
      worker.heartbeat(),
      worker.received('a'),
      worker.received('b'),
      worker.make('task-progress', { uuid: 'a' }),
      worker.make('mygroup-x'),
    );
    stage.deliver();
    expect(Object.fromEntries(stage.model.events)).toEqual({
      'worker-online': 1,
      'worker-heartbeat': 1,
      'task-received': 2,
      custom: 2,
    });
  });

  it('takes a custom event without a time that can be read, and leaves the lag alone', () => {
    const stage = new Stage();
    const event = { type: 'task-progress', hostname: 'w@h', pid: 7, timestamp: 'now' };
    stage.model.receive({ contentType: 'application/json', headers: {}, body: Buffer.from(JSON.stringify(event)) }, 5);
    expect([stage.model.events.get('custom'), stage.model.lag.count, stage.model.lag.sum]).toEqual([1, 0, 0]);
  });

  it('counts what it refuses by its reason, tells of it, and goes on with the rest of the list', () => {
    const stage = new Stage();
    const told: string[] = [];
    stage.model.onRefused = (reason) => told.push(reason);
    const worker = stage.worker();
    stage.deliver(
      worker.received('a'),
      { ...worker.started('a'), uuid: [5] },
      worker.make('task-started'),
      worker.succeeded('a'),
    );
    stage.model.receive({ contentType: 'application/json', headers: {}, body: Buffer.from('{') }, stage.now);
    stage.model.receive(
      { contentType: 'application/x-python-serialize', headers: {}, body: Buffer.from('x') },
      stage.now,
    );
    expect(Object.fromEntries(stage.model.refusals)).toEqual({ bad_event: 2, not_json: 1, pickle: 1 });
    expect([told, stage.counts('task', 'unknown')]).toEqual([
      ['bad_event', 'bad_event', 'not_json', 'pickle'],
      { received: 1, succeeded: 1, durations: 1 },
    ]);
    for (const reason of stage.model.refusals.keys()) expect(REFUSAL_REASONS).toContain(reason);
  });

  it('measures how long events are on their way, by its own clock', () => {
    const stage = new Stage();
    const worker = stage.worker();
    const event = worker.received('a');
    stage.now += 0.75;
    stage.deliver(event);
    worker.skew = 100;
    stage.deliver(worker.received('b'));
    expect([stage.model.lag.count, stage.model.lag.sum]).toEqual([2, 0.75]);
  });

  it('says when a task could have run, for the queue that holds it', () => {
    const stage = new Stage();
    const worker = stage.worker();
    const eta = stage.now + 60;
    stage.deliver(stage.sent('a'), stage.sent('b', { eta }), worker.received('c', { eta }), worker.received('d'));
    expect(['a', 'b', 'c', 'd', 'never seen'].map((id) => stage.model.waitingSince(id))).toEqual([
      stage.now,
      eta,
      eta,
      undefined,
      undefined,
    ]);
    stage.deliver(worker.started('a'));
    expect(stage.model.waitingSince('a')).toBeUndefined();
  });

  it.each([1, 2, 3])(
    'never throws and never counts backwards, whatever fields come with whatever values (seed %p)',
    (seed) => {
      const random = new Random(seed);
      const stage = new Stage({
        tracker: { maxTasks: 50, taskTtl: 100, maxNames: 5 },
        series: { maxSeries: 5, maxExceptions: 3 },
        workers: { maxWorkers: 5 },
        seriesTtl: 101,
      });
      const oddities: unknown[] = [
        0,
        -1,
        1,
        1e300,
        -1e300,
        0.5,
        2 ** 53,
        255,
        256,
        65_536,
        null,
        true,
        '',
        ' ',
        'x',
        'unknown',
        'other',
        '__proto__',
        '\ud800',
        [],
        {},
        [[]],
        '9999-12-31T23:59:59+00:00',
        '-271821-04-20T00:00:00Z',
        "NotRegistered('x')",
        stage.now,
        stage.now + 1e6,
        'celery@one',
        'celery@two',
        1e11 - 1,
      ];
      const states = [
        'sent',
        'received',
        'started',
        'succeeded',
        'failed',
        'retried',
        'rejected',
        'revoked',
        'cancelled',
      ];
      const types = [
        ...states.map((each) => `task-${each}`),
        'worker-online',
        'worker-heartbeat',
        'worker-offline',
        'task-odd',
        'x',
      ];
      const fields = [
        'timestamp',
        'hostname',
        'pid',
        'uuid',
        'name',
        'queue',
        'retries',
        'eta',
        'runtime',
        'exception',
        'traceback',
        'requeue',
        'active',
        'processed',
        'loadavg',
        'sw_ver',
      ];
      const worker = stage.worker();
      for (let step = 0; step < 5000; step++) {
        const event: Record<string, unknown> = {
          ...worker.make(random.pick(types)),
          hostname: `celery@${String(random.below(8))}`,
          uuid: String(random.below(100)),
          name: `n${String(random.below(9))}`,
          queue: `q${String(random.below(4))}`,
          retries: random.below(3),
          eta: null,
          freq: 2,
          active: random.below(3),
          processed: step,
        };
        for (let i = random.below(3); i > 0; i--) event[random.pick(fields)] = random.pick(oddities);
        stage.model.receive(jsonMessage(random.chance(0.2) ? [event, event] : event), stage.now);
        if (random.chance(0.1)) stage.wait(random.pick([0.1, 1, 5, 30, 120]));
      }
      const numbers = [...stage.model.tasks].flatMap((series) => [
        ...series.states,
        series.running,
        series.lost,
        series.unresolved,
        ...series.failures.values(),
        series.duration?.sum ?? 0,
        series.queueWait?.sum ?? 0,
      ]);
      expect(numbers.filter((number) => !(number >= 0))).toEqual([]);
      expect([...stage.model.tasks].length).toBeLessThanOrEqual(7);
      expect([...stage.model.workers].length).toBeLessThanOrEqual(5);
      expect(stage.model.tracker.table.size).toBeLessThanOrEqual(50);
      for (let i = 0; i < 500; i++) {
        stage.now += 10;
        stage.model.tick(stage.now);
      }
      expect([...stage.model.tasks].map((series) => series.running).filter((running) => running !== 0)).toEqual([]);
      expect([[...stage.model.workers].length, stage.model.tracker.table.size]).toEqual([0, 0]);
    },
  );

  it('holds a hundred thousand running tasks of a thousand workers, and ends them all when their workers say that nothing runs', () => {
    const stage = new Stage({ tracker: { maxTasks: 100_000 }, workers: { maxWorkers: 1000 } });
    const workers = Array.from({ length: 1000 }, (_, i) => stage.worker(`celery@${String(i)}`, i + 1));
    for (const worker of workers) {
      stage.deliver(...Array.from({ length: 100 }, (_, i) => worker.started(`${worker.nodename} ${String(i)}`)));
    }
    expect([stage.counts('unknown', 'unknown'), stage.model.workers.countUp]).toEqual([
      { started: 100_000, running: 100_000 },
      1000,
    ]);
    for (const worker of workers.slice(0, 20)) worker.active = 0;
    stage.beat(4, ...workers.slice(0, 20));
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 100_000, running: 98_000, unresolved: 2000 });
  });
});
