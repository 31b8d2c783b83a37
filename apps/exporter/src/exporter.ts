// Wires the exporter: broker ▸ model ▸ metrics ▸ HTTP, with the pollers beside. Everything runs until the signal
// aborts.
import { METRIC_CATALOGUE } from '@celery-watch/celery-protocol';
import { Page } from '@celery-watch/metrics';
import { abortableDelay, listen, type Log, type Service } from '@celery-watch/service';
import type { Broker, BrokerListener } from './brokers/broker.js';
import type { ExporterConfig } from './config.js';
import { createRoutes } from './http/routes.js';
import { statusOf } from './http/status.js';
import { brokerFamilies } from './metrics/broker-families.js';
import { exporterFamilies } from './metrics/exporter-families.js';
import { taskFamilies } from './metrics/task-families.js';
import { workerFamilies } from './metrics/worker-families.js';
import { WakeUp, every } from './pollers/rounds.js';
import { QueuePoller } from './pollers/queue-poller.js';
import { WorkerPoller } from './pollers/worker-poller.js';
import { ConnectionState } from './tracking/health.js';
import { Model } from './tracking/model.js';
import { type WorkerChange, WorkerChanges } from './tracking/worker-changes.js';

export interface ExporterParts {
  readonly config: ExporterConfig;
  readonly broker: Broker;
  readonly log: Log;
  readonly version: string;
  /** Epoch seconds. */
  readonly clock?: () => number;
}

export interface Exporter extends Service {
  /** Where it answers. */
  readonly url: string;
}

const TICK_MS = 1000;
/** Refusals are logged at most this often; the metric counts them all. */
const REFUSAL_LOG_SECONDS = 60;

/**
 * Starts it; resolves when HTTP answers, whether the broker is there or not. Throws ListenError where the port is
 * taken.
 */
export async function startExporter(parts: ExporterParts, signal: AbortSignal): Promise<Exporter> {
  const { config, broker, log, version, clock = () => Date.now() / 1000 } = parts;
  const startedAt = clock();
  const model = new Model(config.model);
  const connection = new ConnectionState(startedAt);
  const queues = new QueuePoller(broker, model, config.pollers.queues, clock);
  const wakeUps = { queues: new WakeUp(), workers: new WakeUp() };
  const workers = new WorkerPoller(broker, model, config.pollers, log, clock, () => {
    wakeUps.queues.wake();
  });
  const pollers = config.pollers.remoteControl ? [queues.record, workers.record] : [queues.record];
  const page = new Page(
    [
      ...taskFamilies(model, config.model.series, clock),
      ...workerFamilies(model),
      ...brokerFamilies(model, connection, config.pollers.remoteControl, clock),
      ...exporterFamilies(model, pollers, { version, nodeVersion: process.version }),
    ],
    METRIC_CATALOGUE,
    (metric, error) => {
      log.error({ metric, err: error }, 'a metric could not be written');
    },
  );
  const settings = { remoteControl: config.pollers.remoteControl, enableEvents: config.pollers.enableEvents };
  const statusParts = { model, connection, pollers, brokerUrl: config.broker.url, version, startedAt, settings };
  const server = await listen(createRoutes({ page, connection, status: () => statusOf(statusParts, clock()), log }), {
    ...config.listen,
    log,
  });
  log.info({ url: `${server.url}/metrics` }, 'serving metrics');

  const changes = new WorkerChanges();
  logRefusals(model, log, clock);
  if (config.pollers.remoteControl) model.onWorkerStarted = (started) => void workers.greet(started, signal);
  const listener: BrokerListener = {
    connected: (again) => {
      connection.connected(again, clock());
      model.listening(clock());
      if (config.pollers.remoteControl) void workers.enableEverywhere();
      for (const wakeUp of Object.values(wakeUps)) wakeUp.wake();
    },
    disconnected: (reason) => {
      connection.disconnected(reason, clock());
      model.listening(undefined);
    },
    event: (message) => {
      model.receive(message, clock());
    },
    reply: (message) => {
      workers.reply(message);
    },
    refused: (reason, detail) => {
      model.refused(reason, detail);
    },
  };
  const whileConnected = (round: () => Promise<void>) => async (): Promise<void> => {
    if (connection.isUp) await round();
  };
  const running = Promise.all([
    broker.run(listener, signal),
    every(
      config.pollers.queueInterval,
      whileConnected(() => queues.round()),
      signal,
      wakeUps.queues,
    ),
    ...(config.pollers.remoteControl
      ? [
          every(
            config.pollers.workerInterval,
            whileConnected(() => workers.round()),
            signal,
            wakeUps.workers,
          ),
        ]
      : []),
    tickUntil(signal, () => {
      model.tick(clock());
      logWorkers(changes.look(model.workers), log);
    }),
  ]);
  return {
    url: server.url,
    closed: running,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([server.close(), running]);
    },
  };
}

async function tickUntil(signal: AbortSignal, tick: () => void): Promise<void> {
  while (await abortableDelay(TICK_MS, signal)) tick();
}

function logWorkers(changes: readonly WorkerChange[], log: Log): void {
  for (const change of changes) {
    if (change.kind === 'down')
      log.warn(change, change.exit === 'died' ? 'a worker fell silent without a goodbye' : 'a worker said goodbye');
    else
      log.info(
        change,
        change.kind === 'up'
          ? 'a worker is up'
          : change.kind === 'back'
            ? 'a worker is back'
            : 'a worker is forgotten: it was down for longer than worker_ttl',
      );
  }
}

function logRefusals(model: Model, log: Log, clock: () => number): void {
  const lastLogged = new Map<string, number>();
  model.onRefused = (reason, detail) => {
    const now = clock();
    if (now - (lastLogged.get(reason) ?? -Infinity) < REFUSAL_LOG_SECONDS) return;
    lastLogged.set(reason, now);
    log.warn({ reason, detail }, 'a message was refused; further ones of this kind are only counted for a minute');
  };
}
