// What the watch asks of its clocks, and when it judges who is silent: thousands of messages a second must not each
// cost a look at the machine’s clock, and what has already come is read first.
import { expect, it } from '@jest/globals';
import { type Log, memoryLog, silentLog } from '@celery-watch/service';
import { MemoryBroker } from './brokers/memory.js';
import { readConfig } from './config.js';
import { type Clock, createWatch, type Watch } from './watch.js';

const HEARTBEAT = (() => {
  const body = Buffer.from('{"type":"worker-heartbeat","hostname":"a@b","pid":1,"timestamp":1060,"clock":1,"freq":2}');
  return { contentType: 'application/json', headers: {}, body };
})();

/** Runs the watch of a broker of its own until the work is done. */
async function watching(
  clock: Clock,
  work: (broker: MemoryBroker, watch: Watch) => Promise<void>,
  log: Log = silentLog(),
): Promise<void> {
  const read = readConfig({ argv: ['--broker-url', 'redis://localhost'], env: {} });
  if (!read.ok) throw new Error('configuration');
  const broker = new MemoryBroker();
  const watch = createWatch({ config: read.config.brokers[0], broker, log, clock });
  const stop = new AbortController();
  const over = watch.run(stop.signal);
  try {
    await new Promise(setImmediate);
    await work(broker, watch);
  } finally {
    stop.abort();
    await over;
  }
}

it('looks at the machine’s clock at the start and with each tick, and not for each message', async () => {
  const looks = { now: 0, wall: 0 };
  const clock = {
    now: () => 1000 + ++looks.now / 1e6,
    wall: () => {
      looks.wall++;
      return 1060;
    },
  };
  await watching(clock, (broker, { model }) => {
    expect(model.wallIsAhead).toBeCloseTo(60, 2);
    const before = looks.wall;
    for (let i = 0; i < 500; i++) broker.publishEvent(HEARTBEAT);
    expect([model.events.get('worker-heartbeat'), looks.wall - before <= 1]).toEqual([500, true]);
    return Promise.resolve();
  });
});

it('a process that was held up reads what came meanwhile before it calls anybody silent', async () => {
  let now = 1000;
  await watching({ now: () => now, wall: () => now }, async (broker, { model }) => {
    broker.publishEvent(HEARTBEAT);
    await new Promise(setImmediate);
    // Comes once the process goes on, as what waits in a socket does; by then the next tick is long due.
    const waiting = new Promise<void>((resolve) =>
      setImmediate(() => {
        broker.publishEvent(HEARTBEAT);
        resolve();
      }),
    );
    now += 120;
    for (const end = performance.now() + 1_100; performance.now() < end;);
    await waiting;
    await new Promise(setImmediate);
    const [worker] = model.workers;
    expect([worker?.up, worker?.exits.died]).toEqual([true, 0]);
  });
});

it('says in the log once that the broker takes no messages, and once that it does again', async () => {
  const { log, lines } = memoryLog('info');
  await watching(
    { now: () => 1000, wall: () => 1000 },
    (broker) => {
      for (const reason of [undefined, 'low on memory', 'low on memory', undefined, undefined, 'low on disk'])
        broker.block(reason);
      broker.down('gone');
      broker.up();
      broker.block(undefined);
      return Promise.resolve();
    },
    log,
  );
  expect(lines.filter(({ msg }) => /takes/.test(msg)).map(({ level, reason }) => [level, reason])).toEqual([
    ['warn', 'low on memory'],
    ['info', undefined],
    ['warn', 'low on disk'],
  ]);
});
