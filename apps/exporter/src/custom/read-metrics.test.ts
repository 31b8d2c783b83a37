// custom_metrics of the file: what is taken, and each refusal with its key, its line and its reason, all at once.
import { METRIC_CATALOGUE } from '@celery-watch/celery-protocol';
import { option, options, problemsText, readOptions, structured } from '@celery-watch/service';
import { describe, expect, it } from '@jest/globals';
import { clashProblems, type Definition, metricsOf } from './definition.js';
import { CUSTOM_METRICS_WANTED, readCustomMetrics } from './read-metrics.js';

const TABLE = options('TEST', {
  custom_metrics: option(structured(readCustomMetrics, CUSTOM_METRICS_WANTED), { default: [], help: 'x' }),
});

function read(...entries: readonly string[]) {
  const file = ['custom_metrics:', ...entries.map((each) => `  - {${each}}`), ''].join('\n');
  return readOptions(TABLE, { argv: ['--config=f.yml'], env: {}, readFile: () => file });
}

function accepted(...entries: readonly string[]): readonly Definition[] {
  const got = read(...entries);
  if (!got.ok) throw new Error(problemsText(got.problems));
  return got.values.custom_metrics;
}

/** The refusals without the name of the option. */
function refusals(...entries: readonly string[]): readonly string[] {
  const got = read(...entries);
  return got.ok ? [] : problemsText(got.problems).replaceAll('custom_metrics[', '[').split('\n');
}

const GOOD = 'event: told, name: app_x_total, type: counter, help: H';
const GAUGE = 'event: told, name: app_x, type: gauge, help: H, value: n';

