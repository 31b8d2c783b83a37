// The shipped Prometheus rules and AlertManager routes on the real programs, accelerated: intervals, windows and
// `for` are shortened, nothing else; what AlertManager would tell people arrives at a webhook that keeps it.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { freePort, type Testbed, waitFor } from '@celery-watch/testbed';

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

/** Starts the webhook, AlertManager and Prometheus on one exporter's page. */
export async function startPipeline(bed: Testbed, exporterPort: number): Promise<Pipeline & AsyncDisposable> {
  const received: Notified[] = [];
  const server = createServer((request, response) => {
    // Prometheus looks for the metrics of a relay here.
    if (request.method !== 'POST') {
      response.writeHead(404).end();
      return;
    }
    void text(request).then(
      (body) => {
        const post = JSON.parse(body) as {
          receiver: string;
          alerts: { status: Notified['status']; labels: Record<string, string>; annotations: Record<string, string> }[];
        };
        for (const { status, labels, annotations } of post.alerts)
          received.push({ alert: labels['alertname'] ?? '', status, labels, annotations, receiver: post.receiver });
        response.end();
      },
      () => response.destroy(),
    );
  });
  const webhookPort = await freePort();
  await new Promise<void>((resolve) => {
    server.listen(webhookPort, '127.0.0.1', resolve);
  });

  const ports = {
    exporter: exporterPort,
    relay: webhookPort,
    alertmanager: await freePort(),
    prometheus: await freePort(),
  };
  await bed.shippedAlertmanager(ports, 'token-of-this-test');
  await bed.shippedPrometheus(ports);
  return {
    received,
    until: (alert, status, from, within = 60_000) =>
      waitFor(() => received.slice(from).find((each) => each.alert === alert && each.status === status), {
        within,
        what: `${alert} to be ${status} at the webhook`,
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
