// When the watchdog's silence is told, and when its return.
import { expect, test } from '@jest/globals';
import { judgeWatchdog, type WatchdogVerdict } from './watchdog.js';

const M = 60_000;
test.each<[string, number, boolean, number, WatchdogVerdict]>([
  ['it came a moment ago', 1, false, 0, 'fine'],
  ['at the edge of its time', 5 * M, false, 0, 'fine'],
  ['past its time', 5 * M + 1, false, 0, 'broken'],
  ['people know', 60 * M, true, 59 * M, 'fine'],
  ['people knew four hours ago', 300 * M, true, 240 * M, 'still broken'],
  ['it is back', 1, true, 10 * M, 'back'],
])('%s', (_, silent, isTold, sinceTold, verdict) => {
  expect(judgeWatchdog(silent, 5 * M, isTold, sinceTold)).toBe(verdict);
});