describe('custom_metrics', () => {
  it('reads an entry of each type', () => {
    const [counter, gauge, histogram] = accepted(
      `${GOOD}, labels: {task: $task, kind: k, team: =a b}, max_series: 5, ttl: 2h`,
      'event: told, name: app_done, type: gauge, help: H, value: done, combine: min',
      'event: told, name: app_size_bytes, type: histogram, help: H, value: size, buckets: [1, 10], labels: [kind, $queue]',
    );
    expect(counter).toEqual({
      index: 0,
      entry: { name: 'app_x_total', type: 'counter', help: 'H', labels: ['task', 'kind', 'team'] },
      feed: {
        event: 'told',
        value: 1,
        labels: [
          { kind: 'known', what: 'task' },
          { kind: 'field', field: 'k' },
          { kind: 'text', text: 'a b' },
        ],
      },
      combine: 'last',
      maxSeries: 5,
      ttl: 7200,
    });
    expect(gauge).toMatchObject({ feed: { value: 'done' }, combine: 'min', maxSeries: undefined, ttl: undefined });
    expect(histogram).toMatchObject({
      entry: { labels: ['kind', 'queue'], buckets: [1, 10] },
      feed: {
        labels: [
          { kind: 'field', field: 'kind' },
          { kind: 'known', what: 'queue' },
        ],
      },
    });
  });

  it('makes one metric of several entries with one name, whatever the order of their labels', () => {
    const definitions = accepted(
      `${GOOD}, labels: {result: =hit, cache: name}`,
      `${GOOD.replace('told', 'missed')}, labels: {cache: name, result: =miss}, value: n`,
    );
    const metrics = metricsOf(definitions, { maxSeries: 7, ttl: 60 });
    expect(metrics).toEqual([
      {
        entry: { name: 'app_x_total', type: 'counter', help: 'H', labels: ['result', 'cache'] },
        feeds: [
          {
            event: 'told',
            value: 1,
            labels: [
              { kind: 'text', text: 'hit' },
              { kind: 'field', field: 'name' },
            ],
          },
          {
            event: 'missed',
            value: 'n',
            labels: [
              { kind: 'text', text: 'miss' },
              { kind: 'field', field: 'name' },
            ],
          },
        ],
        combine: 'last',
        maxSeries: 7,
        ttl: 60,
      },
    ]);
  });

  it('lets the last words of running tasks grow no older than an hour, unless it is told to', () => {
    const ttls = (...entries: string[]): number[] =>
      metricsOf(accepted(...entries), { maxSeries: 7, ttl: 86_400 }).map(({ ttl }) => ttl);
    expect(ttls(GOOD, `${GAUGE.replace('app_x', 'app_y')}, combine: sum`)).toEqual([86_400, 3600]);
    expect(ttls(`${GAUGE}, combine: sum, ttl: 2d`)).toEqual([172_800]);
  });

  it('refuses what is no list, with an example', () => {
    const got = readOptions(TABLE, { argv: ['--config=f.yml'], env: {}, readFile: () => 'custom_metrics: {a: 1}\n' });
    expect(got.ok ? '' : problemsText(got.problems)).toMatch(
      /^custom_metrics: f\.yml:1, wanted a list of metrics, each/,
    );
  });

  it('tells the mistakes of all entries at once, each with its line', () => {
    expect(refusals('name: up', GOOD, '')).toEqual([
      '[0].event: f.yml:2 (missing), wanted a text',
      '[0].type: f.yml:2 (missing), wanted one of counter, gauge, histogram',
      '[0].help: f.yml:2 (missing), wanted a text',
      '[0].name: f.yml:2 is "up", wanted no name that Prometheus gives itself; begin with the name of your ' +
        'application, such as myapp_rows_imported_total',
      '[2].event: f.yml:4 (missing), wanted a text',
      '[2].name: f.yml:4 (missing), wanted a text',
      '[2].type: f.yml:4 (missing), wanted one of counter, gauge, histogram',
      '[2].help: f.yml:4 (missing), wanted a text',
    ]);
  });

  const cases: readonly (readonly [what: string, entry: string, refusal: RegExp])[] = [
    ['an unknown key', `${GOOD}, lables: {}`, /\[0\]\.lables: f\.yml:2.*no such key; did you mean labels\?/],
    [
      'an event of Celery',
      GOOD.replace('told', 'task-failed'),
      /is Celery's.*see celery_tasks_total\{state="failed"\}/,
    ],
    ['an event of a worker', GOOD.replace('told', 'worker-online'), /is Celery's.*see celery_worker_up/],
    [
      'a cancelled execution',
      GOOD.replace('told', 'task-cancelled'),
      /is Celery's.*celery_tasks_total \(the task runs/,
    ],
    ['a pattern of events', GOOD.replace('told', '"my-*"'), /wanted the type of one event; write one entry for each/],
    ['an event with white space', GOOD.replace('told', '" told"'), /wanted the type of an event, as send_event/],
    ['an empty event', GOOD.replace('told', '""'), /wanted the type of an event/],
    ['an event that is a number', GOOD.replace('told', '7'), /wanted a text: put it in quotes/],
    ['an unknown type', GOOD.replace('counter', 'summary'), /"summary", wanted one of counter, gauge, histogram/],
    ['no help', GOOD.replace('help: H', 'help: " "'), /\.help: .*wanted a sentence/],
    ['a name with a colon', GOOD.replace('app_x_total', '"app:x_total"'), /letters, digits and _/],
    ['a name that begins with a digit', GOOD.replace('app_x_total', '1x_total'), /letters, digits and _/],
    ['a name of the exporter', GOOD.replace('app_x', 'celery_tasks'), /celery_tasks_total is a metric of the exporter/],
    ['a name like the exporter’s', GOOD.replace('app_x', 'celery_x'), /no name that begins with celery_/],
    ['a name of Node.js', GOOD.replace('app_x', 'nodejs_x'), /no name that begins with nodejs_/],
    ['a name of the process', GOOD.replace('app_x', 'process_cpu_seconds'), /no name that begins with process_/],
    ['a name of a scrape', GOOD.replace('app_x', 'scrape_x'), /what Prometheus notes of each scrape/],
    [
      'a counter without _total',
      GOOD.replace('_total', ''),
      /ends in _total, since it is a counter; name it app_x_total/,
    ],
    [
      'a gauge with _total',
      GAUGE.replace('app_x', 'app_x_total'),
      /without _total, which stands for a counter, not for/,
    ],
    ['a name that is only _total', GOOD.replace('app_x_total', '_total'), /ends in _total, since it is a counter/],
    ['a part of a histogram', GAUGE.replace('app_x', 'app_x_bucket'), /does not end in _bucket/],
    ['a gauge without its field', GAUGE.replace(', value: n', ''), /\.value: .*the name of the field that holds/],
    ['a number in quotes', `${GOOD}, value: "5"`, /a number without quotes/],
    ['a negative constant', `${GOOD}, value: -5`, /a number from 0 up/],
    ['an endless constant', `${GOOD}, value: .inf`, /a number from 0 up/],
    ['a value that is a list', `${GOOD}, value: [n]`, /the name of a field, or a number/],
    ['a value that is of a task', `${GOOD}, value: $task`, /the name of a field, or a number without quotes/],
    ['a field that is never sent', `${GOOD}, value: retry`, /send_event\(\) keeps retry for itself/],
    ['labels that are a text', `${GOOD}, labels: kind`, /wanted labels, such as/],
    ['a label from nothing', `${GOOD}, labels: {a: }`, /labels\.a: .*the name of a field, or \$task/],
    ['a label from a number', `${GOOD}, labels: {a: 5}`, /labels\.a: .*put it in quotes/],
    [
      'a label from what is not known',
      `${GOOD}, labels: {a: $taks}`,
      /"\$taks", wanted one of \$task, \$queue, \$worker/,
    ],
    ['an empty field', `${GOOD}, labels: {a: ""}`, /the name of a field of the event/],
    ['a text in a list of labels', `${GOOD}, labels: [=x]`, /labels as a mapping, where one is a text/],
    ['a label twice', `${GOOD}, labels: [task, $task]`, /each label once: task stands twice/],
    ['a label of the exporter', `${GOOD}, labels: [broker]`, /another name than broker: .*several brokers/],
    ['a label of buckets', `${GOOD}, labels: {le: x}`, /it belongs to the buckets/],
    ['a label of summaries', `${GOOD}, labels: {quantile: x}`, /it belongs to summaries/],
    ['a label of the scrape', `${GOOD}, labels: {job: x}`, /Prometheus gives it to everything.*such as event_job/],
    ['another label of the scrape', `${GOOD}, labels: {instance: x}`, /Prometheus gives it to everything/],
    ['a label of Prometheus', `${GOOD}, labels: {__name__: x}`, /does not begin with __/],
    ['a label that is no name', `${GOOD}, labels: {a-b: x}`, /a label name of letters/],
    [
      'a histogram without buckets',
      GAUGE.replace('gauge', 'histogram'),
      /\.buckets: .*\(missing\), wanted the upper bounds/,
    ],
    [
      'buckets that do not ascend',
      `${GAUGE.replace('gauge', 'histogram')}, buckets: [2, 2]`,
      /"\[2,2\]", wanted ascending/,
    ],
    ['no bucket', `${GAUGE.replace('gauge', 'histogram')}, buckets: []`, /wanted ascending numbers/],
    ['an endless bucket', `${GAUGE.replace('gauge', 'histogram')}, buckets: [1, .inf]`, /wanted ascending numbers/],
    ['buckets of a gauge', `${GAUGE}, buckets: [1]`, /none: a gauge has no buckets; remove the line/],
    ['a counter that is combined', `${GOOD}, combine: sum`, /only a gauge is combined, not a counter/],
    ['an unknown combination', `${GAUGE}, combine: mean`, /wanted one of last, sum, min, max, avg/],
    ['a cap of nothing', `${GOOD}, max_series: 0`, /"0", wanted an integer from 1 to 100000/],
    ['a life of a second', `${GOOD}, ttl: 1s`, /wanted a duration of at least 1m/],
  ];
  it.each(cases)('refuses %s', (_what, entry, refusal) => {
    const said = refusals(entry);
    expect(said.join('\n')).toMatch(refusal);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^\[0\][\w.[\]-]*: f\.yml:2/);
  });

  it('refuses a bad value beside a bad type, and misses none there', () => {
    const bad = GAUGE.replace('gauge', 'gage');
    expect(refusals(bad)).toHaveLength(1);
    expect(refusals(bad.replace(', value: n', ''))).toHaveLength(1);
    expect(refusals(bad.replace('value: n', 'value: [n]'))[1]).toMatch(/\.value: f\.yml:2, wanted the name of a field/);
    expect(refusals(bad.replace('value: n', 'value: .nan'))[1]).toMatch(
      /\.value: f\.yml:2 is "\.nan", wanted a number/,
    );
  });

  it('refuses two entries of one name that are not one metric, and says in what they differ', () => {
    const others: readonly (readonly [string, string])[] = [
      ['help', GOOD.replace('help: H', 'help: I')],
      ['labels', `${GOOD}, labels: [b]`],
      ['max_series', `${GOOD}, max_series: 3`],
      ['ttl', `${GOOD}, ttl: 1h`],
    ];
    for (const [key, other] of others) {
      const [said, ...rest] = refusals(GOOD, other);
      expect(rest).toEqual([]);
      expect(said).toMatch(new RegExp(`^\\[1\\]\\.${key}: f\\.yml:3.*wanted the same ${key} as in \\[0\\]`));
    }
    expect(refusals(GAUGE, `${GAUGE}, combine: sum`)[0]).toContain('wanted the same combine as');
    const inMuch = GAUGE.replace('help: H', 'help: Z, labels: [a], ttl: 1h, max_series: 3');
    expect(refusals(GAUGE, inMuch).map((line) => line.split(':')[0])).toEqual(
      ['help', 'labels', 'max_series', 'ttl'].map((key) => `[1].${key}`),
    );
    const histogram = `${GAUGE.replace('gauge', 'histogram')}, buckets: [1]`;
    expect(refusals(histogram, histogram.replace('[1]', '[2]'))[0]).toContain('wanted the same buckets as');
    expect(refusals(GAUGE, histogram)[0]).toContain('wanted the same type as');
  });

  it('refuses two names that are one in OpenMetrics', () => {
    expect(refusals(GOOD, GAUGE)).toEqual([
      '[1].name: f.yml:3 is "app_x", wanted a name that can stand beside app_x_total: in one of the two formats they ' +
        'share a name',
    ]);
  });

  it('refuses every name of the catalogue', () => {
    for (const { name, type } of METRIC_CATALOGUE)
      expect([
        name,
        refusals(`event: told, name: ${name}, type: ${type}, help: H, value: n, buckets: [1]`).join(),
      ]).toEqual([name, expect.stringContaining('is a metric of the exporter itself')]);
  });

  it('refuses names that only some modes of the exporter take, once these are known', () => {
    const got = read(GOOD, GAUGE.replace('app_x', 'app_y'));
    if (!got.ok) throw new Error(problemsText(got.problems));
    const others = [{ name: 'app_y', type: 'gauge', help: 'H', labels: [] }] as const;
    const problems = clashProblems(got.values.custom_metrics, others, (path) => got.placeOf('custom_metrics', path));
    expect(problemsText(problems)).toBe(
      'custom_metrics[1].name: f.yml:3 is "app_y", wanted another name: the page has app_y already',
    );
  });
});
