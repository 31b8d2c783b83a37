// What the watch asks of its clocks: thousands of messages a second must not each cost a look at the machine's.
import { expect, it } from '@jest/globals';
import { silentLog } from '@celery-watch/service';
import { MemoryBroker } from './brokers/memory.js';
import { readConfig } from './config.js';
import { createWatch } from './watch.js';

it('looks at the machine’s clock at the start and with each tick, and not for each message', async () => {
  const read = readConfig({ argv: ['--broker-url', 'redis://localhost'], env: {} });
  if (!read.ok) throw new Error('configuration');
  const looks = { now: 0, wall: 0 };
  const clock = {
    now: () => 1000 + ++looks.now / 1e6,
    wall: () => {
      looks.wall++;
      return 1060;
    },
  };
  const broker = new MemoryBroker();
  const stop = new AbortController();
  const watch = createWatch({ config: read.config, broker, log: silentLog(), clock });
  const { model } = watch;
  expect(model.wallIsAhead).toBeCloseTo(60, 2);
  const over = watch.run(stop.signal);
  try {
    await new Promise(setImmediate);
    const before = looks.wall;
    const body = Buffer.from('{"type":"worker-heartbeat","hostname":"a@b","pid":1,"timestamp":1060,"clock":1}');
    for (let i = 0; i < 500; i++) broker.publishEvent({ contentType: 'application/json', headers: {}, body });
    expect([model.events.get('worker-heartbeat'), looks.wall - before <= 1]).toEqual([500, true]);
  } finally {
    stop.abort();
    await over;
  }
});
