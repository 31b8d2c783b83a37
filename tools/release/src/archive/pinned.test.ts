import { describe, expect, it } from '@jest/globals';
import { readLock } from '../sbom/installed.js';
import { pins } from './pinned.js';

describe('pins', () => {
  it('give each package its one version, and those with several the right one below each that needs them', () => {
    const lock = {
      'apps/x': { name: '@celery-watch/x', version: '0.1.0', dependencies: { yaml: '^2', one: '*' } },
      'apps/x/node_modules/yaml': { version: '2.9.1' },
      'node_modules/one': { version: '1.2.3' },
      'node_modules/two': { version: '4.0.0', dependencies: { yaml: '^1' } },
      'node_modules/yaml': { version: '1.10.0' },
    };
    expect(pins(readLock(JSON.stringify({ packages: lock })), '@celery-watch/x')).toEqual({
      dependencies: { yaml: '2.9.1' },
      overrides: { one: '1.2.3', two: { '.': '4.0.0', yaml: '1.10.0' } },
    });
  });
});
