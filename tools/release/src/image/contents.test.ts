// The list of what is in an image: each package once, with an address by which scanners know it.
import { expect, it } from '@jest/globals';
import { debianPackages, sbomOf } from './contents.js';

const STATUS = `Package: libstdc++6
Version: 12.2.0-14+deb12u1
Architecture: amd64
Status: install ok installed

Package: base-files
Architecture: amd64
Version: 1:12.4
Status: install ok installed

`;

it("Debian's packages are read from its own list, whatever the order of their fields", () => {
  expect(debianPackages(STATUS)).toEqual([
    { name: 'base-files', version: '1:12.4', architecture: 'amd64' },
    { name: 'libstdc++6', version: '12.2.0-14+deb12u1', architecture: 'amd64' },
  ]);
});

it('the system, Node.js, packages of Debian and of npm are in the list, each once', () => {
  const bill = sbomOf({
    name: 'celery-exporter',
    version: '0.1.0',
    created: '2026-01-01T00:00:00Z',
    nodeVersion: '26.10.0',
    imageId: 'a'.repeat(64),
    contents: {
      dpkgStatus: STATUS,
      osRelease: 'ID=debian\nVERSION_ID="12"\n',
      packages: [
        { name: 'yaml', version: '2.9.1', license: 'ISC' },
        { name: '@msgpack/msgpack', version: '3.1.0' },
        { name: 'yaml', version: '2.9.1', license: 'ISC' },
      ],
    },
  });
  expect(JSON.stringify(bill['metadata'])).toContain('a'.repeat(64));
  expect((bill['components'] as { purl?: string }[]).map(({ purl }) => purl)).toEqual([
    undefined,
    'pkg:generic/node@26.10.0',
    'pkg:deb/debian/base-files@1%3A12.4?arch=amd64&distro=debian-12',
    'pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12',
    'pkg:npm/%40msgpack/msgpack@3.1.0',
    'pkg:npm/yaml@2.9.1',
  ]);
});
