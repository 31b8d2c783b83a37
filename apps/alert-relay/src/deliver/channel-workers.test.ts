// A channel's line of delivery, with time that flies: what goes when, in which order, and what a restart remembers.
import { afterEach, describe, expect, test } from '@jest/globals';
import { openMemoryOutbox } from '../outbox/index.js';
import { put, sample, type Sample } from '../outbox/testing.js';
import { AMBIGUOUS, type Bench, eventually, failed, FastClock, OK, START, startWorker } from './testing.js';

const running: Bench[] = [];
const start: typeof startWorker = (...given) => {
  const bench = startWorker(...given);
  running.push(bench);
  return bench;
};
afterEach(() => Promise.all(running.splice(0).map((each) => each.stop())));

const note = (name: string, more: Sample = {}) => sample(name, { at: START, group: name, ...more });
async function store({ outbox, worker }: Bench, ...notes: ReturnType<typeof note>[]): Promise<void> {
  for (const each of notes) await put(outbox, each, ['c']);
  worker.wake();
}
const told = ({ channel }: Bench): string[][] => channel.sent.map(({ alerts }) => [...alerts]);
const sent = (bench: Bench, count: number): Promise<void> =>
  eventually(() => bench.channel.sent.length >= count, `${count} messages, only ${JSON.stringify(bench.channel.sent)}`);

