// The time of a store that several relays share, as one of them knows it.
import { describe, expect, test } from '@jest/globals';
import { openMemoryOutbox } from './memory/memory-outbox.js';
import { keepTime, withSteadyTime } from './steady-outbox.js';
import { StoreClock } from './store-clock.js';
import { StoreUnavailable } from './outbox.js';

const START = 1_800_000_000_000;
const HOUR = 3_600_000;

/** A server with a clock of its own, and the way to it. */
class Server {
  passed = 0;
  set = START;
  /** Milliseconds that question and answer take. */
  way: readonly [number, number] = [5, 5];
  isAway = false;
  readonly clock = (): number => this.set + this.passed;
  readonly time = (): Promise<number> => {
    if (this.isAway) return Promise.reject(new StoreUnavailable('away'));
    this.passed += this.way[0];
    const shown = Math.round(this.clock());
    this.passed += this.way[1];
    return Promise.resolve(shown);
  };
}

/** A relay whose machine was started so many milliseconds before. */
const relayOf = (server: Server, startedBefore = 0): Promise<StoreClock> =>
  StoreClock.open({ time: server.time, ticks: () => server.passed + startedBefore });

const offBy = (clock: StoreClock, server: Server): number => Math.abs(clock.now() - server.clock());

describe('the clock of a shared store', () => {
  test('is known but for what question and answer differ in', async () => {
    const server = new Server();
    const [a, b] = [await relayOf(server), await relayOf(server, 7 * HOUR)];
    expect(Math.max(offBy(a, server), offBy(b, server))).toBeLessThanOrEqual(1);
    server.passed += HOUR;
    expect(Math.max(offBy(a, server), offBy(b, server))).toBeLessThanOrEqual(1);
    expect(a.steady()).toBe(a.now());
  });

  test('is known by the best of the last answers, not by a slow one', async () => {
    const server = new Server();
    server.way = [900, 3];
    const clock = await relayOf(server);
    expect(offBy(clock, server)).toBeGreaterThan(400);
    server.way = [2, 2];
    await clock.look();
    // It was ahead, and stood still.
    server.passed += 500;
    expect(offBy(clock, server)).toBeLessThanOrEqual(1);
    server.way = [4_000, 1];
    for (let looks = 0; looks < 5; looks++) {
      expect(await clock.look()).toBe(0);
      expect(offBy(clock, server)).toBeLessThanOrEqual(1);
    }
  });

  test('goes on while the store is away', async () => {
    const server = new Server();
    const clock = await relayOf(server);
    server.isAway = true;
    server.passed += HOUR;
    expect([await clock.look(), offBy(clock, server) <= 1]).toEqual([0, true]);
    await expect(relayOf(server)).rejects.toThrow('away');
  });

  test('is corrected by little in silence, and never goes back for that', async () => {
    const server = new Server();
    const clock = await relayOf(server);
    for (const step of [700, -3_000, -1, 40]) {
      const before = clock.now();
      server.set += step;
      expect(await clock.look()).toBe(0);
      expect(clock.now()).toBeGreaterThanOrEqual(before);
      server.passed += 4_000;
      expect(offBy(clock, server)).toBeLessThanOrEqual(1);
    }
  });

  test.each([HOUR, -HOUR, 30 * 24 * HOUR, 6_000, -6_000])(
    'that is set by %d ms is followed, and told once',
    async (step) => {
      const server = new Server();
      const clock = await relayOf(server);
      clock.now();
      server.set += step;
      expect(Math.abs((await clock.look()) - step)).toBeLessThanOrEqual(1);
      expect(offBy(clock, server)).toBeLessThanOrEqual(1);
      expect(await clock.look()).toBe(0);
    },
  );

  test('is asked for whatever the machine shows, and leaves nothing to the next run', async () => {
    const server = new Server();
    const outbox = { ...openMemoryOutbox(), time: server.time };
    const timed = await withSteadyTime(outbox, {
      wall: () => {
        throw new Error('the clock of the machine has no part in it');
      },
      ticks: () => server.passed,
      boot: 'x',
    });
    expect(Math.abs(timed.clock.now() - server.clock())).toBeLessThanOrEqual(1);
    await keepTime(timed);
    expect(await outbox.note('clock')).toBeUndefined();
  });
});
