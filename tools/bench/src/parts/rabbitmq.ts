// RabbitMQ: events per CPU-second of our exporter there, beside itself on Redis and beside a bare loop on amqplib that
// parses and counts; and whether an event was lost.
import { startBareAmqplib } from '../consumers/bare-amqplib.js';
import { startExporter } from '../consumers/exporter.js';
import { type Contender, contest, failuresOf, ratio } from '../measure/contest.js';
import { ON_RABBITMQ, ON_REDIS } from '../measure/ground.js';
import { exporterFaults, loss } from '../measure/lost-events.js';
import { measureConsumer } from '../measure/measure-consumer.js';
import type { BenchContext, PartResult } from '../bench-part.js';
import { contestTable, ratioLine, streamLine } from './contest-table.js';

const TARGET = 0.9;
const OURS = 'celery-exporter on RabbitMQ';
const BARE = 'bare amqplib, parse + count';
const REDIS = 'celery-exporter on Redis';

export async function rabbitmq({ quick, times, say }: BenchContext): Promise<PartResult> {
  const amount = { events: quick ? 100_000 : 300_000, warmUp: quick ? 50_000 : 100_000 };
  const contenders: Contender[] = [
    {
      name: OURS,
      ...amount,
      measure: (load) => measureConsumer(ON_RABBITMQ, startExporter, load, exporterFaults),
    },
    {
      name: BARE,
      ...amount,
      measure: (load) =>
        measureConsumer(
          ON_RABBITMQ,
          startBareAmqplib,
          load,
          async (consumer, sent) => loss(sent.counts, await consumer.counts()).differences,
        ),
    },
    {
      name: REDIS,
      ...amount,
      measure: (load) => measureConsumer(ON_REDIS, startExporter, load, exporterFaults),
    },
  ];
  const results = await contest(contenders, quick ? 1 : 3 * times, say);
  const toBare = ratio(results, OURS, BARE);
  const toRedis = ratio(results, OURS, REDIS);
  const text = [
    contestTable(results, contenders),
    '',
    ...(toBare === undefined ? [] : [ratioLine('the bare amqplib loop', toBare, TARGET)]),
    ...(toRedis === undefined ? [] : [ratioLine('itself on Redis', toRedis)]),
    streamLine(results, OURS),
  ].join('\n');
  return {
    text,
    data: { results, ratios: { bare: toBare, redis: toRedis } },
    failures: failuresOf('rabbitmq', results, [OURS, REDIS]),
  };
}
