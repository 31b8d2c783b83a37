// The contract of the queue as tests: order and claims.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Outbox } from './outbox.js';
import { contentsOf, namesOf, present, put, request, retry, sample } from './testing.js';

export function queueContract(open: () => Promise<Outbox>): void {
  describe('the queue', () => {
    let outbox: Outbox;
    beforeEach(async () => {
      outbox = await open();
    });

    it('has nothing for a channel at first', async () => {
      expect(await outbox.claim('a', request(0))).toBeUndefined();
      expect(await outbox.waiting('a', 0)).toEqual({ groups: 0, nextAt: undefined });
    });

    it('gives a notification to each of its channels as it was recorded, once', async () => {
      const notification = sample('n1', { changes: 3 });
      await put(outbox, notification, ['a', 'b', 'a']);
      for (const channel of ['a', 'b']) {
        const claim = present(await outbox.claim(channel, request(2000)));
        expect(claim).toMatchObject({ channel, composedAt: 2000, attempt: 1, ambiguous: false, plan: undefined });
        expect(contentsOf(claim)).toEqual([notification]);
        expect(claim.messageId).toMatch(/^[0-9a-f-]{36}$/);
        expect(await outbox.claim(channel, request(2000))).toBeUndefined();
      }
      expect(await outbox.claim('c', request(2000))).toBeUndefined();
    });

    it('gives the contents of a claim again, as long as it is its holder that asks', async () => {
      await put(outbox, sample('n1'), ['a']);
      await put(outbox, sample('n2'), ['a']);
      const first = present(await outbox.claim('a', request(0, { leaseMs: 10 })));
      const given = first.notifications;
      first.notifications = [];
      expect(await outbox.contents(first)).toEqual(given);
      const second = present(await outbox.claim('a', request(10)));
      expect(await outbox.contents(first)).toBeUndefined();
      expect(await outbox.contents(second)).toEqual(given);
      await outbox.settle(second, { kind: 'delivered', at: 20 });
      expect(await outbox.contents(second)).toBeUndefined();
    });

    it('takes all of a group together, oldest first, and of one group only', async () => {
      await put(outbox, sample('n1', { group: 'x' }), ['a']);
      await put(outbox, sample('n2', { group: 'y' }), ['a']);
      await put(outbox, sample('n3', { group: 'x' }), ['a']);
      expect(namesOf(await outbox.claim('a', request(0)))).toEqual(['n1', 'n3']);
      expect(namesOf(await outbox.claim('a', request(0)))).toEqual(['n2']);
    });

    it('takes the most urgent group first, by what fires in it, then the oldest', async () => {
      await put(outbox, sample('info', { group: '1', severity: 'info' }), ['a']);
      await put(outbox, sample('over', { group: '2', severity: 'critical', status: 'resolved' }), ['a']);
      await put(outbox, sample('warning 1', { group: '3' }), ['a']);
      await put(outbox, sample('warning 2', { group: '4' }), ['a']);
      await put(outbox, sample('calm', { group: '5', severity: 'info' }), ['a']);
      await put(outbox, sample('urgent', { group: '5', severity: 'critical' }), ['a']);
      const order = [];
      for (let claim = await outbox.claim('a', request(0)); claim; claim = await outbox.claim('a', request(0)))
        order.push(namesOf(claim));
      expect(order).toEqual([['calm', 'urgent'], ['warning 1'], ['warning 2'], ['info'], ['over']]);
    });

    it('takes everything that is due as one digest, oldest first', async () => {
      await put(outbox, sample('n1', { group: 'x' }), ['a']);
      await put(outbox, sample('n2', { group: 'y', severity: 'critical' }), ['a']);
      await put(outbox, sample('n3', { group: 'x' }), ['a']);
      await put(outbox, sample('late', { group: 'z' }), ['a']);
      const late = present(await outbox.claim('a', request(0, { digest: false, maxChanges: 1 })));
      expect(namesOf(late)).toEqual(['n2']);
      await outbox.settle(late, retry(0, 500));
      expect(namesOf(await outbox.claim('a', request(0, { digest: true })))).toEqual(['n1', 'n3', 'late']);
      expect(namesOf(await outbox.claim('a', request(500, { digest: true })))).toEqual(['n2']);
    });

    it(
      'keeps within the number of changes, the most urgent groups first, and leaves nothing older of a group ' +
        'outside',
      async () => {
        await put(outbox, sample('n1', { group: 'x', changes: 2 }), ['a']);
        await put(outbox, sample('n2', { group: 'y', changes: 2, severity: 'critical' }), ['a']);
        await put(outbox, sample('n3', { group: 'y', changes: 2 }), ['a']);
        await put(outbox, sample('n4', { group: 'x', changes: 2 }), ['a']);
        const digest = present(await outbox.claim('a', request(0, { digest: true, maxChanges: 7 })));
        expect(namesOf(digest)).toEqual(['n1', 'n2', 'n3']);
        expect(await outbox.claim('a', request(0, { digest: true }))).toBeUndefined();
        await outbox.settle(digest, { kind: 'delivered', at: 0 });
        expect(namesOf(await outbox.claim('a', request(0, { maxChanges: 1 })))).toEqual(['n4']);
      },
    );

    it('keeps within the bytes of their JSON, but gives at least one', async () => {
      for (const name of ['n1', 'n2', 'n3']) await put(outbox, sample(name, { group: name, changes: 50 }), ['a']);
      const bytes = Buffer.byteLength(JSON.stringify(sample('n1', { group: 'n1', changes: 50 })));
      expect(
        namesOf(await outbox.claim('a', request(0, { digest: true, maxChanges: 1000, maxBytes: 2 * bytes }))),
      ).toEqual(['n1', 'n2']);
      expect(namesOf(await outbox.claim('a', request(0, { digest: true, maxChanges: 1000, maxBytes: 1 })))).toEqual([
        'n3',
      ]);
    });

    it(
      'gives up a message of which five claims in a row were never settled, and tells the fallback; what joined ' +
        'its group goes on',
      async () => {
        await put(outbox, sample('deadly'), ['a']);
        const lease = (now: number): ReturnType<Outbox['claim']> =>
          outbox.claim('a', request(now, { leaseMs: 10, fallback: 'f' }));
        // Four that are lost, one that is settled: the count begins anew.
        for (const now of [0, 10, 20, 30]) present(await lease(now));
        await outbox.settle(present(await lease(40)), retry(40, 50, { keep: true }));
        for (const now of [50, 60, 70, 80, 90]) expect(namesOf(await lease(now))).toEqual(['deadly']);
        await put(outbox, sample('next'), ['a']);
        expect(await lease(99)).toBeUndefined();
        expect(namesOf(await lease(100))).toEqual(['next']);
        expect(await outbox.listDead({}, 10)).toMatchObject([
          {
            reason: 'unsendable',
            attempts: 10,
            diedAt: 100,
            detail: 'the relay did not survive sending it: 5 attempts never came to an end; it may have been delivered',
          },
        ]);
        expect(await outbox.claim('f', request(100))).toMatchObject({
          notifications: [{ undelivered: { channel: 'a', reason: 'unsendable' } }],
        });
      },
    );

    it(
      'lets nothing younger of a group go while one is claimed or waits for its next try, whatever other groups ' +
        'and channels do',
      async () => {
        await put(outbox, sample('n1', { group: 'x' }), ['a', 'b']);
        const claim = present(await outbox.claim('a', request(0)));
        await put(outbox, sample('n2', { group: 'x', severity: 'critical' }), ['a', 'b']);
        await put(outbox, sample('n3', { group: 'y' }), ['a']);
        expect(await outbox.waiting('a', 0)).toEqual({ groups: 1, nextAt: 10_000 });
        expect(namesOf(await outbox.claim('a', request(0)))).toEqual(['n3']);
        await outbox.settle(claim, retry(0, 5000));
        expect(await outbox.claim('a', request(4999))).toBeUndefined();
        expect(await outbox.waiting('a', 4999)).toEqual({ groups: 0, nextAt: 5000 });
        expect(await outbox.waiting('a', 5000)).toEqual({ groups: 1, nextAt: 10_000 });
        expect(namesOf(await outbox.claim('a', request(5000)))).toEqual(['n1', 'n2']);
        expect(namesOf(await outbox.claim('b', request(0)))).toEqual(['n1', 'n2']);
      },
    );

    it('never gives what was delivered again', async () => {
      await put(outbox, sample('n1'), ['a']);
      expect(await outbox.settle(present(await outbox.claim('a', request(0))), { kind: 'delivered', at: 1 })).toBe(
        true,
      );
      expect(await outbox.claim('a', request(1e12))).toBeUndefined();
      expect((await outbox.figures()).pending).toEqual(new Map());
    });
  });
}
