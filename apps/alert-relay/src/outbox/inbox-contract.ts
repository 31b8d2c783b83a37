// The contract of the inbox and of the upkeep as tests.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { StoreUnavailable, type AlertState, type KnownGroup, type Outbox } from './outbox.js';
import { contentsOf, dead, intake, namesOf, present, put, request, sample } from './testing.js';

const state = (seenAt: number, some: Partial<AlertState> = {}): AlertState => ({
  status: 'firing',
  seenAt,
  toldAt: seenAt,
  ...some,
});

export function inboxContract(open: () => Promise<Outbox>): void {
  describe('the inbox', () => {
    let outbox: Outbox;
    beforeEach(async () => {
      outbox = await open();
    });
    const know = async (group: string, episodes: readonly string[]): Promise<KnownGroup> => {
      const { known } = await outbox.record(group, episodes, (found) => ({
        ...intake({ episode: found.episode }),
        known: found,
      }));
      return known;
    };

    it('knows nothing of a group at first, and then what was asked for of what was stored', async () => {
      expect(await know('g', ['e1'])).toEqual({ states: new Map(), episode: undefined });
      const states = new Map([
        ['e1', state(1)],
        ['e2', state(2, { status: 'resolved', toldAt: 1, startsAt: 0.5, endedAt: 1.5, heldUntil: 9 })],
      ]);
      await outbox.record('g', [], () => intake({ states, episode: 'first' }));
      expect(await know('g', ['e2', 'e1', 'e3'])).toEqual({ states, episode: 'first' });
      expect(await know('g', ['e2'])).toEqual({ states: new Map([['e2', states.get('e2')]]), episode: 'first' });
      expect(await know('other', ['e1'])).toEqual({ states: new Map(), episode: undefined });
      await outbox.record('g', [], () => intake({ states: new Map([['e1', state(5)]]) }));
      expect(await know('g', ['e1', 'e2'])).toEqual({
        states: new Map([
          ['e1', state(5)],
          ['e2', states.get('e2')],
        ]),
        episode: undefined,
      });
    });

    it('says whether anything is left that an older program knew by its own key', async () => {
      await outbox.record('g', [], () => intake({ states: new Map([['0a1b', state(5)]]) }));
      expect(await outbox.knowsFormerKeys()).toBe(false);
      await outbox.record('h', [], () => intake({ states: new Map([['f@5', state(5)]]) }));
      expect(await outbox.knowsFormerKeys()).toBe(true);
      await outbox.prune({ deliveredBefore: 0, seenBefore: 6 });
      expect(await outbox.knowsFormerKeys()).toBe(false);
    });

    it('keeps groups and alerts apart whose names look alike to a database', async () => {
      const names = [
        '',
        'x',
        'X',
        'x\u0000',
        'x\u0000y',
        '\ud800',
        '\ud801',
        '\ufffd',
        "x' OR 1=1 --",
        'é',
        'e\u0301',
        'x'.repeat(100_000),
      ];
      for (const [i, name] of names.entries()) {
        const notification = sample(`n${i}`, { group: name });
        await outbox.record(name, [], () =>
          intake({
            states: new Map(names.map((key, k) => [key, state(i * 100 + k)])),
            episode: `e${i}`,
            entries: [{ notification, channels: ['a'] }],
          }),
        );
      }
      for (const [i, name] of names.entries()) {
        expect(await know(name, names)).toEqual({
          states: new Map(names.map((key, k) => [key, state(i * 100 + k)])),
          episode: `e${i}`,
        });
      }
      const claims = [];
      for (let claim = await outbox.claim('a', request(0)); claim; claim = await outbox.claim('a', request(0)))
        claims.push(claim);
      expect(claims.map((claim) => contentsOf(claim).map((each) => each.group.key))).toEqual(
        names.map((name) => [name]),
      );
    });

    it('takes posts one after the other, also those that come together: each decides on all that came before', async () => {
      const posts = Array.from({ length: 130 }, (_, i) =>
        outbox.record('g', ['count'], ({ states, episode }) => {
          const seenAt = (states.get('count')?.seenAt ?? 0) + 1;
          return {
            ...intake({
              states: new Map([['count', state(seenAt)]]),
              episode: `${episode ?? ''}.`,
              entries: [{ notification: sample(`n${i}`), channels: ['a'] }],
            }),
            seenAt,
          };
        }),
      );
      expect((await Promise.all(posts)).map((each) => each.seenAt)).toEqual(posts.map((_, i) => i + 1));
      expect((await know('g', [])).episode).toBe('.'.repeat(posts.length));
      expect(namesOf(await outbox.claim('a', request(0, { maxChanges: 1000 })))).toEqual(posts.map((_, i) => `n${i}`));
    });

    it('stores nothing of a post whose decision fails, and all of those that came with it', async () => {
      const failure = new Error('undecided');
      const results = await Promise.allSettled([
        put(outbox, sample('n1'), ['a']),
        outbox.record('g', [], () => {
          throw failure;
        }),
        put(outbox, sample('n3'), ['a']),
      ]);
      expect(results.map((each) => (each.status === 'rejected' ? each.reason : 'stored') as unknown)).toEqual([
        'stored',
        failure,
        'stored',
      ]);
      expect(namesOf(await outbox.claim('a', request(0)))).toEqual(['n1', 'n3']);
    });

    it('stores a notification that no channel wants for nobody', async () => {
      await put(outbox, sample('n1'), []);
      expect(await outbox.figures()).toEqual({ pending: new Map(), dead: new Map(), quarantined: 0 });
    });

    it('takes ten thousand alerts in one post', async () => {
      const big = sample('big', { changes: 10_000 });
      const keys = big.changes.map((each) => each.fingerprint);
      await outbox.record('g', keys, () =>
        intake({
          states: new Map(keys.map((key) => [key, state(1)])),
          entries: [{ notification: big, channels: ['a', 'b', 'c', 'd', 'e'] }],
        }),
      );
      expect((await know('g', keys)).states.size).toBe(10_000);
      expect(contentsOf(await outbox.claim('e', request(0, { maxChanges: 5 })))).toEqual([big]);
    });

    it('keeps what is held back with the post, gives the next that is due first, and forgets it when told to', async () => {
      expect(await outbox.held()).toEqual([]);
      for (const dueAt of [30, 10, 20])
        await outbox.record('g', [], () => intake({ held: { dueAt, content: `until ${dueAt}` } }));
      const held = await outbox.held();
      expect(held.map(({ dueAt, content }) => [dueAt, content])).toEqual([
        [10, 'until 10'],
        [20, 'until 20'],
        [30, 'until 30'],
      ]);
      await outbox.dropHeld(held[0]?.id ?? NaN);
      await outbox.dropHeld(held[0]?.id ?? NaN);
      expect((await outbox.held()).map(({ dueAt }) => dueAt)).toEqual([20, 30]);
      for (let i = 0; i < 50; i += 1) await outbox.record('g', [], () => intake({ held: { dueAt: i, content: '' } }));
      expect((await outbox.held()).length).toBeLessThan(50);
    });

    it('holds nothing back of a post that was not stored', async () => {
      const broken = { ...sample('broken'), truncated: 1n as unknown as number };
      await expect(
        outbox.record('g', [], () =>
          intake({ held: { dueAt: 1, content: 'x' }, entries: [{ notification: broken, channels: ['a'] }] }),
        ),
      ).rejects.toThrow();
      expect(await outbox.held()).toEqual([]);
    });

    it('keeps the newest of what could not be parsed', async () => {
      for (let i = 0; i < 5; i += 1) await outbox.quarantine(Buffer.from([0, 255, i]), 'not_json', i);
      expect((await outbox.figures()).quarantined).toBe(5);
      for (let i = 0; i < 200; i += 1) await outbox.quarantine(Buffer.alloc(0), 'not_json', i);
      expect((await outbox.figures()).quarantined).toBe(100);
    });
  });

  describe('the upkeep', () => {
    let outbox: Outbox;
    beforeEach(async () => {
      outbox = await open();
    });
    const pruneAll = async (deliveredBefore: number, seenBefore: number): Promise<number> => {
      let all = 0;
      for (let some = -1; some !== 0; all += some) some = await outbox.prune({ deliveredBefore, seenBefore });
      return all;
    };

    it('counts what pends and what is dead, by channel', async () => {
      await put(outbox, sample('n1', { at: 50 }), ['a', 'b']);
      await put(outbox, sample('n2', { at: 40, group: 'x' }), ['a']);
      await put(outbox, sample('n3', { at: 70 }), ['a', 'c']);
      await outbox.settle(present(await outbox.claim('c', request(0))), dead(80));
      await outbox.claim('b', request(0));
      await outbox.quarantine(Buffer.from('x'), 'not_json', 1);
      expect(await outbox.figures()).toEqual({
        pending: new Map([
          ['a', { notifications: 3, oldestAcceptedAt: 40 }],
          ['b', { notifications: 1, oldestAcceptedAt: 50 }],
        ]),
        dead: new Map([['c', 1]]),
        quarantined: 1,
      });
    });

    it('forgets what was delivered long ago, never what waits, is on its way or is dead', async () => {
      for (const name of ['waiting', 'claimed', 'kept', 'dead', 'delivered', 'fresh'])
        await put(outbox, sample(name, { at: 1, group: name }), [name]);
      await outbox.claim('claimed', request(1, { leaseMs: 1e12 }));
      await outbox.settle(present(await outbox.claim('kept', request(1))), {
        kind: 'retry',
        at: 1,
        notBefore: 5,
        reason: 'timeout',
        detail: '',
        keep: true,
        unclear: true,
        expireBefore: 0,
        fallback: undefined,
      });
      await outbox.settle(present(await outbox.claim('dead', request(1))), dead(1));
      await outbox.settle(present(await outbox.claim('delivered', request(1))), { kind: 'delivered', at: 99 });
      await outbox.settle(present(await outbox.claim('fresh', request(1))), { kind: 'delivered', at: 100 });
      expect(await pruneAll(100, 0)).toBe(1);
      expect(await pruneAll(100, 0)).toBe(0);
      expect(await pruneAll(1e15, 0)).toBe(1);
      expect([...(await outbox.figures()).pending.keys()].sort()).toEqual(['claimed', 'kept', 'waiting']);
      expect(namesOf(await outbox.claim('waiting', request(5)))).toEqual(['waiting']);
      expect(namesOf(await outbox.claim('kept', request(5)))).toEqual(['kept']);
      await outbox.replayDead({}, 5);
      expect(contentsOf(await outbox.claim('dead', request(5)))).toEqual([sample('dead', { at: 1, group: 'dead' })]);
    });

    it('keeps the content for as long as one channel still needs it', async () => {
      await put(outbox, sample('n1'), ['a', 'b']);
      await outbox.settle(present(await outbox.claim('a', request(1))), { kind: 'delivered', at: 1 });
      await pruneAll(1e15, 1e15);
      expect(contentsOf(await outbox.claim('b', request(1)))).toEqual([sample('n1')]);
    });

    it('forgets alert states that were not seen for long, and a group with its last state', async () => {
      await outbox.record('g', [], () =>
        intake({
          states: new Map([
            ['old', state(99)],
            ['new', state(100)],
          ]),
          episode: 'e',
        }),
      );
      await outbox.record('h', [], () =>
        intake({ states: new Map(Array.from({ length: 3000 }, (_, i) => [`${i}`, state(5)])), episode: 'e' }),
      );
      expect(await pruneAll(0, 100)).toBe(3002);
      const known: KnownGroup[] = [];
      for (const group of ['g', 'h'])
        await outbox.record(group, ['old', 'new', '7'], (found) =>
          intake({ episode: (known.push(found), found.episode) }),
        );
      expect(known).toEqual([
        { states: new Map([['new', state(100)]]), episode: 'e' },
        { states: new Map(), episode: undefined },
      ]);
    });

    it('keeps notes', async () => {
      expect(await outbox.note('watchdog')).toBeUndefined();
      expect(await outbox.note('watchdog', '1')).toBe('1');
      await outbox.note('watchdog', '');
      await outbox.note('other', '3');
      expect([await outbox.note('watchdog'), await outbox.note('other')]).toEqual(['', '3']);
    });

    it('rejects everything once it is closed; closing twice is no fault; what came before is answered', async () => {
      const claimed = put(outbox, sample('n1'), ['a']);
      await claimed;
      const claim = present(await outbox.claim('a', request(0)));
      const last = put(outbox, sample('n2'), ['a']);
      await outbox.close();
      await outbox.close();
      await expect(last).resolves.toBeUndefined();
      const calls = [
        () => put(outbox, sample('n3'), ['a']),
        () => outbox.knowsFormerKeys(),
        () => outbox.held(),
        () => outbox.dropHeld(1),
        () => outbox.quarantine(Buffer.alloc(1), 'x', 1),
        () => outbox.waiting('a', 0),
        () => outbox.claim('a', request(0)),
        () => outbox.progress(claim, [], 1),
        () => outbox.settle(claim, { kind: 'returned' }),
        () => outbox.listDead({}, 1),
        () => outbox.replayDead({}, 1),
        () => outbox.discardDead({}),
        () => outbox.giveUpRemovedChannels([], 1, undefined),
        () => outbox.figures(),
        () => outbox.prune({ deliveredBefore: 0, seenBefore: 0 }),
        () => outbox.note('x'),
        () => outbox.changeNote('x', () => ({ result: 1 })),
        () => outbox.history({}, 1),
        () => outbox.historyOf(1),
        () => outbox.listQuarantine(1),
        () => outbox.quarantined(1),
        () => outbox.dropQuarantined([1]),
        () => outbox.time(),
        () => outbox.lost(),
      ];
      for (const call of calls) await expect(call()).rejects.toThrow(StoreUnavailable);
    });
  });
}
