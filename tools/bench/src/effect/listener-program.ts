// A program of its own: the least that can listen to a worker's events. A line "on" or "off" on standard input begins
// or ends it, and is said back when done.
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';

const [url = ''] = process.argv.slice(2);
const channels = `/${new URL(url).pathname.slice(1)}.celeryev/*`;
const redis = new Redis(url);
redis.on('pmessageBuffer', () => undefined);
createInterface({ input: process.stdin })
  .on('line', (line) => {
    void (line === 'on' ? redis.psubscribe(channels) : redis.punsubscribe(channels)).then(() => {
      process.stdout.write(`${line}\n`);
    });
  })
  .on('close', () => {
    redis.disconnect();
  });
