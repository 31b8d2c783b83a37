// Which underscores change.
import { expect, it } from '@jest/globals';
import { changeLooseUnderscores } from './underscores.js';

it.each([
  ['a_b', 'a_b'],
  ['a__b', 'a__b'],
  ['_a_', '-a-'],
  ['__a b__', '--a b--'],
  ['a_ _b', 'a- -b'],
  ['队_列 𝒳_𝒳', '队_列 𝒳_𝒳'],
  ['(_a_)', '(-a-)'],
  ['_', '-'],
  ['a_.', 'a-.'],
  ['1_2', '1_2'],
])('%s becomes %s', (text, changed) => {
  expect(changeLooseUnderscores(text, (run) => '-'.repeat(run.length))).toBe(changed);
});
