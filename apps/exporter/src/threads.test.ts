// The pool of threads grows with the brokers, and never beyond what a small container allows.
import { expect, it } from '@jest/globals';
import { threadsFor } from './threads.js';

it("is Node's own for one broker", () => {
  expect(threadsFor(1)).toBeUndefined();
});

it('leaves each broker a thread for its lookup, in the half that lookups may take, and two for all else', () => {
  for (const brokers of [2, 3, 18]) expect((threadsFor(brokers) ?? 0) / 2).toBeGreaterThanOrEqual(brokers + 2);
});

it('stays below a limit of 64 threads, of which Node itself takes a dozen', () => {
  for (const brokers of [20, 100, 1_000]) expect(threadsFor(brokers)).toBeLessThanOrEqual(48);
});
