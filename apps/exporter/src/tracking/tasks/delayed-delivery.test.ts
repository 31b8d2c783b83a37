// Tasks that RabbitMQ keeps until they are due: they count under the queue that their routing key leads to, and wait
// from the time at which they could have run.
import { describe, expect, it } from '@jest/globals';
import { Stage, type Wire } from '../testing.js';

/** The task-sent of one that is delayed by five seconds, to this routing key. */
function delayed(stage: Stage, uuid: string, key = 'celery', retries = 0): Wire {
  return {
    ...stage.sent(uuid, { queue: null, retries, eta: stage.now + 5 }),
    exchange: 'celery_delayed_27',
    routing_key: `${'0.'.repeat(25)}1.0.1.${key}`,
  };
}

function consuming(name: string, ...routingKeys: string[]): Stage {
  const stage = new Stage();
  stage.deliver(stage.worker().online());
  stage.known().queues = [
    { name, exchange: 'tasks', routingKeys },
    { name: 'other', exchange: 'tasks' },
  ];
  return stage;
}

describe('a task that the broker delays', () => {
  it('counts under the queue that is bound by its key, from when it was sent to its end', () => {
    const stage = consuming('orders', 'eu.orders');
    stage.deliver(delayed(stage, 'a', 'eu.orders'));
    expect(stage.counts('task', 'orders')).toEqual({ sent: 1 });
    stage.wait(5);
    const worker = stage.worker();
    stage.deliver(worker.received('a', { eta: stage.now }));
    stage.wait(1);
    stage.deliver(worker.started('a'), worker.succeeded('a'));
    expect(stage.all()).toEqual({
      'task|orders': { sent: 1, received: 1, started: 1, succeeded: 1, durations: 1, queueWaits: 1, prefetchWaits: 1 },
    });
    // Not the five seconds that it was delayed for.
    expect([...stage.model.tasks].map(({ queueWait }) => queueWait?.sum)).toEqual([1]);
    expect(stage.model.tracker.queueRules.counts).toMatchObject({ sent: 1, unknown: 0 });
  });

  it('is found by the name of a queue that is watched, where no worker is asked', () => {
    const stage = new Stage();
    stage.model.queues.read('celery', 0, [], () => undefined, stage.now);
    stage.deliver(delayed(stage, 'a'), delayed(stage, 'b', 'elsewhere'));
    expect(stage.all()).toEqual({ 'task|celery': { sent: 1 }, 'task|unknown': { sent: 1 } });
  });

  it('and that is the retry of another counts with it', () => {
    const stage = consuming('orders', 'eu.orders');
    const worker = stage.worker();
    stage.deliver(stage.sent('a', { queue: 'orders' }), worker.received('a'), worker.started('a'));
    stage.deliver(delayed(stage, 'a', 'eu.orders', 1), worker.retried('a'));
    stage.wait(5);
    stage.deliver(worker.received('a', { retries: 1, eta: stage.now }), worker.started('a'), worker.succeeded('a'));
    expect(stage.all()).toEqual({
      'task|orders': {
        sent: 2,
        received: 2,
        started: 2,
        succeeded: 1,
        retried: 1,
        durations: 1,
        queueWaits: 2,
        prefetchWaits: 2,
      },
    });
  });

  it('is of a queue that nobody knows where its key leads nowhere, or it was sent by a way of its own', () => {
    const stage = consuming('orders', 'eu.orders');
    stage.deliver(delayed(stage, 'a', 'us.mail'));
    stage.deliver({ ...stage.sent('b', { queue: null }), exchange: 'tasks', routing_key: 'eu.orders' });
    expect(stage.all()).toEqual({ 'task|unknown': { sent: 2 } });
    expect(stage.model.tracker.queueRules.counts).toMatchObject({ sent: 0, unknown: 2 });
  });
});
