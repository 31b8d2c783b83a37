// How many answer to one question: two of the last three questions must agree.
import { describe, expect, it } from '@jest/globals';
import { NameHolders } from './name-holders.js';

function after(tickets: string): number | undefined {
  const holders = new NameHolders();
  for (const ticket of tickets) holders.answered(ticket);
  return holders.count;
}

describe('the holders of a name', () => {
  it.each([
    ['', undefined],
    ['aa', undefined],
    ['ab', 1],
    ['aabb', 2],
    ['abab', 2],
    ['aab', 1],
    ['aabc', 1],
    ['aabbc', 2],
    ['aabbcd', 1],
    ['aaabbbc', 3],
    ['aaaaaaaab', 1],
  ])('after the answers to %s: %s', (tickets, count) => {
    expect(after(tickets)).toBe(count);
  });
});
