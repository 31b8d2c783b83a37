// Wires the exporter: the watch of a broker ▸ metrics ▸ HTTP. Everything runs until the signal aborts.
import { METRIC_CATALOGUE } from '@celery-watch/celery-protocol';
import { Page } from '@celery-watch/metrics';
import { HttpRefusals, listen, type Log, type Service } from '@celery-watch/service';
import type { Broker } from './brokers/broker.js';
import type { ExporterConfig } from './config.js';
import { createRoutes } from './http/routes.js';
import { statusOf } from './http/status.js';
import { brokerFamilies } from './metrics/broker-families.js';
import { customFamilies } from './metrics/custom-families.js';
import { exporterFamilies } from './metrics/exporter-families.js';
import { serverFamilies } from './metrics/server-families.js';
import { taskFamilies } from './metrics/task-families.js';
import { workerFamilies } from './metrics/worker-families.js';
import { type Clock, clockOf, createWatch } from './watch.js';

export interface ExporterParts {
  readonly config: ExporterConfig;
  readonly broker: Broker;
  readonly log: Log;
  readonly version: string;
  readonly clock?: Clock;
}

export interface Exporter extends Service {
  /** Where it answers. */
  readonly url: string;
}

/**
 * Starts it; resolves when HTTP answers, whether the broker is there or not. Throws ListenError where the port is
 * taken.
 */
export async function startExporter(parts: ExporterParts, signal: AbortSignal): Promise<Exporter> {
  const { config, broker, log, version, clock = clockOf() } = parts;
  const startedAt = clock.now();
  const watch = createWatch({ config, broker, log, clock });
  const { model, connection, pollers } = watch;
  const { remoteControl, enableEvents } = config.pollers;
  const refusals = new HttpRefusals(log);
  const page = new Page(
    [
      ...taskFamilies(model, config.model.series, () => clock.now()),
      ...workerFamilies(model, connection, () => clock.now()),
      ...brokerFamilies(model, connection, remoteControl, () => clock.now()),
      ...exporterFamilies(model, pollers, { version, nodeVersion: process.version }),
      ...serverFamilies(refusals, log),
      ...customFamilies(model, () => clock.now()),
    ],
    METRIC_CATALOGUE,
    (metric, error) => {
      log.error({ metric, err: error }, 'a metric could not be written');
    },
  );
  const settings = { remoteControl, enableEvents };
  const statusParts = {
    model,
    broker,
    connection,
    pollers,
    brokerUrl: config.broker.url,
    version,
    startedAt,
    settings,
  };
  const routes = createRoutes({ page, connection, status: () => statusOf(statusParts, clock.now()), log, refusals });
  const server = await listen(routes, { ...config.listen, log, refusals });
  log.info({ url: `${server.url}/metrics` }, 'serving metrics');
  const running = watch.run(signal);
  return {
    url: server.url,
    closed: running,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([server.close(), running]);
    },
  };
}
