// Every query of every dashboard, asked of a real Prometheus that scrapes the real exporter beside real workers, and
// the real relay.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { type Prometheus, type Series, Testbed } from '@celery-watch/testbed';
import { SCOPE } from './alert-thresholds.js';
import { DASHBOARDS } from './shipped.js';
import {
  type Choice,
  filledIn,
  type ListedQuery,
  queriesOf,
  queryVariables,
  variableQuery,
} from './testing/query-list.js';
import { startCelerySite } from './testing/celery-site.js';
import { VARIABLES } from './variables.js';

interface Excuse {
  readonly of: (query: ListedQuery) => boolean;
  readonly since: string;
  /** Depends on the version of Celery; the others must be empty indeed, or go. */
  readonly perhaps?: true;
}

/** What may be empty, and why. */
const MAY_BE_EMPTY: readonly Excuse[] = [
  {
    of: ({ where }) => ['Duplicates by type A', 'Came twice, by type A'].includes(where),
    since: 'only some versions of Celery send an event twice, and its series begins with the first',
    perhaps: true,
  },
  {
    of: ({ where }) => where === 'Refused, by reason A',
    since: 'nothing is refused, and reasons that did not happen are not shown',
  },
  {
    of: ({ where }) =>
      [
        'Delayed by the broker A',
        'Delayed tasks A',
        'Dropped by the broker A',
        'Events dropped A',
        'Broker takes no messages A',
        'Takes no messages A',
      ].includes(where),
    since: 'Redis does not say it',
  },
  {
    of: ({ where }) => ['variable cluster', 'variable namespace', 'variable broker'].includes(where),
    since: 'no target has that label here, and the broker has no name',
  },
];
const ALL: Choice = new Map();
/** The page of one task shows a failure of one, and the loss of another: each query must answer of one of these. */
const TASKS = ['truth.ok', 'truth.fail', 'truth.sleep', 'truth.retry_then_ok', 'truth.ignore'];
const WITHIN_MS = 120_000;

const builds = Object.values(DASHBOARDS).map((build) => build());
const listed = builds.flatMap(queriesOf);
const excused = (query: ListedQuery): boolean => MAY_BE_EMPTY.some(({ of }) => of(query));
const bed = new Testbed();
const stop = new AbortController();
let prometheus: Prometheus;
let converting: Prometheus | undefined;

beforeAll(async () => {
  ({ prometheus, converting } = await startCelerySite(bed, stop.signal));
}, 180_000);
afterAll(async () => {
  stop.abort();
  await bed.close();
}, 60_000);

