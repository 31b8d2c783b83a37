// Installs the packages on a fresh Debian of this machine's release, in a folder: starts what the units start, as their
// users, changes the configuration, upgrades, removes and purges.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runCommand } from '@celery-watch/testbed';
import { DEBIAN_ARCHITECTURES, MACHINE } from '../archive/own-node.js';
import { rootCommand, rootRun } from '../debian/as-root.js';
import { debianSuite } from '../debian/machine.js';
import { APPS } from '../npm/apps.js';
import { tryBoth } from '../trial/both.js';
import type { Installed } from '../trial/program.js';
import type { Figure, Workshop } from '../way.js';
import { packTree } from './build.js';
import { type DebianApp, debianAppOf, debianVersion } from './control.js';

const MARK = '# changed by its operator';

export async function tryOnFreshDebian(workshop: Workshop): Promise<readonly Figure[]> {
  const { scratch, out, version, say, signal } = workshop;
  const root = path.join(scratch, 'debian');
  const figures: Figure[] = [];
  const inRoot = (...words: string[]): Promise<string> =>
    rootRun(
      ['env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'DEBIAN_FRONTEND=noninteractive', 'chroot', root, ...words],
      signal,
    );
  const timed = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    const began = performance.now();
    await work();
    figures.push({ what, value: `${((performance.now() - began) / 1000).toFixed(1)} s` });
  };
  const suite = debianSuite() ?? 'stable';
  try {
    say(`a fresh Debian (${suite})`);
    const needs = 'adduser,init-system-helpers,libatomic1,libstdc++6';
    await rootRun(['mmdebstrap', '--quiet', '--variant=minbase', `--include=${needs}`, suite, root], signal);
    const packages = APPS.map(debianAppOf);
    const fileOf = (each: DebianApp, of: string): string =>
      `${each.packageName}_${debianVersion(of)}_${DEBIAN_ARCHITECTURES[MACHINE ?? 'x64']}.deb`;
    const bring = async (folder: string, of: string): Promise<string[]> => {
      const names = packages.map((each) => fileOf(each, of));
      await rootRun(['cp', ...names.map((each) => path.join(folder, each)), path.join(root, 'tmp')], signal);
      return names.map((each) => `/tmp/${each}`);
    };
    const installed = await bring(out, version);
    await timed('apt install of both', () =>
      inRoot('apt-get', 'install', '--yes', '--no-install-recommends', ...installed),
    );

    for (const each of packages) await checkRights(each, inRoot);
    const shared = { version, signal, scratch: await sharedFolder(root, signal) };
    figures.push(...(await tryBoth(commands(root), shared, (file) => file.slice(root.length))));
    for (const { app, config } of packages)
      await inRoot('sh', '-c', `printf '%s\\n' '${MARK}' >> /etc/${app.name}/${config}`);

    const next = `${version}+test`;
    for (const each of packages)
      await renumber(path.join(out, fileOf(each, version)), path.join(scratch, fileOf(each, next)), next);
    const newer = await bring(scratch, next);
    await timed('upgrade of both', () => inRoot('dpkg', '--install', ...newer));
    for (const { app, config } of packages)
      await mustHold(
        inRoot,
        `grep -q '${MARK}' /etc/${app.name}/${config}`,
        `the upgrade kept /etc/${app.name}/${config}`,
      );

    await keepsWhatOperatorsDid(packages, newer, inRoot);

    const names = packages.map(({ packageName }) => packageName);
    await inRoot('dpkg', '--remove', ...names);
    for (const { app, config } of packages) {
      await mustHold(inRoot, `test -e /etc/${app.name}/${config}`, `removing kept /etc/${app.name}`);
      await mustHold(
        inRoot,
        `! test -e /usr/bin/${app.name} && ! test -e /usr/lib/${app.name}`,
        `removing took away ${app.name}`,
      );
    }
    await inRoot('dpkg', '--install', ...newer);
    await inRoot('dpkg', '--purge', ...names);
    for (const { app, state } of packages)
      await mustHold(
        inRoot,
        `! test -e /etc/${app.name}${state === '' ? '' : ` && ! test -e ${state}`}`,
        `purging left nothing of ${app.name}`,
      );
    return figures;
  } finally {
    await rootRun(['rm', '-rf', '--one-file-system', root]);
  }
}

