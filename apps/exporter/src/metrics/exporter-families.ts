// What `/metrics` says of the exporter's own work on one broker.
import { EVENT_TYPES, exporterMetrics, REFUSAL_REASONS, TASK_STATES } from '@celery-watch/celery-protocol';
import { collected, type Family, labelText } from '@celery-watch/metrics';
import { reasonsFor } from '../tracking/custom/custom-metric.js';
import { CAPPED_METRICS, type Model } from '../tracking/model.js';
import type { PollerRecord } from '../tracking/health.js';
import { QUEUE_RULES } from '../tracking/tasks/queue-rule.js';
import { ROW_STATES } from '../tracking/tasks/task-table.js';

/** The states of which some Celery versions send a second event. */
const END_STATES = TASK_STATES.filter((state) => state !== 'sent' && state !== 'received' && state !== 'started');

export function exporterFamilies(model: Model, pollers: readonly PollerRecord[]): readonly Family[] {
  const m = exporterMetrics;
  const { tracker } = model;
  return [
    collected(m.events, (out) => {
      for (const type of [...EVENT_TYPES, 'custom']) out.add(labelText(m.events, [type]), model.events.get(type) ?? 0);
    }),
    collected(m.refused, (out) => {
      for (const reason of REFUSAL_REASONS) out.add(labelText(m.refused, [reason]), model.refusals.get(reason) ?? 0);
    }),
    collected(m.duplicates, (out) => {
      for (const state of END_STATES)
        out.add(labelText(m.duplicates, [`task-${state}`]), tracker.duplicates.get(state) ?? 0);
    }),
    collected(m.missed, (out) => {
      // Only heartbeats tell of starts that were not heard of.
      for (const worker of model.workers)
        if (worker.lastHeartbeatAt > 0) out.add(labelText(m.missed, [worker.nodename]), worker.missed);
    }),
    collected(m.droppedEvents, (out) => {
      if (model.brokerDrops !== undefined) out.add('', model.brokerDrops);
    }),
    collected(m.lag, (out) => {
      out.histogram('', model.lag);
    }),
    collected(m.tracked, (out) => {
      ROW_STATES.forEach((state, i) => {
        out.add(labelText(m.tracked, [state]), tracker.table.sizes[i] ?? 0);
      });
    }),
    collected(m.evicted, (out) => {
      for (const state of ['waiting', 'running'] as const)
        out.add(labelText(m.evicted, [state]), tracker.evicted[state]);
    }),
    collected(m.expired, (out) => {
      for (const state of ['waiting', 'running'] as const)
        out.add(labelText(m.expired, [state]), tracker.expired[state]);
    }),
    collected(m.droppedSeries, (out) => {
      // What a tap counts has a cap of its own, and is there once that was reached; the user's own from the start.
      const custom = model.customMetrics.metrics.map((each) => each.metric.entry.name);
      for (const metric of new Set([...CAPPED_METRICS, ...custom, ...model.dropped.keys()]))
        out.add(labelText(m.droppedSeries, [metric]), model.dropped.get(metric) ?? 0);
    }),
    collected(m.customSkipped, (out) => {
      for (const { metric, skipped } of model.customMetrics.metrics)
        for (const reason of reasonsFor(metric))
          out.add(labelText(m.customSkipped, [metric.entry.name, reason]), skipped.get(reason) ?? 0);
    }),
    collected(m.queueRules, (out) => {
      for (const rule of QUEUE_RULES) out.add(labelText(m.queueRules, [rule]), tracker.queueRules.counts[rule]);
    }),
    collected(m.pollerSuccess, (out) => {
      for (const poller of pollers)
        if (poller.lastSuccess > 0)
          out.add(labelText(m.pollerSuccess, [poller.name]), poller.lastSuccess + model.wallIsAhead);
    }),
    collected(m.pollerFailures, (out) => {
      for (const poller of pollers) out.add(labelText(m.pollerFailures, [poller.name]), poller.failures);
    }),
  ];
}
