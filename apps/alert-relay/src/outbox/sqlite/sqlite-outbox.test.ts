// SQLite without a file, held to the contract.
import { describe, expect, it } from '@jest/globals';
import { describeOutbox } from '../outbox-contract.js';
import { StoreUnavailable, type KnownGroup } from '../outbox.js';
import { intake, namesOf, put, request, sample } from '../testing.js';
import { openSqliteOutbox } from './sqlite-outbox.js';

describeOutbox('sqlite in memory', () => openSqliteOutbox(':memory:'));

describe('a post that fails half-way', () => {
  it('leaves nothing behind and takes no other along', async () => {
    const outbox = await openSqliteOutbox(':memory:');
    // Its group, its states and its first notification are written before the second one cannot be: JSON has no such
    // number.
    const broken = { ...sample('broken'), truncated: 1n as unknown as number };
    const states = new Map([['e', { status: 'firing' as const, seenAt: 1, toldAt: 1 }]]);
    const posts = await Promise.allSettled([
      put(outbox, sample('before'), ['a']),
      outbox.record('other', [], () =>
        intake({
          states,
          episode: 'open',
          entries: [
            { notification: sample('half'), channels: ['a'] },
            { notification: broken, channels: ['a'] },
          ],
        }),
      ),
      put(outbox, sample('after'), ['a']),
    ]);
    expect(posts.map((each) => each.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((posts[1] as PromiseRejectedResult).reason).toBeInstanceOf(StoreUnavailable);
    let known: KnownGroup | undefined;
    await outbox.record('other', ['e'], (found) => intake({ episode: (known = found).episode }));
    expect(known).toEqual({ states: new Map(), episode: undefined });
    expect(namesOf(await outbox.claim('a', request(0)))).toEqual(['before', 'after']);
    await outbox.close();
  });
});

describe('what waits for a channel that was removed', () => {
  it('is given up in short steps, though all of it is of one group', async () => {
    const outbox = await openSqliteOutbox(':memory:');
    const entries = Array.from({ length: 10_000 }, (_, i) => ({
      notification: sample(`n${i}`),
      channels: ['gone', 'here'],
    }));
    await outbox.record('g', [], () => intake({ entries }));
    const before = process.cpuUsage();
    expect(await outbox.giveUpRemovedChannels(['here'], 1, undefined)).toBe(10_000);
    // Some 150 ms on a quiet machine; with the sum made anew for each it took 6 s.
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(2_000);
    expect((await outbox.figures()).pending.get('gone')).toBeUndefined();
    expect((await outbox.figures()).pending.get('here')?.notifications).toBe(10_000);
    expect(await outbox.giveUpRemovedChannels(['here'], 1, undefined)).toBe(0);
    await outbox.close();
  });
});
