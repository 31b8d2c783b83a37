// Messages that are delivered twice, events that come twice or late: what really ran counts, what was only said again
// does not.
import { describe, expect, it } from '@jest/globals';
import { Stage } from '../testing.js';

const ENDED = { waiting: 0, running: 0, ended: 1 };

describe('a visibility timeout', () => {
  it('on the same worker: both executions count, one after the other', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(stage.sent('a'), worker.received('a'));
    stage.wait(5);
    stage.deliver(worker.received('a'));
    for (let i = 0; i < 2; i++) {
      stage.deliver(worker.started('a'));
      stage.wait(1);
      stage.deliver(worker.succeeded('a'));
    }
    expect(stage.all()).toEqual({
      'task|queue': { sent: 1, received: 2, started: 2, succeeded: 2, durations: 2, queueWaits: 1, prefetchWaits: 1 },
    });
    expect([stage.rows, stage.duplicates]).toEqual([ENDED, {}]);
  });

  it('on the same worker: both executions count while they overlap', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(stage.sent('a'), worker.received('a'), worker.started('a'));
    stage.wait(5);
    stage.deliver(worker.received('a'), worker.started('a'));
    expect(stage.counts()?.['running']).toBe(2);
    stage.deliver(worker.failed('a'));
    expect([stage.counts()?.['running'], stage.rows]).toEqual([1, { waiting: 0, running: 1, ended: 0 }]);
    stage.deliver(worker.failed('a'));
    expect(stage.all()).toEqual({
      'task|queue': {
        sent: 1,
        received: 2,
        started: 2,
        failed: 2,
        ValueError: 2,
        durations: 2,
        queueWaits: 1,
        prefetchWaits: 2,
      },
    });
    expect([stage.rows, stage.duplicates]).toEqual([ENDED, {}]);
  });

  it.each<[string, 0 | 1]>([
    ['first', 0],
    ['second', 1],
  ])(
    'on another worker: counts twice, and a failure has the time of its own run, whichever ends first (the %s)',
    (_, first) => {
      const stage = new Stage();
      const workers = [stage.worker('celery@one'), stage.worker('celery@two')] as const;
      stage.deliver(stage.sent('a'), workers[0].received('a'), workers[0].started('a'));
      stage.wait(5);
      stage.deliver(workers[1].received('a'), workers[1].started('a'));
      stage.wait(2);
      stage.deliver(workers[first].failed('a'));
      expect(stage.counts()).toMatchObject({ running: 1, failed: 1 });
      const [series] = stage.model.tasks;
      expect(series?.duration?.sum).toBe(first === 0 ? 7 : 2);
      stage.wait(1);
      stage.deliver(workers[1 - first]?.failed('a') ?? stage.sent('a'));
      expect(stage.counts()).toEqual({
        sent: 1,
        received: 2,
        started: 2,
        failed: 2,
        ValueError: 2,
        durations: 2,
        queueWaits: 1,
        prefetchWaits: 2,
      });
      expect([series?.duration?.sum, [...(series?.duration?.counts ?? [])]]).toEqual([10, [0, 0, 2, 0, 0]]);
      expect([stage.rows, stage.duplicates]).toEqual([ENDED, {}]);
    },
  );

  it('after the first execution has ended counts the second', () => {
    const stage = new Stage();
    const [one, two] = [stage.worker('celery@one'), stage.worker('celery@two')];
    stage.deliver(stage.sent('a'), one.received('a'), one.started('a'), one.succeeded('a'));
    stage.wait(30);
    stage.deliver(two.received('a'), two.started('a'), two.succeeded('a'), two.succeeded('a'));
    expect(stage.counts()).toEqual({
      sent: 1,
      received: 2,
      started: 2,
      succeeded: 2,
      durations: 2,
      queueWaits: 1,
      prefetchWaits: 2,
    });
    expect([stage.rows, stage.duplicates]).toEqual([ENDED, { succeeded: 1 }]);
  });
});

