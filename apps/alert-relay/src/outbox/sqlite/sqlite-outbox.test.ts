// SQLite without a file, held to the contract.
import { describe, expect, it } from '@jest/globals';
import { describeOutbox } from '../outbox-contract.js';
import { StoreUnavailable, type KnownGroup } from '../outbox.js';
import { intake, namesOf, put, request, sample } from '../testing.js';
import { DatabaseSync } from 'node:sqlite';
import { migrate, MIGRATIONS } from './schema.js';
import { assemble, openSqliteOutbox } from './sqlite-outbox.js';
import { Store } from './store.js';

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

describe('a file of version 1', () => {
  it('keeps what it remembers of alerts, and what waits in it, and remembers more from then on', async () => {
    const db = new DatabaseSync(':memory:');
    migrate(db, '', MIGRATIONS.slice(0, 1));
    const content = JSON.stringify(sample('old'));
    db.exec(`
      INSERT INTO alert_group (id, key, episode, seen_at) VALUES (1, 'g', 'open', 5);
      INSERT INTO alert_state (alert_group, episode, firing, seen_at, told_at) VALUES (1, 'f@1', 1, 5, 4), (1, 'f@2', 0, 3, 3);
      INSERT INTO notification (id, group_key, urgency, changes, bytes, about, content) VALUES (1, 'g', 1, 1, ${content.length}, '{}', '${content}');
      INSERT INTO lane (id, channel, group_key, size, urgency, head, since, due_at) VALUES (1, 'a', 'g', 1, 1, 1, 1000, 0);
      INSERT INTO delivery (notification, channel, lane, state, since, urgency, changes, bytes, attempts, not_before)
        VALUES (1, 'a', 1, 'pending', 1000, 1, 1, ${content.length}, 0, 0)`);
    migrate(db, '');
    const outbox = assemble(new Store(db), { newId: () => 'id', quarantineKeep: 1, quarantineBytes: 1 });
    const known: KnownGroup[] = [];
    const next = { status: 'resolved' as const, seenAt: 9, toldAt: 9, startsAt: 1, endedAt: 8 };
    for (const states of [new Map([['new', next]]), new Map<string, typeof next>()])
      await outbox.record('g', ['f@1', 'f@2', 'new'], (found) => {
        known.push(found);
        return intake({ states, episode: found.episode });
      });
    const old = [
      ['f@1', { status: 'firing', seenAt: 5, toldAt: 4 }],
      ['f@2', { status: 'resolved', seenAt: 3, toldAt: 3 }],
    ];
    expect(known.map(({ states, episode }) => [episode, [...states]])).toEqual([
      ['open', old],
      ['open', [...old, ['new', next]]],
    ]);
    expect(namesOf(await outbox.claim('a', request(1000)))).toEqual(['old']);
    expect(await outbox.held()).toEqual([]);
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
