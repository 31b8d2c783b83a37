// The rule of .dockerignore, in the way in which ours uses it: nothing, but for what is named, but for what is left out
// of that.
import { describe, expect, it } from '@jest/globals';
import { ignoreRule } from './build-context.js';

const rule = ignoreRule('# A comment.\n*\n!package.json\n!apps\n!docker/check.js\n**/node_modules\n**/*.log\n');

describe('a path', () => {
  it.each(['package.json', 'apps/exporter/src/main.ts', 'docker/check.js', 'apps/package.json'])(
    'is in: %s',
    (path) => {
      expect(rule(path)).toBe(false);
    },
  );

  it.each([
    'README.md',
    '.git/config',
    'docker/secrets/token',
    'apps/exporter/node_modules/x/index.js',
    'node_modules/x',
    'apps/a/b.log',
    'package.json5',
    'my/apps/x',
  ])('is out: %s', (path) => {
    expect(rule(path)).toBe(true);
  });

  it('that is out needs a look inside only where something below it is named', () => {
    expect(rule.isClosed('docker')).toBe(false);
    expect(rule.isClosed('docs')).toBe(true);
  });
});
