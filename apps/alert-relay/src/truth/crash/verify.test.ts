// What the crash test calls an explained duplicate: neither more nor less than its promise.
import { expect, test } from '@jest/globals';
import type { Received } from './flaky.js';
import type { Transition } from './storm.js';
import { verify, type ChannelFinding, type Evidence } from './verify.js';

const MARK = 'Possible duplicate: an earlier attempt may have arrived';
const said = (at: number, text: string, answerLost = false): Received => ({
  at,
  answerLost,
  message: { at, accepted: true, title: 'one', text, raw: text },
});
const first = said(1_000, 'Tg0a0x1y');
const again = (at: number, text = `${MARK} Tg0a0x1y`): Received => said(at, text);
const promised: Transition[] = [
  { alert: 'g0a0', step: 1, status: 'firing', at: 1, labels: { team: 'a', group: 'g0' } },
];

function duplicates(slack: readonly Received[], more: Partial<Evidence> = {}): ChannelFinding['duplicates'] {
  return verify(
    {
      promised,
      dead: [],
      kills: [],
      outages: [],
      relays: 1,
      unclear: [],
      idempotent: () => false,
      received: { hook: [], slack, ding: [], mail: [], last: [] },
      ...more,
    },
    'slack',
  ).duplicates;
}
const NONE = { answerLost: 0, killed: 0, outage: 0, late: 0, unmarked: [], unexplained: [] };

test('a message that nobody sent again is none', () => {
  expect(duplicates([first])).toEqual(NONE);
});

test('one that a living relay sent again, though it was answered, is explained by nothing', () => {
  expect(duplicates([first, again(9_000)])).toEqual({ ...NONE, unexplained: ['g0a0 1'] });
  const kills = [
    { at: 500, arrivedUntil: 900 },
    { at: 9_500, arrivedUntil: 9_900 },
  ];
  expect(duplicates([first, again(9_000)], { kills })).toEqual({ ...NONE, unexplained: ['g0a0 1'] });
  const unclear = [
    { channel: 'slack', at: 9_500 },
    { channel: 'hook', at: 1_100 },
  ];
  expect(duplicates([first, again(9_000)], { unclear })).toEqual({ ...NONE, unexplained: ['g0a0 1'] });
});

test('a lost answer, a kill after it and an answer that came too late explain it', () => {
  expect(duplicates([said(1_000, 'Tg0a0x1y', true), again(9_000)])).toEqual({ ...NONE, answerLost: 1 });
  expect(duplicates([first, again(9_000)], { kills: [{ at: 1_200, arrivedUntil: 1_900 }] })).toEqual({
    ...NONE,
    killed: 1,
  });
  expect(duplicates([first, again(9_000)], { unclear: [{ channel: 'slack', at: 2_000 }] })).toEqual({
    ...NONE,
    late: 1,
  });
});

test('a message that was read from its socket only after the kill was sent before it', () => {
  expect(duplicates([first, again(9_000)], { kills: [{ at: 940, arrivedUntil: 1_200 }] })).toEqual({
    ...NONE,
    killed: 1,
  });
});

test('a kill after the next message of the channel explains nothing: this one was marked as delivered', () => {
  const kills = [{ at: 3_000, arrivedUntil: 3_400 }];
  expect(duplicates([first, said(2_000, 'Tg9a9x1y'), again(9_000)], { kills })).toEqual({
    ...NONE,
    unexplained: ['g0a0 1'],
  });
});

test('a resend that does not say that it is one is a fault of its own', () => {
  const kills = [{ at: 1_200, arrivedUntil: 1_900 }];
  expect(duplicates([first, again(9_000, 'Tg0a0x1y')], { kills })).toEqual({
    ...NONE,
    killed: 1,
    unmarked: ['g0a0 1'],
  });
});

test('of two relays that share the work, only the next message of the same group tells that the one before was marked', () => {
  const kills = [{ at: 3_000, arrivedUntil: 3_400 }];
  const other = said(2_000, 'Tg9a9x1y');
  expect(duplicates([first, other, again(9_000)], { kills, relays: 2 })).toEqual({ ...NONE, killed: 1 });
  const same = said(2_000, 'Tg0a5x1y');
  expect(duplicates([first, same, again(9_000)], { kills, relays: 2 })).toEqual({ ...NONE, unexplained: ['g0a0 1'] });
});

test('a database that was away when the message was to be marked explains it', () => {
  const outages = [{ from: 1_100, until: 1_900 }];
  expect(duplicates([first, again(9_000)], { outages })).toEqual({ ...NONE, outage: 1 });
  expect(duplicates([first, again(9_000)], { outages: [{ from: 100, until: 900 }] }).unexplained).toHaveLength(1);
});
