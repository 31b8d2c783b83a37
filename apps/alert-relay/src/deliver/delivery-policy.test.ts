// The decisions of delivery: the breaker, what becomes of a message.
import { describe, expect, test } from '@jest/globals';
import type { PlannedPart, Verdict } from '../notification/index.js';
import type { Claim } from '../outbox/outbox.js';
import { sample } from '../outbox/testing.js';
import { afterVerdict, HEALTHY, needsDigest, settlementFor, type Breaker } from './delivery-policy.js';

const NOW = 1_800_000_000_000;
const retry = (
  reason: 'network' | 'rate_limited' | 'server_error',
  rest: Partial<Extract<Verdict, { kind: 'retry' }>> = {},
): Verdict => ({ kind: 'retry', reason, detail: '', ...rest });
const OK: Verdict = { kind: 'delivered', reason: 'ok', detail: '' };

describe('the breaker', () => {
  const run = (verdicts: Verdict[]): Breaker =>
    verdicts.reduce((breaker, verdict) => afterVerdict(breaker, verdict, NOW, () => 0.5), HEALTHY);

  test('closes the channel after three failures of the server in a row, longer each time', () => {
    expect(run([retry('network'), retry('server_error')]).pausedUntil).toBe(0);
    const third = run(Array<Verdict>(3).fill(retry('network'))).pausedUntil - NOW;
    const fifth = run(Array<Verdict>(5).fill(retry('network'))).pausedUntil - NOW;
    expect(third).toBeGreaterThan(2_000);
    expect(fifth).toBeGreaterThan(third * 2);
    expect(run(Array<Verdict>(50).fill(retry('network'))).pausedUntil - NOW).toBeLessThanOrEqual(120_000);
  });

  test('a delivery opens it; a message that the server refuses says nothing about the server', () => {
    expect(run([retry('network'), retry('network'), OK, retry('network')])).toEqual({ failures: 1, pausedUntil: 0 });
    expect(
      run([retry('network'), { kind: 'permanent', reason: 'content', detail: '' }, retry('network')]).failures,
    ).toBe(2);
  });

  test('a pause that the server asks for holds at once, and "too fast" is always for the whole channel', () => {
    expect(run([retry('rate_limited', { afterMs: 600_000, wholeChannel: true })]).pausedUntil).toBe(NOW + 600_000);
    expect(run([retry('rate_limited', { afterMs: 30_000 })]).pausedUntil).toBe(NOW + 30_000);
    expect(run([retry('rate_limited')]).pausedUntil).toBeGreaterThan(NOW);
  });
});