type InRoot = (...words: string[]) => Promise<string>;

async function mustHold(inRoot: InRoot, test: string, what: string): Promise<void> {
  try {
    await inRoot('sh', '-c', test);
  } catch (error) {
    throw new Error(`this does not hold: ${what}`, { cause: error });
  }
}

async function checkRights({ app, config }: DebianApp, inRoot: InRoot): Promise<void> {
  const rights = await inRoot(
    'stat',
    '-c',
    '%U:%G %a',
    `/etc/${app.name}`,
    `/etc/${app.name}/${config}`,
    '/usr/bin',
    `/usr/lib/${app.name}/node/bin/node`,
  );
  const wanted = [`root:${app.name} 750`, `root:${app.name} 640`, 'root:root 755', 'root:root 755'].join('\n');
  if (rights !== wanted) throw new Error(`rights of ${app.name}:\n${rights}\nwanted:\n${wanted}`);
  const said = await inRoot(
    'setpriv',
    `--reuid=${app.name}`,
    `--regid=${app.name}`,
    '--clear-groups',
    app.name,
    'check-config',
    `--config=/etc/${app.name}/${config}`,
  );
  if (!said.startsWith('The configuration is good')) throw new Error(`its own configuration: ${said}`);
}

/** A file that is gone stays away, and breaks no upgrade; rights that were changed stay. */
async function keepsWhatOperatorsDid(
  packages: readonly DebianApp[],
  newer: readonly string[],
  inRoot: InRoot,
): Promise<void> {
  const both = packages.map(({ app, config }) => ({ folder: `/etc/${app.name}`, file: `/etc/${app.name}/${config}` }));
  for (const { folder, file } of both) await inRoot('sh', '-c', `chmod 0700 ${folder} && mv ${file} ${file}.away`);
  await inRoot('dpkg', '--install', ...newer);
  for (const { folder, file } of both) {
    await mustHold(inRoot, `! test -e ${file}`, `the upgrade did not bring back ${file}`);
    await mustHold(inRoot, `test "$(stat -c %a ${folder})" = 700`, `the upgrade kept the rights of ${folder}`);
    await inRoot('sh', '-c', `chmod 0750 ${folder} && mv ${file}.away ${file}`);
  }
}

/** Each as its unit starts it: as its user, with what /usr/bin leads to. */
function commands(root: string): { readonly exporter: Installed; readonly relay: Installed } {
  const command = (user: string): Installed => ({
    command: rootCommand([
      'chroot',
      root,
      '/usr/bin/setpriv',
      `--reuid=${user}`,
      `--regid=${user}`,
      '--clear-groups',
      '--no-new-privs',
      user,
    ]),
    cwd: '/',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', NODE_ENV: 'production' },
  });
  return { exporter: command('celery-exporter'), relay: command('alert-relay') };
}

/** A folder that the trial writes into and the programs see under the same name: it is made in both places. */
async function sharedFolder(root: string, signal: AbortSignal): Promise<string> {
  await rootRun(['install', '-d', '-m', '1777', path.join(root, 'tmp/trial')], signal);
  return path.join(root, 'tmp/trial');
}

/** The same package with another version: what an upgrade meets. */
async function renumber(file: string, into: string, version: string): Promise<void> {
  const tree = `${into}-tree`;
  await runCommand('dpkg-deb', ['--raw-extract', file, tree], { within: 0 });
  const control = path.join(tree, 'DEBIAN/control');
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, `Version: ${debianVersion(version)}`));
  await packTree(tree, into);
}
