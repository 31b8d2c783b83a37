import { describe, expect, it } from '@jest/globals';
import { billOfMaterials, purlOf } from './cyclonedx.js';
import { type Package, readLock, resolver } from './installed.js';

const INTEGRITY = `sha512-${Buffer.alloc(64, 7).toString('base64')}`;
const LOCK = JSON.stringify({
  lockfileVersion: 3,
  packages: {
    '': { name: 'x' },
    'libs/service': { name: '@celery-watch/service', version: '0.1.0', license: 'MIT', dependencies: { b: '*' } },
    'node_modules/@celery-watch/service': { resolved: 'libs/service', link: true },
    'node_modules/@us/app': { version: '0.1.0', license: 'MIT', dependencies: { a: '^1', b: '^2' } },
    'node_modules/a': { version: '1.0.0', license: 'MIT', integrity: INTEGRITY, dependencies: { b: '^1' } },
    'node_modules/a/node_modules/b': { version: '1.5.0', license: '(MIT OR Apache-2.0)', integrity: INTEGRITY },
    'node_modules/b': { version: '2.0.0', integrity: INTEGRITY },
  },
});
const all = readLock(LOCK);
const installed = all.filter(({ place }) => place.startsWith('node_modules/'));
const bill = billOfMaterials({ type: 'application', name: '@us/app', version: '0.1.0' }, { packages: installed }, 1e9);

interface Bill {
  readonly serialNumber: string;
  readonly components: readonly { readonly 'bom-ref': string; readonly purl: string; readonly hashes?: unknown }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

describe('a lock file', () => {
  it('tells what is installed where, and workspaces by their folders', () => {
    expect(all.map(({ place, name }) => `${place} ${name}`)).toEqual([
      'libs/service @celery-watch/service',
      'node_modules/@us/app @us/app',
      'node_modules/a a',
      'node_modules/a/node_modules/b b',
      'node_modules/b b',
    ]);
  });

  it('finds what a package stands on as Node.js does', () => {
    const resolve = resolver(all);
    const at = (place: string): Package => all.find((each) => each.place === place) as Package;
    const version = (from: string): string | undefined => resolve(at(from), 'b')?.version;
    expect([version('node_modules/a'), version('node_modules/@us/app'), version('libs/service')]).toEqual([
      '1.5.0',
      '2.0.0',
      '2.0.0',
    ]);
    expect(resolve(at('libs/service'), 'c')).toBeUndefined();
    expect(resolve(at('node_modules/a'), '@celery-watch/service')?.place).toBe('libs/service');
  });
});

describe('a bill of materials', () => {
  const read = JSON.parse(bill) as Bill;

  it('names each package once, with its hash, and who stands on whom', () => {
    expect(read.components.map((each) => each['bom-ref'])).toEqual([
      'node_modules/a',
      'node_modules/a/node_modules/b',
      'node_modules/b',
    ]);
    expect(read.components[1]).toMatchObject({
      purl: 'pkg:npm/b@1.5.0',
      hashes: [{ alg: 'SHA-512', content: '07'.repeat(64) }],
      licenses: [{ expression: '(MIT OR Apache-2.0)' }],
    });
    expect(Object.fromEntries(read.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]))).toEqual({
      subject: ['node_modules/a', 'node_modules/b'],
      'node_modules/a': ['node_modules/a/node_modules/b'],
      'node_modules/a/node_modules/b': [],
      'node_modules/b': [],
    });
  });

  it('is the same for the same contents, with a number of its own', () => {
    const subject = { type: 'application', name: '@us/app', version: '0.1.0' } as const;
    expect(billOfMaterials(subject, { packages: [...installed].reverse() }, 1e9)).toBe(bill);
    expect(read.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    const other = JSON.parse(billOfMaterials(subject, { packages: installed.slice(1) }, 1e9)) as Bill;
    expect(other.serialNumber).not.toBe(read.serialNumber);
  });

  it('writes scopes as purl wants them', () => {
    expect(purlOf('@slack/webhook', '8.0.2')).toBe('pkg:npm/%40slack/webhook@8.0.2');
  });
});
