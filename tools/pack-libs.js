// Puts what of ours an app stands on into its package, since nobody can fetch it from a registry: `npm pack` in the
// app's folder runs it before it packs, and with `clean` afterwards. What is put there is what runs: no tests, types or maps.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const ROOT = path.join(import.meta.dirname, '..');
const app = process.cwd();
const own = JSON.parse(readFileSync('package.json', 'utf8'));

clean();
if (process.argv[2] !== 'clean') {
  build();
  try {
    fill();
  } catch (error) {
    clean();
    console.error(`pack-libs: ${error.message}`);
    process.exit(1);
  }
}

/** What is packed is what the sources say, not what was built some time ago. Where there is no compiler, it was built before. */
function build() {
  const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
  if (!existsSync(tsc) || !existsSync('tsconfig.json')) return;
  if (spawnSync(process.execPath, [tsc, '-b', '.'], { stdio: ['ignore', 2, 2] }).status !== 0) process.exit(1);
  const guides = [path.join(ROOT, 'tools/render-guides.js'), 'dist/guides'];
  if ('alert-relay' in own.bin && spawnSync(process.execPath, guides, { stdio: ['ignore', 2, 2] }).status !== 0)
    process.exit(1);
}

function fill() {
  if (!existsSync('dist/main.js'))
    throw new Error(`${app} is not built yet: run \`npm run setup\` in the project folder first`);
  cpSync(path.join(ROOT, 'LICENSE'), 'LICENSE');
  for (const name of own.bundleDependencies) {
    const from = path.join(ROOT, 'libs', name.split('/')[1]);
    const to = path.join('node_modules', name);
    const {
      version,
      license,
      type,
      exports,
      dependencies = {},
    } = JSON.parse(readFileSync(path.join(from, 'package.json'), 'utf8'));
    for (const [each, range] of Object.entries(dependencies)) {
      if (own.dependencies[each] !== range)
        throw new Error(`${app}/package.json: dependencies must have "${each}": "${range}", which ${name} stands on`);
    }
    mkdirSync(to, { recursive: true });
    const doors = Object.entries(exports).map(([door, { default: file }]) => [door, file]);
    const manifest = { name, version, license, type, exports: Object.fromEntries(doors) };
    writeFileSync(path.join(to, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    cpSync(path.join(from, 'dist'), path.join(to, 'dist'), { recursive: true, filter: runs });
  }
}

function runs(file) {
  if (path.extname(file) === '') return path.basename(file) !== '.tsbuildinfo';
  return file.endsWith('.js') && !/(?:\.test|-contract|[\\/]testing[^\\/]*)\.js$/.test(file);
}

function clean() {
  for (const name of own.bundleDependencies) rmSync(path.join('node_modules', name), { recursive: true, force: true });
  for (const folder of ['node_modules/@celery-watch', 'node_modules']) {
    try {
      rmdirSync(folder);
    } catch {
      // Not there, or somebody else's things are in it.
    }
  }
  rmSync('LICENSE', { force: true });
}
