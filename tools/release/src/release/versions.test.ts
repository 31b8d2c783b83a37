import { describe, expect, it } from '@jest/globals';
import { isVersion, mayNameVersion, withVersion } from './versions.js';

const next = (file: string, text: string): string => withVersion({ file, text }, '0.1.0', '0.2.0');

describe('the version', () => {
  it('of a package is its own field, not that of what it needs', () => {
    const text = '{\n  "name": "x",\n  "version": "0.1.0",\n  "dependencies": {\n    "version": "0.1.0"\n  }\n}\n';
    expect(next('apps/exporter/package.json', text)).toBe(text.replace('"version": "0.1.0",', '"version": "0.2.0",'));
  });

  it('in the lock file is that of the root and of our folders, not that of others', () => {
    const lock = JSON.stringify(
      {
        name: 'celery-watch',
        version: '0.1.0',
        packages: {
          '': { name: 'celery-watch', version: '0.1.0' },
          'apps/exporter': { name: 'x', version: '0.1.0', dependencies: { a: '0.1.0' } },
          'apps/exporter/node_modules/a': { version: '0.1.0' },
          'node_modules/a': { version: '0.1.0' },
          'tools/ci': { name: 'y', version: '0.1.0' },
        },
      },
      null,
      2,
    );
    const { version, packages } = JSON.parse(next('package-lock.json', lock)) as {
      version: string;
      packages: Record<string, { version: string }>;
    };
    expect([version, ...Object.values(packages).map((each) => each.version)]).toEqual([
      '0.2.0',
      '0.2.0',
      '0.2.0',
      '0.1.0',
      '0.1.0',
      '0.2.0',
    ]);
  });

  it('elsewhere is any word that is the version', () => {
    expect(next('docker/x.yml', 'a:${V:-0.1.0} x-0.1.0-linux 10.1.0 0.1.0.1 v0.1.0. 0.1.01')).toBe(
      'a:${V:-0.2.0} x-0.2.0-linux 10.1.0 0.1.0.1 v0.2.0. 0.1.01',
    );
  });

  it('stands in what people install by, and not in history', () => {
    const said = [
      'README.md',
      'docker/Dockerfile',
      'charts/x/Chart.yaml',
      'tools/ci/package.json',
      'package-lock.json',
    ];
    expect(said.filter((file) => !mayNameVersion(file))).toEqual([]);
    const silent = [
      'CHANGELOG.md',
      'docs/deployment/UPGRADE_GUIDE.md',
      'apps/exporter/src/main.ts',
      'libs/x/captures/a.jsonl',
    ];
    expect(silent.filter(mayNameVersion)).toEqual([]);
  });

  it('is one of semver', () => {
    expect(['0.2.0', '1.0.0-rc.1', '1', 'v1.0.0', '1.0', '1.0.0+x'].filter(isVersion)).toEqual(['0.2.0', '1.0.0-rc.1']);
  });
});
