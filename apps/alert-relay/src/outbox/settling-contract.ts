// The contract of settlements as tests: what becomes of a claim, whoever ends it or does not.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { PlannedPart } from '../notification/index.js';
import type { Outbox } from './outbox.js';
import { dead, nameOfLetter, namesOf, present, put, request, retry, sample } from './testing.js';

const part = (state: PlannedPart['state']): PlannedPart => ({ from: 0, to: 1, detail: 'full', state });

export function settlingContract(open: () => Promise<Outbox>): void {
  describe('what becomes of a claim', () => {
    let outbox: Outbox;
    beforeEach(async () => {
      outbox = await open();
    });

    it('sets free what surely did not arrive: another message, merged with newer ones, attempts counted on', async () => {
      await put(outbox, sample('n1'), ['a']);
      const first = present(await outbox.claim('a', request(0)));
      await outbox.progress(first, [part('waiting')], 10_000);
      expect(await outbox.settle(first, retry(10, 20))).toBe(true);
      await put(outbox, sample('n2'), ['a']);
      const second = present(await outbox.claim('a', request(20)));
      expect(second).toMatchObject({ attempt: 2, composedAt: 20, ambiguous: false, plan: undefined });
      expect(namesOf(second)).toEqual(['n1', 'n2']);
      expect(second.messageId).not.toBe(first.messageId);
      expect(second.token).toBeGreaterThan(first.token);
      await outbox.settle(second, retry(30, 40));
      expect((await outbox.claim('a', request(40)))?.attempt).toBe(3);
    });

    it('counts the attempts without an answer that could be understood, in kept messages and in free ones', async () => {
      for (const [channel, keep] of [
        ['a', true],
        ['b', false],
      ] as const) {
        await put(outbox, sample('n1', { group: 'x' }), [channel]);
        await put(outbox, sample('n2', { group: 'y' }), [channel]);
        const counts: number[] = [];
        for (const unclear of [true, false, true, false]) {
          const claim = present(await outbox.claim(channel, request(0, { digest: true })));
          counts.push(claim.unclear);
          await outbox.settle(claim, retry(0, 0, { keep, unclear }));
        }
        expect(counts).toEqual([0, 1, 1, 2]);
      }
      const free = present(await outbox.claim('b', request(0, { digest: true })));
      await outbox.settle(free, dead(0));
      await outbox.replayDead({}, 0);
      expect(await outbox.claim('b', request(0))).toMatchObject({ attempt: 1, unclear: 0 });
    });

    it(
      'lets the groups of a message that was refused for what it holds go alone, and what is refused again one by ' +
        'one, in order',
      async () => {
        for (const [name, group] of [
          ['x1', 'x'],
          ['y1', 'y'],
          ['x2', 'x'],
          ['y2', 'y'],
        ] as const)
          await put(outbox, sample(name, { group }), ['a']);
        const digest = (): ReturnType<Outbox['claim']> => outbox.claim('a', request(0, { digest: true }));
        const all = present(await digest());
        await outbox.settle(all, retry(0, 0, { alone: true }));
        await put(outbox, sample('z1', { group: 'z' }), ['a']);
        await put(outbox, sample('v1', { group: 'v' }), ['a']);
        const x = present(await digest());
        expect([namesOf(x), x.attempt]).toEqual([['x1', 'x2'], 2]);
        const y = present(await digest());
        expect(namesOf(y)).toEqual(['y1', 'y2']);
        const others = present(await digest());
        expect(namesOf(others)).toEqual(['z1', 'v1']);
        await outbox.settle(others, { kind: 'delivered', at: 0 });
        await outbox.settle(y, { kind: 'delivered', at: 0 });
        await outbox.settle(x, retry(0, 0, { alone: true }));
        await put(outbox, sample('x3', { group: 'x' }), ['a']);
        const first = present(await digest());
        expect(namesOf(first)).toEqual(['x1']);
        expect(await digest()).toBeUndefined();
        // A server that is down in between changes nothing.
        await outbox.settle(first, retry(0, 0));
        for (const [name, rest] of [
          ['x1', dead(0)],
          ['x2', { kind: 'delivered', at: 0 }],
          ['x3', { kind: 'delivered', at: 0 }],
        ] as const) {
          const claim = present(await digest());
          expect(namesOf(claim)).toEqual([name]);
          await outbox.settle(claim, rest);
        }
        expect((await outbox.listDead({}, 10)).map((each) => nameOfLetter(each))).toEqual(['x1']);
      },
    );

    it('goes with others again when what was refused is gone', async () => {
      for (const name of ['n1', 'n2']) await put(outbox, sample(name), ['a']);
      await outbox.settle(present(await outbox.claim('a', request(0))), retry(0, 0, { alone: true }));
      for (const name of ['n1', 'n2']) {
        const claim = present(await outbox.claim('a', request(0)));
        expect(namesOf(claim)).toEqual([name]);
        await outbox.settle(claim, dead(0));
      }
      await outbox.replayDead({}, 0);
      await put(outbox, sample('n3', { group: 'y' }), ['a']);
      expect(namesOf(await outbox.claim('a', request(0, { digest: true })))).toEqual(['n1', 'n2', 'n3']);
    });

    it('keeps what was or may have been delivered as one message, whatever joins its group meanwhile', async () => {
      await put(outbox, sample('n1', { group: 'x' }), ['a']);
      await put(outbox, sample('n2', { group: 'y' }), ['a']);
      const first = present(await outbox.claim('a', request(0, { digest: true })));
      const plan = [part('delivered'), part('ambiguous')];
      expect(await outbox.progress(first, plan, 10_000)).toBe(true);
      await outbox.settle(first, retry(10, 20, { keep: true }));
      await put(outbox, sample('n3', { group: 'x', severity: 'critical' }), ['a']);
      await put(outbox, sample('n4', { group: 'z' }), ['a']);
      expect(await outbox.waiting('a', 10)).toEqual({ groups: 1, nextAt: 20 });
      expect(await outbox.waiting('a', 20)).toEqual({ groups: 3, nextAt: undefined });
      const second = present(await outbox.claim('a', request(20, { digest: true, maxChanges: 1 })));
      expect(second).toEqual({ ...first, token: second.token, attempt: 2, ambiguous: true, plan });
      expect(second.token).toBeGreaterThan(first.token);
      await outbox.settle(second, { kind: 'delivered', at: 30 });
      expect(namesOf(await outbox.claim('a', request(30, { digest: true })))).toEqual(['n3', 'n4']);
    });

    it('tells a message of which a part arrived and the rest surely did not from one that may have arrived', async () => {
      const ambiguityAfter = async (plan: PlannedPart[] | undefined): Promise<boolean> => {
        await put(outbox, sample('n1'), ['a']);
        const first = present(await outbox.claim('a', request(0)));
        if (plan) await outbox.progress(first, plan, 100);
        await outbox.settle(first, retry(10, 10, { keep: true }));
        const second = present(await outbox.claim('a', request(10)));
        await outbox.settle(second, retry(10, 10, { keep: true }));
        const third = present(await outbox.claim('a', request(10)));
        expect(third.ambiguous).toBe(second.ambiguous);
        await outbox.settle(third, { kind: 'delivered', at: 10 });
        return third.ambiguous;
      };
      expect(await ambiguityAfter(undefined)).toBe(true);
      expect(await ambiguityAfter([part('waiting')])).toBe(true);
      expect(await ambiguityAfter([part('delivered'), part('ambiguous')])).toBe(true);
      expect(await ambiguityAfter([part('delivered'), part('waiting')])).toBe(false);
    });

    it('gives a claim whose lease ended to the next one as it is, as ambiguous; the older holder has nothing to say', async () => {
      await put(outbox, sample('n1'), ['a']);
      const first = present(await outbox.claim('a', request(0, { leaseMs: 100 })));
      await put(outbox, sample('n2'), ['a']);
      expect(await outbox.claim('a', request(99))).toBeUndefined();
      const second = present(await outbox.claim('a', request(100)));
      expect(second).toEqual({ ...first, token: second.token, attempt: 2, ambiguous: true });
      expect(second.token).toBeGreaterThan(first.token);
      expect(await outbox.progress(first, [part('delivered')], 1e9)).toBe(false);
      for (const settlement of [
        { kind: 'delivered', at: 1 },
        retry(1, 2),
        retry(1, 2, { keep: true }),
        dead(1),
        { kind: 'returned' },
      ] as const) {
        expect(await outbox.settle(first, settlement)).toBe(false);
      }
      expect(await outbox.listDead({}, 10)).toEqual([]);
      expect(await outbox.claim('a', request(100))).toBeUndefined();
      expect(await outbox.settle(second, { kind: 'delivered', at: 1 })).toBe(true);
      expect(await outbox.settle(second, { kind: 'delivered', at: 1 })).toBe(false);
      expect(namesOf(await outbox.claim('a', request(100)))).toEqual(['n2']);
    });

    it('takes the word of a holder whose lease ended while nobody else has claimed', async () => {
      await put(outbox, sample('n1'), ['a']);
      const claim = present(await outbox.claim('a', request(0, { leaseMs: 100 })));
      expect(await outbox.settle(claim, { kind: 'delivered', at: 500 })).toBe(true);
      expect(await outbox.claim('a', request(500))).toBeUndefined();
    });

    it('keeps nothing waiting because the clock was set back, and no wait longer than an hour', async () => {
      const day = 86_400_000;
      for (const group of ['free', 'kept', 'held']) await put(outbox, sample(group, { group }), ['a']);
      for (const keep of [false, true])
        await outbox.settle(present(await outbox.claim('a', request(day))), retry(day, 9 * day, { keep }));
      await outbox.claim('a', request(day));
      expect(await outbox.waiting('a', day)).toEqual({ groups: 0, nextAt: day + 10_000 });
      expect(await outbox.waiting('a', day + 3_600_000)).toMatchObject({ groups: 3 });
      expect(await outbox.waiting('a', 1000)).toMatchObject({ groups: 3, nextAt: undefined });
      const claims = [
        await outbox.claim('a', request(1000)),
        await outbox.claim('a', request(1000)),
        await outbox.claim('a', request(1000)),
      ];
      expect(claims.flatMap((claim) => namesOf(claim)).sort()).toEqual(['free', 'held', 'kept']);
    });

    it('prolongs a lease with the progress, and keeps the plan', async () => {
      await put(outbox, sample('n1'), ['a']);
      const first = present(await outbox.claim('a', request(0, { leaseMs: 100 })));
      const plan: PlannedPart[] = [{ ...part('delivered'), clip: 80 }, part('waiting')];
      expect(await outbox.progress(first, plan, 300)).toBe(true);
      expect(await outbox.claim('a', request(299))).toBeUndefined();
      expect(await outbox.claim('a', request(300))).toMatchObject({
        messageId: first.messageId,
        plan,
        ambiguous: true,
      });
    });

    it('takes back what was returned as it was, no attempt counted', async () => {
      await put(outbox, sample('n1'), ['a']);
      const fresh = present(await outbox.claim('a', request(0)));
      expect(await outbox.settle(fresh, { kind: 'returned' })).toBe(true);
      await put(outbox, sample('n2'), ['a']);
      const again = present(await outbox.claim('a', request(1)));
      expect([again.attempt, again.ambiguous, namesOf(again)]).toEqual([1, false, ['n1', 'n2']]);
      await outbox.settle(again, retry(1, 2, { keep: true }));
      const kept = present(await outbox.claim('a', request(2)));
      await outbox.settle(kept, { kind: 'returned' });
      const resent = present(await outbox.claim('a', request(2)));
      expect(resent).toEqual({ ...kept, token: resent.token });
      expect(resent.attempt).toBe(2);
    });

    it('keeps a returned message of which a part went out', async () => {
      await put(outbox, sample('n1'), ['a']);
      const first = present(await outbox.claim('a', request(0)));
      const plan = [part('delivered'), part('waiting')];
      await outbox.progress(first, plan, 100);
      await outbox.settle(first, { kind: 'returned' });
      await put(outbox, sample('n2'), ['a']);
      const second = present(await outbox.claim('a', request(0)));
      expect(second).toEqual({ ...first, token: second.token, plan, attempt: 1 });
    });

    it(
      'gives up groups with something too old when they are set free, and a kept message as a whole when its ' +
        'oldest is',
      async () => {
        await put(outbox, sample('old', { at: 100, group: 'x' }), ['a', 'b']);
        await put(outbox, sample('new', { at: 200, group: 'y' }), ['a', 'b']);
        await outbox.settle(
          present(await outbox.claim('a', request(300, { digest: true }))),
          retry(300, 400, { expireBefore: 200 }),
        );
        expect(await outbox.listDead({}, 10)).toMatchObject([
          {
            channel: 'a',
            reason: 'expired',
            detail: 'server_error: 503',
            attempts: 1,
            diedAt: 300,
            alerts: [{ name: 'old' }],
          },
        ]);
        expect(namesOf(await outbox.claim('a', request(400)))).toEqual(['new']);
        await outbox.settle(
          present(await outbox.claim('b', request(300, { digest: true }))),
          retry(300, 400, { expireBefore: 100, keep: true }),
        );
        await outbox.settle(
          present(await outbox.claim('b', request(400))),
          retry(500, 600, { expireBefore: 101, keep: true }),
        );
        expect(await outbox.claim('b', request(1e9))).toBeUndefined();
        expect(
          (await outbox.listDead({ channel: 'b' }, 10)).map((each) => [nameOfLetter(each), each.attempts]),
        ).toEqual([
          ['new', 2],
          ['old', 2],
        ]);
      },
    );

    it(
      'does not part a firing from its end: what is claimed of a group is given up together, whichever of it is ' +
        'too old',
      async () => {
        await put(outbox, sample('fires', { at: 100 }), ['a']);
        await put(outbox, sample('ended', { at: 200, status: 'resolved' }), ['a']);
        await put(outbox, sample('other', { at: 200, group: 'y' }), ['a']);
        await outbox.settle(
          present(await outbox.claim('a', request(300, { digest: true }))),
          retry(300, 300, { expireBefore: 150, fallback: 'f' }),
        );
        expect(namesOf(await outbox.claim('f', request(300)))).toEqual(['fires', 'ended']);
        expect(namesOf(await outbox.claim('a', request(300)))).toEqual(['other']);
      },
    );

    it('does not hold up what is newer when everything that waited for its next try is given up', async () => {
      await put(outbox, sample('old', { at: 100 }), ['a']);
      const claim = present(await outbox.claim('a', request(300)));
      await put(outbox, sample('new', { at: 300 }), ['a']);
      await outbox.settle(claim, retry(300, 900, { expireBefore: 200 }));
      expect(namesOf(await outbox.claim('a', request(300)))).toEqual(['new']);
    });
  });
}
