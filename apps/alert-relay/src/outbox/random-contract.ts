// Random operations, the same for the same seed, against the model.
import { describe, expect, it } from '@jest/globals';
import type { PlannedPart } from '../notification/index.js';
import { OutboxModel } from './testing-model.js';
import type { Claim, Outbox, Settlement } from './outbox.js';
import { dead, put, request, retry, sample } from './testing.js';

const CHANNELS = ['a', 'b', 'c', 'fallback'];
const GROUPS = ['g1', 'g2', 'g3', 'g4', 'g5', 'g6'];

export function randomContract(open: () => Promise<Outbox>): void {
  describe('whatever happens', () => {
    it.each([1, 2, 3, 4])(
      'loses nothing, gives nothing twice and keeps the order of groups (seed %i)',
      async (seed) => {
        await runRandomly(seed, 1500, open);
      },
    );
  });
}

/** @param reopen where an outbox survives its process: gives the same one, opened anew */
export async function runRandomly(
  seed: number,
  steps: number,
  open: () => Promise<Outbox>,
  reopen?: (outbox: Outbox) => Promise<Outbox>,
): Promise<void> {
  const random = generator(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
  const some = <T>(items: readonly T[]): T[] => items.filter(() => random() < 0.5);

  let outbox = await open();
  const model = new OutboxModel();
  const claims: Claim[] = [];
  let now = 1_000_000;
  let names = 0;

  const record = async (): Promise<void> => {
    const channels = some(CHANNELS);
    const notification = sample(`n${(names += 1)}`, {
      group: pick(GROUPS),
      at: now,
      severity: pick(['critical', 'warning', 'info']),
      status: pick(['firing', 'firing', 'resolved']),
      changes: 1 + below(4),
    });
    await put(outbox, notification, channels);
    model.recorded(notification, channels);
  };
  const claim = async (): Promise<void> => {
    const channel = pick(CHANNELS);
    model.checkWaiting(channel, now, await outbox.waiting(channel, now));
    const asked = request(now, {
      leaseMs: 50 + below(500),
      digest: random() < 0.4,
      maxChanges: 1 + below(20),
      maxBytes: 1 + below(10_000),
      fallback: pick([undefined, 'fallback']),
    });
    const claimed = await outbox.claim(channel, asked);
    model.claimed(channel, asked, claimed);
    if (claimed) claims.push(claimed);
  };
  const settle = async (): Promise<void> => {
    const held = pick(claims);
    const fallback = pick([undefined, 'fallback', 'b']);
    const failed = {
      keep: random() < 0.5,
      unclear: random() < 0.5,
      alone: random() < 0.3,
      expireBefore: now - below(2000),
      fallback,
    };
    const settlement = pick<Settlement>([
      { kind: 'delivered', at: now },
      { kind: 'delivered', at: now },
      { kind: 'returned' },
      retry(now, now + below(300), failed),
      retry(now, now + below(300), failed),
      dead(now, { fallback }),
    ]);
    model.settled(held, settlement, await outbox.settle(held, settlement));
  };
  const progress = async (): Promise<void> => {
    const held = pick(claims);
    const plan: PlannedPart[] = Array.from({ length: 1 + below(3) }, (_, i) => ({
      from: i,
      to: i + 1,
      detail: 'lines',
      state: pick(['waiting', 'delivered', 'ambiguous'] as const),
    }));
    model.progressed(held, plan, now + 400, await outbox.progress(held, plan, now + 400));
  };
  const handleDead = async (): Promise<void> => {
    const channel = pick([undefined, ...CHANNELS]);
    const to = pick([undefined, undefined, ...CHANNELS]);
    if (channel !== undefined && random() < 0.2) return model.discarded(channel, await outbox.discardDead({ channel }));
    model.replayed(channel, to, now, await outbox.replayDead({ ...(channel !== undefined && { channel }) }, now, to));
  };
  const giveUpRemoved = async (): Promise<void> => {
    const known = some(CHANNELS);
    const fallback = pick([undefined, ...known]);
    model.buried(known, now, fallback, await outbox.giveUpRemovedChannels(known, now, fallback));
  };
  const check = async (): Promise<void> => model.check(await outbox.figures(), await outbox.listDead({}, 1e6));
  const restart = async (): Promise<void> => {
    if (reopen === undefined) return;
    outbox = await reopen(outbox);
    model.reopened();
  };
  const steady = [record, record, record, claim, claim, claim, claim, settle, settle, settle, progress];
  const prune = async (): Promise<void> => {
    await outbox.prune({ deliveredBefore: now - 100, seenBefore: now - 100 });
  };
  const rare = [handleDead, giveUpRemoved, restart, prune];

  await record();
  while (claims.length === 0) await record().then(claim);
  for (let step = 0; step < steps; step += 1) {
    now += below(20);
    await (random() < 0.02 ? pick(rare) : pick(steady))();
    if (step % 25 === 0) await check();
    if (claims.length > 12) claims.shift();
  }
  await check();

  // In the end everything reaches its channel: whatever still pends can be claimed and delivered.
  now += 1e9;
  for (const channel of CHANNELS) {
    for (;;) {
      const asked = request(now, { digest: random() < 0.5 });
      const last = await outbox.claim(channel, asked);
      model.claimed(channel, asked, last);
      if (last === undefined) break;
      const delivered: Settlement = { kind: 'delivered', at: now };
      model.settled(last, delivered, await outbox.settle(last, delivered));
    }
  }
  await check();
  expect(model.size).toBeGreaterThan(steps / 4);
  expect(model.unended()).toBe(0);
  await outbox.close();
}

/** mulberry32: numbers from 0 up to but without 1. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
