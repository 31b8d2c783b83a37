// The contract of dead letters as tests: copies for the fallback channel, replay, discard, removed channels.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Alert } from '../notification/index.js';
import type { Claim, Outbox } from './outbox.js';
import { contentsOf, dead, nameOf, nameOfLetter, namesOf, present, put, request, retry, sample } from './testing.js';

export function deadLettersContract(open: () => Promise<Outbox>): void {
  describe('dead letters', () => {
    let outbox: Outbox;
    beforeEach(async () => {
      outbox = await open();
    });
    const take = async (channel: string, now = 0): Promise<Claim> => present(await outbox.claim(channel, request(now)));
    const letters = async (channel?: string): Promise<string[]> =>
      (await outbox.listDead(channel === undefined ? {} : { channel }, 100)).map(
        (each) => `${each.channel}:${nameOfLetter(each)}`,
      );
    const kill = async (name: string, channel: string, at: number): Promise<void> => {
      await put(outbox, sample(name, { group: name }), [channel]);
      await outbox.settle(await take(channel), dead(at));
    };

    it('become what can never be delivered, each by itself, with why', async () => {
      const names = ['n1', 'n2'];
      for (const name of names) await put(outbox, sample(name), ['a']);
      expect(await outbox.settle(await take('a'), dead(7))).toBe(true);
      expect(await outbox.claim('a', request(1e12))).toBeUndefined();
      const found = await outbox.listDead({}, 10);
      expect(found).toMatchObject(
        ['n2', 'n1'].map((name) => ({
          channel: 'a',
          group: { receiver: 'relay', labels: { alertname: 'g' } },
          alerts: [{ name, count: 1 }],
          changes: 1,
          acceptedAt: 1000,
          reason: 'address',
          detail: '404',
          attempts: 1,
          diedAt: 7,
        })),
      );
      expect((await outbox.figures()).dead).toEqual(new Map([['a', 2]]));
    });

    it('are listed newest first, by id, by channel, up to a limit', async () => {
      await kill('n1', 'a', 30);
      await kill('n2', 'b', 10);
      await kill('n3', 'a', 20);
      expect(await letters()).toEqual(['a:n1', 'a:n3', 'b:n2']);
      expect(await letters('a')).toEqual(['a:n1', 'a:n3']);
      const [first, , third] = await outbox.listDead({}, 10);
      const ids = [first?.id ?? 0, third?.id ?? 0];
      expect((await outbox.listDead({ ids }, 10)).map((each) => each.id)).toEqual(ids);
      expect(await outbox.listDead({ ids, channel: 'b' }, 10)).toHaveLength(1);
      expect(await outbox.listDead({ ids: [] }, 10)).toEqual([]);
      expect(await outbox.listDead({}, 2)).toHaveLength(2);
    });

    it('are listed without their contents, however large they are, and with a bounded number of names', async () => {
      const alert = sample('n1').changes[0] as Alert;
      const changes = Array.from({ length: 90 }, (_, i): Alert => ({
        ...alert,
        labels: { alertname: `${'很长'.repeat(200)}${i % 30}` },
        annotations: { description: 'x'.repeat(10_000) },
      }));
      const named = Array.from({ length: 10 }, (): Alert => ({ ...alert, labels: { alertname: 'Known' } }));
      await put(
        outbox,
        {
          ...sample('n1'),
          changes: [
            ...named,
            ...changes.map((each, i) => ({
              ...each,
              labels: { alertname: `Name${i % 30}${each.labels['alertname'] ?? ''}` },
            })),
          ],
        },
        ['a'],
      );
      await outbox.settle(await take('a'), dead(1));
      const [letter] = await outbox.listDead({}, 10);
      expect(letter).toMatchObject({ changes: 100 });
      expect(letter?.alerts).toHaveLength(20);
      expect(letter?.alerts[0]).toEqual({ name: 'Known', count: 10 });
      expect(letter?.alerts[1]?.count).toBe(3);
      expect(JSON.stringify(letter).length).toBeLessThan(10_000);
    });

    it('are a thousand in a list at most, and one at least', async () => {
      await Promise.all(Array.from({ length: 1002 }, (_, i) => put(outbox, sample(`n${i}`), ['gone'])));
      await outbox.giveUpRemovedChannels([], 1, undefined);
      const lengths = [];
      for (const limit of [Infinity, NaN, 1e6, 3.7, 0, -5]) lengths.push((await outbox.listDead({}, limit)).length);
      expect(lengths).toEqual([1000, 1000, 1000, 3, 1, 1]);
    });

    it('are told by the fallback channel, with who gave up and why', async () => {
      await put(outbox, sample('n1', { severity: 'critical' }), ['a']);
      await outbox.settle(await take('a'), dead(50, { fallback: 'f' }));
      expect(await outbox.waiting('f', 50)).toEqual({ groups: 1, nextAt: undefined });
      expect((await outbox.figures()).pending).toEqual(new Map([['f', { notifications: 1, oldestAcceptedAt: 50 }]]));
      const copy = await take('f', 50);
      expect(copy.attempt).toBe(1);
      expect(contentsOf(copy)).toEqual([
        { ...sample('n1', { severity: 'critical' }), undelivered: { channel: 'a', reason: 'address' } },
      ]);
      expect(await letters()).toEqual(['a:n1']);
    });

    it('are told by the fallback channel too where the time ran out', async () => {
      await put(outbox, sample('old', { at: 100 }), ['a', 'b']);
      await put(outbox, sample('new', { at: 200, group: 'y' }), ['a', 'b']);
      const all = async (channel: string): Promise<Claim> =>
        present(await outbox.claim(channel, request(0, { digest: true })));
      await outbox.settle(await all('a'), retry(300, 400, { expireBefore: 150, fallback: 'f' }));
      await outbox.settle(await all('b'), retry(300, 400, { expireBefore: 150, fallback: 'f', keep: true }));
      expect(contentsOf(await all('f')).map((each) => [nameOf(each), each.undelivered])).toEqual([
        ['old', { channel: 'a', reason: 'expired' }],
        ['old', { channel: 'b', reason: 'expired' }],
        ['new', { channel: 'b', reason: 'expired' }],
      ]);
    });

    it('make no copies of copies, nor for the channel itself', async () => {
      await put(outbox, sample('n1'), ['a', 'f']);
      await outbox.settle(await take('f'), dead(1, { fallback: 'f' }));
      expect(await outbox.claim('f', request(1))).toBeUndefined();
      await outbox.settle(await take('a'), dead(1, { fallback: 'f' }));
      await outbox.settle(await take('f'), dead(2, { fallback: 'b' }));
      expect(await outbox.claim('b', request(1e9))).toBeUndefined();
      expect((await outbox.listDead({ channel: 'f' }, 10)).map((each) => each.undelivered)).toEqual([
        { channel: 'a', reason: 'address' },
        undefined,
      ]);
    });

    it('give a copy its own age', async () => {
      await put(outbox, sample('n1', { at: 100 }), ['a']);
      await outbox.settle(await take('a'), dead(5000, { fallback: 'f' }));
      await outbox.settle(await take('f'), retry(5000, 5000, { expireBefore: 4000 }));
      expect(await outbox.claim('f', request(5000))).toMatchObject({ attempt: 2 });
    });

    it('go back into the queue with attempts and age anew, in the order of their group', async () => {
      await put(outbox, sample('n1', { at: 100 }), ['a']);
      await outbox.settle(await take('a'), retry(100, 100));
      await outbox.settle(await take('a', 100), dead(200, { fallback: 'f' }));
      await put(outbox, sample('n2', { at: 300 }), ['a']);
      expect(await outbox.replayDead({}, 9000)).toBe(1);
      expect(await letters()).toEqual([]);
      expect((await outbox.figures()).pending.get('a')).toEqual({ notifications: 2, oldestAcceptedAt: 300 });
      const again = await take('a', 9000);
      expect([namesOf(again), again.attempt]).toEqual([['n1', 'n2'], 1]);
    });

    it('go to another channel where one is named, and only those that were asked for', async () => {
      await kill('n1', 'a', 1);
      await kill('n2', 'a', 2);
      await kill('n3', 'b', 3);
      const [newest] = await outbox.listDead({ channel: 'a' }, 1);
      expect(await outbox.replayDead({ ids: [newest?.id ?? 0, 999_999] }, 10, 'c')).toBe(1);
      expect(namesOf(await take('c', 10))).toEqual(['n2']);
      expect(await outbox.replayDead({ channel: 'a' }, 10)).toBe(1);
      expect(namesOf(await take('a', 10))).toEqual(['n1']);
      expect(await letters()).toEqual(['b:n3']);
      expect(await outbox.replayDead({ channel: 'a' }, 10)).toBe(0);
    });

    it('are gone for good when they are discarded', async () => {
      await kill('n1', 'a', 1);
      await kill('n2', 'b', 2);
      expect(await outbox.discardDead({ channel: 'a' })).toBe(1);
      expect(await letters()).toEqual(['b:n2']);
      expect(await outbox.discardDead({})).toBe(1);
      expect([await letters(), await outbox.replayDead({}, 5), await outbox.discardDead({})]).toEqual([[], 0, 0]);
    });

    it('become what waits, is claimed or kept for a channel that is gone; its holder has nothing to say any more', async () => {
      for (const [name, group] of [
        ['n1', 'x'],
        ['n2', 'y'],
        ['n3', 'z'],
      ] as const)
        await put(outbox, sample(name, { group }), ['gone', 'a']);
      await outbox.settle(await take('gone'), retry(0, 1e9, { keep: true }));
      const claim = await take('gone');
      await put(outbox, sample('n4', { group: 'x' }), ['gone']);
      expect(await outbox.giveUpRemovedChannels(['a', 'f'], 77, 'f')).toBe(4);
      expect((await letters()).sort()).toEqual(['gone:n1', 'gone:n2', 'gone:n3', 'gone:n4']);
      expect(await outbox.listDead({}, 1)).toMatchObject([{ reason: 'channel_removed', diedAt: 77 }]);
      expect((await outbox.listDead({}, 10)).map((each) => `${nameOfLetter(each)} ${each.attempts}`).sort()).toEqual([
        'n1 1',
        'n2 1',
        'n3 0',
        'n4 0',
      ]);
      expect(await outbox.settle(claim, { kind: 'delivered', at: 78 })).toBe(false);
      expect(await outbox.claim('gone', request(1e12))).toBeUndefined();
      expect((await outbox.figures()).pending.get('a')?.notifications).toBe(3);
      expect(
        contentsOf(await outbox.claim('f', request(77, { digest: true }))).map((each) => each.undelivered),
      ).toEqual(Array(4).fill({ channel: 'gone', reason: 'channel_removed' }));
      expect(await outbox.giveUpRemovedChannels(['a', 'f'], 78, 'f')).toBe(0);
    });

    it('are many sometimes', async () => {
      const many = 1300;
      await Promise.all(
        Array.from({ length: many }, (_, i) => put(outbox, sample(`n${i}`, { group: `g${i % 7}` }), ['gone'])),
      );
      expect(await outbox.giveUpRemovedChannels([], 1, undefined)).toBe(many);
      expect(await outbox.replayDead({}, 2)).toBe(many);
      expect(await outbox.giveUpRemovedChannels([], 3, undefined)).toBe(many);
      expect(await outbox.discardDead({})).toBe(many);
      expect(await outbox.figures()).toEqual({ pending: new Map(), dead: new Map(), quarantined: 0 });
    });
  });
}
