// The least that a consumer on amqplib can do, a program of its own: it parses what comes to a queue of its own, and
// counts events by type.
import { createInterface } from 'node:readline';
import { connect } from 'amqplib';

const [url = ''] = process.argv.slice(2);
const counts: Record<string, number> = {};

function decode(payload: Buffer): void {
  const body = JSON.parse(payload.toString()) as { readonly type: string } | readonly { readonly type: string }[];
  if (!isList(body)) {
    counts[body.type] = (counts[body.type] ?? 0) + 1;
    return;
  }
  for (const { type } of body) counts[type] = (counts[type] ?? 0) + 1;
}

function isList<T>(body: T | readonly T[]): body is readonly T[] {
  return Array.isArray(body);
}

const connection = await connect(url);
const channel = await connection.createChannel();
await channel.assertExchange('celeryev', 'topic', { durable: true });
const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true, durable: false });
await channel.bindQueue(queue, 'celeryev', '#');
await channel.consume(
  queue,
  (message) => {
    if (message !== null) decode(message.content);
  },
  { noAck: true },
);
process.stdout.write('ready\n');
createInterface({ input: process.stdin })
  .on('line', () => {
    process.stdout.write(`${JSON.stringify(counts)}\n`);
  })
  .on('close', () => {
    void connection.close();
  });
