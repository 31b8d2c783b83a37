// The shipped rules and configurations in quick motion: minutes become seconds, intervals become one second, and
// nothing else changes.

/** Windows and offsets are a twentieth, `for` a sixtieth, of what they are; every group is evaluated each second. */
export function inQuickMotion(rules: string): string {
  return (
    rules
      .replace(/\[(\d+)m\]/g, (_, minutes: string) => `[${String(Number(minutes) * 3)}s]`)
      .replace(/offset (\d+)m/g, (_, minutes: string) => `offset ${String(Number(minutes) * 3)}s`)
      .replace(/^(\s+)for: (\d+)m$/gm, (_, indent: string, minutes: string) => `${indent}for: ${minutes}s`)
      // Prometheus finds its targets 5 s after its start: until then every exporter is missing.
      .replace(/(alert: CeleryExporterDown\n(?:.*\n){0,4}? +for: )\w+/, '$18s')
      .replace(/^(\s+)interval: \w+$/gm, '$1interval: 1s')
      // One interval of the group.
      .replaceAll('offset 30s', 'offset 1s')
      // A rate over 5 minutes times 300 s is what happened in them.
      .replaceAll('* 300', '* 15')
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

export function quickPrometheus(shipped: string, { exporter, relay, alertmanager, prometheus }: Addresses): string {
  return shipped
    .replace('celery-exporter:9808', exporter)
    .replace('alert-relay:9095', relay)
    .replaceAll('alertmanager:9093', alertmanager)
    .replace('localhost:9090', prometheus)
    .replace('scrape_interval: 15s', 'scrape_interval: 1s')
    .replace('scrape_timeout: 10s', 'scrape_timeout: 1s')
    .replace('evaluation_interval: 30s', 'evaluation_interval: 1s');
}

export function quickAlertmanager(shipped: string, { relay }: Pick<Addresses, 'relay'>, tokenFile: string): string {
  return shipped
    .replaceAll('http://alert-relay:9095/', `http://${relay}/`)
    .replaceAll('/run/secrets/relay_token', tokenFile)
    .replace(/group_wait: \w+/, 'group_wait: 0s')
    .replace(/group_interval: \w+/, 'group_interval: 1s');
}
