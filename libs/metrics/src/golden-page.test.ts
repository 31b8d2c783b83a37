// Whole pages in both formats, written by hand from the two specifications.
import { metric } from '@celery-watch/celery-protocol';
import { describe, expect, it } from '@jest/globals';
import { collected, Counter, type ExpositionFormat, Gauge, Histogram, labelText, Registry } from './index.js';

const TASKS = metric('counter', 'celery_tasks_total', 'Task events by state.', ['name', 'state']);
const HELP = metric('gauge', 'celery_up', 'A "quoted" path C:\\temp\nand a second line.', []);
const RUN = metric('histogram', 'celery_run_seconds', 'Run time.', ['name'], [0.005, 0.1, 1, 2.5, 7200]);
const LAG = metric('histogram', 'celery_lag_seconds', 'Lag.', [], [1, 30]);
const SPECIAL = metric('gauge', 'celery_special', 'Values of every kind.', ['kind']);
const EMPTY = metric('counter', 'celery_lost_total', 'Nothing was lost.', ['queue']);

const VALUES = {
  nan: NaN,
  up: Infinity,
  down: -Infinity,
  big: 1e20,
  stamp: 1753257600.25,
  tiny: 1e-7,
  negative: -3,
  minus_zero: -0,
  huge: 1e21,
};

function render(format: ExpositionFormat): string {
  const tasks = new Counter(TASKS);
  tasks.with('mail.send', 'failed').inc();
  tasks.with('a"b\\c\nd', 'sent').inc(2.5);
  const up = new Gauge(HELP);
  up.with().set(1);
  const run = new Histogram(RUN);
  for (const seconds of [0.005, 0.05, 0.75, 1, 7201]) run.with('mail.send').observe(seconds);
  const special = collected(SPECIAL, (out) => {
    for (const [kind, value] of Object.entries(VALUES)) out.add(labelText(SPECIAL, [kind]), value);
  });
  const registry = new Registry({
    onError: (_, error) => {
      throw error;
    },
  });
  registry.add(tasks, up, run, new Histogram(LAG), special, new Counter(EMPTY));
  return registry.render(format);
}

const TEXT = String.raw`# HELP celery_tasks_total Task events by state.
# TYPE celery_tasks_total counter
celery_tasks_total{name="mail.send",state="failed"} 1
celery_tasks_total{name="a\"b\\c\nd",state="sent"} 2.5
# HELP celery_up A "quoted" path C:\\temp\nand a second line.
# TYPE celery_up gauge
celery_up 1
# HELP celery_run_seconds Run time.
# TYPE celery_run_seconds histogram
celery_run_seconds_bucket{name="mail.send",le="0.005"} 1
celery_run_seconds_bucket{name="mail.send",le="0.1"} 2
celery_run_seconds_bucket{name="mail.send",le="1"} 4
celery_run_seconds_bucket{name="mail.send",le="2.5"} 4
celery_run_seconds_bucket{name="mail.send",le="7200"} 4
celery_run_seconds_bucket{name="mail.send",le="+Inf"} 5
celery_run_seconds_sum{name="mail.send"} 7202.805
celery_run_seconds_count{name="mail.send"} 5
# HELP celery_lag_seconds Lag.
# TYPE celery_lag_seconds histogram
celery_lag_seconds_bucket{le="1"} 0
celery_lag_seconds_bucket{le="30"} 0
celery_lag_seconds_bucket{le="+Inf"} 0
celery_lag_seconds_sum 0
celery_lag_seconds_count 0
# HELP celery_special Values of every kind.
# TYPE celery_special gauge
celery_special{kind="nan"} NaN
celery_special{kind="up"} +Inf
celery_special{kind="down"} -Inf
celery_special{kind="big"} 100000000000000000000
celery_special{kind="stamp"} 1753257600.25
celery_special{kind="tiny"} 1e-7
celery_special{kind="negative"} -3
celery_special{kind="minus_zero"} 0
celery_special{kind="huge"} 1e+21
# HELP celery_lost_total Nothing was lost.
# TYPE celery_lost_total counter
`;

const OPENMETRICS = String.raw`# HELP celery_tasks Task events by state.
# TYPE celery_tasks counter
celery_tasks_total{name="mail.send",state="failed"} 1
celery_tasks_total{name="a\"b\\c\nd",state="sent"} 2.5
# HELP celery_up A \"quoted\" path C:\\temp\nand a second line.
# TYPE celery_up gauge
celery_up 1
# HELP celery_run_seconds Run time.
# TYPE celery_run_seconds histogram
celery_run_seconds_bucket{name="mail.send",le="0.005"} 1
celery_run_seconds_bucket{name="mail.send",le="0.1"} 2
celery_run_seconds_bucket{name="mail.send",le="1.0"} 4
celery_run_seconds_bucket{name="mail.send",le="2.5"} 4
celery_run_seconds_bucket{name="mail.send",le="7200.0"} 4
celery_run_seconds_bucket{name="mail.send",le="+Inf"} 5
celery_run_seconds_sum{name="mail.send"} 7202.805
celery_run_seconds_count{name="mail.send"} 5
# HELP celery_lag_seconds Lag.
# TYPE celery_lag_seconds histogram
celery_lag_seconds_bucket{le="1.0"} 0
celery_lag_seconds_bucket{le="30.0"} 0
celery_lag_seconds_bucket{le="+Inf"} 0
celery_lag_seconds_sum 0
celery_lag_seconds_count 0
# HELP celery_special Values of every kind.
# TYPE celery_special gauge
celery_special{kind="nan"} NaN
celery_special{kind="up"} +Inf
celery_special{kind="down"} -Inf
celery_special{kind="big"} 100000000000000000000
celery_special{kind="stamp"} 1753257600.25
celery_special{kind="tiny"} 1e-7
celery_special{kind="negative"} -3
celery_special{kind="minus_zero"} 0
celery_special{kind="huge"} 1e+21
# HELP celery_lost Nothing was lost.
# TYPE celery_lost counter
# EOF
`;

describe('a whole page', () => {
  it('is exactly this in the text format', () => {
    expect(render('text')).toBe(TEXT);
  });

  it('is exactly this in OpenMetrics', () => {
    expect(render('openmetrics')).toBe(OPENMETRICS);
  });
});
