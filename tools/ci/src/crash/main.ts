// `npm run test:crash`: the long form of the relay's crash test. The test itself belongs to the relay, and apps are
// programs: this starts it.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../../../apps/alert-relay/dist/truth/crash/program.js', import.meta.url));
const HELP = `npm run test:crash -- [options]

  --store NAME  sqlite, with one relay, or postgres, with two on one database that goes away now and then (sqlite)
  --minutes N   how long relays are killed again and again (10)
  --seed N      repeats the storm of an earlier run; the kills meet it as the machine's speed has it
  --kills N     at least so many (18)
  --groups N    groups of alerts in the storm (60)

A storm of posts, servers that time out, cut connections and refuse, and relays that are killed with SIGKILL at each named step and at random.
Afterwards every change that got a 2xx must have been delivered, in order, or be a dead letter, and no channel may have got more than its budget. Exits with 1 for any fault.
`;

const args = process.argv.slice(2);
if (args.includes('--help')) {
  console.log(HELP);
} else {
  const { status } = spawnSync(process.execPath, [PROGRAM, ...args], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
