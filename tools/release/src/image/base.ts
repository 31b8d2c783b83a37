// Makes the base images where no registry of images is at hand: Debian's packages, and Node.js as npm has it.
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { rootRun } from '../debian/as-root.js';
import { debianSuite } from '../debian/machine.js';
import type { OwnNode } from '../archive/own-node.js';
import type { Store } from './store.js';

const run = promisify(execFile);

export const BASE_IMAGE = 'localhost/celery-watch/node';
export const BUILD_IMAGE = 'localhost/celery-watch/node-with-npm';

/** What Node.js is linked to, and a shell with its few commands for whoever must look inside at night. */
const RUN_PACKAGES = ['base-files', 'libc6', 'libatomic1', 'libstdc++6', 'dash', 'coreutils'];
const BUILD_PACKAGES = ['libatomic1', 'libstdc++6'];
/** As those that come with Node.js 26; it is exact, so that the same source gives the same image. */
const NPM = 'npm@11.19.1';
export const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
const UNWANTED = ['man/*', 'locale/*', 'info/*'].map((what) => `--dpkgopt=path-exclude=/usr/share/${what}`);

/** What the packages would do as they are installed: here they are only unpacked, so that nothing runs inside. */
const FINISHING = `set -eu
root=$1
for package in "$root"/var/cache/apt/archives/*.deb; do
  dpkg-deb --field "$package" | sed '/^Status:/d'
  printf 'Status: install ok installed\\n\\n'
done > "$root/var/lib/dpkg/status"
printf '%s\\n' 'root:x:0:0:root:/root:/bin/sh' 'node:x:1000:1000::/app:/bin/sh' > "$root/etc/passwd"
printf '%s\\n' 'root:x:0:' 'node:x:1000:' > "$root/etc/group"
printf '%s\\n' 'hosts: files dns' > "$root/etc/nsswitch.conf"
rm -rf "$root"/etc/cron.daily "$root"/usr/share/doc/*/changelog*
`;

export interface BaseParts {
  readonly store: Store;
  readonly scratch: string;
  readonly signal: AbortSignal;
  readonly node: OwnNode;
  /** Seconds since 1970 that everything in the images is dated with. */
  readonly date: number;
}

export async function makeBases(parts: BaseParts): Promise<void> {
  const suite = debianSuite() ?? '';
  await Promise.all([makeBase(suite, parts), makeBuildBase(suite, parts)]);
}

async function makeBase(suite: string, { store, scratch, signal, node, date }: BaseParts): Promise<void> {
  const context = path.join(scratch, 'base');
  mkdirSync(context);
  const hook = path.join(context, 'finish.sh');
  writeFileSync(hook, FINISHING, { mode: 0o755 });
  const root = path.join(context, 'root.tar');
  await rootRun(
    [
      ...['env', `SOURCE_DATE_EPOCH=${String(date)}`, 'mmdebstrap', '--quiet', '--variant=extract'],
      ...[`--include=${RUN_PACKAGES.join(',')}`, ...UNWANTED, `--extract-hook=sh ${hook} "$1"`, suite, root],
    ],
    signal,
  );
  copyFileSync(node.binary, path.join(context, 'node'));
  copyFileSync(node.license, path.join(context, 'LICENSE'));
  writeFileSync(
    path.join(context, 'Dockerfile'),
    `FROM scratch
ADD root.tar /
COPY node /usr/local/bin/node
COPY LICENSE /usr/local/share/doc/node/LICENSE
ENV PATH=/usr/local/bin:/usr/bin:/bin NODE_VERSION=${node.version}
`,
  );
  await commit(BASE_IMAGE, context, store, date);
}

async function makeBuildBase(suite: string, { store, scratch, signal, node, date }: BaseParts): Promise<void> {
  const context = path.join(scratch, 'build-base');
  mkdirSync(context);
  await rootRun(
    [
      ...['mmdebstrap', '--quiet', '--variant=essential', `--include=${BUILD_PACKAGES.join(',')}`],
      ...[...UNWANTED, suite, path.join(context, 'root.tar')],
    ],
    signal,
  );
  await run(
    'npm',
    ['install', '--prefix', path.join(context, 'npm'), '--ignore-scripts', '--no-audit', '--no-fund', NPM],
    { signal },
  );
  copyFileSync(node.binary, path.join(context, 'node'));
  // A house whose network reads TLS has its own authority here. No image that runs has any of this.
  if (existsSync(CERTIFICATES)) copyFileSync(CERTIFICATES, path.join(context, 'certificates.crt'));
  else writeFileSync(path.join(context, 'certificates.crt'), '');
  writeFileSync(
    path.join(context, 'Dockerfile'),
    `FROM scratch
ADD root.tar /
COPY node /usr/local/bin/node
COPY npm/node_modules/npm /usr/local/lib/node_modules/npm
COPY certificates.crt ${CERTIFICATES}
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
`,
  );
  await commit(BUILD_IMAGE, context, store, date);
}

async function commit(name: string, context: string, store: Store, date: number): Promise<void> {
  const options = ['--isolation=chroot', '--quiet', `--timestamp=${String(date)}`, `--tag=${name}`];
  await store.buildah('bud', ...options, context);
}
