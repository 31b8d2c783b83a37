// Consumers side by side: each reads a stream of each kind in each round, and what disturbs a round disturbs all in it.
import type { Consumer } from '../consumers/consumer.js';
import type { MessageKind } from '../load/event-stream.js';
import type { Sent } from '../load/session.js';
import type { BenchContext } from '../bench-part.js';
import type { Load, Measurement } from './measure-consumer.js';
import { type Spread, spread } from './statistics.js';

export const KINDS: readonly MessageKind[] = ['single', 'multi'];

/** What is wrong with a consumer's counts after the stream. */
export type Check = (consumer: Consumer, sent: Sent) => Promise<readonly string[]>;

export interface Contender {
  readonly name: string;
  /** Events of each kind of stream, and those before. */
  readonly events: number;
  readonly warmUp: number;
  readonly measure: (load: Load) => Promise<Measurement & { readonly checked: readonly string[] }>;
}

export interface Result {
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

export async function contest(
  contenders: readonly Contender[],
  rounds: number,
  say: BenchContext['say'],
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const kind of KINDS) {
      for (const contender of contenders) {
        const result = await runOnce(contender, kind, round);
        say(
          `round ${String(round)}, ${kind}: ${contender.name}: ${String(Math.round(result.eventsPerCpuSecond))} events ` +
            `per CPU-second (${String(result.events)} events in ${result.wallSeconds.toFixed(1)} s)`,
        );
        for (const fault of result.faults) say(`  ${contender.name}: ${fault}`);
        results.push(result);
      }
    }
  }
  return results;
}

async function runOnce(contender: Contender, kind: MessageKind, round: number): Promise<Result> {
  const { events, warmUp } = contender;
  const measured = await contender.measure({ kind, events, warmUp });
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

/** Of one contender; of one kind of stream where it is named. */
export function resultsOf(results: readonly Result[], name: string, kind?: MessageKind): readonly Result[] {
  return results.filter((each) => each.contender === name && (kind === undefined || each.kind === kind));
}

/** Events per CPU-second over one stream of each kind, by round. */
export function bothKinds(results: readonly Result[]): number[] {
  const rounds = Map.groupBy(results, ({ round }) => round);
  return [...rounds.values()].map(
    (pair) => pair.length / pair.reduce((total, { eventsPerCpuSecond }) => total + 1 / eventsPerCpuSecond, 0),
  );
}

/** Round by round. Undefined where the other did not take part. */
export function ratio(results: readonly Result[], ours: string, other: string): Spread | undefined {
  const theirs = bothKinds(resultsOf(results, other));
  if (theirs.length === 0) return undefined;
  return spread(bothKinds(resultsOf(results, ours)).map((each, round) => each / (theirs[round] ?? NaN)));
}

/** What makes the bench fail: faults of these contenders. */
export function failuresOf(part: string, results: readonly Result[], names: readonly string[]): string[] {
  return results
    .filter((each) => names.includes(each.contender))
    .flatMap((each) => each.faults.map((fault) => `${part}, ${each.kind}, round ${String(each.round)}: ${fault}`));
}
