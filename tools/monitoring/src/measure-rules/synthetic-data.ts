// A /metrics page of any size, made from the catalogues: a system at work, in which most is well.
import { METRIC_CATALOGUE, type MetricEntry, RELAY_METRIC_CATALOGUE, TASK_STATES } from '@celery-watch/celery-protocol';

export interface Size {
  readonly tasks: number;
  readonly queues: number;
  readonly workers: number;
}

/** The labels of one series, as text between braces. */
interface Series {
  readonly labels: string;
  readonly index: number;
}

/** Values of labels that are no task, queue or worker. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  state: TASK_STATES,
  exception: ['ValueError'],
  type: ['task-received', 'task-started', 'task-succeeded', 'task-failed', 'worker-heartbeat', 'custom'],
  reason: ['shutdown', 'died'],
  channel: ['mail', 'slack', 'webhook'],
  period: ['1m', '5m', '15m'],
};

/** Counters that stand still while all is well. */
const AT_REST =
  /failures|missed|lost|unresolved|exits|starts|refused|duplicate|evicted|expired|dropped|reconnects|waits/;

/** @param scrapes how many scrapes came before; counters grow with them. @param now epoch seconds */
export function syntheticPage(size: Size, scrapes: number, now: number): string {
  return [...METRIC_CATALOGUE, ...RELAY_METRIC_CATALOGUE].map((entry) => family(entry, size, scrapes, now)).join('');
}

function family(entry: MetricEntry, size: Size, scrapes: number, now: number): string {
  const lines = [`# TYPE ${entry.name} ${entry.type}`];
  for (const series of seriesOf(entry, size)) {
    if (entry.type === 'histogram') lines.push(...histogram(entry, series, scrapes));
    else lines.push(`${entry.name}${braces(series.labels)} ${valueOf(entry, series, scrapes, now)}`);
  }
  return `${lines.join('\n')}\n`;
}

function* seriesOf({ labels }: MetricEntry, { tasks, queues, workers }: Size): Generator<Series> {
  const subject = labels.includes('name')
    ? 'name'
    : labels.includes('worker')
      ? 'worker'
      : labels.includes('queue')
        ? 'queue'
        : undefined;
  const count = subject === 'name' ? tasks : subject === 'worker' ? workers : subject === 'queue' ? queues : 1;
  for (let index = 0; index < count; index++) {
    let texts = [''];
    for (const label of labels) {
      const values =
        label === 'name'
          ? [`shop.task_${index}`]
          : label === 'queue'
            ? [`queue_${index % queues}`]
            : label === 'worker'
              ? [`celery@host-${index}`]
              : label === 'hostname'
                ? [`host-${index}`]
                : (VALUES[label] ?? ['one', 'other']);
      texts = texts.flatMap((text) => values.map((value) => `${text === '' ? '' : `${text},`}${label}="${value}"`));
    }
    for (const text of texts) yield { labels: text, index };
  }
}

/** Most executions take a moment; the numbers differ from series to series. */
function histogram({ name, buckets = [] }: MetricEntry, { labels, index }: Series, scrapes: number): string[] {
  const count = scrapes * (1 + (index % 7));
  const comma = labels === '' ? '' : ',';
  return [
    ...buckets.map(
      (bound, i) => `${name}_bucket{${labels}${comma}le="${bound}"} ${Math.floor((count * Math.min(i + 1, 8)) / 8)}`,
    ),
    `${name}_bucket{${labels}${comma}le="+Inf"} ${count}`,
    `${name}_sum${braces(labels)} ${count * 0.3}`,
    `${name}_count${braces(labels)} ${count}`,
  ];
}

function valueOf({ name, type }: MetricEntry, { labels, index }: Series, scrapes: number, now: number): number {
  if (type === 'counter')
    return AT_REST.test(name) || /failed|retried|rejected|revoked/.test(labels) ? index : scrapes * (1 + (index % 7));
  if (name.includes('timestamp_seconds')) return now - (index % 5);
  if (/oldest|dead_letters|longest_running|queue_length/.test(name)) return index % 3;
  return 1;
}

function braces(labels: string): string {
  return labels === '' ? '' : `{${labels}}`;
}

const HOUR = 3600;
/** Prometheus keeps the last hours in memory, and takes no blocks that reach into them. */
const NOT_BEFORE = 3 * HOUR;

/** OpenMetrics text: each task succeeded once an hour. @param now epoch seconds */
export function pauseHistory(tasks: number, days: number, now: number): string {
  const lines = ['# TYPE celery:task_success_pause_seconds:ended gauge'];
  for (let task = 0; task < tasks; task++) {
    for (let ago = days * 24 * HOUR; ago > NOT_BEFORE; ago -= HOUR) {
      const at = Math.floor(now) - ago + (task % 60) * 30;
      lines.push(`celery:task_success_pause_seconds:ended{job="celery",name="shop.task_${task}"} 3600 ${at}`);
    }
  }
  return `${lines.join('\n')}\n# EOF\n`;
}
