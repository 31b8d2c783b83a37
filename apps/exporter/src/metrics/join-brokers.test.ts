// One page of several brokers: each line has its broker's name, one broker without a name changes nothing, and one that
// fails leaves the others alone.
import { describe, expect, it } from '@jest/globals';
import { metric, type MetricEntry } from '@celery-watch/celery-protocol';
import { collected, type Family, HistogramValue, Page, Registry } from '@celery-watch/metrics';
import { Stage } from '../tracking/testing.js';
import { type BrokerFamilies, joinBrokers } from './join-brokers.js';
import { taskFamilies } from './task-families.js';

const UP = metric('gauge', 'celery_broker_up', 'Up.', []);
const LENGTH = metric('gauge', 'celery_queue_length', 'Length.', ['queue']);
const RUN = metric('histogram', 'celery_run_seconds', 'Run.', ['name'], [1]);
const LAG = metric('histogram', 'celery_lag_seconds', 'Lag.', [], [1]);

function familiesOf(n: number): readonly Family[] {
  const value = new HistogramValue([1]);
  value.observe(n);
  return [
    collected(UP, (out) => {
      out.add('', n);
    }),
    collected(LENGTH, (out) => {
      out.add('queue="q"', n);
    }),
    collected(RUN, (out) => {
      out.histogram('name="t"', value);
    }),
    collected(LAG, (out) => {
      out.histogram('', value);
    }),
  ];
}

function pageOf(families: readonly Family[], onError?: (entry: MetricEntry) => void): string {
  const registry = new Registry({
    onError: (entry, error) => {
      if (onError === undefined) throw error;
      onError(entry);
    },
  });
  registry.add(...families);
  return registry.render('text');
}

const named = (name: string, n: number): BrokerFamilies => ({ name, families: familiesOf(n) });

describe('the page of several brokers', () => {
  it('has the broker first among the labels of each line, and each metric once', () => {
    expect(pageOf(joinBrokers([named('shop', 0.5), named('stock', 2)]))).toBe(
      `# HELP celery_broker_up Up.
# TYPE celery_broker_up gauge
celery_broker_up{broker="shop"} 0.5
celery_broker_up{broker="stock"} 2
# HELP celery_queue_length Length.
# TYPE celery_queue_length gauge
celery_queue_length{broker="shop",queue="q"} 0.5
celery_queue_length{broker="stock",queue="q"} 2
# HELP celery_run_seconds Run.
# TYPE celery_run_seconds histogram
celery_run_seconds_bucket{broker="shop",name="t",le="1"} 1
celery_run_seconds_bucket{broker="shop",name="t",le="+Inf"} 1
celery_run_seconds_sum{broker="shop",name="t"} 0.5
celery_run_seconds_count{broker="shop",name="t"} 1
celery_run_seconds_bucket{broker="stock",name="t",le="1"} 0
celery_run_seconds_bucket{broker="stock",name="t",le="+Inf"} 1
celery_run_seconds_sum{broker="stock",name="t"} 2
celery_run_seconds_count{broker="stock",name="t"} 1
# HELP celery_lag_seconds Lag.
# TYPE celery_lag_seconds histogram
celery_lag_seconds_bucket{broker="shop",le="1"} 1
celery_lag_seconds_bucket{broker="shop",le="+Inf"} 1
celery_lag_seconds_sum{broker="shop"} 0.5
celery_lag_seconds_count{broker="shop"} 1
celery_lag_seconds_bucket{broker="stock",le="1"} 0
celery_lag_seconds_bucket{broker="stock",le="+Inf"} 1
celery_lag_seconds_sum{broker="stock"} 2
celery_lag_seconds_count{broker="stock"} 1
`,
    );
  });

  it('is that of the only broker, where it has no name, to the last family', () => {
    const families = familiesOf(1);
    expect(joinBrokers([{ name: undefined, families }])).toBe(families);
  });

  it('has the label for an only broker that has a name', () => {
    expect(pageOf(joinBrokers([named('shop', 1)]))).toContain('celery_broker_up{broker="shop"} 1\n');
  });

  it('has a family that only some of them have', () => {
    const more = collected(metric('gauge', 'celery_more', 'More.', []), (out) => {
      out.add('', 1);
    });
    const { families } = named('b', 2);
    const page = pageOf(joinBrokers([named('a', 1), { name: 'b', families: [more, ...families] }]));
    expect(page).toContain('celery_more{broker="b"} 1\n');
    expect(page).toContain('celery_broker_up{broker="a"} 1\ncelery_broker_up{broker="b"} 2\n');
  });

  it('of which one fails lacks its lines of that metric alone', () => {
    const failing = collected(UP, (out) => {
      out.add('', 9);
      throw new Error('broken');
    });
    const failed: string[] = [];
    const page = pageOf(joinBrokers([named('a', 1), { name: 'b', families: [failing] }, named('c', 3)]), ({ name }) =>
      failed.push(name),
    );
    expect(failed).toEqual(['celery_broker_up']);
    expect(page).toContain(
      'celery_broker_up{broker="a"} 1\ncelery_broker_up{broker="c"} 3\n# HELP celery_queue_length',
    );
    expect(page).not.toContain('"b"');
  });

  it('lets others have their turn between the brokers, where one of them takes long', async () => {
    const slow = collected(UP, (out) => {
      out.add('', 1);
      for (const end = performance.now() + 12; performance.now() < end;);
    });
    const page = new Page(
      joinBrokers(['a', 'b', 'c'].map((name) => ({ name, families: [slow] }))),
      [],
      (_metric, error) => {
        throw error;
      },
    );
    let turns = 0;
    const count = (): void => {
      turns++;
      pending = setImmediate(count);
    };
    let pending = setImmediate(count);
    const text = Buffer.concat(await page.render('text')).toString();
    clearImmediate(pending);
    expect(text).toContain(
      'celery_broker_up{broker="a"} 1\ncelery_broker_up{broker="b"} 1\ncelery_broker_up{broker="c"} 1\n',
    );
    expect(turns).toBeGreaterThanOrEqual(2);
  });
});

it('a name of a task or a queue is written as it is without a broker', () => {
  const stage = new Stage();
  const worker = stage.worker();
  stage.deliver(
    stage.sent('1', { name: 'a"b\\c\nd' }),
    worker.received('1', { name: 'a"b\\c\nd' }),
    worker.started('1'),
  );
  stage.wait(5);
  const bounds = [0.1, 1, 10, 100];
  const buckets = { durationBuckets: bounds, waitBuckets: bounds };
  const families = taskFamilies(stage.model, buckets, () => stage.now);
  const alone = pageOf(families);
  expect(alone).toContain('name="a\\"b\\\\c\\nd"');
  expect(pageOf(joinBrokers([{ name: 'x', families }])).replaceAll('broker="x",', '')).toBe(alone);
});
