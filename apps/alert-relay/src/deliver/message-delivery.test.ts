// One message's way through failures: cut smaller, sent part by part, stopped in the middle, and a store that does not
// take the result.
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Verdict } from '../notification/index.js';
import { openMemoryOutbox, StoreUnavailable, type Outbox } from '../outbox/index.js';
import { present, put, request, sample } from '../outbox/testing.js';
import { AMBIGUOUS, type Bench, eventually, failed, FastClock, OK, START, startWorker } from './testing.js';

const running: Bench[] = [];
const start: typeof startWorker = (...given) => {
  const bench = startWorker(...given);
  running.push(bench);
  return bench;
};
afterEach(() => Promise.all(running.splice(0).map((each) => each.stop())));

const TOO_LARGE: Verdict = { kind: 'permanent', reason: 'too_large', detail: '' };
async function store({ outbox, worker }: Pick<Bench, 'outbox' | 'worker'>, changes: number): Promise<void> {
  await put(outbox, sample('a', { at: START, group: 'a', changes }), ['c']);
  worker.wake();
}
const parts = ({ channel }: Bench): string[] => channel.sent.map(({ part, alerts }) => `${part}: ${alerts.length}`);
const sent = (bench: Bench, count: number): Promise<void> =>
  eventually(() => bench.channel.sent.length >= count, `${count} messages, only ${JSON.stringify(parts(bench))}`);
const delivered = async (bench: Bench): Promise<void> => {
  let pending = 1;
  await eventually(
    () => {
      void bench.outbox.figures().then((figures) => {
        pending = figures.pending.size;
      });
      return pending === 0;
    },
    `everything to be delivered: ${JSON.stringify(parts(bench))}`,
  );
};

/** An outbox of which some calls fail, as with a full disk. */
function failing(outbox: Outbox, calls: Partial<Record<keyof Outbox, number>>): Outbox {
  return new Proxy(outbox, {
    get: (target, key: keyof Outbox) => {
      const method = target[key].bind(target) as (...args: unknown[]) => Promise<unknown>;
      return (...args: unknown[]) => {
        const left = calls[key] ?? 0;
        calls[key] = left - 1;
        return left > 0 ? Promise.reject(new StoreUnavailable('the disk is full')) : method(...args);
      };
    },
  });
}

