// The dashboards that ship, by the name of their file.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { brokers } from './brokers.js';
import { exporterRelay } from './exporter-relay.js';
import { overview } from './overview.js';
import { queuesWorkers } from './queues-workers.js';
import { task } from './task.js';
import { tasks } from './tasks.js';

export const DASHBOARDS = {
  'celery-overview': overview,
  'celery-tasks': tasks,
  'celery-task': task,
  'celery-queues-workers': queuesWorkers,
  'celery-brokers': brokers,
  'celery-exporter-relay': exporterRelay,
} as const satisfies Readonly<Record<string, () => Dashboard>>;

/** The text of each file, as Grafana reads it. */
export function dashboardFiles(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(DASHBOARDS).map(([name, build]) => [`${name}.json`, `${JSON.stringify(build(), null, 2)}\n`]),
  );
}
