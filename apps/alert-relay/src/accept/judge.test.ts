// Every case of the decision, the clock's included.
import { describe, expect, test } from '@jest/globals';
import type { Alert } from '../notification/index.js';
import type { AlertState } from '../outbox/outbox.js';
import { judge, type AlertKind, type JudgePolicy } from './judge.js';

const WINDOW = { windowMs: 150_000, longestMs: 600_000 };
const NOW = 1_800_000_000_000;
const SECOND = 1_000;
const HOUR = 3_600_000;
const state = (seenAgo: number, toldAgo = seenAgo, some: Partial<AlertState> = {}): AlertState => ({
  status: 'firing',
  seenAt: NOW - seenAgo,
  toldAt: NOW - toldAgo,
  startsAt: NOW - HOUR,
  ...some,
});
const ended = (ago: number, some: Partial<AlertState> = {}): AlertState =>
  state(ago, ago, { status: 'resolved', endedAt: NOW - ago, ...some });
const without = (status: Alert['status']): Alert => ({
  status,
  labels: {},
  annotations: {},
  generatorURL: '',
  fingerprint: '',
});
const alert = (status: Alert['status'], startsAt = NOW - HOUR, endsAt?: number): Alert => ({
  ...without(status),
  startsAt,
  ...(endsAt !== undefined && { endsAt }),
});
const judged = (previous: AlertState | undefined, given: Alert, some: Partial<JudgePolicy> = {}) =>
  judge(previous, given, { ...WINDOW, now: NOW, ...some });

describe('what a post of an alert is', () => {
  test.each<[string, AlertState | undefined, AlertState['status'], AlertKind]>([
    ['never seen', undefined, 'firing', 'news'],
    ['never seen and already resolved', undefined, 'resolved', 'news'],
    ['resolved now', state(1_000), 'resolved', 'news'],
    ['the twin of a cluster', state(0), 'firing', 'duplicate'],
    ['a retry at the edge of the window', state(150_000), 'firing', 'duplicate'],
    ['just past the window', state(150_001), 'firing', 'reminder'],
    ['a resolve told again within the window', ended(5_000), 'resolved', 'duplicate'],
    ['a resolve told again a day later', ended(24 * HOUR, { startsAt: NOW - 25 * HOUR }), 'resolved', 'duplicate'],
    ['retries that never end: told after ten minutes all the same', state(10_000, 600_001), 'firing', 'reminder'],
    ['retries for nearly ten minutes', state(10_000, 600_000), 'firing', 'duplicate'],
    ['the clock was set back a little', state(-2_000), 'firing', 'duplicate'],
    [
      'the clock was set back by an hour: nothing can be known, so people are told',
      state(-3_600_000),
      'firing',
      'reminder',
    ],
  ])('%s', (name, previous, status, kind) => {
    const startsAt = name.includes('a day later') ? NOW - 25 * HOUR : NOW - HOUR;
    expect(judged(previous, alert(status, startsAt)).kind).toBe(kind);
  });

  test('the window slides with each duplicate, but not past the longest silence', () => {
    let known: AlertState | undefined;
    const kinds: AlertKind[] = [];
    for (let minute = 0; minute <= 12; minute++) {
      const judgement = judged(known, alert('firing'), { now: NOW + minute * 60_000 });
      known = judgement.state;
      kinds.push(judgement.kind);
    }
    expect(kinds.map((kind) => kind[0]).join('')).toBe('nddddddddddrd');
  });
});