describe('a lost connection', () => {
  it('while the task runs: the first run ended unheard, and is unresolved once the worker is idle', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(worker.online());
    stage.beat(2, worker);
    stage.deliver(stage.sent('a'), worker.received('a'), worker.started('a'));
    stage.beat(2, worker);
    // The connection is back: online again with the same pid, and the message comes once more.
    stage.deliver(worker.online(), worker.received('a'));
    stage.wait(1);
    worker.active = 0;
    stage.deliver(worker.started('a'));
    expect(stage.counts()?.['running']).toBe(2);
    stage.beat(2, worker);
    stage.deliver(worker.succeeded('a'));
    expect(stage.counts()?.['running']).toBe(1);
    stage.beat(4, worker);
    expect(stage.all()).toEqual({
      'task|queue': {
        sent: 1,
        received: 2,
        started: 2,
        succeeded: 1,
        unresolved: 1,
        durations: 1,
        queueWaits: 1,
        prefetchWaits: 2,
      },
    });
    expect([stage.rows, stage.known().starts, stage.known().exits]).toEqual([ENDED, 0, { shutdown: 0, died: 0 }]);
  });

  it('is resolved on a busy worker by its list of what it executes', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(worker.online());
    for (const id of ['a', 'b', 'c']) stage.deliver(stage.sent(id), worker.received(id), worker.started(id));
    worker.active = 1;
    stage.beat(4, worker);
    const process = stage.known().current();
    if (process?.heartbeat === undefined) throw new Error('no heartbeat');
    expect(process.isOvercounted()).toBe(true);
    stage.wait(0.5);
    stage.deliver(stage.sent('d'), worker.received('d'), worker.started('d'));
    stage.model.reportActive(process, new Set(['b', 'of another time']), process.heartbeat.timestamp);
    expect(stage.counts()?.['running']).toBe(4);
    stage.beat(2, worker);
    // b is on the list; d began after the worker was asked.
    expect(stage.counts()).toMatchObject({ running: 2, unresolved: 2, started: 4 });
    stage.deliver(worker.succeeded('b'), worker.succeeded('d'));
    expect([stage.counts()?.['running'], stage.rows]).toEqual([undefined, { waiting: 0, running: 0, ended: 4 }]);
  });

  it('waits with such a list for the next heartbeat, which the online of a reconnect just after one is not', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(worker.online(), worker.started('a'), worker.started('b'));
    worker.active = 1;
    stage.beat(4, worker);
    const process = stage.known().current();
    if (process?.heartbeat === undefined) throw new Error('no heartbeat');
    stage.model.reportActive(process, new Set(['b']), process.heartbeat.timestamp);
    stage.wait(0.5);
    // The end of a is still on its way.
    stage.deliver(worker.online());
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 2, running: 2 });
    stage.deliver(worker.succeeded('a'));
    worker.active = 1;
    stage.beat(2, worker);
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 2, running: 1, succeeded: 1, durations: 1 });
  });

  it('uses such a list once, and not after its worker died', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(worker.online());
    stage.beat(4, worker);
    const process = stage.known().current();
    if (process?.heartbeat === undefined) throw new Error('no heartbeat');
    stage.model.reportActive(process, new Set(), process.heartbeat.timestamp);
    stage.wait(120);
    stage.deliver(stage.sent('a'), worker.received('a'), worker.started('a'));
    stage.beat(6, worker);
    expect(stage.counts()).toMatchObject({ running: 1 });
  });
});

