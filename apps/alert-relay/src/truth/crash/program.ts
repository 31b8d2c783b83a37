// The long form of the crash test as a program: kills the relay until the time is over, prints how it goes and a table
// at the end; exits with 1 for any fault.
import { parseArgs } from 'node:util';
import { crashRun } from './crash-run.js';
import { isStoreKind, STORES } from './store.js';
import { faultsOf, reportText } from './report.js';

const { values } = parseArgs({
  options: {
    store: { type: 'string' },
    minutes: { type: 'string' },
    seed: { type: 'string' },
    kills: { type: 'string' },
    groups: { type: 'string' },
  },
});
const { store = 'sqlite', minutes = '10', seed = String(Date.now() % 1_000_000), kills = '18', groups = '60' } = values;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
if (!isStoreKind(store)) throw new Error(`no such store: ${store}; want one of ${STORES.join(', ')}`);
say(`${store}, seed ${seed}`);
const report = await crashRun({
  store,
  seed: Number(seed),
  minutes: Number(minutes),
  kills: Number(kills),
  digests: true,
  groups: Number(groups),
  trouble: 0.2,
  say,
});
say(reportText(report));
process.exitCode = faultsOf(report).length === 0 ? 0 : 1;
