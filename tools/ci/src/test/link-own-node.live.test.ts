// The project's own Node.js comes first after `npm ci`, whichever npm it was: the script that links it, who calls it.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { REPOSITORY, runCommand } from '@celery-watch/testbed';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const SCRIPT = join(REPOSITORY, 'tools/link-own-node.js');
const PACKAGE = `node_modules/node-linux-${process.arch}/bin`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'own-node-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const run = (): Promise<string> => runCommand(process.execPath, [SCRIPT], { cwd: folder });

/** A package as npm unpacks it, whose program is this shell script. */
function installed(script: string): void {
  mkdirSync(join(folder, PACKAGE), { recursive: true });
  writeFileSync(join(folder, PACKAGE, 'node'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, PACKAGE, 'node'), 0o755);
}

describe('the script that links the own Node.js', () => {
  it('makes the link where npm made none, and leaves one that is right', async () => {
    installed('echo v26.10.0');
    await run();
    expect(realpathSync(join(folder, 'node_modules/.bin/node'))).toBe(realpathSync(join(folder, PACKAGE, 'node')));
    await run();
    expect(await runCommand(join(folder, 'node_modules/.bin/node'), ['--version'])).toBe('v26.10.0');
  });

  it('replaces what else is there', async () => {
    installed('echo v26.10.0');
    mkdirSync(join(folder, 'node_modules/.bin'));
    writeFileSync(join(folder, 'node_modules/.bin/node'), 'something older');
    await run();
    expect(await runCommand(join(folder, 'node_modules/.bin/node'), ['--version'])).toBe('v26.10.0');
  });

  it('does nothing where the package is not installed', async () => {
    expect(await run()).toBe('');
    expect(existsSync(join(folder, 'node_modules'))).toBe(false);
  });

  it('says what to install where that Node.js does not run, and links nothing', async () => {
    installed('echo "error while loading shared libraries: libatomic.so.1" >&2; exit 127');
    await expect(run()).rejects.toThrow(/does not run here: .*libatomic\.so\.1.*apt-get install libatomic1/s);
    expect(existsSync(join(folder, 'node_modules/.bin/node'))).toBe(false);
  });
});

describe('who runs it', () => {
  const text = (file: string): string => readFileSync(join(REPOSITORY, file), 'utf8');

  it('is npm after each installation, and setup', () => {
    const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> };
    expect(scripts['postinstall']).toBe('node tools/link-own-node.js');
    expect(text('tools/setup')).toContain('node tools/link-own-node.js');
  });

  it('is not a build of an image, which has no such file', () => {
    const installs = text('docker/Dockerfile').match(/npm ci[^\n]*/g) ?? [];
    expect(installs.length).toBeGreaterThan(0);
    for (const install of installs) expect(install).toContain('--ignore-scripts');
  });
});
