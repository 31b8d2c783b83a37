// The filter never misses what it holds, and seldom takes another for it.
import { expect, it } from '@jest/globals';
import { termOf } from '../history-rules.js';
import { filterOf, mayHold } from './label-filter.js';

it.each([0, 1, 7, 300, 9000])('a filter of %i labels holds each of them, and few others', (size) => {
  const terms = Array.from({ length: size }, (_, i) => termOf('pod', `worker-${i}`));
  const filter = filterOf(new Set(terms));
  expect(filter.length).toBeLessThanOrEqual(8 + size * 1.25);
  expect(terms.filter((each) => !mayHold(filter, each))).toEqual([]);
  const others = Array.from({ length: 10_000 }, (_, i) => termOf('pod', `other-${i}`));
  expect(others.filter((each) => mayHold(filter, each)).length).toBeLessThan(400);
});
