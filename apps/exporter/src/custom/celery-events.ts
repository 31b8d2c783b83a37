// What to use instead of a custom metric, where somebody wants to count an event that Celery itself defines.
import { EVENT_TYPES, taskMetrics, workerMetrics } from '@celery-watch/celery-protocol';

/** The metric that counts such events already; undefined for an event that is the user's own. */
export function countedBy(event: string): string | undefined {
  if (!EVENT_TYPES.includes(event)) return undefined;
  if (!event.startsWith('task-')) return workerMetrics.up.name;
  // A cancelled execution is no end of its task.
  if (event === 'task-cancelled') return `${taskMetrics.tasks.name} (the task runs again)`;
  return `${taskMetrics.tasks.name}{state="${event.slice('task-'.length)}"}`;
}