describe('a task-sent that comes late', () => {
  it('after received: everything counts in the true queue', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(worker.received('a'), stage.sent('a'), worker.started('a'), worker.succeeded('a'));
    expect(stage.all()).toEqual({
      'task|queue': { sent: 1, received: 1, started: 1, succeeded: 1, durations: 1, queueWaits: 1, prefetchWaits: 1 },
    });
    expect(stage.rows).toEqual(ENDED);
  });

  it('after started: it counts, gives the wait, and is not taken for a retry', () => {
    const stage = new Stage();
    const worker = stage.worker();
    const sent = stage.sent('a');
    stage.wait(2);
    stage.deliver(worker.received('a'), worker.started('a'));
    stage.deliver(sent);
    stage.deliver(worker.succeeded('a'));
    expect(stage.all()).toEqual({
      'task|queue': { sent: 1, received: 1, started: 1, succeeded: 1, durations: 1, queueWaits: 1, prefetchWaits: 1 },
    });
    expect([...stage.model.tasks][0]?.queueWait?.sum).toBe(2);
    expect(stage.rows).toEqual(ENDED);
  });

  it.each([
    ['on time', 0],
    ['ahead', 30],
    ['behind', -30],
  ])('after everything ended, by a clock that is %s: no row waits for ever', (_, skew) => {
    const stage = new Stage();
    const worker = stage.worker();
    const sent = { ...stage.sent('a'), timestamp: stage.now + skew };
    stage.deliver(worker.received('a'), worker.started('a'), worker.succeeded('a'), sent);
    expect([stage.all(), stage.rows]).toEqual([
      {
        'task|queue': { sent: 1, received: 1, started: 1, succeeded: 1, durations: 1, queueWaits: 1, prefetchWaits: 1 },
      },
      ENDED,
    ]);
    stage.wait(61);
    expect(stage.rows).toEqual({ waiting: 0, running: 0, ended: 0 });
  });

  it.each(['revoked', 'failed'] as const)('after it %s without ever starting: no row waits for ever', (end) => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(worker[end]('a'), stage.sent('a'));
    expect([stage.counts(), stage.rows]).toEqual([{ sent: 1 }, ENDED]);
  });

  it('of a retry, after that retry has started: no row waits for ever', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(stage.sent('a'), worker.received('a'), worker.started('a'), worker.retried('a'));
    const retry = stage.sent('a', { retries: 1 });
    stage.wait(1);
    stage.deliver(worker.received('a', { retries: 1 }), worker.started('a'), retry, worker.succeeded('a'));
    expect([stage.counts()?.['sent'], stage.rows]).toEqual([2, ENDED]);
  });

  it('a second time changes nothing but the count', () => {
    const stage = new Stage();
    const worker = stage.worker();
    const sent = stage.sent('a');
    stage.wait(1);
    stage.deliver(sent, sent, worker.received('a'), worker.started('a'), sent, worker.succeeded('a'), sent);
    expect([stage.all(), stage.rows]).toEqual([
      {
        'task|queue': { sent: 4, received: 1, started: 1, succeeded: 1, durations: 1, queueWaits: 1, prefetchWaits: 1 },
      },
      ENDED,
    ]);
  });
});

describe('an id that is used again', () => {
  it('after its task ended is a new task', () => {
    const stage = new Stage();
    const worker = stage.worker();
    for (const queue of ['first', 'second']) {
      stage.deliver(stage.sent('nightly', { queue }));
      stage.wait(1);
      stage.deliver(worker.received('nightly'), worker.started('nightly'));
      stage.wait(1);
      stage.deliver(worker.succeeded('nightly'));
    }
    const each = { sent: 1, received: 1, started: 1, succeeded: 1, durations: 1, queueWaits: 1, prefetchWaits: 1 };
    expect([stage.all(), stage.rows]).toEqual([{ 'task|first': each, 'task|second': each }, ENDED]);
  });

  it('by a task that replaces itself is told from it by its publication', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(
      worker.online(),
      stage.sent('a', { name: 'outer' }),
      worker.received('a', { name: 'outer' }),
      worker.started('a'),
    );
    stage.wait(1);
    stage.deliver(stage.sent('a', { name: 'inner' }));
    worker.active = 0;
    stage.beat(4, worker);
    stage.deliver(worker.received('a', { name: 'inner' }), worker.started('a'), worker.succeeded('a'));
    expect(stage.all()).toEqual({
      'outer|queue': { sent: 1, received: 1, started: 1, unresolved: 1, queueWaits: 1, prefetchWaits: 1 },
      'inner|queue': { sent: 1, received: 1, started: 1, succeeded: 1, durations: 1, queueWaits: 1, prefetchWaits: 1 },
    });
    expect(stage.rows).toEqual(ENDED);
  });
});
