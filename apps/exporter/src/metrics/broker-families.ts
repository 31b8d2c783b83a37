// What `/metrics` says of the queues and of the connection to the broker.
import { brokerMetrics, queueMetrics } from '@celery-watch/celery-protocol';
import { collected, type Family, labelText } from '@celery-watch/metrics';
import type { ConnectionState } from '../tracking/health.js';
import type { Model } from '../tracking/model.js';

/**
 * @param asksWorkers whether workers are asked what they consume; without that, "no consumer" would be a guess
 * @param clock epoch seconds
 */
export function brokerFamilies(
  model: Model,
  connection: ConnectionState,
  asksWorkers: boolean,
  clock: () => number,
): readonly Family[] {
  const consumed = (): Iterable<{ readonly name: string }> => (asksWorkers ? model.queues : []);
  return [
    collected(queueMetrics.length, (out) => {
      for (const queue of model.queues) out.add(labelText(queueMetrics.length, [queue.name]), queue.length);
    }),
    collected(queueMetrics.unacked, (out) => {
      if (model.queues.unacked !== undefined) out.add('', model.queues.unacked);
    }),
    collected(queueMetrics.consumers, (out) => {
      for (const { name } of consumed())
        out.add(labelText(queueMetrics.consumers, [name]), consumersOf(model, name).length);
    }),
    collected(queueMetrics.processes, (out) => {
      for (const { name } of consumed()) {
        const processes = consumersOf(model, name).reduce((sum, worker) => sum + (worker.pool?.processes ?? 0), 0);
        out.add(labelText(queueMetrics.processes, [name]), processes);
      }
    }),
    collected(queueMetrics.oldestAge, (out) => {
      const now = clock();
      for (const { name, length, oldestSince } of model.queues) {
        // Of messages that wait, and of which none is known, nothing is said.
        if (oldestSince === undefined && length > 0) continue;
        out.add(labelText(queueMetrics.oldestAge, [name]), Math.max(0, now - (oldestSince ?? now)));
      }
    }),
    collected(brokerMetrics.up, (out) => {
      out.add('', Number(connection.isUp));
    }),
    collected(brokerMetrics.connectionFailures, (out) => {
      out.add('', connection.failures);
    }),
    collected(brokerMetrics.reconnects, (out) => {
      out.add('', connection.reconnects);
    }),
  ];
}

function consumersOf(model: Model, queue: string) {
  return [...model.workers].filter(
    (worker) => worker.up && worker.queues?.some((each) => each.name === queue) === true,
  );
}
