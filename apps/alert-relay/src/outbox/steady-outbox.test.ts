// The contract of outboxes by a clock that was set, and what a jump in the middle may not do.
import { describe, expect, test } from '@jest/globals';
import { openMemoryOutbox } from './memory/memory-outbox.js';
import { describeOutbox } from './outbox-contract.js';
import { openSqliteOutbox } from './sqlite/sqlite-outbox.js';
import { SteadyClock } from './steady-clock.js';
import { keepTime, steadyOutbox, withSteadyTime } from './steady-outbox.js';
import { dead, intake, present, put, request, retry, sample } from './testing.js';
import type { KnownGroup, Outbox } from './outbox.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = 1_800_000_000_000;

class Machine {
  passed = 0;
  set = START;
  readonly boot = undefined;
  readonly wall = (): number => this.set + this.passed;
  readonly ticks = (): number => this.passed;
}

/** A clock that shows `ahead` more than what has passed. */
function clockAhead(ahead: number): SteadyClock {
  const machine = new Machine();
  const clock = new SteadyClock(machine);
  machine.set += ahead;
  clock.look();
  return clock;
}

// By half a second: the contract goes by small numbers, whose JSON must not become longer.
describeOutbox('memory, by a clock that was set back', () =>
  Promise.resolve(steadyOutbox(openMemoryOutbox(), clockAhead(-500))),
);
describeOutbox('sqlite, by a clock that was set back', async () =>
  steadyOutbox(await openSqliteOutbox(':memory:'), clockAhead(-500)),
);

const STORES: readonly (readonly [string, () => Promise<Outbox>])[] = [
  ['memory', () => Promise.resolve(openMemoryOutbox())],
  ['sqlite', () => openSqliteOutbox(':memory:')],
];

describe.each(STORES)('in %s,', (_, open) => {
  describe.each([-30 * DAY, -8 * HOUR, -30 * 60_000, 30 * 60_000, 8 * HOUR, 30 * DAY])(
    'a clock set by %d ms',
    (jump) => {
      async function store(): Promise<{
        outbox: Outbox;
        now: () => number;
        pass: (ms: number) => void;
        set: () => void;
      }> {
        const machine = new Machine();
        const clock = new SteadyClock(machine);
        return {
          outbox: steadyOutbox(await open(), clock),
          now: clock.now,
          pass: (ms) => {
            machine.passed += ms;
          },
          set: () => {
            machine.set += jump;
            clock.look();
          },
        };
      }

      test('makes a wait neither longer nor shorter', async () => {
        const { outbox, now, pass, set } = await store();
        await put(outbox, sample('a', { at: now() }), ['c']);
        const claim = present(await outbox.claim('c', request(now())));
        await outbox.settle(claim, retry(now(), now() + 60_000));
        set();
        pass(59_000);
        expect(await outbox.waiting('c', now())).toEqual({ groups: 0, nextAt: now() + 1_000 });
        expect(await outbox.claim('c', request(now()))).toBeUndefined();
        pass(1_000);
        expect(await outbox.claim('c', request(now()))).toBeDefined();
      });

      test('ends no lease early', async () => {
        const { outbox, now, pass, set } = await store();
        await put(outbox, sample('a', { at: now() }), ['c']);
        const claim = present(await outbox.claim('c', request(now(), { leaseMs: 60_000 })));
        set();
        pass(30_000);
        expect(await outbox.claim('c', request(now()))).toBeUndefined();
        expect(await outbox.settle(claim, { kind: 'delivered', at: now() })).toBe(true);
      });

      test('lets nothing run out of time early', async () => {
        const { outbox, now, pass, set } = await store();
        await put(outbox, sample('a', { at: now() }), ['c']);
        set();
        pass(HOUR);
        const claim = present(await outbox.claim('c', request(now())));
        await outbox.settle(claim, retry(now(), now(), { expireBefore: now() - DAY }));
        expect(await outbox.listDead({}, 10)).toEqual([]);
        pass(DAY);
        const again = present(await outbox.claim('c', request(now())));
        await outbox.settle(again, retry(now(), now(), { expireBefore: now() - DAY }));
        expect(await outbox.listDead({}, 10)).toMatchObject([{ reason: 'expired', diedAt: now() }]);
      });

      test('forgets nothing early that deduplication needs, and says how long ago it was', async () => {
        const { outbox, now, pass, set } = await store();
        const state = { status: 'firing' as const, seenAt: now(), toldAt: now() };
        await outbox.record('g', [], () => intake({ states: new Map([['e', state]]), episode: 'open' }));
        set();
        pass(HOUR);
        await outbox.prune({ deliveredBefore: now() - DAY, seenBefore: now() - DAY });
        let known: KnownGroup | undefined;
        await outbox.record('g', ['e'], (found) => {
          known = found;
          return intake({ episode: found.episode });
        });
        const hourAgo = now() - HOUR;
        expect(known).toEqual({
          episode: 'open',
          states: new Map([['e', { status: 'firing', seenAt: hourAgo, toldAt: hourAgo }]]),
        });
      });

      test('shows ages as they are', async () => {
        const { outbox, now, pass, set } = await store();
        await put(outbox, sample('a', { at: now() }), ['c', 'd']);
        set();
        pass(HOUR);
        expect((await outbox.figures()).pending.get('c')?.oldestAcceptedAt).toBe(now() - HOUR);
        const claim = present(await outbox.claim('d', request(now())));
        expect(claim.notifications[0]?.acceptedAt).toBe(now() - HOUR);
        await outbox.settle(claim, dead(now()));
        expect(await outbox.listDead({}, 10)).toMatchObject([{ acceptedAt: now() - HOUR, diedAt: now() }]);
      });
    },
  );

  test('the next run goes on with the time of the last', async () => {
    const machine = new Machine();
    const inner = await open();
    const first = await withSteadyTime(inner, machine);
    await put(first.outbox, sample('a', { at: first.clock.now() }), ['c']);
    machine.set += 30 * DAY;
    await first.clock.look();
    await keepTime(first);
    machine.passed += 1_000;
    const second = await withSteadyTime(inner, machine);
    expect(second.clock.jumpBeforeStart).toBe(0);
    expect((await second.outbox.figures()).pending.get('c')?.oldestAcceptedAt).toBe(second.clock.now() - 1_000);
  });
});
