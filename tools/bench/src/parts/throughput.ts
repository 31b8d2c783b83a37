// Part 1: events per CPU-second and peak memory of our exporter, beside two yardsticks on ioredis and Flower; and
// whether an event was lost.
import { bare } from '../consumers/bare-subscriber.js';
import type { StartConsumer } from '../consumers/consumer.js';
import { startExporter } from '../consumers/exporter.js';
import { flowerEnvironment, startFlower } from '../consumers/flower.js';
import type { MessageKind } from '../load/event-stream.js';
import type { Sent } from '../load/session.js';
import { exporterFaults, loss } from '../measure/lost-events.js';
import { measureConsumer, NAMES, WORKERS } from '../measure/measure-consumer.js';
import { type Spread, spread } from '../measure/statistics.js';
import type { BenchContext, PartResult } from '../bench-part.js';
import { count, fixed, megabytes, textTable } from '../report/text-table.js';

const KINDS: readonly MessageKind[] = ['single', 'multi'];
const TARGET = 15;

interface Contender {
  readonly name: string;
  readonly start: StartConsumer;
  /** Events of each kind of stream, and those before. */
  readonly events: number;
  readonly warmUp: number;
  /** What is wrong with its counts after the stream. */
  readonly faults: (counted: Readonly<Record<string, number>>, sent: Sent) => readonly string[];
  readonly isOurs?: boolean;
}

interface Result {
  readonly contender: string;
  readonly kind: MessageKind;
  readonly round: number;
  readonly events: number;
  readonly eventsPerMessage: number;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly eventsPerCpuSecond: number;
  readonly peakBytes: number;
  readonly bytesPerMessage: number;
  readonly heldBackSeconds: number;
  readonly faults: readonly string[];
}

export async function throughput(context: BenchContext): Promise<PartResult> {
  const { quick, times, say } = context;
  const flower = await flowerEnvironment(say);
  const contenders = contendersOf(quick);
  if (typeof flower === 'string') say(`${flower}. The bench goes on without it.`);
  else
    contenders.push({
      name: 'Flower',
      events: quick ? 10_000 : 30_000,
      warmUp: quick ? 1_000 : 3_000,
      start: (bed, redis) => startFlower(bed, redis, flower),
      faults: taskEventsOnly,
    });
  const results: Result[] = [];
  for (let round = 1; round <= (quick ? 1 : 3 * times); round++) {
    for (const kind of KINDS) {
      for (const contender of contenders) {
        const result = await runOnce(contender, kind, round);
        say(
          `round ${String(round)}, ${kind}: ${contender.name}: ${count(result.eventsPerCpuSecond)} events per ` +
            `CPU-second (${count(result.events)} events in ${fixed(result.wallSeconds, 1)} s)`,
        );
        for (const fault of result.faults) say(`  ${contender.name}: ${fault}`);
        results.push(result);
      }
    }
  }
  return report(results, contenders, typeof flower === 'string' ? flower : flower.versions);
}

function contendersOf(quick: boolean): Contender[] {
  const bareEvents = { events: quick ? 150_000 : 300_000, warmUp: quick ? 50_000 : 100_000 };
  return [
    {
      name: 'celery-exporter (ours)',
      isOurs: true,
      events: quick ? 250_000 : 750_000,
      warmUp: quick ? 50_000 : 100_000,
      start: startExporter,
      faults: () => [],
    },
    {
      name: 'bare ioredis, receive only',
      ...bareEvents,
      start: bare('receive'),
      faults: ({ messages = 0 }, sent) =>
        messages === sent.messages ? [] : [`received ${String(messages)} of ${String(sent.messages)}`],
    },
    {
      name: 'bare ioredis, decode + count',
      ...bareEvents,
      start: bare('decode'),
      faults: (counted, sent) => loss(sent.counts, counted).differences,
    },
  ];
}

/** Flower's counter has task events only. */
function taskEventsOnly(counted: Readonly<Record<string, number>>, sent: Sent): readonly string[] {
  return loss(sent.counts, counted, (type) => type.startsWith('task-')).differences;
}

