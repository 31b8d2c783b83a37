// What a drop-in mode costs: events per CPU-second of the exporter in each of them, beside the exporter as it is.
import { startExporter } from '../consumers/exporter.js';
import { exporterFaults } from '../measure/lost-events.js';
import { ON_REDIS } from '../measure/ground.js';
import { measureConsumer } from '../measure/measure-consumer.js';
import { spread } from '../measure/statistics.js';
import type { BenchContext, PartResult } from '../bench-part.js';
import { count, fixed, megabytes, percent, textTable } from '../report/text-table.js';

const PLAIN = 'as it is';
const MODES: Readonly<Record<string, readonly string[]>> = {
  [PLAIN]: [],
  '--drop-in danihodovic': ['--drop-in=danihodovic'],
  'the same with hostnames': ['--drop-in=danihodovic', '--drop-in-hostnames'],
  '--drop-in flower': ['--drop-in=flower'],
};

interface Result {
  readonly mode: string;
  readonly round: number;
  readonly eventsPerCpuSecond: number;
  readonly peakBytes: number;
  readonly faults: readonly string[];
}

export async function dropIn({ quick, times, say }: BenchContext): Promise<PartResult> {
  const results: Result[] = [];
  for (let round = 1; round <= (quick ? 1 : 3 * times); round++)
    for (const [mode, options] of Object.entries(MODES)) {
      const result = await runOnce(mode, options, round, quick);
      say(`round ${String(round)}: ${mode}: ${count(result.eventsPerCpuSecond)} events per CPU-second`);
      results.push(result);
    }
  const speeds = (mode: string): number[] =>
    results.filter((each) => each.mode === mode).map((each) => each.eventsPerCpuSecond);
  const plain = speeds(PLAIN);
  const rows = Object.keys(MODES).map((mode) => {
    const { median, least, most } = spread(speeds(mode));
    // Round by round, since what disturbs a round disturbs all who run in it.
    const cost = spread(speeds(mode).map((speed, round) => ((plain[round] ?? NaN) / speed - 1) * 100));
    const peak = Math.max(...results.filter((each) => each.mode === mode).map((each) => each.peakBytes));
    const range = `${count(least)}–${count(most)}`;
    return [mode, count(median), range, fixed(1e6 / median, 2), percent(cost.median), megabytes(peak)];
  });
  return {
    text: textTable(['mode', 'events per CPU-second', 'spread', 'µs/event', 'more CPU', 'peak memory'], rows),
    data: { results },
    failures: results.flatMap(({ mode, faults }) => faults.map((fault) => `drop-in, ${mode}: ${fault}`)),
  };
}

async function runOnce(mode: string, options: readonly string[], round: number, quick: boolean): Promise<Result> {
  const load = { kind: 'multi', warmUp: quick ? 50_000 : 100_000, events: quick ? 150_000 : 500_000 } as const;
  const measured = await measureConsumer(
    ON_REDIS,
    (bed, redis) => startExporter(bed, redis, { options }),
    load,
    exporterFaults,
  );
  return {
    mode,
    round,
    eventsPerCpuSecond: measured.events / measured.cpuSeconds,
    peakBytes: measured.peakBytes,
    faults: measured.checked,
  };
}
