// The shipped Prometheus rules and AlertManager routes on the real programs, in quick motion: intervals, windows and
// `for` are shortened, nothing else; what AlertManager would tell people arrives at a webhook that keeps it.
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { freePort, type Testbed, waitFor } from '@celery-watch/testbed';

const MONITORING = fileURLToPath(new URL('../../../monitoring/', import.meta.url));

export interface Notified {
  readonly alert: string;
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** The receiver that it came through. */
  readonly receiver: string;
}

export interface Pipeline {
  /** Everything that arrived at the webhook, oldest first. */
  readonly received: readonly Notified[];
  /** Awaits news about an alert that came after `from` items, and gives it. */
  until(alert: string, status: Notified['status'], from: number, within?: number): Promise<Notified>;
}

/** Minutes become seconds: every window, `for` and interval of the rule file is a sixtieth of itself, and at least 1 s. */
export function inQuickMotion(rules: string): string {
  return rules
    .replace(/\[(\d+)m\]/g, (_, minutes: string) => `[${String(Number(minutes) * 3)}s]`)
    .replace(/^(\s+)for: (\d+)m$/gm, (_, indent: string, minutes: string) => `${indent}for: ${minutes === '0' ? '0s' : `${String(Number(minutes))}s`}`)
    .replace(/^(\s+)interval: \w+$/gm, '$1interval: 1s')
    // A rate over 5 minutes times 300 s is what happened in them.
    .replaceAll('* 300', '* 15')
    .replace('"celery:threshold:task_running_seconds", expr: "3600"', '"celery:threshold:task_running_seconds", expr: "4"');
}

/** Starts the webhook, AlertManager and Prometheus on one exporter's page. */
export async function startPipeline(bed: Testbed, exporterPort: number): Promise<Pipeline & AsyncDisposable> {
  const received: Notified[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const post = JSON.parse(body) as { receiver: string; alerts: { status: Notified['status']; labels: Record<string, string>; annotations: Record<string, string> }[] };
      for (const { status, labels, annotations } of post.alerts) received.push({ alert: labels['alertname'] ?? '', status, labels, annotations, receiver: post.receiver });
      response.end();
    }, () => response.destroy());
  });
  const webhookPort = await freePort();
  await new Promise<void>((resolve) => { server.listen(webhookPort, '127.0.0.1', resolve); });

  const folder = path.join(bed.folder, 'pipeline');
  await mkdir(folder, { recursive: true });
  const shipped = (name: string): string => readFileSync(path.join(MONITORING, name), 'utf8');
  const [alertmanagerPort, prometheusPort] = [await freePort(), await freePort()];
  await writeFile(path.join(folder, 'token'), 'token-of-this-test');
  await writeFile(path.join(folder, 'alertmanager.yml'), shipped('alertmanager.yml')
    .replaceAll('http://alert-relay:9095/', `http://127.0.0.1:${webhookPort}/`).replaceAll('/run/secrets/relay_token', path.join(folder, 'token'))
    .replace(/group_wait: \w+/, 'group_wait: 0s').replace(/group_interval: \w+/, 'group_interval: 1s'));
  await writeFile(path.join(folder, 'alert_rules.yml'), inQuickMotion(shipped('alert_rules.yml')));
  await writeFile(path.join(folder, 'prometheus.yml'), shipped('prometheus.yml')
    .replace('celery-exporter:9808', `127.0.0.1:${exporterPort}`).replaceAll('alertmanager:9093', `127.0.0.1:${alertmanagerPort}`)
    .replace('scrape_interval: 15s', 'scrape_interval: 1s').replace('scrape_timeout: 10s', 'scrape_timeout: 1s').replace('evaluation_interval: 30s', 'evaluation_interval: 1s'));

  const alertmanager = await bed.start({
    name: 'alertmanager', command: '/usr/bin/prometheus-alertmanager', leaf: true,
    args: [`--config.file=${folder}/alertmanager.yml`, `--storage.path=${folder}/alertmanager`, `--web.listen-address=127.0.0.1:${alertmanagerPort}`, '--cluster.listen-address='],
  });
  await alertmanager.ready(async () => (await fetch(`http://127.0.0.1:${alertmanagerPort}/-/ready`)).ok, { within: 30_000 });
  const prometheus = await bed.start({
    name: 'prometheus', command: '/usr/bin/prometheus', leaf: true,
    args: [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/prometheus`, `--web.listen-address=127.0.0.1:${prometheusPort}`, '--rules.alert.resend-delay=1s'],
  });
  await prometheus.ready(async () => (await fetch(`http://127.0.0.1:${prometheusPort}/-/ready`)).ok, { within: 30_000 });
  return {
    received,
    until: (alert, status, from, within = 60_000) => waitFor(() => received.slice(from).find((each) => each.alert === alert && each.status === status), { within, what: `${alert} to be ${status} at the webhook` }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => { server.close(resolve); });
    },
  };
}
