// Starts the real Prometheus and AlertManager on the shipped files in quick motion.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ManagedProcess, Testbed } from '@celery-watch/testbed';
import { inQuickMotion, quickAlertmanager, quickPrometheus } from './rules.js';

export const MONITORING = fileURLToPath(new URL('../../../monitoring/', import.meta.url));
const READY_MS = 60_000;

/** Ports on 127.0.0.1. */
export interface QuickPorts {
  readonly exporter: number;
  readonly relay: number;
  readonly alertmanager: number;
  readonly prometheus: number;
}

export async function startAlertmanager(bed: Testbed, ports: QuickPorts, token: string): Promise<ManagedProcess> {
  const folder = path.join(bed.folder, 'alertmanager');
  await mkdir(folder, { recursive: true });
  const tokenFile = path.join(folder, 'token');
  await writeFile(tokenFile, token, { mode: 0o600 });
  await writeFile(
    path.join(folder, 'alertmanager.yml'),
    quickAlertmanager(await shipped('alertmanager.yml'), addresses(ports), tokenFile),
  );
  const started = await bed.start({
    name: 'alertmanager',
    command: '/usr/bin/prometheus-alertmanager',
    leaf: true,
    args: [
      `--config.file=${folder}/alertmanager.yml`,
      `--storage.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${ports.alertmanager}`,
      `--web.external-url=http://localhost:${ports.alertmanager}`,
      '--cluster.listen-address=',
    ],
  });
  await started.ready(async () => (await fetch(`http://127.0.0.1:${ports.alertmanager}/-/ready`)).ok, {
    within: READY_MS,
  });
  return started;
}

export async function startPrometheus(bed: Testbed, ports: QuickPorts): Promise<ManagedProcess> {
  const folder = path.join(bed.folder, 'prometheus');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'alert_rules.yml'), inQuickMotion(await shipped('alert_rules.yml')));
  await writeFile(
    path.join(folder, 'prometheus.yml'),
    quickPrometheus(await shipped('prometheus.yml'), addresses(ports)),
  );
  const started = await bed.start({
    name: 'prometheus',
    command: '/usr/bin/prometheus',
    leaf: true,
    // An alert is good for four times this delay: with less, a machine that is slow for a moment would resolve what
    // still fires.
    args: [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${ports.prometheus}`,
      `--web.external-url=http://localhost:${ports.prometheus}`,
      '--rules.alert.resend-delay=3s',
    ],
  });
  await started.ready(async () => (await fetch(`http://127.0.0.1:${ports.prometheus}/-/ready`)).ok, {
    within: READY_MS,
  });
  return started;
}

function shipped(name: string): Promise<string> {
  return readFile(path.join(MONITORING, name), 'utf8');
}

function addresses({ exporter, relay, alertmanager, prometheus }: QuickPorts): Record<keyof QuickPorts, string> {
  const at = (port: number): string => `127.0.0.1:${port}`;
  return { exporter: at(exporter), relay: at(relay), alertmanager: at(alertmanager), prometheus: at(prometheus) };
}
