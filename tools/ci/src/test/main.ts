// `npm test`: runs every check of the project one after the other, and sums up at the end.
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { showSummary, type PhaseResult, type TestCount } from './summary.js';

/** A phase is a command that exits with 0 when all is well. */
interface Phase {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Where its test runs leave their counts. */
  readonly results?: string;
}

const PHASES: readonly Phase[] = [
  { name: 'format', command: ['prettier', '--check', '--log-level=warn', '.'] },
  { name: 'lint', command: ['eslint', '.'] },
  { name: 'rules, routes, names, guides', command: ['node', 'tools/monitoring/dist/check/main.js'] },
  { name: 'dashboards as their source says', command: ['node', 'tools/monitoring/dist/dashboards/main.js', '--check'] },
  {
    name: 'unit and contract tests',
    command: ['nx', 'run-many', '-t', 'test', '--outputStyle=static'],
    results: '{apps,libs,tools}/*/test-results/unit.json',
  },
  {
    name: 'the same in other time zones',
    command: ['node', 'tools/ci/dist/zones/main.js'],
    results: 'test-results/zone-*.json',
  },
  {
    name: 'tests on real servers and workers',
    command: ['nx', 'run-many', '-t', 'live', '--parallel=2', '--outputStyle=static'],
    results: '{apps,libs,tools}/*/test-results/live.json',
  },
  { name: 'the image, step by step without Docker', command: ['node', 'tools/ci/dist/docker/main.js'] },
];

function run({ name, command: [program, ...args], results }: Phase): PhaseResult {
  console.log(`\n── ${name} ──`);
  for (const file of results === undefined ? [] : globSync(results)) if (!file.endsWith('unit.json')) rmSync(file);
  const began = performance.now();
  const { status } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  return {
    name,
    ok: status === 0,
    seconds: (performance.now() - began) / 1000,
    tests: results === undefined ? undefined : countTests(results),
  };
}

function countTests(pattern: string): TestCount {
  const reports = globSync(pattern).map(
    (file) =>
      JSON.parse(readFileSync(file, 'utf8')) as Record<
        'numPassedTests' | 'numFailedTests' | 'numRuntimeErrorTestSuites',
        number
      >,
  );
  return {
    passed: reports.reduce((sum, each) => sum + each.numPassedTests, 0),
    // A file that cannot be loaded has no failing test, but is one.
    failed: reports.reduce((sum, each) => sum + each.numFailedTests + each.numRuntimeErrorTestSuites, 0),
  };
}

const results = PHASES.map(run);
console.log(showSummary(results));
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