describe('one episode', () => {
  test.each([
    ['an earlier start', NOW - HOUR - 15 * SECOND, NOW - HOUR - 15 * SECOND],
    ['a later start', NOW - HOUR + 15 * SECOND, NOW - HOUR],
    ['a start just before this post', NOW - SECOND, NOW - HOUR],
    ['a start in the future: another clock', NOW + HOUR, NOW - HOUR],
  ])('goes on with %s, and is told from the earliest', (_, startsAt, told) => {
    expect(judged(state(5_000), alert('firing', startsAt))).toMatchObject({
      kind: 'duplicate',
      state: { startsAt: told },
    });
  });

  test('without a start begins when it was first seen, and is no news with each post', () => {
    const first = judged(undefined, without('firing'));
    expect(first).toMatchObject({ kind: 'news', state: { startsAt: NOW } });
    expect(judged(first.state, without('firing'), { now: NOW + 60_000 })).toMatchObject({
      kind: 'duplicate',
      state: { startsAt: NOW },
    });
    expect(judged(first.state, without('firing'), { now: NOW + HOUR })).toMatchObject({
      kind: 'reminder',
      state: { startsAt: NOW },
    });
    expect(judged(first.state, without('resolved'), { now: NOW + HOUR })).toMatchObject({
      kind: 'news',
      state: { status: 'resolved', startsAt: NOW, endedAt: NOW + HOUR },
    });
  });

  test('is another where its end was never posted and it began after it was last seen', () => {
    expect(judged(state(7 * 24 * HOUR), alert('firing', NOW - 10 * SECOND))).toMatchObject({
      kind: 'news',
      state: { startsAt: NOW - 10 * SECOND },
    });
  });

  test('goes on where its start moves with each post, and a reminder comes once the window has passed', () => {
    let known: AlertState | undefined;
    const kinds: AlertKind[] = [];
    for (let minute = 0; minute <= 12; minute += 3) {
      const now = NOW + minute * 60_000;
      const judgement = judged(known, alert('firing', now), { now });
      known = judgement.state;
      kinds.push(judgement.kind);
    }
    expect([kinds, known?.startsAt]).toEqual([['news', 'reminder', 'reminder', 'reminder', 'reminder'], NOW]);
    expect(judged(state(HOUR), alert('firing', NOW)).kind).toBe('reminder');
    expect(judged(state(HOUR + SECOND), alert('firing', NOW)).kind).toBe('news');
    expect(judged(state(HOUR), alert('resolved', NOW)).state.startsAt).toBe(NOW - HOUR);
  });

  test('is as long as it was where its end names the start of the one before: a twin posts it', () => {
    const again = state(SECOND, SECOND, { startsAt: NOW - SECOND, endedAt: NOW - 10 * SECOND });
    expect(judged(again, alert('resolved', NOW - 25 * HOUR, NOW))).toMatchObject({
      kind: 'news',
      state: { status: 'resolved', startsAt: NOW - SECOND, endedAt: NOW },
    });
  });

  test('does not end with the late end of the one before in whole seconds, or by a clock that is behind', () => {
    const end = NOW - 60_000;
    for (const startsAt of [end, end - 20 * SECOND]) {
      const known = state(1_000, 1_000, { startsAt, endedAt: end });
      expect(judged(known, alert('resolved', NOW - HOUR, end))).toEqual({ kind: 'duplicate', state: known });
    }
  });

  test('does not end with the late end of the one before', () => {
    const known = state(1_000, 1_000, { startsAt: NOW - 60_000 });
    expect(judged(known, alert('resolved', NOW - HOUR, NOW - 120_000))).toEqual({ kind: 'duplicate', state: known });
    expect(judged(known, alert('resolved', NOW - HOUR, NOW - 1_000)).kind).toBe('news');
  });

  test('ends now where its end lies in the future, and began nobody knows when where its start lies after the end', () => {
    expect(judged(state(1_000), alert('resolved', NOW - HOUR, NOW + 31 * 24 * HOUR)).state).toMatchObject({
      startsAt: NOW - HOUR,
      endedAt: NOW,
    });
    expect(judged(undefined, alert('resolved', NOW - SECOND, NOW - HOUR)).state).toEqual({
      status: 'resolved',
      endedAt: NOW - HOUR,
      seenAt: NOW,
      toldAt: NOW,
    });
  });

  test('that people never heard of is told with its end, also where it began in the second of the last end', () => {
    const last = ended(60_000, { startsAt: NOW - HOUR });
    expect(judged(last, alert('resolved', NOW - 60_000, NOW - SECOND)).kind).toBe('news');
    expect(judged(ended(2 * HOUR), alert('resolved', NOW - HOUR, NOW - SECOND)).kind).toBe('news');
  });
});

describe('what fires after its end', () => {
  test('with a start of its own is told at once, with the word that it had ended', () => {
    expect(judged(ended(10_000), alert('firing', NOW - 2_000))).toMatchObject({
      kind: 'news',
      endedBefore: NOW - 10_000,
      state: { status: 'firing', startsAt: NOW - 2_000 },
    });
    expect(judged(ended(5 * HOUR), alert('firing', NOW - 2_000))).not.toHaveProperty('endedBefore');
    expect(judged(ended(10_000), without('firing'))).toMatchObject({ kind: 'news', endedBefore: NOW - 10_000 });
  });

  test('goes on, whatever a member says that is two changes late', () => {
    const again = judged(ended(10_000), alert('firing', NOW - 2_000)).state;
    const late = judged(again, alert('firing'), { now: NOW + 1_000 });
    expect(late).toMatchObject({ kind: 'duplicate', state: { status: 'firing', startsAt: NOW - 2_000 } });
    const end = judged(late.state, alert('resolved', NOW - HOUR, NOW - 10_000), { now: NOW + 2_000 });
    expect(end).toMatchObject({ kind: 'duplicate', state: { status: 'firing', startsAt: NOW - 2_000 } });
  });

  test('and was told after all ends with the end that the late member posts at last', () => {
    const held = judged(ended(5_000), alert('firing'));
    const told = judged(held.state, alert('firing'), { now: NOW + 60_000, heldUntil: NOW + 60_000 });
    expect(judged(told.state, alert('resolved', NOW - HOUR, NOW - 5_000), { now: NOW + 70_000 })).toMatchObject({
      kind: 'news',
      state: { status: 'resolved' },
    });
  });

  test('with the old start is held back, and forgotten where the end is posted again', () => {
    const held = judged(ended(5_000), alert('firing'));
    expect(held).toMatchObject({ kind: 'held', state: { status: 'resolved', heldUntil: NOW + 60_000 } });
    const again = judged(held.state, alert('firing'), { now: NOW + 10_000 });
    expect(again).toMatchObject({ kind: 'held', state: { heldUntil: NOW + 60_000 } });
    const back = judged(again.state, alert('resolved'), { now: NOW + 15_000 });
    expect(back).toMatchObject({ kind: 'duplicate', state: { status: 'resolved' } });
    expect(back.state).not.toHaveProperty('heldUntil');
    expect(judged(back.state, alert('firing'), { now: NOW + 60_000, heldUntil: NOW + 60_000 })).toEqual({
      kind: 'duplicate',
      state: back.state,
    });
  });

  test('and was held back until its time is told, with the word that it had ended', () => {
    const held = judged(ended(5_000), alert('firing'));
    expect(judged(held.state, alert('firing'), { now: NOW + 60_000, heldUntil: NOW + 60_000 })).toMatchObject({
      kind: 'news',
      endedBefore: NOW - 5_000,
      state: { status: 'firing', startsAt: NOW - HOUR },
    });
  });

  test('with the old start is told at once where no twin can be so late', () => {
    expect(judged(ended(150_001), alert('firing'))).toMatchObject({ kind: 'news', endedBefore: NOW - 150_001 });
  });
});

