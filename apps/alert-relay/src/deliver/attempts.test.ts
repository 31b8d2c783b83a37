// What is kept of each request to a server, and what a channel is told of what its server has already.
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Receipt, Verdict } from '../notification/index.js';
import { openMemoryOutbox, StoreUnavailable, type Attempt, type Outbox } from '../outbox/index.js';
import { put, sample } from '../outbox/testing.js';
import { AMBIGUOUS, type Bench, eventually, failed, FastClock, OK, START, startWorker } from './testing.js';

const running: Bench[] = [];
afterEach(() => Promise.all(running.splice(0).map((each) => each.stop())));

const TOO_LARGE: Verdict = { kind: 'permanent', reason: 'too_large', detail: '' };
const receipt = (id: string): Receipt => ({ kind: 'webhook', id });
const taken = (id: string): Verdict => ({ kind: 'delivered', reason: 'ok', detail: '', receipt: receipt(id) });
/** What one attempt is in a line. */
const said = ({ part, parts, verdict, reason }: Attempt): string => `${part}/${parts} ${verdict} ${reason}`;

interface Kept {
  readonly outbox: Outbox;
  readonly attempts: Attempt[];
}

/** An outbox that remembers the attempts it took; the next `failing.writes` of them are refused. */
function keeping(inner: Outbox, failing = { writes: 0 }): Kept {
  const attempts: Attempt[] = [];
  const take = async (given: readonly Attempt[] | undefined, write: () => Promise<boolean>): Promise<boolean> => {
    if (failing.writes-- > 0) throw new StoreUnavailable('the disk is full');
    const isOurs = await write();
    attempts.push(...(given ?? []));
    return isOurs;
  };
  return {
    attempts,
    outbox: {
      ...inner,
      progress: (claim, plan, leaseUntil, given) => take(given, () => inner.progress(claim, plan, leaseUntil, given)),
      settle: (claim, settlement, given) => take(given, () => inner.settle(claim, settlement, given)),
    },
  };
}

function start(kept: Kept, max = 1_000, clock = new FastClock()): Bench {
  const bench = startWorker({ limit: { max, unit: 'bytes' } }, { outbox: kept.outbox, clock });
  running.push(bench);
  return bench;
}

async function store({ outbox, worker }: Bench, changes = 1): Promise<void> {
  await put(outbox, sample('a', { at: START, group: 'a', changes }), ['c']);
  worker.wake();
}

const settled = ({ attempts }: Kept, count: number): Promise<void> =>
  eventually(() => attempts.length >= count, `${count} attempts, only ${JSON.stringify(attempts.map(said))}`);

describe('an attempt', () => {
  test('is kept with when, how long, what was sent, what the server said and how it calls it', async () => {
    const kept = keeping(openMemoryOutbox());
    const bench = start(kept);
    bench.channel.answer(async () => {
      await bench.clock.wait(250, new AbortController().signal);
      return { kind: 'delivered', reason: 'ok', detail: 'HTTP 200: fine', receipt: receipt('m-1') };
    });
    await store(bench);
    await settled(kept, 1);
    expect(kept.attempts).toEqual([
      {
        at: START + (bench.channel.sent[0]?.at ?? NaN),
        latencyMs: 250,
        part: 1,
        parts: 1,
        key: bench.channel.sent[0]?.key,
        verdict: 'delivered',
        reason: 'ok',
        detail: 'HTTP 200: fine',
        sent: expect.stringContaining('a'),
        receipt: receipt('m-1'),
      },
    ]);
  });

  test('is given once, however often the store refuses to take what became of it', async () => {
    const failing = { writes: 0 };
    const kept = keeping(openMemoryOutbox(), failing);
    const bench = start(kept, 4);
    bench.channel.answer(
      () => {
        failing.writes = 3;
        return OK;
      },
      failed('network'),
      () => {
        failing.writes = 5;
        return AMBIGUOUS;
      },
    );
    await store(bench, 10);
    await settled(kept, 5);
    await bench.stop();
    expect(kept.attempts.map(said)).toEqual([
      '1/3 delivered ok',
      '2/3 retry network',
      '2/3 ambiguous timeout',
      '2/3 delivered ok',
      '3/3 delivered ok',
    ]);
    expect(kept.attempts).toHaveLength(bench.channel.sent.length);
  });

  test('that the server called too large is kept, too, although the message went on in another cut', async () => {
    const kept = keeping(openMemoryOutbox());
    const bench = start(kept, 8);
    bench.channel.answer(TOO_LARGE, TOO_LARGE);
    await store(bench, 8);
    await settled(kept, 6);
    expect(kept.attempts.map(said).slice(0, 3)).toEqual([
      '1/1 permanent too_large',
      '1/2 permanent too_large',
      '1/4 delivered ok',
    ]);
  });

  test('that ends with the relay is kept', async () => {
    const kept = keeping(openMemoryOutbox());
    const bench = start(kept);
    let stopped: Promise<void> | undefined;
    bench.channel.answer(() => {
      stopped = bench.stop();
      return AMBIGUOUS;
    });
    await store(bench);
    await eventually(() => stopped !== undefined, 'the stop');
    await stopped;
    expect(kept.attempts.map(said)).toEqual(['1/1 ambiguous timeout']);
  });
});

describe('a channel is told', () => {
  test('how its server calls the parts so far, over a restart too', async () => {
    const [inner, clock] = [openMemoryOutbox(), new FastClock()];
    const before = start(keeping(inner), 4, clock);
    let stopped: Promise<void> | undefined;
    before.channel.answer(taken('m-1'), () => {
      stopped = before.stop();
      return OK;
    });
    await store(before, 10);
    await eventually(() => stopped !== undefined, 'the stop');
    await stopped;
    const kept = keeping(inner);
    const after = start(kept, 4, clock);
    await settled(kept, 1);
    expect([...before.channel.sent, ...after.channel.sent].map((each) => each.before?.parts)).toEqual([
      [undefined, undefined, undefined],
      [receipt('m-1'), undefined, undefined],
      [receipt('m-1'), undefined, undefined],
    ]);
  });

  test('what it was told of the incident before', async () => {
    const conversation = {
      group: 'a',
      episode: 'a',
      root: { key: 'k-1', at: START - 60_000, receipt: receipt('root') },
      last: { key: 'k-9', at: START - 1_000, receipt: receipt('last') },
    };
    const kept = keeping(openMemoryOutbox());
    const outbox: Outbox = {
      ...kept.outbox,
      claim: async (...given) => {
        const claimed = await kept.outbox.claim(...given);
        return claimed && { ...claimed, conversations: [conversation] };
      },
    };
    const bench = start({ ...kept, outbox });
    await store(bench);
    await settled(kept, 1);
    expect(bench.channel.sent[0]?.before).toEqual({ conversations: [conversation], parts: [undefined] });
  });
});
