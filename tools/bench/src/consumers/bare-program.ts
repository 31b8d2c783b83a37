// A yardstick, a program of its own: the least that a subscriber on ioredis can do. `receive` counts messages; `decode`
// also decodes them and counts events by type.
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';

const [mode, url = ''] = process.argv.slice(2);
const counts: Record<string, number> = {};

function receive(): void {
  counts['messages'] = (counts['messages'] ?? 0) + 1;
}

function decode(payload: Buffer): void {
  const envelope = JSON.parse(payload.toString()) as { readonly body: string };
  const body = JSON.parse(Buffer.from(envelope.body, 'base64').toString()) as
    { readonly type: string } | readonly { readonly type: string }[];
  if (!isList(body)) {
    counts[body.type] = (counts[body.type] ?? 0) + 1;
    return;
  }
  for (const { type } of body) counts[type] = (counts[type] ?? 0) + 1;
}

function isList<T>(body: T | readonly T[]): body is readonly T[] {
  return Array.isArray(body);
}

const redis = new Redis(url);
if (mode === 'receive') redis.on('pmessageBuffer', receive);
else
  redis.on('pmessageBuffer', (_pattern: string, _channel: Buffer, payload: Buffer) => {
    decode(payload);
  });
await redis.psubscribe('/0.celeryev/*');
// Each line asks for the counts.
createInterface({ input: process.stdin })
  .on('line', () => {
    process.stdout.write(`${JSON.stringify(counts)}\n`);
  })
  .on('close', () => {
    redis.disconnect();
  });
