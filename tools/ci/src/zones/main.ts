// The pure tests of all rooms that know dates, once more in each of these time zones: no result may depend on one.
import { spawn } from 'node:child_process';
import { globSync, mkdirSync, readFileSync } from 'node:fs';
import { patternOf, roomsThatKnowDates } from './rooms.js';

/** No offset; one that is far ahead; one behind, which has a daylight saving time. */
const ZONES = ['UTC', 'Asia/Shanghai', 'America/New_York'];

/** Whether all tests passed; what jest says comes out where they did not. */
async function runIn(zone: string, pattern: string): Promise<boolean> {
  const report = `test-results/zone-${zone.replace('/', '-')}.json`;
  const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
  const options = ['--config', 'jest.zones.config.js', '--maxWorkers=1', '--json', `--outputFile=${report}`];
  const child = spawn(process.execPath, [...jest, ...options, '--testPathPatterns', pattern], {
    env: { ...process.env, TZ: zone },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
  const status = await new Promise((resolve) => child.once('close', resolve));
  console.log(status === 0 ? `${zone}: ${output.match(/^Tests:.*$/m)?.[0] ?? ''}` : `── ${zone} ──\n${output}`);
  return status === 0;
}

const files = globSync('{apps,libs,tools}/*/src/**/*.ts').map((path) => ({ path, text: readFileSync(path, 'utf8') }));
const pattern = patternOf(roomsThatKnowDates(files));
mkdirSync('test-results', { recursive: true });
// The machine's own zone has had its turn, with all other tests.
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
const results = await Promise.all(ZONES.filter((zone) => zone !== own).map((zone) => runIn(zone, pattern)));
process.exitCode = results.every(Boolean) ? 0 : 1;
