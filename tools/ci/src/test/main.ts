// `npm test`: runs every check of the project, and sums up at the end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync, rmSync } from 'node:fs';
import { failuresOf, showSummary, type JestReport, type PhaseResult, type TestCount } from './summary.js';

/** A phase is a command that exits with 0 when all is well. */
interface Phase {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Where its test runs leave their counts. */
  readonly results?: string;
  /** Its output is shown as it comes, also where others run beside it. */
  readonly isShown?: true;
}

/** One group after the other; what stands in one runs side by side, and leaves others a core for the most part. */
const PHASES: readonly (readonly Phase[])[] = [
  [
    { name: 'lint', command: ['eslint', '.'] },
    { name: 'format', command: ['prettier', '--check', '--log-level=warn', '.'] },
    { name: 'rules, routes, names, guides', command: ['node', 'tools/monitoring/dist/check/main.js'] },
    { name: 'the chart for Kubernetes', command: ['node', 'tools/chart/dist/main.js'] },
    {
      name: 'dashboards as their source says',
      command: ['node', 'tools/monitoring/dist/dashboards/main.js', '--check'],
    },
  ],
  [
    {
      name: 'unit and contract tests',
      command: ['nx', 'run-many', '-t', 'test', '--outputStyle=static'],
      results: '{apps,libs,tools}/*/test-results/unit.json',
    },
  ],
  [
    {
      name: 'the same in other time zones',
      command: ['node', 'tools/ci/dist/zones/main.js'],
      results: 'test-results/zone-*.json',
    },
  ],
  [
    {
      // They mostly wait: for servers to start, for seconds to pass.
      name: 'tests on real servers and workers',
      command: ['nx', 'run-many', '-t', 'live', '--parallel=3', '--outputStyle=static'],
      results: '{apps,libs,tools}/*/test-results/live.json',
      isShown: true,
    },
    { name: 'the image, step by step without Docker', command: ['node', 'tools/ci/dist/docker/main.js'] },
  ],
];

/** @param isShown its output is shown as it comes; else at its end */
async function run({ name, command: [program, ...args], results }: Phase, isShown: boolean): Promise<PhaseResult> {
  if (isShown) console.log(`\n── ${name} ──`);
  for (const file of results === undefined ? [] : globSync(results)) if (!file.endsWith('unit.json')) rmSync(file);
  const began = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', isShown ? 'inherit' : 'pipe', isShown ? 'inherit' : 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (bytes: Buffer) => (output += String(bytes)));
  const [status] = (await once(child, 'close')) as [number | null];
  if (!isShown) console.log(`\n── ${name} ──\n${output.trimEnd()}`);
  return {
    name,
    ok: status === 0,
    seconds: (performance.now() - began) / 1000,
    tests: results === undefined ? undefined : countTests(results),
  };
}

function countTests(pattern: string): TestCount {
  const reports = globSync(pattern).map((file) => JSON.parse(readFileSync(file, 'utf8')) as JestReport);
  return {
    passed: reports.reduce((sum, each) => sum + each.numPassedTests, 0),
    // A file that cannot be loaded has no failing test, but is one.
    failed: reports.reduce((sum, each) => sum + each.numFailedTests + each.numRuntimeErrorTestSuites, 0),
    failures: reports.flatMap(failuresOf),
  };
}

const began = performance.now();
const results: PhaseResult[] = [];
for (const group of PHASES)
  results.push(...(await Promise.all(group.map((phase) => run(phase, group.length === 1 || phase.isShown === true)))));
console.log(showSummary(results, (performance.now() - began) / 1000));
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
