import { expect, it } from '@jest/globals';
import { closureOf } from './closure.js';
import { readLock } from './installed.js';

const LOCK = readLock(
  JSON.stringify({
    packages: {
      'apps/x': { name: '@celery-watch/x', version: '1.0.0', dependencies: { '@celery-watch/lib': '*', a: '*' } },
      'libs/lib': { name: '@celery-watch/lib', version: '1.0.0', dependencies: { b: '*', a: '*' } },
      'libs/lib/node_modules/b': { version: '2.0.0' },
      'libs/other': { name: '@celery-watch/other', version: '1.0.0', dependencies: { gone: '*' } },
      'node_modules/@celery-watch/lib': { resolved: 'libs/lib', link: true },
      'node_modules/a': { version: '1.0.0', dependencies: { c: '*' } },
      'node_modules/b': { version: '1.0.0' },
      'node_modules/c': { version: '1.0.0', dependencies: { a: '*' } },
      'node_modules/tool': { version: '1.0.0' },
    },
  }),
);

it('follows what a package stands on, through ours and in circles, and nothing else', () => {
  expect(closureOf('@celery-watch/x', LOCK).map(({ place }) => place)).toEqual([
    'libs/lib',
    'libs/lib/node_modules/b',
    'node_modules/a',
    'node_modules/c',
  ]);
});

it('refuses a lock file that is not whole', () => {
  expect(() => closureOf('@celery-watch/other', LOCK)).toThrow(
    'package-lock.json has no gone, which @celery-watch/other',
  );
  expect(() => closureOf('@celery-watch/nobody', LOCK)).toThrow('package-lock.json has no @celery-watch/nobody');
});
