// How a contest is told: a row for each contender, a line for each ratio with its aim, and what the stream was.
import { KINDS, bothKinds, type Contender, type Result, resultsOf } from '../measure/contest.js';
import { NAMES, WORKERS } from '../measure/measure-consumer.js';
import { type Spread, spread } from '../measure/statistics.js';
import { count, fixed, megabytes, textTable } from '../report/text-table.js';

export function contestTable(results: readonly Result[], contenders: readonly Contender[]): string {
  const rows = contenders.map(({ name }) => {
    const all = resultsOf(results, name);
    const both = spread(bothKinds(all));
    return [
      name,
      ...KINDS.map((kind) => count(spread(resultsOf(all, name, kind).map((each) => each.eventsPerCpuSecond)).median)),
      count(both.median),
      `${count(both.least)}–${count(both.most)}`,
      fixed(1e6 / both.median, 2),
      megabytes(Math.max(...all.map((each) => each.peakBytes))),
      all.every((each) => each.faults.length === 0) ? 'none' : 'SEE ABOVE',
    ];
  });
  return textTable(
    ['events per CPU-second', 'one a message', 'task.multi', 'both', 'spread', 'µs/event', 'peak memory', 'lost'],
    rows,
  );
}

export function ratioLine(label: string, { median, least, most }: Spread, aim?: number): string {
  const verdict = aim === undefined ? '' : `; aim ${String(aim)} ×: ${median >= aim ? 'reached' : 'NOT reached'}`;
  return `  ours / ${label}: ${fixed(median, 2)} × (${fixed(least, 2)}–${fixed(most, 2)})${verdict}`;
}

/** `name`: whose stream it was. */
export function streamLine(results: readonly Result[], name: string): string {
  const [single] = resultsOf(results, name, 'single');
  const [multi] = resultsOf(results, name, 'multi');
  return (
    `  ${String(NAMES)} task names, 8 queues, ${String(WORKERS)} workers; ${count(single?.bytesPerMessage ?? NaN)} ` +
    `bytes a message of one event, ${count(multi?.bytesPerMessage ?? NaN)} of one with ` +
    `${fixed(multi?.eventsPerMessage ?? NaN, 2)} events on average; CPU = utime + stime of the process, after a ` +
    'warm-up, scrapes included'
  );
}
