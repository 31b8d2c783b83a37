// The contract of receipts as tests: what a claim knows of what its channel was told before.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Attempt, Claim, Outbox } from './outbox.js';
import { dead, delivered, present, put, refused, request, retry, sample, type Sample } from './testing.js';

export function conversationContract(open: () => Promise<Outbox>): void {
  describe('what a channel was told before', () => {
    let outbox: Outbox;
    beforeEach(async () => {
      outbox = await open();
    });
    const take = async (channel = 'a', now = 0): Promise<Claim> =>
      present(await outbox.claim(channel, request(now, { digest: true })));
    const post = (episode: string, some: Sample = {}, channels = ['a']): Promise<void> =>
      put(outbox, sample(episode, some), channels);
    const deliver = async (attempts: readonly Attempt[], channel = 'a'): Promise<Claim> => {
      const claim = await take(channel);
      expect(await outbox.settle(claim, { kind: 'delivered', at: 1 }, attempts)).toBe(true);
      return claim;
    };
    const known = async (channel = 'a', now = 0): Promise<unknown[]> => {
      const claim = await take(channel, now);
      await outbox.settle(claim, { kind: 'returned' });
      return claim.conversations.map(({ group, episode, root, last }) => [group, episode, root.key, last.key]);
    };

    it('is nothing at first, and nothing where no server gave a receipt', async () => {
      await post('e1');
      const nameless = refused('nameless', 0, { verdict: 'delivered', reason: 'ok' });
      expect((await deliver([refused('no'), nameless])).conversations).toEqual([]);
      await post('e1');
      expect(await known()).toEqual([]);
    });

    it('is the first part ever and the newest one, with when and by which name', async () => {
      await post('e1');
      await deliver([
        delivered('m1-1', 10, { receipt: { kind: 'slack', channel: 'C', ts: '1.5' } }),
        delivered('m1-2', 11, { part: 2, receipt: { kind: 'slack', channel: 'C', ts: '2.5' } }),
      ]);
      await post('e1');
      const second = await deliver([refused('no', 19), delivered('m2', 20, { receipt: { kind: 'webhook', id: 'w' } })]);
      const root = { key: 'm1-1', at: 10, receipt: { kind: 'slack', channel: 'C', ts: '1.5' } };
      expect(second.conversations).toEqual([
        {
          group: 'g',
          episode: 'e1',
          root,
          last: { key: 'm1-2', at: 11, receipt: { kind: 'slack', channel: 'C', ts: '2.5' } },
        },
      ]);
      await post('e1', { status: 'resolved' });
      expect((await take()).conversations).toEqual([
        { group: 'g', episode: 'e1', root, last: { key: 'm2', at: 20, receipt: { kind: 'webhook', id: 'w' } } },
      ]);
    });

    it('is of one channel, one group and one episode', async () => {
      await post('e1', { group: 'x' }, ['a', 'b']);
      await deliver([delivered('m1')]);
      await post('e2', { group: 'x' });
      await post('e1', { group: 'y' });
      expect(await known()).toEqual([]);
      expect(await known('b')).toEqual([]);
      await post('e1', { group: 'x' });
      expect(await known()).toEqual([['x', 'e1', 'm1', 'm1']]);
    });

    it('is of each incident that a digest told of, in the order of what is claimed', async () => {
      await post('e1', { group: 'x' });
      await post('e2', { group: 'y' });
      await post('e2', { group: 'y' });
      await deliver([delivered('both')]);
      await post('e1', { group: 'x' });
      await deliver([delivered('one')]);
      await post('e2', { group: 'y' });
      await post('e1', { group: 'x' });
      await post('e3', { group: 'z' });
      await post('e2', { group: 'y' });
      expect(await known()).toEqual([
        ['y', 'e2', 'both', 'both'],
        ['x', 'e1', 'both', 'one'],
      ]);
    });

    it('counts a part that arrived from then on, whatever becomes of its message', async () => {
      await post('e1');
      const first = await take();
      await outbox.progress(first, [], 1e6, [delivered('p1')]);
      await outbox.settle(first, retry(0, 0, { keep: true }), [refused('p2')]);
      expect(await known()).toEqual([['g', 'e1', 'p1', 'p1']]);
      const second = await take();
      await outbox.settle(second, dead(1), [delivered('p2')]);
      await post('e1');
      expect(await known()).toEqual([['g', 'e1', 'p1', 'p2']]);
    });

    it('is not what somebody says whose word does not count any more', async () => {
      await post('e1');
      const first = present(await outbox.claim('a', request(0, { leaseMs: 10 })));
      const second = await take('a', 10);
      expect(await outbox.settle(first, { kind: 'delivered', at: 1 }, [delivered('late')])).toBe(false);
      await outbox.settle(second, retry(10, 10));
      expect(await known('a', 10)).toEqual([]);
    });

    it('keeps groups apart whatever their names hold', async () => {
      const groups = ['x', 'x\u0000', '"x"', 'x\ud800', '警'];
      for (const group of groups) await post('e', { group });
      await deliver([delivered('all')]);
      for (const group of groups) await post('e', { group });
      expect(await known()).toEqual(groups.map((group) => [group, 'e', 'all', 'all']));
    });

    it('is forgotten when its last part is old and nothing of the group waits', async () => {
      const prune = (deliveredBefore: number): Promise<number> => outbox.prune({ deliveredBefore, seenBefore: 0 });
      await post('e1', { group: 'x' });
      await post('e2', { group: 'y' });
      await deliver([delivered('m1', 50)]);
      await post('e2', { group: 'y' });
      await deliver([delivered('m2', 100)]);
      await post('e1', { group: 'x' });
      while ((await prune(100)) > 0);
      expect(await known()).toEqual([['x', 'e1', 'm1', 'm1']]);
      await deliver([]);
      while ((await prune(100)) > 0);
      await post('e1', { group: 'x' });
      await post('e2', { group: 'y' });
      expect(await known()).toEqual([['y', 'e2', 'm1', 'm2']]);
    });
  });
}
