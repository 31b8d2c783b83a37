// Long steps are spread over rounds of the event loop.
import { expect, test } from '@jest/globals';
import { Turns } from './turns.js';

test('each turn has a round of the event loop of its own, however many wait', async () => {
  let round = 0;
  let counting = true;
  const count = (): void => {
    round++;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  const turns = new Turns();
  const rounds = await Promise.all(Array.from({ length: 5 }, () => turns.take().then(() => round)));
  counting = false;
  expect(new Set(rounds).size).toBe(5);
});
