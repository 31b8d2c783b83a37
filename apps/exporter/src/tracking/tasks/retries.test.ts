// Retries: the events of two runs of one task in every order in which they were seen to arrive
// (docs/protocol/events.md#order).
import { describe, expect, it } from '@jest/globals';
import { type FakeWorker, Stage, type Wire } from '../testing.js';

/** The steps of a task that is retried once and then succeeds, in the order in which they happen. */
const STEPS = ['sent0', 'received0', 'started0', 'sent1', 'retried0', 'received1', 'started1', 'succeeded1'] as const;
type Step = (typeof STEPS)[number];

/** What holds whatever connection an event comes by: left arrives before right. */
const ALWAYS: readonly [Step, Step][] = [
  ['received0', 'started0'],
  ['started0', 'retried0'],
  ['received1', 'started1'],
  ['started1', 'succeeded1'],
  ['received0', 'received1'],
  ['started0', 'started1'],
  ['sent0', 'sent1'],
  ['sent1', 'retried0'],
  ['sent1', 'succeeded1'],
];

function ordersOf(steps: readonly Step[]): Step[][] {
  if (steps.length === 0) return [[]];
  return steps
    .filter((step) => !ALWAYS.some(([before, after]) => after === step && steps.includes(before)))
    .flatMap((step) => ordersOf(steps.filter((each) => each !== step)).map((rest) => [step, ...rest]));
}

/** Makes each event at its own time, and delivers them in the given order. */
function play(order: readonly Step[], secondPid: number): Stage {
  const stage = new Stage();
  // Whoever is received before its task-sent counts under the last queue that was seen.
  stage.model.tracker.queueRules.learn('task', 'queue');
  const first = stage.worker('celery@one', 100);
  const second = secondPid === 100 ? first : stage.worker('celery@two', secondPid);
  const events = new Map<Step, Wire>();
  const make = (step: Step, event: Wire): void => {
    events.set(step, event);
    stage.now += 0.25;
  };
  make('sent0', stage.sent('a'));
  make('received0', first.received('a'));
  make('started0', first.started('a'));
  make('sent1', stage.sent('a', { retries: 1 }));
  make('retried0', first.retried('a'));
  make('received1', second.received('a', { retries: 1 }));
  make('started1', second.started('a'));
  make('succeeded1', second.succeeded('a', 0.25));
  for (const step of order) stage.deliver(events.get(step) as Wire);
  return stage;
}

function isBefore(order: readonly Step[], left: Step, right: Step): boolean {
  return order.includes(left) && order.indexOf(left) < order.indexOf(right);
}

const ORDERS = ordersOf(STEPS);
const ENDS = { received: 2, started: 2, retried: 1, succeeded: 1, durations: 1 };

describe.each([
  ['the same worker', 100],
  ['another worker', 200],
])('a retry that runs on %s', (_, pid) => {
  it(`counts each event once and leaves no row that waits, in all ${String(ORDERS.length)} orders`, () => {
    for (const order of ORDERS) {
      const stage = play(order, pid);
      // A task-sent that comes after its run began, and after the retry counts as what runs, finds nothing of it.
      const retryIsOn = isBefore(order, 'started1', 'sent0') || isBefore(order, 'received1', 'started0');
      const isLost = retryIsOn && isBefore(order, 'started0', 'sent0');
      const queueWaits = isLost ? 1 : 2;
      const prefetchWaits = isBefore(order, 'received1', 'started0') ? 1 : 2;
      expect([order, stage.all(), stage.rows]).toEqual([
        order,
        { 'task|queue': { sent: 2, ...ENDS, queueWaits, prefetchWaits } },
        { waiting: 0, running: 0, ended: 1 },
      ]);
    }
  });

  it('does so too where nobody sends task-sent', () => {
    for (const order of ordersOf(STEPS.filter((step) => !step.startsWith('sent')))) {
      const stage = play(order, pid);
      const prefetchWaits = isBefore(order, 'received1', 'started0') ? 1 : 2;
      expect([order, stage.all(), stage.rows]).toEqual([
        order,
        { 'task|queue': { ...ENDS, prefetchWaits } },
        { waiting: 0, running: 0, ended: 1 },
      ]);
    }
  });

  it('does so too where only the worker sends task-sent, or only the client', () => {
    for (const missing of ['sent0', 'sent1'] as const) {
      for (const order of ordersOf(STEPS.filter((step) => step !== missing))) {
        const stage = play(order, pid);
        const all = Object.values(stage.all());
        const sum = (what: string): number => all.reduce((total, counts) => total + (counts[what] ?? 0), 0);
        expect([order, ...['sent', 'received', 'started', 'retried', 'succeeded', 'running'].map(sum)]).toEqual([
          order,
          1,
          2,
          2,
          1,
          1,
          0,
        ]);
        expect([order, stage.rows]).toEqual([order, { waiting: 0, running: 0, ended: 1 }]);
      }
    }
  });
});

