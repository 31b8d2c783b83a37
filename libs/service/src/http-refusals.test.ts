// Refusals are all counted, and the log stays readable.
import { expect, it } from '@jest/globals';
import { HttpRefusals, requestDetails } from './http-refusals.js';
import { memoryLog } from './log.js';

it('logs the first of a reason, then one a minute with how many there were, and counts all', () => {
  const { log, lines } = memoryLog();
  let now = 0;
  const refusals = new HttpRefusals(log, { ticks: () => now });
  for (; now < 130_000; now += 1_000) refusals.add('path', 'a wrong path', { path: '/wrong' });
  refusals.add('login', 'not allowed', {});
  expect(lines.map(({ msg, reason, more }) => [msg, reason, more])).toEqual([
    ['a wrong path', 'path', undefined],
    ['a wrong path', 'path', 59],
    ['a wrong path', 'path', 59],
    ['not allowed', 'login', undefined],
  ]);
  expect(refusals.counts.filter(([, count]) => count > 0)).toEqual([
    ['path', 130],
    ['login', 1],
  ]);
  expect(refusals.counts.length).toBeGreaterThan(5);
});

it('shows of a request what nobody can fill the log with, and no query', () => {
  const request = { method: 'GET', url: `/${'x'.repeat(1_000)}?token=hunter2`, socket: { remoteAddress: '::1' } };
  const shown = requestDetails(request);
  expect(shown).toEqual({ method: 'GET', path: `/${'x'.repeat(199)}…`, from: '::1' });
});