async function runOnce(contender: Contender, kind: MessageKind, round: number): Promise<Result> {
  const { start, events, warmUp } = contender;
  const measured = await measureConsumer(start, { kind, events, warmUp }, async (consumer, sent) =>
    contender.isOurs === true ? exporterFaults(consumer, sent) : contender.faults(await consumer.counts(), sent),
  );
  const { sent } = measured;
  return {
    contender: contender.name,
    kind,
    round,
    events: measured.events,
    eventsPerMessage: sent.events / sent.messages,
    cpuSeconds: measured.cpuSeconds,
    wallSeconds: measured.wallSeconds,
    eventsPerCpuSecond: measured.events / measured.cpuSeconds,
    peakBytes: measured.peakBytes,
    bytesPerMessage: sent.bytes / sent.messages,
    heldBackSeconds: sent.heldBack / 1000,
    faults: measured.checked,
  };
}

function report(results: readonly Result[], contenders: readonly Contender[], flower: string): PartResult {
  const of = (name: string, kind?: MessageKind): Result[] =>
    results.filter((each) => each.contender === name && (kind === undefined || each.kind === kind));
  const rows = contenders.map(({ name }) => {
    const both = spread(bothKinds(of(name)));
    return [
      name,
      ...KINDS.map((kind) => count(spread(of(name, kind).map((each) => each.eventsPerCpuSecond)).median)),
      count(both.median),
      `${count(both.least)}–${count(both.most)}`,
      fixed(1e6 / both.median, 2),
      megabytes(Math.max(...of(name).map((each) => each.peakBytes))),
      of(name).every((each) => each.faults.length === 0) ? 'none' : 'SEE ABOVE',
    ];
  });
  const [ours = '', , decode = ''] = contenders.map(({ name }) => name);
  const ratios = [ratio(of(ours), of('Flower'), 'Flower'), ratio(of(ours), of(decode), 'the bare decode loop')].filter(
    (each) => each !== undefined,
  );
  const { single, multi } = { single: of(ours, 'single')[0], multi: of(ours, 'multi')[0] };
  const text = [
    textTable(
      ['events per CPU-second', 'one a message', 'task.multi', 'both', 'spread', 'µs/event', 'peak memory', 'lost'],
      rows,
    ),
    '',
    ...ratios.map(
      ({ label, value }) =>
        `  ours / ${label}: ${fixed(value.median, 2)} × (${fixed(value.least, 2)}–${fixed(value.most, 2)})` +
        (label === 'Flower' ? `; aim ${String(TARGET)} ×: ${value.median >= TARGET ? 'reached' : 'NOT reached'}` : ''),
    ),
    `  ${flower}`,
    `  ${String(NAMES)} task names, 8 queues, ${String(WORKERS)} workers; ${count(single?.bytesPerMessage ?? NaN)} ` +
      'bytes a message of one event, ' +
      `${count(multi?.bytesPerMessage ?? NaN)} of one with ${fixed(multi?.eventsPerMessage ?? NaN, 2)} events on ` +
      'average; CPU = utime + stime of the process, after a warm-up, scrapes included',
    '  danihodovic/celery-exporter is not on PyPI (the package of that name there is another program) and is not ' +
      'measured.',
  ].join('\n');
  const failures = results
    .filter((each) => each.contender === ours)
    .flatMap((each) => each.faults.map((fault) => `throughput, ${each.kind}, round ${String(each.round)}: ${fault}`));
  return { text, data: { flower, results, ratios }, failures };
}

/** Events per CPU-second over one stream of each kind, by round. */
function bothKinds(results: readonly Result[]): number[] {
  const rounds = Map.groupBy(results, ({ round }) => round);
  return [...rounds.values()].map(
    (pair) => pair.length / pair.reduce((total, { eventsPerCpuSecond }) => total + 1 / eventsPerCpuSecond, 0),
  );
}

/** Round by round, since what disturbs a round disturbs all who run in it. */
function ratio(
  ours: readonly Result[],
  others: readonly Result[],
  label: string,
): { readonly label: string; readonly value: Spread } | undefined {
  if (others.length === 0) return undefined;
  const theirs = bothKinds(others);
  return { label, value: spread(bothKinds(ours).map((each, round) => each / (theirs[round] ?? NaN))) };
}
