// Who gets room, in which order, and who is told that there is none.
import { expect, it } from '@jest/globals';
import { Slots } from './slots.js';

it('gives room to so many, then to who waited longest, and refuses who waited too long', async () => {
  const slots = new Slots(2, 20);
  expect([await slots.take(), await slots.take()]).toEqual([true, true]);
  const order: string[] = [];
  const wait = async (name: string): Promise<void> => void order.push(`${name} ${String(await slots.take())}`);
  const [first, second, third] = [wait('first'), wait('second'), wait('third')];
  slots.give();
  await first;
  slots.give();
  await second;
  await third;
  expect(order).toEqual(['first true', 'second true', 'third false']);
  slots.give();
  expect(await slots.take()).toBe(true);
});
