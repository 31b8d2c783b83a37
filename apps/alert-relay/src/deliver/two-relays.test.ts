// Two relays that send for one channel, on one store: what they send together, in which order, and what one of them
// learns of the other.
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Verdict } from '../notification/index.js';
import { openMemoryOutbox, type Outbox } from '../outbox/index.js';
import { put, sample, type Sample } from '../outbox/testing.js';
import type { DeliverySettings } from './message-delivery.js';
import { failed, OK, SharedClock, START, startWorkerBy, type Bench, type Sent } from './testing.js';

const MINUTE = 60_000;
const running: Bench<SharedClock>[] = [];
afterEach(() => Promise.all(running.splice(0).map((each) => each.stop())));

interface Pair {
  readonly clock: SharedClock;
  readonly outbox: Outbox;
  readonly relays: readonly [Bench<SharedClock>, Bench<SharedClock>];
  /** What both have sent, in the order of time. */
  readonly sent: () => readonly Sent[];
  readonly store: (...notes: { readonly name: string; readonly more?: Sample }[]) => Promise<void>;
}

function start(settings: Partial<DeliverySettings> = {}): Pair {
  const clock = new SharedClock();
  const memory = openMemoryOutbox();
  // As a store does that several relays share.
  const outbox: Outbox = { ...memory, time: () => Promise.resolve(clock.steady()) };
  const relays = [startWorkerBy(clock, settings, outbox), startWorkerBy(clock, settings, outbox)] as const;
  running.push(...relays);
  let posts = 0;
  return {
    clock,
    outbox,
    relays,
    sent: () => relays.flatMap(({ channel }) => channel.sent).toSorted((a, b) => a.at - b.at),
    store: async (...notes) => {
      for (const { name, more } of notes)
        await put(outbox, sample(name, { at: clock.now(), group: name, ...more }), ['c']);
      // The one that took the post is first to know of it.
      relays[posts++ % 2]?.worker.wake();
      relays[posts % 2]?.worker.wake();
    },
  };
}

/** The most that were sent within any such time. */
function most(sent: readonly Sent[], windowMs: number): number {
  return Math.max(...sent.map(({ at: from }) => sent.filter(({ at }) => at >= from && at < from + windowMs).length));
}

const told = (sent: readonly Sent[]): string[] => sent.flatMap(({ alerts }) => [...alerts]);

describe('two relays', () => {
  test('keep one budget together, tell each alert once, and each group in its order', async () => {
    const { clock, sent, store, relays } = start({ budget: { perMinute: 5 } });
    const names: string[] = [];
    for (let round = 0; round < 40; round++) {
      const group = `g${round % 3}`;
      names.push(`${group}-${round}:firing`);
      await store({ name: `${group}-${round}`, more: { group } });
      await clock.pass(7_000);
    }
    await clock.pass(5 * MINUTE);
    expect(most(sent(), MINUTE)).toBeLessThanOrEqual(5);
    expect(told(sent()).toSorted()).toEqual(names.toSorted());
    for (const group of ['g0', 'g1', 'g2']) {
      const of = (all: readonly string[]): string[] => all.filter((each) => each.startsWith(`${group}-`));
      expect(of(told(sent()))).toEqual(of(names));
    }
    // Both had their share, or this shows nothing.
    expect(Math.min(...relays.map(({ channel }) => channel.sent.length))).toBeGreaterThan(3);
    expect(sent().some(({ possibleDuplicate }) => possibleDuplicate)).toBe(false);
  });

  test('in a storm spread what is left of their budget evenly, as one does', async () => {
    const { clock, sent, store } = start({ budget: { perMinute: 18 } });
    for (let post = 0; post < 360; post++) {
      await store({ name: `n${post}` });
      await clock.pass(500);
    }
    const gaps = sent().map(({ at }, i) => at - (sent()[i - 1]?.at ?? -60_000));
    // Half at once, one in three seconds from there on, and nobody waits for a minute.
    expect(Math.min(...gaps.slice(10))).toBeGreaterThanOrEqual(3_000);
    expect(Math.max(...gaps.slice(1))).toBeLessThan(35_000);
    expect(most(sent(), MINUTE)).toBeLessThanOrEqual(18);
    await clock.pass(MINUTE);
    expect(new Set(told(sent())).size).toBe(360);
  });

  test('both leave a server alone that asked one of them to', async () => {
    const { clock, sent, store, relays } = start();
    const [first, second] = relays;
    const tooFast = failed('rate_limited', { afterMs: 10 * MINUTE, wholeChannel: true });
    for (const { channel } of relays) channel.answer(tooFast);
    await store({ name: 'a' });
    await clock.pass(1_000);
    expect(sent()).toHaveLength(1);
    await store({ name: 'b' }, { name: 'c' });
    await clock.pass(9 * MINUTE);
    expect(sent()).toHaveLength(1);
    // The one that was not asked answers well from here on.
    await (first.channel.sent.length > 0 ? first : second).stop();
    await clock.pass(20 * MINUTE);
    expect(sent()[1]?.at).toBeGreaterThanOrEqual(10 * MINUTE);
    expect(new Set(told(sent().slice(1)))).toEqual(new Set(['a:firing', 'b:firing', 'c:firing']));
  });

  test('keep their distance from a request of the other that is under way', async () => {
    const { clock, sent, store, relays } = start({ budget: { perMinute: 50, perSecond: 1 } });
    const ends: number[] = [];
    const slow = async (): Promise<Verdict> => {
      await clock.wait(3_000, new AbortController().signal);
      ends.push(clock.steady() - START);
      return OK;
    };
    for (const { channel } of relays) channel.answer(slow, slow);
    await store({ name: 'a' }, { name: 'b' });
    await clock.pass(MINUTE);
    expect(sent()).toHaveLength(2);
    expect(sent()[1]?.at).toBeGreaterThanOrEqual((ends[0] ?? NaN) + 1_000);
  });

  test('one goes on soon where the other died within a request', async () => {
    const { clock, store, relays } = start({ budget: { perMinute: 50, perSecond: 1 } });
    const [first, second] = relays;
    let end = (_: Verdict): void => undefined;
    const never = (): Promise<Verdict> =>
      new Promise((resolve) => {
        end = resolve;
      });
    await second.stop();
    first.channel.answer(never);
    await store({ name: 'a' });
    await clock.pass(1_000);
    const third = startWorkerBy(clock, { budget: { perMinute: 50, perSecond: 1 } }, first.outbox);
    running.push(third);
    await put(first.outbox, sample('b', { at: clock.now(), group: 'b' }), ['c']);
    third.worker.wake();
    await clock.pass(20_000);
    expect(told(third.channel.sent)).toEqual(['b:firing']);
    end(OK);
  });
});
