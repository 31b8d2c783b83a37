// Part 1: events per CPU-second and peak memory of our exporter, beside two yardsticks on ioredis and Flower; and
// whether an event was lost.
import { bare } from '../consumers/bare-subscriber.js';
import { startExporter } from '../consumers/exporter.js';
import { flowerEnvironment, startFlower } from '../consumers/flower.js';
import { type Contender, contest, failuresOf, ratio } from '../measure/contest.js';
import { ON_REDIS } from '../measure/ground.js';
import { exporterFaults, loss } from '../measure/lost-events.js';
import { measureConsumer } from '../measure/measure-consumer.js';
import type { BenchContext, PartResult } from '../bench-part.js';
import { contestTable, ratioLine, streamLine } from './contest-table.js';

const TARGET = 15;
const OURS = 'celery-exporter (ours)';
const RECEIVE = 'bare ioredis, receive only';
const DECODE = 'bare ioredis, decode + count';
const FLOWER = 'Flower';

export async function throughput({ quick, times, say }: BenchContext): Promise<PartResult> {
  const flower = await flowerEnvironment(say);
  const bareEvents = { events: quick ? 150_000 : 300_000, warmUp: quick ? 50_000 : 100_000 };
  const contenders: Contender[] = [
    {
      name: OURS,
      events: quick ? 250_000 : 750_000,
      warmUp: quick ? 50_000 : 100_000,
      measure: (load) => measureConsumer(ON_REDIS, startExporter, load, exporterFaults),
    },
    {
      name: RECEIVE,
      ...bareEvents,
      measure: (load) =>
        measureConsumer(ON_REDIS, bare('receive'), load, async (consumer, sent) => {
          const { messages = 0 } = await consumer.counts();
          return messages === sent.messages ? [] : [`received ${String(messages)} of ${String(sent.messages)}`];
        }),
    },
    {
      name: DECODE,
      ...bareEvents,
      measure: (load) =>
        measureConsumer(
          ON_REDIS,
          bare('decode'),
          load,
          async (consumer, sent) => loss(sent.counts, await consumer.counts()).differences,
        ),
    },
  ];
  if (typeof flower === 'string') say(`${flower}. The bench goes on without it.`);
  else
    contenders.push({
      name: FLOWER,
      events: quick ? 10_000 : 30_000,
      warmUp: quick ? 1_000 : 3_000,
      measure: (load) =>
        measureConsumer(
          ON_REDIS,
          (bed, redis) => startFlower(bed, redis, flower),
          load,
          // Its counter has task events only.
          async (consumer, sent) =>
            loss(sent.counts, await consumer.counts(), (type) => type.startsWith('task-')).differences,
        ),
    });
  const results = await contest(contenders, quick ? 1 : 3 * times, say);
  const versions = typeof flower === 'string' ? flower : flower.versions;
  const toFlower = ratio(results, OURS, FLOWER);
  const toDecode = ratio(results, OURS, DECODE);
  const text = [
    contestTable(results, contenders),
    '',
    ...(toFlower === undefined ? [] : [ratioLine(FLOWER, toFlower, TARGET)]),
    ...(toDecode === undefined ? [] : [ratioLine('the bare decode loop', toDecode)]),
    `  ${versions}`,
    streamLine(results, OURS),
    '  danihodovic/celery-exporter is not on PyPI (the package of that name there is another program) and is not ' +
      'measured.',
  ].join('\n');
  return {
    text,
    data: { flower: versions, results, ratios: { flower: toFlower, decode: toDecode } },
    failures: failuresOf('throughput', results, [OURS]),
  };
}