describe('a clock that was set back by hours', () => {
  const LATER = NOW + 8 * HOUR;

  test('swallows no end: a start that lies after now is not known', () => {
    const known = state(SECOND, SECOND, { startsAt: LATER });
    expect(judged(known, alert('resolved', NOW - 2 * SECOND, NOW))).toMatchObject({
      kind: 'news',
      state: { status: 'resolved', startsAt: NOW - 2 * SECOND, endedAt: NOW },
    });
    expect(judged(known, alert('firing', NOW - SECOND)).state.startsAt).toBe(NOW - SECOND);
  });

  test('holds nothing back, and swallows no episode: an end that lies after now was when it was last seen', () => {
    const known = ended(60_000, { startsAt: LATER - HOUR, endedAt: LATER });
    expect(judged(known, alert('firing', NOW - SECOND))).toMatchObject({
      kind: 'news',
      endedBefore: NOW - 60_000,
      state: { startsAt: NOW - SECOND },
    });
    expect(judged(known, alert('resolved', NOW - 2 * SECOND, NOW)).kind).toBe('news');
  });
});

describe('what fires after its end', () => {
  test.each([
    ['in the second of the end', ended(2 * SECOND), NOW - 2 * SECOND],
    ['twenty seconds before the end, by a clock that is behind', ended(2 * SECOND), NOW - 22 * SECOND],
  ])('is told at once where its start is another: %s', (_, known, startsAt) => {
    expect(judged(known, alert('firing', startsAt))).toMatchObject({ kind: 'news', state: { startsAt } });
  });

  test.each([
    ['the known start', NOW - HOUR],
    ['an earlier one: the other Prometheus', NOW - HOUR - 15 * SECOND],
    ['a later one, clearly before the end', NOW - HOUR + 15 * SECOND],
  ])('is held back with %s', (_, startsAt) => {
    expect(judged(ended(5 * SECOND), alert('firing', startsAt)).kind).toBe('held');
  });

  test('and was taken back is not told when its time comes, although a newer word is held back', () => {
    const first = judged(ended(5_000), alert('firing'));
    const back = judged(first.state, alert('resolved'), { now: NOW + 15_000 });
    const second = judged(back.state, alert('firing'), { now: NOW + 40_000 });
    expect(second.state.heldUntil).toBe(NOW + 100_000);
    expect(judged(second.state, alert('firing'), { now: NOW + 60_000, heldUntil: NOW + 60_000 })).toEqual({
      kind: 'duplicate',
      state: second.state,
    });
    expect(judged(second.state, alert('firing'), { now: NOW + 100_000, heldUntil: NOW + 100_000 }).kind).toBe('news');
  });
});

test('an end that is posted again is no news, although its start lies after it', () => {
  const wrong = alert('resolved', NOW - SECOND, NOW - HOUR);
  const first = judged(undefined, wrong);
  expect(judged(first.state, wrong, { now: NOW + SECOND }).kind).toBe('duplicate');
});

describe("AlertManager's reason", () => {
  test.each<[string, AlertState | undefined, JudgePolicy['reason'], AlertKind]>([
    ['a repetition of what nobody has heard of is news', undefined, 'repeat', 'news'],
    ['a repetition of what had ended is news', ended(HOUR, { startsAt: NOW - 2 * HOUR }), 'repeat', 'news'],
    ['a repetition two minutes after the last word is a reminder', state(120_000), 'repeat', 'reminder'],
    ['a repetition right after the last word is a twin', state(15_000), 'repeat', 'duplicate'],
    ['a change where nothing has changed, minutes later, is late', state(300_000), 'change', 'duplicate'],
    ['a change where nothing has changed, much later, reminds', state(20 * 60_000), 'change', 'reminder'],
  ])('%s', (_, previous, reason, kind) => {
    expect(judged(previous, alert('firing', NOW - 30 * 60_000), { reason }).kind).toBe(kind);
  });
});
