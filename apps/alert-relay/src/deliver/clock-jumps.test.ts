// Somebody sets the clock while a channel waits, sends or rests: what it sends, and when, is the same as without.
import { describe, expect, test } from '@jest/globals';
import { openMemoryOutbox } from '../outbox/index.js';
import { put, sample } from '../outbox/testing.js';
import { AMBIGUOUS, eventually, failed, FastClock, OK, START, startWorker, type Sent } from './testing.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** An hour with all that makes a channel wait: failures, a breaker, a server's own pause, lost answers, its budget. */
async function anHour(jumps: readonly { readonly at: number; readonly by: number }[]): Promise<readonly Sent[]> {
  const [clock, outbox] = [new FastClock(), openMemoryOutbox()];
  for (const { at, by } of jumps)
    clock.at(at, () => {
      clock.jump(by);
    });
  const bench = startWorker({ budget: { perMinute: 4 }, horizonMs: DAY }, { clock, outbox });
  bench.channel.answer(
    ...[failed('network'), failed('network'), failed('network'), failed('network'), OK, AMBIGUOUS, OK],
    failed('rate_limited', { afterMs: 10 * MINUTE, wholeChannel: true }),
    ...[OK, failed(), failed(), OK],
  );
  const store = async (name: string): Promise<void> => {
    await put(bench.outbox, sample(name, { at: clock.now(), group: name, severity: 'critical' }), ['c']);
    bench.worker.wake();
  };
  let stored = 0;
  for (const at of [0, 1, 2, 3, 4, 10, 20, 20, 20, 20, 20, 20, 30, 45])
    clock.at(at * MINUTE, () => store(`alert${stored++}`));
  await eventually(() => stored === 14 && clock.steady() - START > HOUR, 'an hour');
  await bench.stop();
  expect((await bench.outbox.figures()).pending.size).toBe(0);
  expect((await bench.outbox.figures()).dead.size).toBe(0);
  return bench.channel.sent.map((each) => ({ ...each, key: '' }));
}

const undisturbed = await anHour([]);

test('the hour has pauses of each kind', () => {
  const gaps = undisturbed.slice(1).map(({ at }, i) => at - (undisturbed[i]?.at ?? 0));
  expect(undisturbed.length).toBeGreaterThan(12);
  expect(Math.max(...gaps)).toBeGreaterThanOrEqual(10 * MINUTE);
});

describe.each([-30 * DAY, -8 * HOUR, -10 * MINUTE, 10 * MINUTE, 8 * HOUR, 30 * DAY])('set by %d ms', (by) => {
  test.each(Array.from({ length: 24 }, (_, i) => i * 2.5 * MINUTE + 1_500))('after %d ms', async (at) => {
    expect(await anHour([{ at, by }])).toEqual(undisturbed);
  });

  test('and back again, over and over', async () => {
    const jumps = Array.from({ length: 120 }, (_, i) => ({ at: i * 30_000 + 700, by: i % 2 === 0 ? by : -by }));
    expect(await anHour(jumps)).toEqual(undisturbed);
  });
});
