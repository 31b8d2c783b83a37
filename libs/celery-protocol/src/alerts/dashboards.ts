// Which dashboard shows what an alert speaks of, and which of its variables an alert's labels set.
import type { AlertEntry } from './catalogue.js';

export interface DashboardView {
  /** The dashboard's uid, which never changes. */
  readonly uid: string;
  /** Label of an alert to variable of the dashboard. */
  readonly variables: Readonly<Record<string, string>>;
}

/** The variables that every dashboard has: the labels of one broker. */
const ANYWHERE = { cluster: 'cluster', namespace: 'namespace', job: 'job', broker: 'broker' };

/** One task, where the alert names it. */
export const TASK_VIEW: DashboardView = { uid: 'celery-task', variables: { ...ANYWHERE, name: 'task' } };

export const SUBJECT_VIEWS: Readonly<Record<AlertEntry['subject'], DashboardView | undefined>> = {
  tasks: { uid: 'celery-tasks', variables: { ...ANYWHERE, queue: 'queue' } },
  workers: { uid: 'celery-queues-workers', variables: { ...ANYWHERE, worker: 'worker' } },
  queues: { uid: 'celery-queues-workers', variables: { ...ANYWHERE, queue: 'queue' } },
  broker: { uid: 'celery-brokers', variables: ANYWHERE },
  exporter: { uid: 'celery-exporter-relay', variables: ANYWHERE },
  relay: { uid: 'celery-exporter-relay', variables: { cluster: 'cluster', namespace: 'namespace' } },
  pipeline: undefined,
};

/** The dashboard to look at when it fires; undefined where there is none. */
export function viewOf({ subject }: AlertEntry, labels: Readonly<Record<string, string>>): DashboardView | undefined {
  const isOneTask = subject === 'tasks' && (labels['name'] ?? '') !== '';
  return isOneTask ? TASK_VIEW : SUBJECT_VIEWS[subject];
}
