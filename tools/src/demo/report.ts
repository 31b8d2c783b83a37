// What the demo prints of a /metrics page: one line for each task and queue, for people.
import type { Scrape } from '@celery-watch/testbed';

const STATES = ['sent', 'received', 'started', 'succeeded', 'failed', 'retried'] as const;

/** A table of tasks, a line of queues and a line of workers. */
export function report(page: Scrape): string {
  const names = [...new Set(page.series('celery_tasks_total').map(({ labels }) => labels['name'] ?? ''))].sort();
  const width = Math.max(4, ...names.map((name) => name.length));
  const cells = (name: string, values: readonly string[]): string => `  ${name.padEnd(width)}${values.map((value) => value.padStart(11)).join('')}`;
  const rows = names.map((name) => cells(name, [
    ...STATES.map((state) => String(page.sum('celery_tasks_total', { name, state }))),
    String(page.sum('celery_tasks_running', { name })),
    meanSeconds(page, name),
  ]));
  const queues = page.series('celery_queue_length').map(({ labels, value }) => `${labels['queue'] ?? ''} ${value}`).join(', ');
  const failures = page.series('celery_task_failures_total').map(({ labels, value }) => `${labels['exception'] ?? ''} ${value}`).join(', ');
  return [
    cells('task', [...STATES, 'running', 'mean']),
    ...rows,
    '',
    `  workers up ${page.value('celery_workers') ?? 0}   waiting: ${queues || 'no queue known yet'}   failures: ${failures || 'none yet'}`,
  ].join('\n');
}

function meanSeconds(page: Scrape, name: string): string {
  const count = page.sum('celery_task_duration_seconds_count', { name });
  return count === 0 ? '-' : `${(page.sum('celery_task_duration_seconds_sum', { name }) / count).toFixed(2)} s`;
}