describe('the queries of the dashboards', () => {
  it(
    'answer with All chosen, and none is empty without a reason',
    async () => {
      const { empty } = await askUntilFull(listed, () => ALL);
      expect(empty.filter((query) => !excused(query)).map(describeQuery)).toEqual([]);
      for (const { of, since } of MAY_BE_EMPTY.filter(({ perhaps }) => perhaps !== true))
        expect([since, empty.some(of)]).toEqual([since, true]);
      console.log(
        `${listed.length} queries ran, ${empty.length} were empty for a reason:\n${empty.map(describeQuery).join('\n')}`,
      );
    },
    WITHIN_MS + 60_000,
  );

  it(
    'answer with values chosen from the variables, escaped as Grafana escapes them',
    async () => {
      const choices = new Map(
        await Promise.all(builds.map(async (build) => [build.uid ?? '', await chosen(build)] as const)),
      );
      expect(choices.get('celery-tasks')?.get('name')).toEqual(
        expect.arrayContaining(['truth.fail', 'truth.ok', 'truth.sleep']),
      );
      const panels = listed.filter(({ kind }) => kind !== 'values');
      const { empty } = await askUntilFull(panels, ({ dashboard }) => choices.get(dashboard) ?? ALL);
      expect(empty.filter((query) => !excused(query)).map(describeQuery)).toEqual([]);
    },
    WITHIN_MS + 60_000,
  );

  it(
    'are understood, and match nothing else, where a name has quotes, backslashes and signs of regular expressions',
    async () => {
      const odd: Choice = new Map(
        [...Object.keys(VARIABLES), ...SCOPE, 'queue'].map((name) => [name, [String.raw`it's "a\b" (c.d)*$ {e}|f`]]),
      );
      // One that is not understood is an error.
      for (const query of listed) {
        const filled = filledIn(query.expr, odd);
        expect(filled).not.toContain('${');
        if (query.kind === 'values') expect(await labelValues(filled)).toEqual(expect.any(Array));
        else expect(await series(query, odd)).toEqual(expect.any(Array));
      }
      expect(await prometheus.instant(filledIn('celery_tasks_total{name=~`${name:regex}`}', odd))).toEqual([]);
    },
    WITHIN_MS,
  );

  it(
    'answer where Prometheus 3 makes native histograms of the classic ones',
    async () => {
      if (converting === undefined) {
        console.log('this Prometheus knows no such conversion');
        return;
      }
      const ofHistograms = listed.filter(({ expr }) => /_bucket\{|:p95_/.test(expr));
      expect(ofHistograms.length).toBeGreaterThan(15);
      const { empty } = await askUntilFull(ofHistograms, () => ALL, converting);
      expect(empty.filter((query) => !excused(query)).map(describeQuery)).toEqual([]);
      const classic = await converting.instant('celery_task_duration_seconds_bucket');
      expect(classic).toEqual([]);
    },
    WITHIN_MS + 60_000,
  );

  it(
    'give every label that a legend shows',
    async () => {
      const nameless: string[] = [];
      for (const query of listed.filter(({ shown }) => shown.length > 0)) {
        const answer = await series(query, ALL);
        const missing = query.shown.filter((label) => answer.some(({ labels }) => labels[label] === undefined));
        if (missing.length > 0) nameless.push(`${describeQuery(query)} lacks ${missing.join(', ')}`);
      }
      expect(nameless).toEqual([]);
    },
    WITHIN_MS,
  );
});

/** Asks again what was empty until nothing unexpected is, since rates and rules need a moment. */
async function askUntilFull(
  queries: readonly ListedQuery[],
  choiceOf: (query: ListedQuery) => Choice,
  asked = prometheus,
): Promise<{ readonly empty: readonly ListedQuery[] }> {
  const deadline = Date.now() + WITHIN_MS;
  let empty = queries;
  for (;;) {
    const kept: ListedQuery[] = [];
    for (const query of empty) if (await isEmpty(query, choiceOf(query), asked)) kept.push(query);
    empty = kept;
    if (empty.every(excused) || Date.now() > deadline) return { empty };
    await delay(1000);
  }
}

async function isEmpty(query: ListedQuery, choice: Choice, asked: Prometheus): Promise<boolean> {
  if (query.kind === 'values') return (await labelValues(filledIn(query.expr, choice))).length === 0;
  for (const task of query.expr.includes('${task:') ? TASKS : [''])
    if (
      (await series(query, new Map([...choice, ['task', [task]]]), asked)).some(({ samples }) =>
        samples.some(([, value]) => !Number.isNaN(value)),
      )
    )
      return false;
  return true;
}

/** Answers Grafana's `label_values(series, label)`. */
function labelValues(query: string): Promise<readonly string[]> {
  const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
  return prometheus.labelValues(selector, label);
}

function series({ expr, kind }: ListedQuery, choice: Choice, asked = prometheus): Promise<readonly Series[]> {
  const filled = filledIn(expr, choice);
  return kind === 'instant' ? asked.instant(filled) : asked.range(filled, 60, 5);
}

/** What a person who ticks every value chooses; variables that offer nothing stay at All. */
async function chosen(dashboard: (typeof builds)[number]): Promise<Choice> {
  const choice = new Map<string, readonly string[]>();
  for (const variable of queryVariables(dashboard))
    choice.set(variable.name, await labelValues(filledIn(variableQuery(variable), choice)));
  return choice;
}

function describeQuery({ dashboard, where, expr }: ListedQuery): string {
  const reason = MAY_BE_EMPTY.find(({ of }) => of({ dashboard, where, expr, kind: 'range', shown: [] }))?.since;
  return `${dashboard}: ${where}: ${reason ?? expr}`;
}
