// Every case of the decision, the clock's included.
import { describe, expect, test } from '@jest/globals';
import type { AlertState } from '../outbox/outbox.js';
import { decide, nextState, type AlertKind } from './admit.js';

const WINDOW = { windowMs: 150_000, longestMs: 600_000 };
const NOW = 1_800_000_000_000;
const state = (seenAgo: number, toldAgo = seenAgo, status: AlertState['status'] = 'firing'): AlertState => ({
  status,
  seenAt: NOW - seenAgo,
  toldAt: NOW - toldAgo,
});

describe('what a post of an alert is', () => {
  test.each<[string, AlertState | undefined, AlertState['status'], AlertKind]>([
    ['never seen', undefined, 'firing', 'news'],
    ['never seen and already resolved', undefined, 'resolved', 'news'],
    ['resolved now', state(1_000), 'resolved', 'news'],
    ['firing again with the same start, within the window', state(1_000, 1_000, 'resolved'), 'firing', 'news'],
    ['the twin of a cluster', state(0), 'firing', 'duplicate'],
    ['a retry at the edge of the window', state(150_000), 'firing', 'duplicate'],
    ['just past the window', state(150_001), 'firing', 'reminder'],
    ['a resolve told again within the window', state(5_000, 5_000, 'resolved'), 'resolved', 'duplicate'],
    ['retries that never end: told after ten minutes all the same', state(10_000, 600_001), 'firing', 'reminder'],
    ['retries for nearly ten minutes', state(10_000, 600_000), 'firing', 'duplicate'],
    ['the clock was set back a little', state(-2_000), 'firing', 'duplicate'],
    [
      'the clock was set back by an hour: nothing can be known, so people are told',
      state(-3_600_000),
      'firing',
      'reminder',
    ],
  ])('%s', (_, previous, status, kind) => {
    expect(decide(previous, status, NOW, WINDOW)).toBe(kind);
  });

  test('the window slides with each duplicate, but not past the longest silence', () => {
    let known: AlertState | undefined;
    const kinds: AlertKind[] = [];
    for (let minute = 0; minute <= 12; minute++) {
      const now = NOW + minute * 60_000;
      const kind = decide(known, 'firing', now, WINDOW);
      known = nextState(known, kind, 'firing', now);
      kinds.push(kind);
    }
    expect(kinds.map((kind) => kind[0]).join('')).toBe('nddddddddddrd');
  });
});
