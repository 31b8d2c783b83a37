// The whole metric catalogues of the exporter and of the relay: code, rule files, dashboards and guides are held
// against them.
import { brokerMetrics, queueMetrics } from './broker-metrics.js';
import type { MetricEntry } from './entry.js';
import { exporterMetrics } from './exporter-metrics.js';
import { relayMetrics } from './relay-metrics.js';
import { taskMetrics } from './task-metrics.js';
import { workerMetrics } from './worker-metrics.js';

/** Every entry, in the order in which `/metrics` shows them. */
export const METRIC_CATALOGUE: readonly MetricEntry[] = Object.freeze([
  ...Object.values(taskMetrics),
  ...Object.values(workerMetrics),
  ...Object.values(queueMetrics),
  ...Object.values(brokerMetrics),
  ...Object.values(exporterMetrics),
]);

/** The label that names a broker on the page of an exporter that watches several; one without a name has none. */
export const BROKER_LABEL = 'broker';

/** What is of the exporter's process: every other entry of the exporter is of one broker, and carries its label. */
export const PROCESS_METRICS: readonly MetricEntry[] = Object.freeze([
  exporterMetrics.httpRefusals,
  exporterMetrics.lostLogLines,
  exporterMetrics.buildInfo,
]);

/** Every entry of the alert relay. */
export const RELAY_METRIC_CATALOGUE: readonly MetricEntry[] = Object.freeze(Object.values(relayMetrics));

/** What is of the relay's store, and not of one relay: all relays that share it show the same. */
export const STORE_METRICS: readonly MetricEntry[] = Object.freeze([
  relayMetrics.pending,
  relayMetrics.oldestPending,
  relayMetrics.deadLetters,
  relayMetrics.quarantined,
]);
