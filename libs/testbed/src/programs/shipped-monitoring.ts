// The shipped rules and configurations on the real Prometheus and AlertManager, accelerated: minutes become seconds,
// intervals become one second, and nothing else changes.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Processes } from '../processes/processes.js';
import { type Alertmanager, startAlertmanager } from './alertmanager.js';
import { type Prometheus, startPrometheus } from './prometheus.js';
import { MONITORING } from './repository.js';

/** Ports on 127.0.0.1. */
export interface MonitoringPorts {
  readonly exporter: number;
  readonly relay: number;
  readonly alertmanager: number;
  readonly prometheus: number;
}

export async function startShippedPrometheus(processes: Processes, ports: MonitoringPorts): Promise<Prometheus> {
  return startPrometheus(processes, {
    port: ports.prometheus,
    config: acceleratedPrometheus(await shipped('prometheus.yml'), addresses(ports)),
    files: { 'alert_rules.yml': acceleratedRules(await shipped('alert_rules.yml')) },
    // An alert is good for four times this delay: with less, a machine that is slow for a moment would resolve what
    // still fires.
    args: ['--rules.alert.resend-delay=3s'],
  });
}

/** `token`: what it shows the relay; it stands in the file `alertmanager/token` of the testbed. */
export async function startShippedAlertmanager(
  processes: Processes,
  ports: MonitoringPorts,
  token: string,
): Promise<Alertmanager> {
  const tokenFile = path.join(processes.subfolder('alertmanager'), 'token');
  await writeFile(tokenFile, token, { mode: 0o600 });
  return startAlertmanager(processes, {
    port: ports.alertmanager,
    config: acceleratedAlertmanager(await shipped('alertmanager.yml'), addresses(ports), tokenFile),
  });
}

function shipped(name: string): Promise<string> {
  return readFile(path.join(MONITORING, name), 'utf8');
}

function addresses({ exporter, relay, alertmanager, prometheus }: MonitoringPorts): Addresses {
  const at = (port: number): string => `127.0.0.1:${port}`;
  return { exporter: at(exporter), relay: at(relay), alertmanager: at(alertmanager), prometheus: at(prometheus) };
}

/** Windows and offsets are a twentieth, `for` a sixtieth, of what they are; every group is evaluated each second. */
export function acceleratedRules(rules: string): string {
  return (
    rules
      // One interval of the group; first, since ten minutes become 30 s.
      .replaceAll('offset 30s', 'offset 1s')
      .replace(/\[(\d+)m\]/g, (_, minutes: string) => `[${String(Number(minutes) * 3)}s]`)
      .replace(/offset (\d+)m/g, (_, minutes: string) => `offset ${String(Number(minutes) * 3)}s`)
      .replace(/^(\s+)for: (\d+)m$/gm, (_, indent: string, minutes: string) => `${indent}for: ${minutes}s`)
      // Prometheus finds its targets 5 s after its start: until then every exporter is missing.
      .replace(/(alert: CeleryExporterDown\n(?:.*\n){0,8}? +for: )\w+/, '$18s')
      .replace(/^(\s+)interval: \w+$/gm, '$1interval: 1s')
      // The windows again, in seconds: a rate over 5 minutes times 300 s is what happened in them.
      .replace(
        /(\* |\/ |time\(\) - )([369]00|420|720|1020)\b/g,
        (_, before: string, window: string) => before + String(Number(window) / 20),
      )
      // Longer than it takes to see that a task ran on a worker that is dead.
      .replace(
        '"celery:threshold:task_running_seconds", expr: "3600"',
        '"celery:threshold:task_running_seconds", expr: "9"',
      )
  );
}

/** Where the shipped files say Docker's names: `host:port` of this machine. */
export interface Addresses {
  readonly exporter: string;
  readonly relay: string;
  readonly alertmanager: string;
  readonly prometheus: string;
}

export function acceleratedPrometheus(
  shipped: string,
  { exporter, relay, alertmanager, prometheus }: Addresses,
): string {
  return shipped
    .replace('celery-exporter:9808', exporter)
    .replace('alert-relay:9095', relay)
    .replaceAll('alertmanager:9093', alertmanager)
    .replace('localhost:9090', prometheus)
    .replace('scrape_interval: 15s', 'scrape_interval: 1s')
    .replace('scrape_timeout: 10s', 'scrape_timeout: 1s')
    .replace('evaluation_interval: 30s', 'evaluation_interval: 1s');
}

export function acceleratedAlertmanager(
  shipped: string,
  { relay }: Pick<Addresses, 'relay'>,
  tokenFile: string,
): string {
  return shipped
    .replaceAll('http://alert-relay:9095/', `http://${relay}/`)
    .replaceAll('/run/secrets/relay_token', tokenFile)
    .replace(/group_wait: \w+/, 'group_wait: 0s')
    .replace(/group_interval: \w+/, 'group_interval: 1s');
}