describe('a worker', () => {
  test('tells an alert that was not sent together with its end, as one story', async () => {
    const bench = start();
    bench.channel.answer(failed());
    await store(bench, note('a'));
    await sent(bench, 1);
    await store(bench, note('a', { status: 'resolved', at: START + 1 }));
    await sent(bench, 2);
    expect(told(bench)).toEqual([['a:firing'], ['a:firing,resolved']]);
    expect(bench.channel.sent[0]?.key).not.toBe(bench.channel.sent[1]?.key);
  });

  test('sends what may have arrived as it was, before anything younger of its group; other groups do not wait', async () => {
    const bench = start();
    bench.channel.answer(async () => {
      await store(bench, note('b', { group: 'g' }), note('other'));
      return AMBIGUOUS;
    });
    await store(bench, note('a', { group: 'g' }));
    await sent(bench, 4);
    expect(told(bench)).toEqual([['a:firing'], ['other:firing'], ['a:firing'], ['b:firing']]);
    const [first, , again] = bench.channel.sent;
    expect(again?.key).toBe(first?.key);
    expect([first?.possibleDuplicate, again?.possibleDuplicate]).toEqual([false, true]);
  });

  test('has no words about duplicates where the server knows a resend', async () => {
    const bench = start({ idempotent: true });
    bench.channel.answer(AMBIGUOUS);
    await store(bench, note('a'));
    await sent(bench, 2);
    expect(bench.channel.sent.map(({ possibleDuplicate }) => possibleDuplicate)).toEqual([false, false]);
  });

  test('makes one digest of more groups than it has requests left, critical first, and leaves nothing out', async () => {
    const bench = start({ budget: { perMinute: 3 } });
    bench.channel.answer(async () => {
      await store(
        bench,
        ...Array.from({ length: 20 }, (_, i) =>
          note(`n${String(i).padStart(2, '0')}`, i === 13 ? { severity: 'critical' } : {}),
        ),
      );
      return OK;
    });
    await store(bench, note('first'));
    await sent(bench, 2);
    const [, digest] = bench.channel.sent;
    expect([digest?.kind, digest?.alerts.length, digest?.alerts[0]]).toEqual(['digest', 20, 'n13:firing']);
    await bench.stop();
    expect(bench.channel.sent).toHaveLength(2);
    expect((await bench.outbox.figures()).pending.size).toBe(0);
  });

  test('leaves a server alone for as long as it asked, over a restart too', async () => {
    const [clock, outbox] = [new FastClock(), openMemoryOutbox()];
    const before = start({}, { clock, outbox });
    before.channel.answer({
      kind: 'retry',
      reason: 'rate_limited',
      detail: '130101',
      afterMs: 600_000,
      wholeChannel: true,
    });
    await store(before, note('a'));
    await sent(before, 1);
    await before.stop();
    const after = start({}, { clock, outbox });
    await store(after, note('b'));
    await sent(after, 1);
    expect(clock.now() - START).toBeGreaterThanOrEqual(600_000);
  });

  test('never sends more than its budget, and a restart remembers what was sent', async () => {
    const [clock, outbox] = [new FastClock(), openMemoryOutbox()];
    const before = start({ budget: { perMinute: 2 } }, { clock, outbox });
    let stopped: Promise<void> | undefined;
    before.channel.answer(
      async () => {
        await store(before, note('b'));
        return OK;
      },
      () => {
        stopped = before.stop();
        return OK;
      },
    );
    await store(before, note('a'));
    await sent(before, 2);
    await stopped;
    const stoppedAt = clock.now() - START;
    expect(stoppedAt).toBeLessThan(60_000);
    const after = start({ budget: { perMinute: 2 } }, { clock, outbox });
    await store(after, note('c'));
    await sent(after, 1);
    expect(after.channel.sent[0]?.at).toBeGreaterThanOrEqual((before.channel.sent[0]?.at ?? NaN) + 60_000);
    expect(after.channel.sent[0]?.at).toBeGreaterThan(stoppedAt);
  });

  test('knocks less often on a server that does not answer, and goes on when it does', async () => {
    const bench = start();
    bench.channel.answer(...Array.from({ length: 12 }, () => failed('network')));
    await store(bench, note('a'), note('b'), note('c'));
    await sent(bench, 15);
    const times = bench.channel.sent.map(({ at }) => at);
    const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0));
    // Closed after the third failure: from there on one attempt at a time, far apart.
    expect(Math.min(...gaps.slice(2, 11))).toBeGreaterThan(1_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(300_000);
    await eventually(() => bench.channel.sent.length >= 15, 'all three');
    expect((await bench.outbox.figures()).pending.size).toBe(0);
  });

  test('is silent for as long as the server asks', async () => {
    const bench = start();
    bench.channel.answer(failed('rate_limited', { afterMs: 600_000, wholeChannel: true }));
    await store(bench, note('a'));
    await sent(bench, 1);
    await store(bench, note('b'));
    await sent(bench, 2);
    expect(bench.channel.sent[1]?.at).toBeGreaterThanOrEqual(600_000);
  });

  test('gives up after the horizon, and the fallback is to tell', async () => {
    const bench = start({ horizonMs: 3_600_000, fallback: 'mail' });
    bench.channel.answer(...Array.from({ length: 500 }, () => failed()));
    await store(bench, note('a'));
    let dead: readonly { reason: string }[] = [];
    await eventually(() => {
      void bench.outbox.listDead({}, 10).then((letters) => {
        dead = letters;
      });
      return dead.length > 0;
    }, 'a dead letter');
    expect(dead).toMatchObject([{ reason: 'expired', channel: 'c' }]);
    expect(bench.channel.sent.at(-1)?.at).toBeGreaterThanOrEqual(3_600_000);
    expect(
      await bench.outbox.claim('mail', {
        now: bench.clock.now(),
        leaseMs: 1000,
        digest: false,
        maxChanges: 10,
        maxBytes: 1e6,
      }),
    ).toMatchObject({ notifications: [{ undelivered: { channel: 'c', reason: 'expired' } }] });
  });

  test.each([
    ['back by a day', -86_400_000],
    ['forward by a day', 86_400_000],
  ])('whose clock is set %s delivers within the minute', async (_, jump) => {
    const bench = start({ budget: { perMinute: 2 } });
    await store(bench, note('a'));
    await sent(bench, 1);
    await store(bench, note('b'));
    await sent(bench, 2);
    bench.clock.jump(jump);
    const jumped = bench.clock.now();
    const jumpedAt = bench.clock.steady() - START;
    await store(bench, note('c', { at: jumped }));
    await sent(bench, 3);
    expect((bench.channel.sent[2]?.at ?? NaN) - jumpedAt).toBeLessThanOrEqual(120_000);
  });

  test('closes its channel when it is told to stop', async () => {
    const bench = start();
    await bench.stop();
    expect(bench.channel.isClosed).toBe(true);
  });
});
