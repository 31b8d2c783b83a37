// The contract of the history as tests: attempts, what is listed, what is known of one delivery, and retention.
import { beforeEach, describe, expect, it } from '@jest/globals';
import { MOST_TERMS, SENT_KEPT } from './history-rules.js';
import type { Attempt, Claim, HistoryEntry, HistoryFilter, HistoryRecord, Outbox } from './outbox.js';
import { dead, delivered, nameOfLetter, present, put, refused, request, retry, sample } from './testing.js';

export function historyContract(open: () => Promise<Outbox>): void {
  describe('the history', () => {
    let outbox: Outbox;
    beforeEach(async () => {
      outbox = await open();
    });
    const take = async (channel: string, now = 0, digest = true): Promise<Claim> =>
      present(await outbox.claim(channel, request(now, { digest })));
    const deliver = async (channel: string, at: number, attempts: readonly Attempt[] = []): Promise<void> => {
      expect(await outbox.settle(await take(channel, at), { kind: 'delivered', at }, attempts)).toBe(true);
    };
    const list = (filter: HistoryFilter = {}, limit = 100): Promise<readonly HistoryEntry[]> =>
      outbox.history(filter, limit);
    const told = async (filter: HistoryFilter = {}): Promise<string[]> =>
      (await list(filter)).map((each) => `${each.channel}:${nameOfLetter(each)}`);
    const recordOf = async (name: string, channel: string): Promise<HistoryRecord> => {
      const found = (await list({ channel })).find((each) => nameOfLetter(each) === name);
      const record = await outbox.historyOf(found?.id ?? NaN);
      if (record === undefined) throw new Error(`${channel} has no ${name}`);
      return record;
    };
    const keysOf = ({ sends }: HistoryRecord): string[] => sends.map((each) => each.key);
    const pruneAll = async (deliveredBefore: number): Promise<number> => {
      let all = 0;
      for (let some = -1; some !== 0; all += some) some = await outbox.prune({ deliveredBefore, seenBefore: 0 });
      return all;
    };

    it('has nothing at first', async () => {
      expect(await list()).toEqual([]);
      expect(await outbox.historyOf(1)).toBeUndefined();
    });

    it('shows what waits, what was delivered and what is dead, each with what is known of its end', async () => {
      await put(outbox, sample('n1', { at: 10, changes: 3 }), ['waits', 'kept', 'done', 'dead', 'tries']);
      await outbox.settle(await take('kept', 20), retry(20, 30, { keep: true }));
      await deliver('done', 20);
      await outbox.settle(await take('dead', 20), retry(20, 20));
      await outbox.settle(await take('dead', 20), dead(40));
      await take('tries', 20);
      const common = {
        group: { receiver: 'relay', labels: { alertname: 'g' } },
        alerts: [{ name: 'n1', count: 3 }],
        changes: 3,
        acceptedAt: 10,
      };
      const entries = await list();
      expect(new Map(entries.map(({ id: _, channel, ...entry }) => [channel, entry]))).toEqual(
        new Map([
          ['waits', { ...common, state: 'waiting', attempts: 0 }],
          ['kept', { ...common, state: 'waiting', attempts: 1 }],
          ['tries', { ...common, state: 'waiting', attempts: 1 }],
          ['done', { ...common, state: 'delivered', attempts: 1, endedAt: 20 }],
          ['dead', { ...common, state: 'dead', attempts: 2, endedAt: 40, reason: 'address', detail: '404' }],
        ]),
      );
      const letter = (await outbox.listDead({}, 1))[0];
      expect(entries.find((each) => each.state === 'dead')?.id).toBe(letter?.id);
    });

    it('shows the newest acceptance first, then the highest id, page by page', async () => {
      for (const [name, at] of [
        ['n1', 30],
        ['n2', 10],
        ['n3', 20],
        ['n4', 20],
      ] as const)
        await put(outbox, sample(name, { at }), ['a', 'b']);
      await deliver('a', 50);
      const all = await list();
      expect(all.map((each) => [nameOfLetter(each), each.acceptedAt])).toEqual(
        ['n1', 'n4', 'n3', 'n2'].flatMap((name) => {
          const at = name === 'n1' ? 30 : name === 'n2' ? 10 : 20;
          return [
            [name, at],
            [name, at],
          ];
        }),
      );
      for (const size of [1, 2, 3, 7]) {
        const found: HistoryEntry[] = [];
        for (let page = await list({}, size); page.length > 0; page = await outbox.history({}, size, found.at(-1)))
          found.push(...page);
        expect(found).toEqual(all);
      }
      // An entry that is gone is a place all the same.
      expect(await outbox.history({}, 100, { acceptedAt: 20, id: 1e9 })).toEqual(all.slice(2));
      expect(await outbox.history({ channel: 'b' }, 1, { acceptedAt: 19, id: 0 })).toMatchObject([{ acceptedAt: 10 }]);
    });

    it('is a thousand in a list at most, and one at least', async () => {
      for (let i = 0; i < 11; i += 1)
        await put(
          outbox,
          sample(`n${i}`),
          Array.from({ length: 100 }, (_, c) => `c${c}`),
        );
      const lengths = [];
      for (const limit of [Infinity, NaN, 1e6, 3.7, 0, -5]) lengths.push((await list({}, limit)).length);
      expect(lengths).toEqual([1000, 1000, 1000, 3, 1, 1]);
    });

    it('is filtered by id, time, channel and state, each with each other', async () => {
      await put(outbox, sample('n1', { at: 10, group: 'x' }), ['a', 'b']);
      await put(outbox, sample('n2', { at: 20, group: 'y' }), ['a', 'b']);
      await put(outbox, sample('n3', { at: 30, group: 'z' }), ['a']);
      await outbox.settle(await take('a', 0, false), { kind: 'delivered', at: 40 });
      await outbox.settle(await take('a', 0, false), dead(50));
      const ids = (await list()).map((each) => each.id);
      expect(await told()).toEqual(['a:n3', 'b:n2', 'a:n2', 'b:n1', 'a:n1']);
      expect(await told({ since: 20 })).toEqual(['a:n3', 'b:n2', 'a:n2']);
      expect(await told({ until: 20 })).toEqual(['b:n1', 'a:n1']);
      expect(await told({ since: 10, until: 30, channel: 'a' })).toEqual(['a:n2', 'a:n1']);
      expect(await told({ channel: 'c' })).toEqual([]);
      expect(await told({ states: ['waiting'] })).toEqual(['a:n3', 'b:n2', 'b:n1']);
      expect(await told({ states: ['delivered', 'dead'] })).toEqual(['a:n2', 'a:n1']);
      expect(await told({ states: ['dead', 'waiting'], channel: 'a' })).toEqual(['a:n3', 'a:n2']);
      expect(await told({ states: ['delivered'], since: 11 })).toEqual([]);
      expect(await told({ states: [] })).toEqual([]);
      expect(await told({ ids: [ids[4] ?? 0, ids[0] ?? 0, 1e9] })).toEqual(['a:n3', 'a:n1']);
      expect(await told({ ids, channel: 'b', until: 20 })).toEqual(['b:n1']);
      expect(await told({ ids: [] })).toEqual([]);
      expect(await told({ ids: [NaN, -1, 0.5] })).toEqual([]);
    });

    it('is filtered by labels: each is carried by some alert that changed, with this value exactly', async () => {
      const [first, second, third] = sample('n1', { changes: 3 }).changes;
      if (!first || !second || !third) throw new Error('a sample has no changes');
      const labels = { 'a=b': 'c', umlaut: 'ü "❯"', empty: '', __proto__x: 'y' };
      const notification = {
        ...sample('n1', { at: 10 }),
        changes: [
          { ...first, labels: { alertname: 'Down', pod: 'p-1', ...labels } },
          { ...second, labels: { alertname: 'Slow', pod: 'p-2' } },
        ],
        standing: { count: 1, alerts: [{ ...third, labels: { alertname: 'Stands' } }] },
      };
      await put(outbox, notification, ['a', 'b']);
      await put(outbox, sample('n2', { at: 20 }), ['a', 'b']);
      await deliver('b', 50);
      const fits = async (wanted: Record<string, string>): Promise<boolean> =>
        (await told({ labels: wanted })).length > 0;
      expect(await told({ labels: { pod: 'p-2' } })).toEqual(['b:Down', 'a:Down']);
      expect(await told({ labels: { pod: 'p-2', alertname: 'Down' }, channel: 'b' })).toEqual(['b:Down']);
      expect(await told({ labels: { pod: 'p-2' }, states: ['waiting'] })).toEqual(['a:Down']);
      expect(await told({ labels: { pod: 'p-2' }, since: 11 })).toEqual([]);
      expect(await told({ labels: { severity: 'warning' } })).toEqual(['b:n2', 'a:n2']);
      expect(await told({ labels: {} })).toHaveLength(4);
      for (const [name, value] of Object.entries(labels)) expect(await fits({ [name]: value })).toBe(true);
      expect(await fits({ pod: 'p-2', alertname: 'n2' })).toBe(false);
      expect(await fits({ pod: 'p' })).toBe(false);
      expect(await fits({ a: 'b=c' })).toBe(false);
      expect(await fits({ missing: '' })).toBe(false);
      expect(await fits({ alertname: 'Stands' })).toBe(false);
      const page = await outbox.history({ labels: { alertname: 'Down' } }, 1);
      expect(page.map((each) => each.channel)).toEqual(['b']);
      expect(await outbox.history({ labels: { alertname: 'Down' } }, 1, page[0])).toMatchObject([{ channel: 'a' }]);
    });

    it('finds a post of very many alerts by its names and its first labels', async () => {
      const { changes, ...rest } = sample('n1', { changes: MOST_TERMS * 2 });
      const many = changes.map((alert, i) => ({ ...alert, labels: { pod: `p-${i}`, alertname: `Name${i % 7}` } }));
      await put(outbox, { ...rest, changes: many }, ['a']);
      for (const labels of [{ alertname: 'Name6' }, { pod: 'p-0' }, { pod: 'p-500', alertname: 'Name0' }])
        expect(await list({ labels })).toHaveLength(1);
    });

    it('keeps what was sent and what came back, in their order, in progress and at the end', async () => {
      await put(outbox, sample('n1'), ['a']);
      const claim = await take('a', 5);
      const attempts = [
        delivered('one', 10, {
          part: 1,
          parts: 3,
          sent: '文本 "❯" \u0000 <b>',
          receipt: { kind: 'email', messageId: '<1@x>' },
        }),
        refused('two', 11, { part: 2, parts: 3, verdict: 'ambiguous', reason: 'timeout', detail: 'no answer ❯' }),
        refused('two', 12, { part: 2, parts: 3, verdict: 'permanent', reason: 'content', latencyMs: 0 }),
      ];
      expect(await outbox.progress(claim, [], 1e6, attempts.slice(0, 1))).toBe(true);
      expect(await outbox.progress(claim, [], 1e6, [])).toBe(true);
      expect(await outbox.progress(claim, [], 1e6)).toBe(true);
      expect(await outbox.settle(claim, { kind: 'delivered', at: 20 }, attempts.slice(1))).toBe(true);
      const { sends, notification } = await recordOf('n1', 'a');
      expect(sends).toEqual(
        attempts.map((each) => ({
          ...each,
          messageId: claim.messageId,
          channel: 'a',
          sentBytes: Buffer.byteLength(each.sent),
        })),
      );
      expect(notification).toEqual(sample('n1'));
    });

    it('keeps the beginning of what was sent, up to a whole character, and how long it was', async () => {
      await put(outbox, sample('n1'), ['a']);
      const sent = `x${'警'.repeat(SENT_KEPT)}`;
      await deliver('a', 5, [delivered('long', 1, { sent }), delivered('full', 2, { sent: 'y'.repeat(SENT_KEPT) })]);
      const [long, full] = (await recordOf('n1', 'a')).sends;
      expect(long?.sentBytes).toBe(1 + 3 * SENT_KEPT);
      expect(sent.startsWith(long?.sent ?? '-')).toBe(true);
      expect(Buffer.byteLength(long?.sent ?? '')).toBe(SENT_KEPT);
      expect([full?.sent.length, full?.sentBytes]).toEqual([SENT_KEPT, SENT_KEPT]);
    });

    it('keeps the attempts of every message that a delivery was part of, and shows those of a digest for each', async () => {
      await put(outbox, sample('n1', { group: 'x' }), ['a']);
      const first = await take('a');
      await outbox.settle(first, retry(0, 0), [refused('m1')]);
      await put(outbox, sample('n2', { group: 'y' }), ['a']);
      const digest = await take('a');
      await outbox.settle(digest, retry(0, 0, { alone: true }), [refused('m2'), refused('m2-again')]);
      await outbox.settle(await take('a'), { kind: 'delivered', at: 1 }, [delivered('m3')]);
      await outbox.settle(await take('a'), dead(1), [refused('m4', 0, { verdict: 'permanent' })]);
      const n1 = await recordOf('n1', 'a');
      expect(keysOf(n1)).toEqual(['m1', 'm2', 'm2-again', 'm3']);
      expect(n1.sends[0]?.messageId).toBe(first.messageId);
      expect(n1.sends[1]?.messageId).toBe(digest.messageId);
      expect(keysOf(await recordOf('n2', 'a'))).toEqual(['m2', 'm2-again', 'm4']);
      expect(n1.attempts).toBe(3);
    });

    it('keeps attempts over a replay to another channel, and copies for the fallback begin with none', async () => {
      await put(outbox, sample('n1'), ['a']);
      await outbox.settle(await take('a'), dead(5, { fallback: 'f' }), [refused('at-a')]);
      expect(await recordOf('n1', 'f')).toMatchObject({
        sends: [],
        undelivered: { channel: 'a', reason: 'address' },
        notification: { undelivered: { channel: 'a', reason: 'address' } },
      });
      await outbox.replayDead({ channel: 'a' }, 6, 'b');
      await deliver('b', 7, [delivered('at-b')]);
      expect((await recordOf('n1', 'b')).sends.map((each) => [each.channel, each.key])).toEqual([
        ['a', 'at-a'],
        ['b', 'at-b'],
      ]);
      expect(await list({ channel: 'a' })).toEqual([]);
    });

    it('keeps nothing of whose word does not count, nor of what was returned untouched', async () => {
      await put(outbox, sample('n1'), ['a']);
      const first = present(await outbox.claim('a', request(0, { leaseMs: 10 })));
      const second = await take('a', 10);
      expect(await outbox.progress(first, [], 1e6, [delivered('late')])).toBe(false);
      expect(await outbox.settle(first, { kind: 'delivered', at: 1 }, [delivered('late')])).toBe(false);
      await outbox.settle(second, { kind: 'returned' });
      expect((await recordOf('n1', 'a')).sends.map((each) => each.reason)).toEqual(['interrupted']);
    });

    it('shows that somebody tried where a claim was taken again, and nothing that is not known of it', async () => {
      await put(outbox, sample('n1'), ['a']);
      const first = present(await outbox.claim('a', request(0, { leaseMs: 10 })));
      const plan = (['delivered', 'waiting', 'waiting'] as const).map((state, i) => ({
        from: i,
        to: i + 1,
        detail: 'full' as const,
        state,
      }));
      await outbox.progress(first, plan, 20, [delivered('p1', 3)]);
      const second = present(await outbox.claim('a', request(30, { leaseMs: 10 })));
      await outbox.settle(second, { kind: 'delivered', at: 35 }, [delivered('p2', 33), delivered('p3', 34)]);
      const { sends, attempts } = await recordOf('n1', 'a');
      expect(sends.map((each) => each.key)).toEqual(['p1', `${first.messageId}-2`, 'p2', 'p3']);
      expect(sends[1]).toEqual({
        at: 30,
        latencyMs: undefined,
        part: 2,
        parts: 3,
        key: `${first.messageId}-2`,
        verdict: 'ambiguous',
        reason: 'interrupted',
        detail: expect.stringContaining('may have been delivered'),
        sent: '',
        sentBytes: undefined,
        messageId: first.messageId,
        channel: 'a',
      });
      expect(attempts).toBe(2);
    });

    it('shows each try of a message that no process survived', async () => {
      await put(outbox, sample('n1'), ['a']);
      for (let i = 0; i < 5; i += 1) await outbox.claim('a', request(i * 10, { leaseMs: 10 }));
      expect(await outbox.claim('a', request(50))).toBeUndefined();
      const { state, sends } = await recordOf('n1', 'a');
      expect([state, sends.map((each) => [each.reason, each.part, each.parts])]).toEqual([
        'dead',
        Array.from({ length: 5 }, () => ['interrupted', 1, 1]),
      ]);
    });

    it('forgets with a delivery what was sent for it alone, when it is old; what waits or is dead keeps all', async () => {
      await put(outbox, sample('n1', { group: 'x', at: 1 }), ['a', 'b', 'c']);
      await put(outbox, sample('n2', { group: 'y', at: 2 }), ['a', 'b', 'c']);
      await outbox.settle(await take('a'), retry(0, 0, { alone: true }), [refused('both')]);
      await outbox.settle(await take('a'), { kind: 'delivered', at: 99 }, [delivered('one', 150)]);
      await outbox.settle(await take('a'), dead(99), [refused('other')]);
      await outbox.settle(await take('b'), { kind: 'delivered', at: 100 }, [refused('b', 0)]);
      await outbox.settle(await take('c'), retry(99, 200, { keep: true }), [refused('c')]);
      expect(await pruneAll(100)).toBe(1);
      expect(await told()).toEqual(['c:n2', 'b:n2', 'a:n2', 'c:n1', 'b:n1']);
      expect(keysOf(await recordOf('n2', 'a'))).toEqual(['both', 'other']);
      expect(keysOf(await recordOf('n1', 'b'))).toEqual(['b']);
      expect(keysOf(await recordOf('n1', 'c'))).toEqual(['c']);
      expect(await list({ labels: { alertname: 'n1' } })).toHaveLength(2);
      await outbox.discardDead({});
      expect(await pruneAll(101)).toBe(2);
      expect(await told()).toEqual(['c:n2', 'c:n1']);
      expect(await list({ labels: { alertname: 'n1' } })).toHaveLength(1);
      await outbox.settle(await take('c', 200), { kind: 'delivered', at: 200 });
      await pruneAll(1e6);
      expect(await list({ labels: { severity: 'warning' } })).toEqual([]);
    });
  });
}
