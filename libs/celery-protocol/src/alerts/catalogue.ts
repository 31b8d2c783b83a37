// The alert catalogue: every alert that ships, by name and severity. Rule files, rule tests and guides are held against
// it.

export const SEVERITIES = ['critical', 'warning', 'none'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface AlertEntry {
  readonly name: string;
  readonly severity: Severity;
  /** Which part of the system it speaks of. */
  readonly subject: 'tasks' | 'workers' | 'queues' | 'broker' | 'exporter' | 'relay' | 'pipeline';
}

function alert(name: string, severity: Severity, subject: AlertEntry['subject']): AlertEntry {
  return Object.freeze({ name, severity, subject });
}

/** The first five are named by the users' document and keep their names. */
export const ALERT_CATALOGUE: readonly AlertEntry[] = Object.freeze([
  alert('HighCeleryTaskFailureRate', 'warning', 'tasks'),
  alert('HighCeleryQueueLength', 'warning', 'queues'),
  alert('HighCeleryTaskExecutionTime', 'warning', 'tasks'),
  alert('CeleryWorkerDown', 'critical', 'workers'),
  alert('CeleryRedisConnectionFailed', 'critical', 'broker'),
  alert('CeleryTaskFailing', 'warning', 'tasks'),
  alert('CeleryExporterDown', 'critical', 'exporter'),
  alert('CeleryExporterReplicaDown', 'warning', 'exporter'),
  alert('CeleryExporterBlind', 'critical', 'exporter'),
  alert('CeleryEventsMissed', 'warning', 'exporter'),
  alert('CeleryBrokerBlocked', 'critical', 'broker'),
  alert('CeleryEventsDropped', 'warning', 'exporter'),
  alert('CeleryQueueWithoutWorker', 'critical', 'queues'),
  alert('CeleryQueueNotDraining', 'warning', 'queues'),
  alert('CeleryQueueStuck', 'warning', 'queues'),
  alert('HighCeleryQueueWait', 'warning', 'queues'),
  alert('CeleryTaskRunningTooLong', 'warning', 'tasks'),
  alert('CeleryTasksLost', 'warning', 'tasks'),
  alert('CeleryTaskNotSucceeded', 'warning', 'tasks'),
  alert('CeleryWorkerFlapping', 'warning', 'workers'),
  alert('CeleryTaskRetryStorm', 'warning', 'tasks'),
  alert('CeleryTaskRejectedLoop', 'warning', 'tasks'),
  alert('CeleryWorkerNotConsuming', 'critical', 'workers'),
  alert('CeleryWorkerNameShared', 'warning', 'workers'),
  alert('AlertRelayCannotDeliver', 'critical', 'relay'),
  alert('AlertRelayDeadLetters', 'warning', 'relay'),
  alert('AlertRelayStoreLost', 'critical', 'relay'),
  alert('Watchdog', 'none', 'pipeline'),
]);

/** What the relay raises itself where a rule's alert does not come, and which alert's section says what to do. */
const TOLD_UNDER: Readonly<Record<string, string>> = { AlertPipelineBroken: 'Watchdog' };

/** The heading in the alert handling guide under which an alert stands; undefined for what is not ours. */
export function runbookOf(alertname: string): string | undefined {
  if (Object.hasOwn(TOLD_UNDER, alertname)) return TOLD_UNDER[alertname];
  return ALERT_CATALOGUE.find(({ name }) => name === alertname)?.name;
}
