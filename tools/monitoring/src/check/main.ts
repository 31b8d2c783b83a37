// `node tools/monitoring/dist/check/main.js`: everything in monitoring/ and docs/ that speaks of metrics and alerts is
// held against the catalogues.
import path from 'node:path';
import { checkMonitoring } from './check.js';
import { showProblem } from './problem.js';

const began = performance.now();
const sections = await checkMonitoring(path.resolve(import.meta.dirname, '../../../..'));
for (const problem of sections.flatMap(({ problems }) => problems)) console.log(showProblem(problem));
console.log();
for (const { name, looked, problems } of sections) {
  console.log(
    `${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(18)} ${looked}${problems.length === 0 ? '' : `: ${problems.length} problem${problems.length === 1 ? '' : 's'}`}`,
  );
}
console.log(`\nchecked in ${((performance.now() - began) / 1000).toFixed(1)} s`);
process.exitCode = sections.every(({ problems }) => problems.length === 0) ? 0 : 1;
