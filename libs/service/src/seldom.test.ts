// What goes wrong often is said seldom, and nothing of it goes unsaid for longer than a minute.
import { expect, it } from '@jest/globals';
import { Seldom } from './seldom.js';

it('says the first of a kind at once, then the last of each minute, with how many more there were', () => {
  let now = 0;
  const later: (() => void)[] = [];
  const waits: number[] = [];
  const seldom = new Seldom({
    ticks: () => now,
    later: (ms, then) => {
      waits.push(ms);
      later.push(then);
    },
  });
  const said: string[] = [];
  const say = (kind: string, what: string): void =>
    seldom.say(kind, ({ more }) => said.push(`${what}${more === undefined ? '' : ` +${more}`}`));
  say('a', 'a1');
  now = 10_000;
  say('a', 'a2');
  say('b', 'b1');
  say('a', 'a3');
  expect(said).toEqual(['a1', 'b1']);
  expect(waits).toEqual([50_000]);
  now = 60_000;
  for (const then of later.splice(0)) then();
  expect(said).toEqual(['a1', 'b1', 'a3 +1']);
  now = 200_000;
  say('a', 'a4');
  expect(said).toEqual(['a1', 'b1', 'a3 +1', 'a4']);
  expect(later).toEqual([]);
});
