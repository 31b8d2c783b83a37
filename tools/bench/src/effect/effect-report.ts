// Says in words and figures what the exporter, and what Celery's own events, cost a worker.
import { count, fixed, percent, textTable } from '../report/text-table.js';
import { type Compared, type Condition, difference, type Difference } from './crossed-turns.js';
import type { Work } from './noop-worker.js';
import { canPin } from './pin.js';

const TARGET_PERCENT = 1;
/** Of fewer, no two values are sure to have the median between them. */
const ENOUGH_TURNS = 6;

export interface Effects {
  /** At a moderate rate, the exporter apart. */
  readonly steady: Compared;
  /** At full speed, all on the same cores. */
  readonly full: Compared;
  /** At full speed, events off against events switched on. */
  readonly switchedOn: Compared | undefined;
}

const cpu = (work: Work): number => work.cpuMicrosPerTask;
const speed = (work: Work): number => work.tasksPerSecond;

export async function effectReport({ steady, full, switchedOn }: Effects): Promise<string> {
  const rows = [
    row(`exporter attached, ${String(steady.rate)} tasks/s`, steady, ['alone', 'watched'], cpu),
    row('exporter attached, full speed', full, ['alone', 'watched'], speed),
    row('', full, ['alone', 'watched'], cpu),
    row('a bare listener attached, full speed', full, ['alone', 'listener'], speed),
    row('', full, ['alone', 'listener'], cpu),
    row('exporter against the bare listener', full, ['listener', 'watched'], speed),
    row('', full, ['listener', 'watched'], cpu),
    ...(switchedOn === undefined
      ? []
      : [
          row("Celery's own events: off against on", switchedOn, ['alone', 'watched'], speed),
          row('', switchedOn, ['alone', 'watched'], cpu),
        ]),
  ];
  const aim = difference(steady.series, ['alone', 'watched'], cpu);
  const share = (steady.exporterMicros * steady.rate) / 1e4;
  return [
    textTable(['worker', 'measure', 'without', 'with', 'difference', '95 %'], rows),
    '',
    `  aim: an attached exporter costs the worker under ${String(TARGET_PERCENT)} % of CPU a task, at a moderate ` +
      `rate: ${steady.turns < ENOUGH_TURNS ? 'too few turns to say' : verdict(aim)}`,
    `  Blocks of no-op tasks in turn on two equal prefork workers (-E but where events are off); median of ${[
      steady,
      full,
      switchedOn,
    ]
      .filter((each) => each !== undefined)
      .map(turnsOf)
      .join(', ')} turns with its 95 % interval.`,
    '  ' +
      `${(await canPin()) ? 'At the moderate rate, workers and Redis have one core, the exporter has another, as on a machine of its own.' : 'Nothing is pinned to a core.'} The exporter itself uses ${fixed(steady.exporterMicros, 0)} µs a task there` +
      ` (${fixed(share, 1)} % of a core: each message wakes it), ${fixed(full.exporterMicros, 0)} µs at full speed.`,
    '  Full speed is the worst case: tasks that do nothing, on cores that worker, Redis and exporter have to ' +
      'share. There, anybody who listens takes time from the worker.',
    ...(switchedOn === undefined
      ? []
      : [
          "  The last case is what Celery's own events cost, with -E or however they are switched on, an attached " +
            'exporter included.',
        ]),
  ].join('\n');
}

function row(
  title: string,
  { series }: Compared,
  conditions: readonly [Condition, Condition],
  of: (work: Work) => number,
): string[] {
  const { base, other, percent: change, interval } = difference(series, conditions, of);
  return [
    title,
    of === cpu ? 'CPU µs/task' : 'tasks/s',
    count(base),
    count(other),
    percent(change),
    `${percent(interval[0])} … ${percent(interval[1])}`,
  ];
}

function turnsOf({ series }: Compared): string {
  return String(series.reduce((sum, each) => sum + each.length, 0));
}

function verdict({ percent: change, interval: [least, most] }: Difference): string {
  if (most < TARGET_PERCENT) return 'reached';
  if (least >= TARGET_PERCENT) return 'NOT reached';
  return `${change < TARGET_PERCENT ? 'reached' : 'NOT reached'} by the median, but the interval does not decide it (--long measures longer)`;
}
