// The relay as it is, but it kills itself with SIGKILL at one named step: what a power cut does, at the worst moment.
// For the crash test only.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createLog, runService } from '@celery-watch/service';
import { readConfig, type ReadConfig } from '../../config/config.js';
import { openOutbox, type Outbox } from '../../outbox/index.js';
import { startRelay } from '../../relay.js';
import { isKillStep, type KillStep } from './kill-steps.js';

function dieAt(step: KillStep, nth: number): (reached: KillStep) => void {
  let left = nth;
  return (reached) => {
    if (reached === step && --left <= 0) process.kill(process.pid, 'SIGKILL');
  };
}

/** The outbox with a tripwire at each step; everything else goes straight through. */
function tripwired(outbox: Outbox, reach: (step: KillStep) => void): Outbox {
  const wired: Partial<Outbox> = {
    record: async (groupKey, episodes, decide) => {
      const recorded = await outbox.record(groupKey, episodes, (known) => {
        const decided = decide(known);
        reach('before commit');
        return decided;
      });
      reach('after commit');
      return recorded;
    },
    claim: async (channel, request) => {
      const claim = await outbox.claim(channel, request);
      if (claim !== undefined) reach('after claim');
      return claim;
    },
    progress: async (...args) => {
      reach('between parts');
      return outbox.progress(...args);
    },
    settle: async (claim, settlement, attempts) => {
      if (settlement.kind === 'delivered') reach('before mark');
      const counted = await outbox.settle(claim, settlement, attempts);
      reach(settlement.kind === 'delivered' ? 'after mark' : 'after retry');
      return counted;
    },
  };
  return new Proxy(outbox, {
    get: (target, key) => {
      const own: unknown = Reflect.get(wired, key) ?? Reflect.get(target, key);
      return typeof own === 'function'
        ? (own as (...args: unknown[]) => unknown).bind(key in wired ? wired : target)
        : own;
    },
  });
}

const { values } = parseArgs({
  options: { config: { type: 'string' }, step: { type: 'string' }, nth: { type: 'string' } },
});
const { config: file = '', step = '', nth = '1' } = values;
if (!isKillStep(step)) throw new Error(`no such step: ${step}`);
const read = (): ReadConfig => readConfig({ file, env: process.env, readFile: (path) => readFileSync(path, 'utf8') });
const first = read();
if (!first.ok) throw new Error(JSON.stringify(first.problems));
const { config } = first;
const log = createLog({ level: config.logLevel, name: 'alert-relay' });
await runService(
  async (signal) => {
    const store = tripwired(await openOutbox(config.storage.place), dieAt(step, Number(nth)));
    return startRelay({ config, reread: read, store, log, version: 'crash test' }, signal);
  },
  { log },
);
