// The window of a budget, what several relays write into it, and what notes may hold.
import { describe, expect, test } from '@jest/globals';
import type { Budget } from '../channels/channel.js';
import {
  endAll,
  endRequest,
  liesAhead,
  LONGEST_PAUSE_MS,
  pauseMs,
  RateBudget,
  readPace,
  takeRequest,
  tidied,
  writePace,
  type Pace,
} from './pace.js';

const NOW = 1_800_000_000_000;
const NOTHING: Pace = { sent: [], underWay: [], pausedUntil: 0 };
const sent = (...moments: number[]): Pace => ({ ...NOTHING, sent: moments });

/** Requests that end at once, of somebody who always has something to send. */
function sendAll(budget: Budget, ms: number, wait: (pace: Pace, now: number) => number): number[] {
  let pace = NOTHING;
  const all: number[] = [];
  for (let now = NOW; now < NOW + ms;) {
    const waitMs = wait(pace, now);
    const taking = takeRequest(pace, budget, now);
    if (waitMs > 0 || taking.kind !== 'taken') now += Math.max(waitMs, taking.kind === 'taken' ? 0 : taking.ms);
    else {
      pace = endRequest(taking.pace, { takenAt: now, at: now, pausedUntil: 0 });
      all.push(now);
    }
  }
  return all;
}

describe('the rate budget', () => {
  test('never lets more than its number into any 60 seconds', () => {
    const all = sendAll({ perMinute: 18, perSecond: 4 }, 600_000, () => 0);
    const most = (windowMs: number): number =>
      Math.max(...all.map((start) => all.filter((at) => at >= start && at < start + windowMs).length));
    expect([most(60_000), most(1_000)]).toEqual([18, 4]);
    expect(all.length).toBeGreaterThan(170);
  });

  test('in a storm spends half at once and spreads the rest, so that nothing waits for a minute', () => {
    const budget = { perMinute: 18 };
    const all = sendAll(budget, 300_000, (pace, now) => new RateBudget(budget, pace, now).paceMs);
    expect(all.filter((at) => at === NOW)).toHaveLength(9);
    const gaps = all.slice(1).map((at, i) => at - (all[i] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(35_000);
    expect(Math.max(...gaps.slice(0, 15))).toBeLessThan(4_000);
    const later = new RateBudget(budget, sent(...all), NOW + 600_000);
    expect([later.spare, later.available]).toEqual([9, 18]);
  });

  test('keeps its distance from the end of a request: its server may have counted it as late as that', () => {
    const budget = { perMinute: 50, perSecond: 1 };
    const taken = takeRequest(NOTHING, budget, NOW);
    const pace = taken.kind === 'taken' ? taken.pace : NOTHING;
    // Meanwhile another relay may not send: who knows when the server counts.
    expect(takeRequest(pace, budget, NOW + 5_000)).toEqual({ kind: 'wait', ms: 1_000 });
    const ended = endRequest(pace, { takenAt: NOW, at: NOW + 5_300, pausedUntil: 0 });
    expect(takeRequest(ended, budget, NOW + 5_300)).toEqual({ kind: 'wait', ms: 1_000 });
    expect(takeRequest(ended, budget, NOW + 6_300).kind).toBe('taken');
    // The same told twice, as after a connection that was lost.
    expect(endRequest(ended, { takenAt: NOW, at: NOW + 9_000, pausedUntil: 0 })).toEqual(ended);
  });

  test('does not wait for the end of a request for ever: its relay may have died', () => {
    const budget = { perMinute: 50, perSecond: 1 };
    const pace = { ...NOTHING, underWay: [NOW] };
    expect(takeRequest(pace, budget, NOW + 9_999).kind).toBe('wait');
    const taken = takeRequest(pace, budget, NOW + 11_000);
    expect(taken).toMatchObject({
      kind: 'taken',
      pace: { ...NOTHING, sent: [NOW + 10_000], underWay: [NOW + 11_000] },
    });
    // It had not died, and says so late.
    const late = endRequest(tidied(pace, NOW + 11_000), { takenAt: NOW, at: NOW + 30_000, pausedUntil: 0 });
    expect(late.sent).toEqual([NOW + 30_000]);
  });

  test('remembers what an earlier run has sent, also one that ended within a request', () => {
    expect(new RateBudget({ perMinute: 2 }, sent(NOW - 30_000, NOW - 10_000), NOW).waitMs).toBe(30_000);
    expect(new RateBudget({ perMinute: 2 }, sent(NOW - 61_000, NOW - 1), NOW).available).toBe(1);
    const before = { ...NOTHING, sent: [NOW - 30_000], underWay: [NOW - 20_000, NOW - 3_000] };
    expect(endAll(before, NOW)).toEqual({ ...NOTHING, sent: [NOW - 30_000, NOW - 10_000, NOW] });
  });

  test('counts what lies in the future from now, and no longer than a minute once that is written down', () => {
    const ahead = { sent: [NOW + 86_400_000], underWay: [NOW + 3_600_000], pausedUntil: NOW + 86_400_000 };
    expect([liesAhead(ahead, NOW), liesAhead(sent(NOW + 300), NOW)]).toEqual([true, false]);
    const written = readPace(writePace(tidied(ahead, NOW)));
    expect(pauseMs(written, NOW)).toBe(LONGEST_PAUSE_MS);
    const budget = { perMinute: 1 };
    const unpaused = { ...written, pausedUntil: 0 };
    expect(takeRequest(unpaused, budget, NOW)).toEqual({ kind: 'wait', ms: 60_000 });
    expect(takeRequest(unpaused, budget, NOW + 70_000).kind).toBe('taken');
  });
});

test('a pause that the server asked for holds whatever the budget, and the longer of two holds', () => {
  const pace = endRequest({ ...NOTHING, underWay: [NOW] }, { takenAt: NOW, at: NOW, pausedUntil: NOW + 60_000 });
  const asked = endRequest(pace, { takenAt: NOW, at: NOW, pausedUntil: NOW + 10_000 });
  expect(takeRequest(asked, { perMinute: 100 }, NOW)).toEqual({ kind: 'paused', ms: 60_000 });
  expect(takeRequest(asked, { perMinute: 100 }, NOW + 60_000).kind).toBe('taken');
});

test.each([
  undefined,
  '',
  '{',
  'null',
  '7',
  '"x"',
  '{"sent":7,"underWay":{},"pausedUntil":"x"}',
  '[null,"x"]',
  '[',
  '{"sent":[{}]}',
])('a note that cannot be read is one of nothing sent: %s', (note) => {
  expect(readPace(note)).toEqual(NOTHING);
});

test('the list of earlier versions is read', () => {
  expect(readPace(`[${NOW},${NOW - 5}]`)).toEqual(sent(NOW - 5, NOW));
});
