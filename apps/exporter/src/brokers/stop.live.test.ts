// After the end nothing may be left: no key, and nothing that keeps the process alive.
import { describe, expect, it } from '@jest/globals';
import { type ManagedProcess, Testbed, waitFor } from '@celery-watch/testbed';

/** Runs the broker in a process of its own, which stops it as told and then has nothing left to do. */
const PROGRAM = `
const { readBrokerUrl } = await import(process.argv[1]);
const { DEFAULT_TRANSPORT_OPTIONS: transportOptions } = await import(process.argv[2]);
const [url, when] = process.argv.slice(3);
const quiet = () => {};
const broker = readBrokerUrl(url).open({ transportOptions: { ...transportOptions, masterName: 'mymaster' }, exchanges: { eventExchange: 'celeryev', controlExchange: 'celery' },
  tls: { verify: true }, ownName: 'celery-exporter.left.behind', readHeads: true, log: { debug: quiet, info: quiet, warn: quiet, error: quiet } });
const stop = new AbortController();
let stopped = Infinity;
const end = () => setImmediate(() => { stopped = performance.now(); stop.abort(); });
if (when === 'soon') end();
const listener = { connected: () => when === 'connected' && broker.broadcast({ method: 'ping', ticket: 't' }).then(end), disconnected: () => when === 'failed' && end(), event: quiet, reply: quiet, refused: quiet, dropped: quiet, blocked: quiet };
await broker.run(listener, stop.signal);
const resolved = performance.now() - stopped;
process.on('exit', () => console.log(JSON.stringify({ resolved, exited: performance.now() - stopped })));
`;

async function times(
  bed: Testbed,
  url: string,
  when: 'connected' | 'failed' | 'soon',
): Promise<{ resolved: number; exited: number }> {
  const modules = [new URL('./table.js', import.meta.url), import.meta.resolve('@celery-watch/celery-protocol')].map(
    String,
  );
  const run: ManagedProcess = await bed.start({
    name: 'broker',
    command: process.execPath,
    args: ['--input-type=module', '-e', PROGRAM, ...modules, url, when],
  });
  await waitFor(() => !run.running, { within: 30_000, what: `the process ends (${url}, ${when})` });
  const { code } = await run.exited;
  if (code !== 0) throw new Error(run.lastLines());
  return JSON.parse(run.output()) as { resolved: number; exited: number };
}

describe('a process that has stopped its broker', () => {
  it('ends by itself within half a second, and leaves no key behind on Redis', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    const setup = await bed.sentinel({ sentinels: 1 });
    const cases: readonly (readonly [string, 'connected' | 'failed' | 'soon'])[] = [
      [redis.url, 'connected'],
      [redis.url, 'soon'],
      ['redis://127.0.0.1:1', 'failed'],
      [`rediss://127.0.0.1:${String(redis.port)}`, 'soon'],
      [`rediss://127.0.0.1:${String(redis.port)}`, 'failed'],
      [setup.url, 'connected'],
      [setup.url, 'soon'],
    ];
    for (const [url, when] of cases) {
      const { resolved, exited } = await times(bed, url, when);
      expect(resolved).toBeLessThan(500);
      expect(exited).toBeLessThan(700);
    }
    expect(await redis.cli('KEYS', '*')).toBe('');
    redis.process.signal('SIGSTOP');
    const silent = await times(bed, redis.url, 'soon');
    redis.process.signal('SIGCONT');
    expect(silent.exited).toBeLessThan(700);
  });

  it('ends by itself within half a second, and leaves no queue behind on RabbitMQ', async () => {
    await using bed = new Testbed();
    const rabbit = await bed.rabbitmq({ management: true });
    const cases: readonly (readonly [string, 'connected' | 'failed' | 'soon'])[] = [
      [rabbit.url, 'connected'],
      [rabbit.url, 'soon'],
      ['amqp://127.0.0.1:1', 'failed'],
      // Nobody answers there: the address is for documentation.
      ['amqp://192.0.2.1', 'soon'],
      [rabbit.url.replace('amqp://', 'amqps://'), 'soon'],
      [rabbit.url.replace('amqp://', 'amqps://'), 'failed'],
    ];
    for (const [url, when] of cases) {
      const { resolved, exited } = await times(bed, url, when);
      expect(resolved).toBeLessThan(500);
      expect(exited).toBeLessThan(700);
    }
    await waitFor(async () => (await rabbit.management.queues()).length === 0, { within: 10_000, what: 'no queue' });
    rabbit.process.signal('SIGSTOP');
    const silent = await times(bed, rabbit.url, 'soon');
    rabbit.process.signal('SIGCONT');
    expect(silent.exited).toBeLessThan(700);
  });
});
