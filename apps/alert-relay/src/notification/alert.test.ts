// How urgent an alert is, by what rule sets and people write as its severity, in any case and language.
import { expect, test } from '@jest/globals';
import { mostUrgent, urgencyNamed, urgencyOf, type Urgency } from './alert.js';

test.each<[string, Urgency]>([
  ['critical', 'critical'],
  [' Critical ', 'critical'],
  ['CRIT', 'critical'],
  ['Emerg', 'critical'],
  ['严重', 'critical'],
  ['page\n', 'critical'],
  ['warn', 'warning'],
  ['Warning ', 'warning'],
  [' INFO', 'info'],
  ['informational', 'info'],
  ['提示', 'info'],
  ['', 'warning'],
  ['uncritical', 'warning'],
])('the severity %j is %s', (severity, urgency) => {
  expect(urgencyNamed(severity)).toBe(urgency);
  expect(urgencyOf({ labels: { severity } })).toBe(urgency);
});

test('the most urgent of several; nothing is the least', () => {
  expect([mostUrgent(['warning', 'critical', 'info']), mostUrgent([])]).toEqual(['critical', 'info']);
});
