// A licence's text travels with the package, however its author spells the file's name.
import { expect, test } from '@jest/globals';
import { licenseFiles } from './licenses.js';

test.each([
  'LICENSE',
  'LICENCE',
  'license',
  'License',
  'LICENSE.md',
  'license.md',
  'LICENSE-MIT',
  'LICENSE.txt',
  'COPYING',
  'NOTICE',
])('%s is a licence', (name) => {
  expect(licenseFiles(['index.js', name, 'package.json'])).toEqual([name]);
});

test.each(['license.js', 'license.d.ts', 'licenses', 'readme.md', 'noticeable.txt', 'package.json'])(
  '%s is none',
  (name) => {
    expect(licenseFiles([name])).toEqual([]);
  },
);

test('two of them come in the same order everywhere', () => {
  expect(licenseFiles(['NOTICE', 'LICENSE'])).toEqual(['LICENSE', 'NOTICE']);
});
