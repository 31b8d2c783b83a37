// `npm run test:matrix`: the tests that hold the counters against the tasks' own records, on several Celery versions
// from PyPI.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const PYTHON = '/usr/bin/python3';
/** The last of each line since task events took their present form; `` is the newest that PyPI has. */
const VERSIONS = ['4.4.7', '5.0.5', '5.1.2', '5.2.7', '5.3.6', '5.4.0', '5.5.3', '5.6.3', ''] as const;
/** What old versions need of their time: later ones dropped what they call. */
const CONTEMPORARIES: Readonly<Record<string, readonly string[]>> = {
  '4.4.7': ['setuptools<58', 'importlib-metadata<5', 'redis<4'],
  '5.0.5': ['setuptools<66', 'importlib-metadata<5', 'redis<4', 'kombu<5.1'],
  '5.1.2': ['setuptools<66', 'importlib-metadata<5', 'redis<4', 'kombu<5.2'],
  // Newer kombu wants a redis-py that these do not allow.
  '5.3.6': ['setuptools<81', 'kombu<5.4'],
  '5.4.0': ['setuptools<81', 'kombu<5.5'],
};
/** What pip says when it gets no answer, as opposed to a no. */
const UNREACHABLE =
  /NewConnectionError|ConnectionError|Temporary failure in name resolution|ReadTimeoutError|ProxyError|Network is unreachable/;

type Outcome =
  | { readonly kind: 'passed' | 'failed'; readonly text: string }
  | { readonly kind: 'not installed' | 'unreachable'; readonly text: string };

/** A virtual environment with that Celery, kept for the next time. */
function install(version: string): { readonly python: string } | { readonly error: string } {
  const home = path.join(ROOT, `.venv-celery-${version || 'newest'}`);
  const python = path.join(home, 'bin/python');
  if (!existsSync(python)) {
    const made = spawnSync(PYTHON, ['-m', 'venv', home], { encoding: 'utf8' });
    if (made.status !== 0) return { error: made.stdout + made.stderr };
  }
  const packages = [
    version === '' ? 'celery[redis]' : `celery[redis]==${version}`,
    'gevent',
    'packaging',
    ...(CONTEMPORARIES[version] ?? ['setuptools<81']),
  ];
  const pip = spawnSync(
    python,
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--upgrade', ...packages],
    { encoding: 'utf8' },
  );
  if (pip.status !== 0) return { error: pip.stdout + pip.stderr };
  const starts = spawnSync(python, ['-c', 'import celery.bin.celery, celery.worker.consumer, kombu.transport.redis'], {
    encoding: 'utf8',
  });
  return starts.status === 0 ? { python } : { error: starts.stdout + starts.stderr };
}

function test(version: string): Outcome {
  const installed = install(version);
  if ('error' in installed) {
    const line = installed.error.trim().split('\n').at(-1) ?? '';
    return UNREACHABLE.test(installed.error)
      ? { kind: 'unreachable', text: line }
      : { kind: 'not installed', text: line };
  }
  const said = spawnSync(
    installed.python,
    [
      '-c',
      'import celery, kombu, redis; print(celery.__version__, "kombu", kombu.__version__, "redis-py", ' +
        'redis.__version__)',
    ],
    { encoding: 'utf8' },
  ).stdout.trim();
  console.log(`   Celery ${said}`);
  const report = path.join(ROOT, 'apps/exporter/test-results/matrix.json');
  mkdirSync(path.dirname(report), { recursive: true });
  const jest = spawnSync(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--no-warnings',
      path.join(ROOT, 'node_modules/jest/bin/jest.js'),
      '--config',
      path.join(ROOT, 'jest.live.config.js'),
      '--rootDir',
      path.join(ROOT, 'apps/exporter'),
      '--json',
      `--outputFile=${report}`,
      'truth/pools',
    ],
    {
      cwd: path.join(ROOT, 'apps/exporter'),
      env: { ...process.env, CELERY_PYTHON: installed.python },
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
    },
  );
  if (jest.status !== 0) console.log(jest.stderr);
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8')) as Record<
    'numPassedTests' | 'numFailedTests',
    number
  >;
  return {
    kind: jest.status === 0 ? 'passed' : 'failed',
    text: `${said}: ${numPassedTests} passed, ${numFailedTests} failed`,
  };
}

const outcomes = VERSIONS.map((version): [string, Outcome] => {
  const name = version || 'newest';
  console.log(`\n── Celery ${name} ──`);
  return [name, test(version)];
});
console.log('');
for (const [name, { kind, text }] of outcomes) console.log(`${kind.padEnd(14)} Celery ${name.padEnd(8)} ${text}`);
if (outcomes.every(([, { kind }]) => kind === 'unreachable')) {
  console.log("\nPyPI cannot be reached, so no version was tested. Debian's own Celery is tested by `npm test`.");
}
const passed = outcomes.filter(([, { kind }]) => kind === 'passed').length;
const failed = outcomes.filter(([, { kind }]) => kind === 'failed').length;
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
