// The least that a subscriber on ioredis can do, a program of its own. `receive` counts messages; `decode` also decodes
// them and counts events by type; `listen` throws them away, and only while it is told to.
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

const channels = `/${new URL(url).pathname.slice(1)}.celeryev/*`;
const redis = new Redis(url);

/** What a line on standard input asks for; the answer is one line too. */
async function answer(line: string): Promise<string> {
  if (line === 'counts') return JSON.stringify(counts);
  await (line === 'on' ? redis.psubscribe(channels) : redis.punsubscribe(channels));
  return line;
}

if (mode === 'receive') redis.on('pmessageBuffer', receive);
else if (mode === 'listen') redis.on('pmessageBuffer', () => undefined);
else
  redis.on('pmessageBuffer', (_pattern: string, _channel: Buffer, payload: Buffer) => {
    decode(payload);
  });
if (mode !== 'listen') await redis.psubscribe(channels);
createInterface({ input: process.stdin })
  .on('line', (line) => {
    void answer(line).then((text) => {
      process.stdout.write(`${text}\n`);
    });
  })
  .on('close', () => {
    redis.disconnect();
  });
