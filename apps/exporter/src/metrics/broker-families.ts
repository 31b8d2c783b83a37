// What `/metrics` says of the queues and of the connection to the broker.
import { brokerMetrics, exporterMetrics, queueMetrics } from '@celery-watch/celery-protocol';
import { collected, type Family, labelText } from '@celery-watch/metrics';
import { type ConnectionState, hasListenedLong } from '../tracking/health.js';
import type { Model } from '../tracking/model.js';

/**
 * @param asksWorkers whether workers are asked what they consume
 * @param clock epoch seconds
 */
export function brokerFamilies(
  model: Model,
  connection: ConnectionState,
  asksWorkers: boolean,
  clock: () => number,
): readonly Family[] {
  const consumers = (): ReturnType<Model['consumers']> =>
    model.consumers(asksWorkers && hasListenedLong(connection, clock()));
  return [
    collected(queueMetrics.length, (out) => {
      for (const queue of model.queues) out.add(labelText(queueMetrics.length, [queue.name]), queue.length);
    }),
    collected(queueMetrics.unacked, (out) => {
      if (model.queues.unacked !== undefined) out.add('', model.queues.unacked);
    }),
    collected(queueMetrics.consumers, (out) => {
      const consumersOf = consumers();
      for (const { name } of model.queues) {
        const { workers } = consumersOf(name);
        if (workers !== undefined) out.add(labelText(queueMetrics.consumers, [name]), workers);
      }
    }),
    collected(queueMetrics.processes, (out) => {
      const consumersOf = consumers();
      for (const { name } of model.queues) {
        const { processes } = consumersOf(name);
        if (processes !== undefined) out.add(labelText(queueMetrics.processes, [name]), processes);
      }
    }),
    collected(queueMetrics.delayed, (out) => {
      if (model.queues.delayed !== undefined) out.add('', model.queues.delayed);
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
    collected(exporterMetrics.unheard, (out) => {
      const seconds = connection.unheard(clock());
      if (seconds !== undefined) out.add('', seconds);
    }),
    collected(brokerMetrics.blocked, (out) => {
      if (connection.isBlocked !== undefined) out.add('', Number(connection.isBlocked));
    }),
  ];
}
