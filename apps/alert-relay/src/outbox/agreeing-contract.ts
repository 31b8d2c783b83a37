// Random operations on an outbox and on the one in memory, the same for the same seed: both tell the same history.
import { expect, it } from '@jest/globals';
import { openMemoryOutbox } from './memory/memory-outbox.js';
import type { Attempt, Claim, HistoryEntry, HistoryFilter, Outbox, Settlement } from './outbox.js';
import { generator } from './random-contract.js';
import { dead, delivered, put, refused, request, retry, sample } from './testing.js';

const CHANNELS = ['a', 'b', 'f'];
const GROUPS = ['x', 'y', 'z'];
const STEPS = 400;

export function agreeingContract(open: () => Promise<Outbox>): void {
  it.each([1, 2, 3])('tells the same history as the outbox in memory, whatever happens (seed %i)', async (seed) => {
    await agreeRandomly(seed, await open());
  });
}

async function agreeRandomly(seed: number, outbox: Outbox): Promise<void> {
  const random = generator(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
  const both = [outbox, openMemoryOutbox()] as const;
  const claims: (readonly [Claim, Claim])[] = [];
  let now = 1_000_000;
  let names = 0;

  /** One after the other, so that a fault says whose it is. */
  const each = async <T>(work: (one: Outbox, index: 0 | 1) => Promise<T>): Promise<readonly [T, T]> => [
    await work(both[0], 0),
    await work(both[1], 1),
  ];
  const agreed = async <T>(work: (one: Outbox, index: 0 | 1) => Promise<T>): Promise<T> => {
    const [got, wanted] = await each(work);
    expect(got).toEqual(wanted);
    return got;
  };
  const attempts = (): Attempt[] =>
    Array.from({ length: below(3) }, (_, i) =>
      pick([delivered, refused])(`k${below(1e6)}`, now + i, { part: i + 1, sent: 'x'.repeat(below(30_000)) }),
    );
  const record = async (): Promise<void> => {
    const group = pick(GROUPS);
    const notification = {
      ...sample(`n${(names += 1)}`, { group, at: now, severity: pick(['critical', 'warning']), changes: 1 + below(3) }),
      episode: { id: `${group}${names >> 3}`, opened: false },
    };
    const channels = CHANNELS.filter(() => random() < 0.6);
    await each((one) => put(one, notification, channels));
  };
  const claim = async (): Promise<void> => {
    const [channel, asked] = [pick(CHANNELS), request(now, { leaseMs: below(300), digest: random() < 0.5 })];
    const [got, wanted] = await each((one) => one.claim(channel, { ...asked, fallback: 'f' }));
    expect(got?.conversations).toEqual(wanted?.conversations);
    if (got !== undefined && wanted !== undefined) claims.push([got, wanted]);
  };
  const settle = async (): Promise<void> => {
    const held = pick(claims);
    const some = { keep: random() < 0.5, alone: random() < 0.2, expireBefore: now - below(3000), fallback: 'f' };
    const settlement = pick<Settlement>([
      { kind: 'delivered', at: now },
      { kind: 'returned' },
      retry(now, now + below(100), some),
      dead(now, { fallback: 'f' }),
    ]);
    const made = attempts();
    await agreed((one, index) => one.settle(held[index], settlement, made));
  };
  const progress = async (): Promise<void> => {
    const [held, made] = [pick(claims), attempts()];
    const plan = made.map(({ verdict }, i) => ({
      from: i,
      to: i + 1,
      detail: 'full' as const,
      state: verdict === 'delivered' ? verdict : ('waiting' as const),
    }));
    await agreed((one, index) => one.progress(held[index], plan, now + 200, made));
  };
  const upkeep = async (): Promise<void> => {
    const [channel, to] = [pick(CHANNELS), pick([undefined, 'b'])];
    await pick([
      () => agreed((one) => one.replayDead({ channel }, now, to)),
      () => agreed((one) => one.discardDead({ channel })),
      () => agreed((one) => one.giveUpRemovedChannels(CHANNELS.slice(1), now, 'f')),
      () => agreed((one) => pruned(one, now - 500)),
    ])();
  };
  const check = async (): Promise<void> => {
    const filter: HistoryFilter = {
      ...(random() < 0.3 && { channel: pick(CHANNELS) }),
      ...(random() < 0.3 && { states: [pick(['waiting', 'delivered', 'dead'] as const)] }),
      ...(random() < 0.3 && { labels: { severity: 'critical', alertname: `n${1 + below(names)}` } }),
      ...(random() < 0.3 && { labels: { severity: 'critical' } }),
      ...(random() < 0.2 && { since: now - below(2000) }),
      ...(random() < 0.2 && { until: now - below(2000) }),
    };
    const size = 1 + below(20);
    let last: readonly [HistoryEntry, HistoryEntry] | undefined;
    for (;;) {
      const pages = await each((one, index) => one.history(filter, size, last?.[index]));
      expect(pages[0].map(nameless)).toEqual(pages[1].map(nameless));
      const [got, wanted] = [pages[0].at(-1), pages[1].at(-1)];
      if (got === undefined || wanted === undefined) break;
      last = [got, wanted];
      const [record, other] = await each((one, index) => one.historyOf((index === 0 ? got : wanted).id));
      expect(record?.notification).toEqual(other?.notification);
      expect(record?.sends.map(anonymous)).toEqual(other?.sends.map(anonymous));
    }
  };

  while (claims.length === 0) await record().then(claim);
  for (let step = 0; step < STEPS; step += 1) {
    now += below(30);
    await pick([record, record, claim, claim, claim, settle, settle, progress])();
    if (random() < 0.05) await upkeep();
    if (step % 20 === 0) await check();
    if (claims.length > 6) claims.shift();
  }
  await check();
}

async function pruned(outbox: Outbox, deliveredBefore: number): Promise<number> {
  let all = 0;
  for (let some = -1; some !== 0; all += some) some = await outbox.prune({ deliveredBefore, seenBefore: 0 });
  return all;
}

/** Ids are each store's own. */
function nameless(entry: HistoryEntry): unknown {
  return { ...entry, id: 0 };
}

/** Whose claim it was has an id of its own in each store. */
function anonymous({ messageId, key, ...attempt }: { readonly messageId: string; readonly key: string }): unknown {
  return { ...attempt, key: key.replace(messageId, 'message') };
}