describe('a retried task', () => {
  it('waits between its runs, and its waits are measured from its own sent and ETA', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(stage.sent('a'), worker.received('a'));
    stage.wait(1);
    stage.deliver(worker.started('a'));
    const eta = stage.now + 30;
    stage.deliver(stage.sent('a', { retries: 1, eta }), worker.retried('a'), worker.received('a', { retries: 1, eta }));
    expect([stage.rows, stage.counts()?.['running']]).toEqual([{ waiting: 1, running: 0, ended: 0 }, undefined]);
    stage.wait(32);
    stage.deliver(worker.started('a'), worker.succeeded('a'));
    const [series] = stage.model.tasks;
    expect([series?.queueWait?.sum, series?.prefetchWait?.sum]).toEqual([3, 3]);
  });

  it('counts under the queue that the retry was sent to', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(stage.sent('a', { queue: 'fast' }), worker.received('a'), worker.started('a'));
    // The child is quicker than the worker's main process, which makes task-started.
    stage.now -= 0.002;
    stage.deliver(
      stage.sent('a', { queue: 'slow', retries: 1 }),
      worker.retried('a'),
      worker.received('a', { retries: 1 }),
      worker.started('a'),
      worker.succeeded('a'),
    );
    expect(stage.all()).toEqual({
      'task|fast': { sent: 1, received: 1, started: 1, retried: 1, queueWaits: 1, prefetchWaits: 1 },
      'task|slow': { sent: 1, received: 1, started: 1, succeeded: 1, queueWaits: 1, prefetchWaits: 1, durations: 1 },
    });
  });

  it('moves the running gauge from queue to queue, even while both runs are on', () => {
    const stage = new Stage();
    const [one, two] = [stage.worker('celery@one'), stage.worker('celery@two')];
    stage.deliver(stage.sent('a', { queue: 'fast' }), one.received('a'), one.started('a'));
    stage.wait(1);
    stage.deliver(stage.sent('a', { queue: 'slow', retries: 1 }));
    stage.wait(1);
    stage.deliver(two.received('a', { retries: 1 }), two.started('a'));
    expect([stage.counts('task', 'fast')?.['running'], stage.counts('task', 'slow')?.['running']]).toEqual([1, 1]);
    const retried = one.retried('a');
    stage.deliver(retried);
    expect([stage.counts('task', 'fast')?.['running'], stage.counts('task', 'slow')?.['running']]).toEqual([
      undefined,
      1,
    ]);
    stage.deliver(two.succeeded('a'));
    expect([stage.counts('task', 'slow'), stage.rows]).toEqual([
      { sent: 1, received: 1, started: 1, succeeded: 1, durations: 1, queueWaits: 1, prefetchWaits: 1 },
      { waiting: 0, running: 0, ended: 1 },
    ]);
  });

  it('that autoretry gives up counts each retry and one failure', () => {
    const stage = new Stage();
    const worker: FakeWorker = stage.worker();
    for (let retries = 0; retries < 3; retries++) {
      stage.deliver(stage.sent('a', { retries }), worker.received('a', { retries }), worker.started('a'));
      stage.wait(1);
      if (retries < 2) stage.deliver(worker.retried('a'));
    }
    stage.deliver(worker.failed('a', "ConnectionError('flaky')"));
    expect(stage.all()).toEqual({
      'task|queue': {
        sent: 3,
        received: 3,
        started: 3,
        retried: 2,
        failed: 1,
        ConnectionError: 1,
        durations: 1,
        queueWaits: 3,
        prefetchWaits: 3,
      },
    });
    expect([stage.rows, stage.duplicates]).toEqual([{ waiting: 0, running: 0, ended: 1 }, {}]);
  });

  it('whose starts were all lost on the way, as the threads pool does, counts each retry', () => {
    const stage = new Stage();
    const worker = stage.worker();
    for (let retries = 0; retries < 3; retries++) {
      stage.deliver(
        stage.sent('a', { retries }),
        worker.received('a', { retries }),
        retries < 2 ? worker.retried('a') : worker.failed('a'),
      );
    }
    expect([stage.all(), stage.duplicates]).toEqual([
      { 'task|queue': { sent: 3, received: 3, retried: 2, failed: 1, ValueError: 1 } },
      {},
    ]);
  });

  it('whose task-sent comes after it was received with its ETA leaves no row that waits', () => {
    const stage = new Stage();
    const worker = stage.worker();
    const eta = stage.now + 10;
    stage.deliver(worker.received('a', { retries: 1, eta }), stage.sent('a', { retries: 1, eta }));
    stage.wait(12);
    stage.deliver(worker.started('a'), worker.succeeded('a'));
    expect([stage.rows, [...stage.model.tasks].map(({ queueWait }) => queueWait?.sum)]).toEqual([
      { waiting: 0, running: 0, ended: 1 },
      [2],
    ]);
  });

  it('whose second retried arrives without a new run is a duplicate', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(stage.sent('a'), worker.received('a'), worker.started('a'), worker.retried('a'), worker.retried('a'));
    expect([stage.counts()?.['retried'], stage.duplicates]).toEqual([1, { retried: 1 }]);
  });

  it('waits again after its worker died before it was heard that it is retried', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(worker.online(), stage.sent('a'), worker.received('a'), worker.started('a'));
    stage.beat(4, worker);
    stage.deliver(stage.sent('a', { retries: 1 }));
    stage.wait(120);
    expect([stage.counts(), stage.rows]).toEqual([
      { sent: 2, received: 1, started: 1, lost: 1, queueWaits: 1, prefetchWaits: 1 },
      { waiting: 1, running: 0, ended: 0 },
    ]);
  });
});
