// The PromQL that pieces make, and the mistakes that do not compile.
import { expect, it } from '@jest/globals';
import { exporterMetrics, relayMetrics, taskMetrics } from '@celery-watch/celery-protocol';
import {
  buckets,
  counted,
  only,
  perSecond,
  quantile,
  rate,
  ratio,
  re,
  select,
  series,
  sum,
  topk,
  total,
} from './promql.js';
import { filledIn } from './testing/query-list.js';

it('a counter becomes a rate over the window of Grafana, in the chosen jobs', () => {
  expect(sum(['state'], rate(series(taskMetrics.tasks, { name: re('$name') })))).toBe(
    'sum by (state) (rate(celery_tasks_total{cluster=~`${cluster:regex}`, namespace=~`${namespace:regex}`, job=~`${job:regex}`, broker=~`${broker:regex}`, name=~`${name:regex}`}[$__rate_interval]))',
  );
});

it('the relay is found under a job of its own', () => {
  expect(topk(3, series(relayMetrics.deadLetters))).toBe('topk(3, alert_relay_dead_letters{job=~`${relay:regex}`})');
});

it('a quantile keeps le to itself, reads native histograms too, and leaves out what has none', () => {
  const of =
    '{cluster=~`${cluster:regex}`, namespace=~`${namespace:regex}`, job=~`${job:regex}`, broker=~`${broker:regex}`}[10m]';
  expect(quantile(0.95, ['name'], taskMetrics.duration, {}, '10m')).toBe(
    `(histogram_quantile(0.95, sum by (name, le) (rate(celery_task_duration_seconds_bucket${of}))) or ` +
      `histogram_quantile(0.95, sum by (name) (rate(celery_task_duration_seconds${of})))) >= 0`,
  );
  expect(() => buckets(taskMetrics.tasks)).toThrow('celery_tasks_total is no histogram');
});

it('what two exporters of one broker show alike counts once, what two relays counted counts twice', () => {
  expect(perSecond(['type'], exporterMetrics.events)).toBe(
    'sum by (type) (max by (cluster, namespace, job, broker, type) (rate(celery_exporter_events_total{cluster=~`${cluster:regex}`, namespace=~`${namespace:regex}`, job=~`${job:regex}`, broker=~`${broker:regex}`}[$__rate_interval])))',
  );
  const lost =
    'celery_tasks_lost_total{cluster=~`${cluster:regex}`, namespace=~`${namespace:regex}`, job=~`${job:regex}`, broker=~`${broker:regex}`, queue="mail"}';
  /** What was born, by the pages of the window's begin, or of the 5 minutes before where those could not be read. */
  const born = (all: string, window: string): string => {
    const exporter = 'and on (cluster, namespace, job, instance)';
    const young = `min_over_time((time() - process_start_time_seconds)[${window}:]) < 120`;
    return (
      `${all} unless ${all} offset ${window} ${exporter} (up offset ${window} == 1 or ${young}) or ` +
      `${all} unless last_over_time(${all}[5m] offset ${window}) ${exporter} ` +
      `(max_over_time(up[5m] offset ${window}) == 1 unless up offset ${window} == 1)`
    );
  };
  expect(counted([], taskMetrics.lost, { queue: 'mail' }, '15m')).toBe(
    `sum(max by (cluster, namespace, job, broker, name, queue) (${born(lost, '15m')} or increase(${lost}[15m])))`,
  );
  const told = 'alert_relay_alerts_total{job=~`${relay:regex}`}';
  expect(counted(['kind'], relayMetrics.alerts)).toBe(
    `sum by (kind) (${born(told, '$__rate_interval')} or increase(${told}[$__rate_interval]))`,
  );
  expect(total([], taskMetrics.running)).toBe(
    'sum(max by (cluster, namespace, job, broker, name, queue) (celery_tasks_running{cluster=~`${cluster:regex}`, namespace=~`${namespace:regex}`, job=~`${job:regex}`, broker=~`${broker:regex}`}))',
  );
});

it('what lies in a store that several relays share counts once, whoever shows it', () => {
  expect(total([], relayMetrics.deadLetters)).toBe(
    'sum(max by (cluster, namespace, job, channel) (alert_relay_dead_letters{job=~`${relay:regex}`}))',
  );
  expect(total(['channel'], relayMetrics.pending)).toBe(
    'sum by (channel) (max by (cluster, namespace, job, channel) (alert_relay_pending_notifications{job=~`${relay:regex}`}))',
  );
});

it('names with quotes, backslashes and signs of regular expressions reach Prometheus as they are', () => {
  const odd = 'a"b\\c.d(e)\'f/g';
  const choice = new Map([
    ['name', [odd]],
    ['task', [odd]],
    ['queue', ['x', odd]],
  ]);
  const literal = String.raw`a"b\\c\.d\(e\)'f\/g`;
  expect(filledIn(select('m', { name: re('$name') }), choice)).toBe(`m{name=~\`${literal}\`}`);
  expect(filledIn(select('m', { queue: re('$queue|') }), choice)).toBe(`m{queue=~\`(x|${literal})|\`}`);
  expect(filledIn(select('m', { name: only('task') }), choice)).toBe(`m{name=\`${odd}\`}`);
  expect(filledIn(select('m', { name: re('$name') }), new Map())).toBe('m{name=~`.*`}');
});

it('a part of nothing is nothing', () => {
  expect(ratio(sum([], series(taskMetrics.lost)), sum([], series(taskMetrics.running)))).toBe(
    'sum(celery_tasks_lost_total{cluster=~`${cluster:regex}`, namespace=~`${namespace:regex}`, job=~`${job:regex}`, broker=~`${broker:regex}`}) / ' +
      '(sum(celery_tasks_running{cluster=~`${cluster:regex}`, namespace=~`${namespace:regex}`, job=~`${job:regex}`, broker=~`${broker:regex}`}) > 0)',
  );
});

it('a label that the metric lacks does not compile', () => {
  // @ts-expect-error: celery_tasks_total has no label of that name
  series(taskMetrics.tasks, { exception: 'ValueError' });
  // @ts-expect-error: nor can it be grouped by it
  sum(['exception'], rate(series(taskMetrics.tasks)));
  // @ts-expect-error: what was summed away is gone
  sum(['queue'], sum(['name'], series(taskMetrics.tasks)));
});