describe('what becomes of a message', () => {
  const claim: Claim = {
    messageId: 'm',
    token: 1,
    channel: 'c',
    notifications: [],
    composedAt: NOW,
    attempt: 1,
    unclear: 0,
    ambiguous: false,
    plan: undefined,
    conversations: [],
  };
  const many = ['a', 'b'].map((name) => ({ json: JSON.stringify(sample(name)), acceptedAt: NOW }));
  const refused = (reason: Verdict['reason']): Verdict => ({ kind: 'permanent', reason, detail: '' });
  const part = (state: PlannedPart['state']): PlannedPart => ({ from: 0, to: 1, detail: 'full', state });
  const settle = (verdict: Verdict, plan: PlannedPart[] = [part('waiting')], given: Partial<Claim> = {}): unknown =>
    settlementFor({ ...claim, ...given }, plan, verdict, { horizonMs: 86_400_000, fallback: 'mail' }, NOW, () => 0.5);

  test.each<[string, Verdict, PlannedPart[], Partial<Claim>, object]>([
    ['delivered', OK, [part('delivered')], {}, { kind: 'delivered', at: NOW }],
    [
      'permanent: a dead letter, told through the fallback',
      { kind: 'permanent', reason: 'credentials', detail: 'x' },
      [part('waiting')],
      {},
      { kind: 'dead', reason: 'credentials', fallback: 'mail' },
    ],
    [
      'refused for its content, and more than one thing in it: each alone, at once',
      refused('content'),
      [part('waiting')],
      { notifications: many },
      { kind: 'retry', keep: false, alone: true, notBefore: NOW, fallback: 'mail' },
    ],
    [
      'not to be rendered, and more than one thing in it: each alone',
      refused('unsendable'),
      [],
      { notifications: many },
      { kind: 'retry', keep: false, alone: true },
    ],
    [
      'too large at its smallest, and more than one thing in it: each alone',
      refused('too_large'),
      [part('waiting')],
      { notifications: many },
      { kind: 'retry', keep: false, alone: true },
    ],
    [
      'refused by itself: a dead letter',
      refused('content'),
      [part('waiting')],
      { notifications: many.slice(1) },
      { kind: 'dead', reason: 'content' },
    ],
    [
      'refused after a part of it arrived: a dead letter, for parts of others may be there',
      refused('content'),
      [part('delivered'), part('waiting')],
      { notifications: many },
      { kind: 'dead' },
    ],
    [
      'refused after it may have arrived: a dead letter',
      refused('content'),
      [part('waiting')],
      { notifications: many, ambiguous: true },
      { kind: 'dead' },
    ],
    [
      'refused for who we are: a dead letter, however much is in it',
      refused('credentials'),
      [part('waiting')],
      { notifications: many },
      { kind: 'dead' },
    ],
    [
      'surely not delivered: free to merge with what came since',
      retry('network'),
      [part('waiting')],
      {},
      { kind: 'retry', keep: false, expireBefore: NOW - 86_400_000 },
    ],
    [
      'perhaps delivered: stays as it is',
      { kind: 'ambiguous', reason: 'timeout', detail: '' },
      [part('ambiguous')],
      {},
      { kind: 'retry', keep: true },
    ],
    [
      'partly delivered: stays as it is',
      retry('network'),
      [part('delivered'), part('waiting')],
      {},
      { kind: 'retry', keep: true },
    ],
    [
      'the fifth attempt without an answer: again',
      { kind: 'ambiguous', reason: 'timeout', detail: '' },
      [part('ambiguous')],
      { attempt: 90, unclear: 4, ambiguous: true },
      { kind: 'retry', keep: true, unclear: true },
    ],
    [
      'the sixth: a dead letter, with a word that it may be there',
      { kind: 'ambiguous', reason: 'timeout', detail: 'no answer in 10 s' },
      [part('ambiguous')],
      { attempt: 6, unclear: 5, ambiguous: true },
      {
        kind: 'dead',
        reason: 'timeout',
        detail: 'it may have been delivered: 6 attempts without an answer. no answer in 10 s',
        fallback: 'mail',
      },
    ],
    [
      'the fifth success in words that nobody understands: again, and marked',
      { kind: 'ambiguous', reason: 'not_understood', detail: 'HTTP 200: fine' },
      [part('ambiguous')],
      { attempt: 5, unclear: 4, ambiguous: true },
      { kind: 'retry', keep: true, unclear: true, notBefore: NOW + 1_800_000 },
    ],
    [
      'the sixth of them: a dead letter, with a word that it may be there',
      { kind: 'ambiguous', reason: 'not_understood', detail: 'HTTP 200: fine' },
      [part('ambiguous')],
      { attempt: 6, unclear: 5, ambiguous: true },
      {
        kind: 'dead',
        reason: 'not_understood',
        detail: 'it may have been delivered: 6 attempts without an answer that could be understood. HTTP 200: fine',
        fallback: 'mail',
      },
    ],
    [
      'a server that is down is no answer that is unclear',
      retry('network'),
      [part('ambiguous')],
      { attempt: 90, unclear: 5, ambiguous: true },
      { kind: 'retry', keep: true, unclear: false },
    ],
    [
      '19 answers that nobody understands: again',
      { kind: 'retry', reason: 'not_understood', detail: '' },
      [part('waiting')],
      { unclear: 18 },
      { kind: 'retry', keep: false, unclear: true },
    ],
    [
      '20 of them: a dead letter',
      { kind: 'retry', reason: 'not_understood', detail: 'HTML' },
      [part('waiting')],
      { unclear: 19 },
      {
        kind: 'dead',
        reason: 'not_understood',
        detail: '20 attempts without an answer that could be understood. HTML',
        fallback: 'mail',
      },
    ],
    [
      'perhaps delivered before a crash: stays as it is',
      retry('network'),
      [part('waiting')],
      { ambiguous: true },
      { kind: 'retry', keep: true },
    ],
  ])('%s', (_, verdict, plan, given, expected) => {
    expect(settle(verdict, plan, given)).toMatchObject(expected);
  });

  test('it waits longer with each attempt, and never less than the server asked for', () => {
    const waitOf = (attempt: number, verdict = retry('network')): number =>
      (settle(verdict, undefined, { attempt }) as { notBefore: number }).notBefore - NOW;
    expect(waitOf(1)).toBeGreaterThanOrEqual(1_000);
    expect(waitOf(5)).toBeGreaterThan(waitOf(2) * 4);
    expect(waitOf(40)).toBeLessThanOrEqual(300_000);
    const ambiguous: Verdict = { kind: 'ambiguous', reason: 'timeout', detail: '' };
    expect(
      [0, 2, 4].map((unclear) => (settle(ambiguous, undefined, { unclear }) as { notBefore: number }).notBefore - NOW),
    ).toEqual([5_000, 120_000, 1_800_000]);
    expect(waitOf(1, retry('rate_limited', { afterMs: 600_000 }))).toBe(600_000);
  });

  test.each([
    [1, 0, false],
    [5, 18, false],
    [18, 18, false],
    [19, 18, true],
    [3, 1, true],
  ])('%i groups with %i requests left: a digest is %s', (groups, available, expected) => {
    expect(needsDigest(groups, available)).toBe(expected);
  });
});
