// What of the relay's doors changes while it runs: the web configuration is read again, and the log says what is open.
import { readFileSync } from 'node:fs';
import { doorTeller, type DoorPlan, type Log, WebConfigWatch } from '@celery-watch/service';
import type { RelayConfig } from '../config/config.js';

type Web = RelayConfig['web'];

/** Undefined where there is no web configuration. */
export function watchDoors(
  { file, config }: Web,
  log: Log,
  use: (config: Web['config']) => void,
): WebConfigWatch | undefined {
  if (file === undefined) return undefined;
  return new WebConfigWatch({ file, readFile: (path) => readFileSync(path, 'utf8'), log, first: config, use });
}

const THINGS = [
  ['post', '/webhook/alertmanager'],
  ['operator', '/-/… (reload, dead letters, history, quarantine)'],
  ['metrics', '/metrics'],
  ['page', 'the list of paths at /'],
  ['probe', '/healthz'],
  ['probe', '/readyz'],
  // A link at three in the morning must open.
  ['probe', 'the guides (/runbooks/, /docs/)'],
] as const;

/** Says what is open, at the start and after each change of that. */
export function relayDoorTeller(log: Log, { host }: RelayConfig['listen']): (plan: DoorPlan, port: string) => void {
  const name = host === undefined || host === '' ? '[::]' : host.includes(':') ? `[${host}]` : host;
  const tell = doorTeller(log, THINGS);
  return (plan, port) => {
    tell(plan, `${name}:${port}`);
  };
}
