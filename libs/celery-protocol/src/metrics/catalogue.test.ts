// The metric catalogue: names that Prometheus takes, in one style, and the public ones as they were promised.
import { describe, expect, it } from '@jest/globals';
import { METRIC_CATALOGUE } from './catalogue.js';
import { metric, type MetricEntry } from './entry.js';
import { TASK_STATES, taskMetrics } from './task-metrics.js';

const BASE_UNITS = /_(seconds|bytes|ratio)(_total)?$/;
const OTHER_UNITS =
  /_(milliseconds|ms|minutes|hours|days|kilobytes|kb|mb|percent|time|second|byte|count|sum|bucket|info_total)(_total)?$/;

function entry(name: string): MetricEntry | undefined {
  return METRIC_CATALOGUE.find((each) => each.name === name);
}

describe('the metric catalogue', () => {
  it('names every metric once, even without the endings that exposition adds', () => {
    const stems = METRIC_CATALOGUE.map(({ name }) => name.replace(/_total$/, ''));
    expect(new Set(stems).size).toBe(stems.length);
    const samples = METRIC_CATALOGUE.flatMap(({ name, type }) =>
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name],
    );
    expect(new Set(samples).size).toBe(samples.length);
    expect(METRIC_CATALOGUE.length).toBeGreaterThan(35);
  });

  it.each(METRIC_CATALOGUE.map((each) => [each.name, each] as const))(
    '%s is well named, typed, labelled and explained',
    (name, { type, help, labels, buckets }) => {
      expect(name).toMatch(/^celery(_[a-z]+)+$/);
      expect(['counter', 'gauge', 'histogram']).toContain(type);
      expect(name.endsWith('_total')).toBe(type === 'counter');
      expect(name).not.toMatch(OTHER_UNITS);
      if (type === 'histogram') expect(name).toMatch(BASE_UNITS);
      if (name.includes('timestamp')) expect(name).toMatch(/_timestamp_seconds$/);
      expect(help).toMatch(/^[A-Z0-9t'].{10,}[^ ]\.$/);
      expect(help).not.toMatch(/[\n\\]/);
      expect(new Set(labels).size).toBe(labels.length);
      for (const label of labels) {
        expect(label).toMatch(/^[a-z]+(_[a-z]+)*$/);
        expect(['le', 'quantile', 'job', 'instance', '__name__']).not.toContain(label);
      }
      expect(buckets !== undefined).toBe(type === 'histogram');
      expect(buckets?.every((bound, i) => Number.isFinite(bound) && bound > (buckets[i - 1] ?? 0))).not.toBe(false);
    },
  );

  it("has the names that the users' document counts on, with their types and labels", () => {
    expect(entry('celery_tasks_total')).toEqual(
      expect.objectContaining({ type: 'counter', labels: ['name', 'queue', 'state'] }),
    );
    expect(entry('celery_task_duration_seconds')).toEqual(
      expect.objectContaining({ type: 'histogram', labels: ['name', 'queue'] }),
    );
    expect(entry('celery_workers')).toEqual(expect.objectContaining({ type: 'gauge', labels: [] }));
    expect(entry('celery_queue_length')).toEqual(expect.objectContaining({ type: 'gauge', labels: ['queue'] }));
    expect(entry('celery_broker_connection_failures_total')).toEqual(
      expect.objectContaining({ type: 'counter', labels: [] }),
    );
    for (const state of ['received', 'started', 'succeeded', 'failed']) expect(TASK_STATES).toContain(state);
  });

  it('has the metrics of the plan', () => {
    const planned =
      `celery_task_failures_total celery_task_queue_wait_seconds celery_task_prefetch_wait_seconds celery_tasks_running celery_task_longest_running_seconds
      celery_task_last_success_timestamp_seconds celery_tasks_lost_total celery_worker_up celery_worker_tasks_active celery_worker_pool_processes celery_worker_tasks_processed_total
      celery_worker_load_average celery_worker_last_heartbeat_timestamp_seconds celery_worker_clock_skew_seconds celery_worker_info celery_worker_tasks_total celery_queue_unacked
      celery_queue_consumers celery_queue_processes celery_queue_oldest_task_age_seconds celery_broker_up celery_broker_reconnects_total`.split(
        /\s+/,
      );
    expect(planned.filter((name) => entry(name) === undefined)).toEqual([]);
  });

  it('can measure a P95 beyond half an hour, and milliseconds', () => {
    const buckets = taskMetrics.duration.buckets ?? [];
    expect(buckets.filter((bound) => bound > 1800).length).toBeGreaterThanOrEqual(2);
    expect(buckets).toContain(1800);
    expect(buckets[0]).toBeLessThan(0.01);
  });

  it('never multiplies tasks with workers', () => {
    for (const { labels } of METRIC_CATALOGUE)
      expect(labels.includes('worker') && (labels.includes('name') || labels.includes('queue'))).toBe(false);
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(METRIC_CATALOGUE)).toBe(true);
    for (const each of METRIC_CATALOGUE) expect(Object.isFrozen(each)).toBe(true);
    expect(metric('gauge', 'x', 'X.', [])).not.toHaveProperty('buckets');
  });
});