describe('a message', () => {
  test('that does not fit comes in parts, each alert in one of them', async () => {
    const bench = start({ limit: { max: 4, unit: 'bytes' } });
    await store(bench, 10);
    await sent(bench, 3);
    expect(parts(bench)).toEqual(['1/3: 4', '2/3: 4', '3/3: 2']);
    expect(new Set(bench.channel.sent.map(({ key }) => key)).size).toBe(3);
    await delivered(bench);
  });

  test('of which a part failed is sent from that part on, cut as before', async () => {
    const bench = start({ limit: { max: 4, unit: 'bytes' } });
    bench.channel.answer(OK, failed());
    await store(bench, 10);
    await delivered(bench);
    expect(parts(bench)).toEqual(['1/3: 4', '2/3: 4', '2/3: 4', '3/3: 2']);
    expect(bench.channel.sent[1]?.key).toBe(bench.channel.sent[2]?.key);
  });

  test('of which the answer to one part was lost repeats that part alone, and says so', async () => {
    const bench = start({ limit: { max: 4, unit: 'bytes' } });
    bench.channel.answer(OK, AMBIGUOUS);
    await store(bench, 10);
    await delivered(bench);
    expect(parts(bench)).toEqual(['1/3: 4', '2/3: 4', '2/3: 4', '3/3: 2']);
    expect(bench.channel.sent[2]?.possibleDuplicate).toBe(true);
  });

  test('of several groups that is refused for one alert in it: that alert alone is given up, everything else arrives', async () => {
    const outbox = openMemoryOutbox();
    for (const [name, group] of [
      ['a', 'x'],
      ['poison', 'y'],
      ['b', 'y'],
      ['c', 'z'],
      ...Array.from({ length: 30 }, (_, i) => [`n${i}`, `g${i}`]),
    ] as [string, string][]) {
      await put(outbox, sample(name, { at: START, group }), ['c']);
    }
    const bench = start({ budget: { perMinute: 20 } }, { outbox });
    const refusesPoison = (): Verdict =>
      bench.channel.sent.at(-1)?.alerts.some((alert) => alert.startsWith('poison')) === true
        ? { kind: 'permanent', reason: 'content', detail: '' }
        : OK;
    bench.channel.answer(...Array.from({ length: 100 }, () => refusesPoison));
    await delivered(bench);
    expect(bench.channel.sent[0]?.alerts).toHaveLength(34);
    expect((await bench.outbox.listDead({}, 10)).map((letter) => letter.alerts[0]?.name)).toEqual(['poison']);
    const arrived = bench.channel.sent
      .filter(({ alerts }) => !alerts.some((alert) => alert.startsWith('poison')))
      .flatMap(({ alerts }) => alerts);
    expect(new Set(arrived).size).toBe(33);
    expect(arrived).toHaveLength(33);
  });

  test('that a slow server shows and never answers for is not sent for ever: six times, then it is a dead letter that says so', async () => {
    const bench = start();
    bench.channel.answer(...Array.from({ length: 500 }, () => AMBIGUOUS));
    await store(bench, 1);
    await delivered(bench);
    expect(bench.channel.sent).toHaveLength(6);
    // A server that hangs for half an hour and comes back gets it then.
    expect((bench.channel.sent[5]?.at ?? NaN) - (bench.channel.sent[0]?.at ?? NaN)).toBeGreaterThan(40 * 60_000);
    expect(await bench.outbox.listDead({}, 10)).toMatchObject([
      { reason: 'timeout', detail: 'it may have been delivered: 6 attempts without an answer.' },
    ]);
  });

  test('that the server calls too large although it is not by the rules is cut smaller, down to a quarter; then it is a dead letter', async () => {
    const bench = start({ limit: { max: 8, unit: 'bytes' } });
    bench.channel.answer(TOO_LARGE, TOO_LARGE);
    await store(bench, 8);
    await delivered(bench);
    expect(parts(bench)).toEqual(['1/1: 8', '1/2: 4', '1/4: 2', '2/4: 2', '3/4: 2', '4/4: 2']);
    bench.channel.answer(TOO_LARGE, TOO_LARGE, TOO_LARGE);
    await store(bench, 8);
    await delivered(bench);
    expect(await bench.outbox.listDead({}, 10)).toMatchObject([{ reason: 'too_large' }]);
  });

  test('that is stopped between two parts goes on after the restart with the next one', async () => {
    const [clock, outbox] = [new FastClock(), openMemoryOutbox()];
    const before = start({ limit: { max: 4, unit: 'bytes' } }, { clock, outbox });
    let stopped: Promise<void> | undefined;
    before.channel.answer(() => {
      stopped = before.stop();
      return OK;
    });
    await store(before, 10);
    await sent(before, 1);
    await stopped;
    const after = start({ limit: { max: 4, unit: 'bytes' } }, { clock, outbox });
    await delivered(after);
    expect([...parts(before), ...parts(after)]).toEqual(['1/3: 4', '2/3: 4', '3/3: 2']);
  });

  test('whose delivery the store cannot mark is marked when it can, and not sent again', async () => {
    const outbox = openMemoryOutbox();
    const bench = start({}, { outbox: failing(outbox, { settle: 30 }) });
    await store(bench, 1);
    await delivered(bench);
    expect(parts(bench)).toEqual(['1/1: 1']);
  });

  test('that waited until another relay had taken it is not sent by both', async () => {
    const [clock, inner] = [new FastClock(), openMemoryOutbox()];
    let isSlow = false;
    const bench = start(
      { limit: { max: 4, unit: 'bytes' } },
      {
        clock,
        outbox: {
          ...inner,
          changeNote: async (...given) => {
            if (isSlow) await clock.wait(400_000, new AbortController().signal);
            // By the time of the store: the lease has ended.
            if (isSlow) taken = await inner.claim('c', request(clock.steady(), { leaseMs: 300_000 }));
            isSlow = false;
            return inner.changeNote(...given);
          },
        },
      },
    );
    let taken: Awaited<ReturnType<Outbox['claim']>>;
    bench.channel.answer(() => {
      isSlow = true;
      return OK;
    });
    await store(bench, 10);
    await eventually(() => taken !== undefined && clock.steady() > START + 500_000, 'the other to have it');
    expect(parts(bench)).toEqual(['1/3: 4']);
    expect(await inner.settle(present(taken), { kind: 'delivered', at: clock.steady() })).toBe(true);
  });

  test('that the store failed before it was sent goes out as soon as the store works, without the words of a duplicate', async () => {
    const outbox = openMemoryOutbox();
    const calls: Partial<Record<keyof Outbox, number>> = {};
    const bench = start({}, { outbox: failing(outbox, calls) });
    await eventually(() => (calls.waiting ?? 0) < 0, 'the worker to have read its budget');
    calls.changeNote = 3;
    const storedAt = bench.clock.now() - START;
    await store(bench, 1);
    await delivered(bench);
    expect(parts(bench)).toEqual(['1/1: 1']);
    expect(bench.channel.sent[0]?.possibleDuplicate).toBe(false);
    // Long before the lease of the claim ends.
    expect((bench.channel.sent[0]?.at ?? NaN) - storedAt).toBeLessThan(70_000);
  });
});
