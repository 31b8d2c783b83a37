// Makes Debian packages of the folders that the archives hold: /usr/lib/NAME, a link in /usr/bin, the unit, and the
// configuration in /etc as dpkg's conffile.
import {
  chmodSync,
  copyFileSync,
  cpSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import path from 'node:path';
import { runCommand } from '@celery-watch/testbed';
import { ARCHITECTURES, DEBIAN_ARCHITECTURES } from '../archive/own-node.js';
import { unpack } from '../archive/tar.js';
import { archiveName } from '../archive/way.js';
import { commitTime } from '../repository.js';
import { APPS } from '../npm/apps.js';
import type { Workshop } from '../way.js';
import {
  changelogText,
  controlText,
  copyrightText,
  type DebianApp,
  debianAppOf,
  debianVersion,
  scriptText,
} from './control.js';

const SCRIPTS = ['postinst', 'prerm', 'postrm'] as const;

/** Of the archives in `out`, and into it. */
export async function buildPackages({
  root,
  out,
  scratch,
  version,
  say,
  signal,
}: Workshop): Promise<readonly string[]> {
  const made = await commitTime(root);
  const files: string[] = [];
  for (const app of APPS) {
    const debian = debianAppOf(app);
    for (const architecture of ARCHITECTURES) {
      signal.throwIfAborted();
      const name = archiveName(app, version, architecture);
      await unpack(path.join(out, `${name}.tar.gz`), scratch);
      const tree = path.join(scratch, `${name}-tree`);
      layOutTree(tree, { debian, from: path.join(scratch, name), root, version, made });
      const file = await buildPackage(tree, {
        debian,
        version,
        architecture: DEBIAN_ARCHITECTURES[architecture],
        out,
        made,
        root,
      });
      rmSync(tree, { recursive: true });
      rmSync(path.join(scratch, name), { recursive: true });
      files.push(file);
      say(file);
    }
  }
  return files;
}

interface TreeParts {
  readonly debian: DebianApp;
  /** The folder of an archive. */
  readonly from: string;
  readonly root: string;
  readonly version: string;
  readonly made: number;
}

function layOutTree(tree: string, { debian, from, root, version, made }: TreeParts): void {
  const { app, packageName, config } = debian;
  const home = path.join(tree, 'usr/lib', app.name);
  const docs = path.join(tree, 'usr/share/doc', packageName);
  for (const each of ['usr/bin', 'usr/lib', `etc/${app.name}`, 'usr/lib/systemd/system'])
    mkdirSync(path.join(tree, each), { recursive: true });
  mkdirSync(docs, { recursive: true });
  cpSync(from, home, { recursive: true });
  for (const each of ['systemd', 'LICENSE']) rmSync(path.join(home, each), { recursive: true, force: true });
  symlinkSync(`../lib/${app.name}/bin/${app.name}`, path.join(tree, 'usr/bin', app.name));
  copyFileSync(
    path.join(root, 'packaging/systemd', app.name, `${app.name}.service`),
    path.join(tree, `usr/lib/systemd/system/${app.name}.service`),
  );
  copyFileSync(path.join(root, 'packaging/deb', config), path.join(tree, 'etc', app.name, config));
  writeFileSync(path.join(docs, 'copyright'), copyrightText(readFileSync(path.join(root, 'LICENSE'), 'utf8')));
  writeFileSync(path.join(docs, 'changelog.gz'), gzipSync(changelogText(debian, version, made), { level: 9 }));
}

interface PackageParts {
  readonly debian: DebianApp;
  readonly version: string;
  readonly architecture: string;
  readonly out: string;
  readonly made: number;
  readonly root: string;
}

/** Gives its file's name. */
export async function buildPackage(
  tree: string,
  { debian, version, architecture, out, made, root }: PackageParts,
): Promise<string> {
  const { app, packageName, config } = debian;
  const files = globSync('**', { cwd: tree }).filter(
    (each) => statSync(path.join(tree, each)).isFile() && !each.startsWith('DEBIAN/'),
  );
  const control = path.join(tree, 'DEBIAN');
  mkdirSync(control, { recursive: true });
  const bytes = files.reduce((sum, each) => sum + Math.ceil(statSync(path.join(tree, each)).size / 1024), 0);
  writeFileSync(path.join(control, 'control'), controlText(debian, { version, architecture, kilobytes: bytes }));
  writeFileSync(path.join(control, 'conffiles'), `/etc/${app.name}/${config}\n`);
  const hashed = files.filter((each) => !each.startsWith('etc/') && !each.startsWith('usr/bin/')).sort();
  const md5 = (file: string): string =>
    createHash('md5')
      .update(readFileSync(path.join(tree, file)))
      .digest('hex');
  writeFileSync(path.join(control, 'md5sums'), hashed.map((each) => `${md5(each)}  ${each}\n`).join(''));
  for (const each of SCRIPTS) {
    const file = path.join(control, each);
    writeFileSync(file, scriptText(readFileSync(path.join(root, 'packaging/deb', each), 'utf8'), debian));
    chmodSync(file, 0o755);
  }
  // Whoever makes it of the same commit makes the same bytes.
  await runCommand('chmod', ['-R', 'u+rwX,go+rX,go-w', tree], { within: 0 });
  const touch = ['touch', '--no-dereference', `--date=@${String(made)}`, '{}', '+'];
  await runCommand('find', [tree, '-exec', ...touch], { within: 0 });
  const name = `${packageName}_${debianVersion(version)}_${architecture}.deb`;
  await packTree(tree, path.join(out, name), { SOURCE_DATE_EPOCH: String(made) });
  return name;
}

/** A package of a tree that has its control files. */
export async function packTree(tree: string, into: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
  await runCommand('dpkg-deb', ['--root-owner-group', '-Zzstd', '--build', tree, into], { env, within: 0 });
}
