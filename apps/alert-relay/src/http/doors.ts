// What of the relay's doors changes while it runs: the web configuration is read again, and the log says what is open.
import { readFileSync } from 'node:fs';
import { type Log, openDoors, WebConfigWatch } from '@celery-watch/service';
import type { RelayConfig } from '../config/config.js';
import type { DoorPlan } from '@celery-watch/service';

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
  ['probe', '/healthz'],
  ['probe', '/readyz'],
] as const;

/** Says what is open, at the start and after each change of that. */
export function doorTeller(log: Log, { host }: RelayConfig['listen']): (plan: DoorPlan, port: string) => void {
  let said = '';
  return (plan, port) => {
    const name = host === undefined || host === '' ? '[::]' : host.includes(':') ? `[${host}]` : host;
    const { isOpen, text } = openDoors({ plan, address: `${name}:${port}`, things: THINGS });
    if (text === said) return;
    said = text;
    if (isOpen) log.warn(text);
    else log.info(text);
  };
}
