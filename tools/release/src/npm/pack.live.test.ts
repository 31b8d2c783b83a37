// The npm packages, as `npm pack` makes them: whole, and without what nobody runs. Installed from a registry and run
// on real parts they are by `npm run test:install`.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { REPOSITORY } from '@celery-watch/testbed';
import { APPS } from './apps.js';
import { pack } from './pack.js';

const { version: VERSION } = JSON.parse(readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8')) as {
  version: string;
};
let scratch = '';

beforeAll(() => {
  scratch = mkdtempSync(path.join(os.tmpdir(), 'celery-watch-pack-'));
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe.each(APPS)('the package of $name', (app) => {
  it('holds all of ours and runs outside the repository', async () => {
    const place = path.join(scratch, app.name);
    mkdirSync(place);
    const tarball = await pack(app, VERSION, { root: REPOSITORY, yard: path.join(place, 'yard'), out: place });
    expect(spawnSync('tar', ['xf', tarball], { cwd: place }).status).toBe(0);
    const { stdout } = spawnSync('tar', ['tf', tarball], { cwd: place, encoding: 'utf8' });
    const files = stdout.split('\n').map((each) => each.replace(/^package\//, ''));
    expect(files).toEqual(
      expect.arrayContaining(['package.json', 'README.md', 'LICENSE', `bin/${app.name}.js`, 'dist/main.js']),
    );
    expect(files).toContain('node_modules/@celery-watch/service/dist/index.js');
    expect(files.filter((each) => /\.(?:ts|map|tsbuildinfo)$|\.test\.|testing|-contract|\/truth\//.test(each))).toEqual(
      [],
    );

    // Packages of others lie beside it, as npm would have put them there; ours only inside it.
    mkdirSync(path.join(place, 'node_modules'));
    const others = [path.join(REPOSITORY, 'node_modules'), path.join(REPOSITORY, app.folder, 'node_modules')];
    const find = spawnSync('find', [...others, '-mindepth', '1', '-maxdepth', '1', '-not', '-name', '.*'], {
      encoding: 'utf8',
    });
    for (const each of find.stdout.trim().split('\n').reverse()) {
      const link = path.join(place, 'node_modules', path.basename(each));
      if (path.basename(each) === '@celery-watch') continue;
      rmSync(link, { force: true });
      symlinkSync(each, link);
    }
    const bin = path.join(place, 'package/bin', `${app.name}.js`);
    const run = spawnSync(process.execPath, [bin, '--version'], { encoding: 'utf8', cwd: place });
    expect(run.stderr + run.stdout).toBe(`${app.name} ${VERSION}\n`);
  });
});
