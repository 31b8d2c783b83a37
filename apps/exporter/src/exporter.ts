// Wires the exporter: the watch of each broker ▸ metrics ▸ HTTP. Everything runs until the signal aborts.
import { setMaxListeners } from 'node:events';
import { METRIC_CATALOGUE } from '@celery-watch/celery-protocol';
import { type Family, Page } from '@celery-watch/metrics';
import { HttpRefusals, type Log, type Service } from '@celery-watch/service';
import type { Broker } from './brokers/broker.js';
import type { BrokerConfig, ExporterConfig } from './config.js';
import { promised, withDropIn, withStaticLabels } from './dropin/page.js';
import { House } from './house.js';
import type { BrokerView } from './http/routes.js';
import { statusOf } from './http/status.js';
import { brokerFamilies } from './metrics/broker-families.js';
import { customFamilies } from './metrics/custom-families.js';
import { exporterFamilies } from './metrics/exporter-families.js';
import { joinBrokers } from './metrics/join-brokers.js';
import { doorFamilies, serverFamilies } from './metrics/server-families.js';
import { taskFamilies } from './metrics/task-families.js';
import { workerFamilies } from './metrics/worker-families.js';
import { type Clock, clockOf, createWatch, type Watch } from './watch.js';

/**
 * At once on the signal, at most: of the program, and of each broker. New workers of one are asked group by group, each
 * of what comes within 15 ms, and for up to 4.5 s.
 */
const LISTENERS = 10;
const LISTENERS_OF_A_BROKER = 320;

export interface ExporterParts {
  readonly config: ExporterConfig;
  readonly log: Log;
  readonly version: string;
  readonly clock?: Clock;
}

export interface Exporter extends Service {
  /** Where it answers. */
  readonly url: string;
  /** Reads the web configuration again. */
  lookAtDoors(): void;
}

/**
 * Starts it; resolves when HTTP answers, whether a broker is there or not. Throws ListenError where the port is taken.
 */
export async function startExporter(parts: ExporterParts, signal: AbortSignal): Promise<Exporter> {
  const { config, log, version, clock = clockOf() } = parts;
  // Each broker listens for it with all that it runs: more than that is a leak.
  setMaxListeners(LISTENERS + LISTENERS_OF_A_BROKER * config.brokers.length, signal);
  const startedAt = clock.now();
  const watched = config.brokers.map((broker) => watchBroker(broker, log, clock));
  const refusals = new HttpRefusals(log);
  const { dropIn } = config;
  const house = new House(config, log, refusals);
  const families = [
    ...joinBrokers(watched.map((each) => ({ name: each.config.name, families: familiesOf(each, clock, dropIn) }))),
    ...serverFamilies(refusals, log, { version, nodeVersion: process.version }),
    ...doorFamilies(house),
  ];
  const page = new Page(
    withStaticLabels(families, dropIn?.staticLabels),
    promised(METRIC_CATALOGUE, families),
    (metric, error) => {
      log.error({ metric, err: error }, 'a metric could not be written');
    },
  );
  const brokers = watched.map((each) => viewOf(each, { version, startedAt, clock }));
  await house.open({ page, brokers, log, refusals, more: dropIn?.routes ?? {} });
  log.info({ url: `${house.url}/metrics` }, 'serving metrics');
  const running = Promise.all(watched.map(({ watch }) => watch.run(signal)));
  return {
    url: house.url,
    closed: running,
    lookAtDoors: () => {
      house.look();
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([house.close(), running]);
    },
  };
}

interface WatchedBroker {
  readonly config: BrokerConfig;
  readonly broker: Broker;
  readonly watch: Watch;
}

function watchBroker(config: BrokerConfig, all: Log, clock: Clock): WatchedBroker {
  const log = config.name === undefined ? all : all.child({ broker: config.name });
  const broker = config.place.open({ ...config.settings, log });
  return { config, broker, watch: createWatch({ config, broker, log, clock }) };
}

/** All that `/metrics` says of one broker. */
function familiesOf(
  { config, watch }: WatchedBroker,
  clock: Clock,
  dropIn: ExporterConfig['dropIn'],
): readonly Family[] {
  const { model, connection, pollers } = watch;
  const now = (): number => clock.now();
  const { remoteControl: asksWorkers } = config.pollers;
  const ours = [
    ...taskFamilies(model, config.model.series, now),
    ...workerFamilies(model, connection, now),
    ...brokerFamilies(model, connection, asksWorkers, now),
    ...exporterFamilies(model, pollers),
    ...customFamilies(model, now),
  ];
  return withDropIn(ours, dropIn, { model, connection, asksWorkers, clock: now });
}

function viewOf(
  { config, broker, watch: { model, connection, pollers } }: WatchedBroker,
  { version, startedAt, clock }: { readonly version: string; readonly startedAt: number; readonly clock: Clock },
): BrokerView {
  const {
    name,
    place,
    pollers: { remoteControl, enableEvents },
  } = config;
  const settings = { remoteControl, enableEvents };
  const parts = { name, model, broker, connection, pollers, place, version, startedAt, settings };
  return { name, connection, status: () => statusOf(parts, clock.now()) };
}
