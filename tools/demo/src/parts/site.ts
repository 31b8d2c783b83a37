// All parts of the demo, started side by side where they do not need each other.
import { randomUUID } from 'node:crypto';
import {
  type Alertmanager,
  freePort,
  isPortFree,
  type ManagedProcess,
  type Prometheus,
  type RunningExporter,
  type RunningRelay,
  type Scrape,
  scrape,
  type Testbed,
  waitFor,
} from '@celery-watch/testbed';
import { type BrokerKind, type BrokerPorts, BROKERS, type DemoBroker, startBroker } from './broker.js';
import type { StandIns } from './channels.js';
import { startRelay } from './relay.js';
import { Shop, WORKERS } from './shop.js';

const USUAL_PORTS = {
  inbox: 8025,
  exporter: 9808,
  prometheus: 9090,
  alertmanager: 9093,
  relay: 9095,
} as const;

export type Ports = Readonly<Record<keyof typeof USUAL_PORTS, number>> & BrokerPorts;

/** `usual`: each its usual port, which people expect, where that is free; else any free ones. */
export async function choosePorts(kind: BrokerKind, usual: boolean): Promise<Ports> {
  const choose = async (port: number): Promise<number> => (usual && (await isPortFree(port)) ? port : await freePort());
  const { usualPort, usualPagePort } = BROKERS[kind];
  const chosen: Record<string, number> = {};
  for (const [name, port] of Object.entries(USUAL_PORTS)) chosen[name] = await choose(port);
  return {
    ...(chosen as Record<keyof typeof USUAL_PORTS, number>),
    broker: await choose(usualPort),
    brokerPage: usualPagePort === undefined ? undefined : await choose(usualPagePort),
  };
}

const READY_MS = 90_000;
/** The exporter looks more often than it usually does: the demo counts in seconds. */
const OFTEN = ['--queue-poll-interval=1s', '--worker-poll-interval=5s', '--lost-after=6s'];

export interface Site {
  readonly ports: Ports;
  readonly broker: DemoBroker;
  readonly shop: Shop;
  readonly exporter: RunningExporter;
  readonly prometheus: Prometheus;
  readonly alertmanager: Alertmanager;
  readonly relay: RunningRelay;
  /** The exporter's page, now. */
  metrics(): Promise<Scrape>;
}

export interface PartState {
  readonly name: string;
  readonly up: boolean;
  /** Where a person can look at it. */
  readonly link: string | undefined;
  readonly process: ManagedProcess | undefined;
}

/**
 * Told once for each part that can be used: its name, what there is to say about it, and how long it took in
 * milliseconds.
 */
export type Progress = (part: string, what: string, ms: number) => void;

/**
 * Rejects where a part cannot be started, or the signal aborts; and not before everything that it began has come to its
 * end.
 */
export async function startSite(
  bed: Testbed,
  kind: BrokerKind,
  ports: Ports,
  standIns: StandIns,
  progress: Progress,
  signal = new AbortController().signal,
): Promise<Site> {
  const token = randomUUID();
  const halt = new AbortController();
  const halted = AbortSignal.any([signal, halt.signal]);
  const step = async <T>(name: string, what: string, work: () => Promise<T>): Promise<T> => {
    halted.throwIfAborted();
    const began = performance.now();
    try {
      const result = await work();
      if (!halted.aborted) progress(name, what, performance.now() - began);
      return result;
    } catch (error) {
      halt.abort(error);
      throw error;
    }
  };
  const until = (what: string, condition: () => Promise<boolean>): Promise<unknown> =>
    waitFor(async () => halted.aborted || (await condition()), { within: READY_MS, what, every: 200 });
  const metrics = (): Promise<Scrape> => scrape(`http://127.0.0.1:${ports.exporter}/metrics`, { timeout: 5_000 });

  const brokerUp = step(BROKERS[kind].title, 'the broker', () => startBroker(bed, kind, ports));
  const exporterUp = brokerUp.then(({ url, exporterArgs }) =>
    step('exporter', 'connected', () =>
      bed.exporter({ port: ports.exporter, args: [`--broker-url=${url}`, ...exporterArgs, ...OFTEN] }),
    ),
  );
  const watched = async () => {
    const broker = await brokerUp;
    const shop = new Shop(bed, broker.url);
    const [exporter] = await allEnded([
      exporterUp,
      step('Celery workers', `${WORKERS.join(', ')}, started without -E`, () =>
        Promise.all(WORKERS.map((name) => shop.startWorker(name))),
      ),
    ]);
    await step('workers seen', 'the exporter has found them and switched their task events on', () =>
      until(
        'the workers with their task events on',
        async () => (await metrics()).sum('celery_worker_task_events_enabled') === WORKERS.length,
      ),
    );
    await step('customers', 'send a steady mix of tasks', async () => {
      await shop.openForCustomers();
      await until(
        'the first finished tasks on /metrics',
        async () => (await metrics()).sum('celery_tasks_total', { state: 'succeeded' }) >= 3,
      );
    });
    return { broker, shop, exporter };
  };
  const [{ broker, shop, exporter }, relay, alertmanager, prometheus] = await allEnded([
    watched(),
    step('alert relay', 'five channels, in English and in Chinese', () =>
      startRelay(bed, { port: ports.relay, token, urls: standIns.urls }),
    ),
    step('AlertManager', 'with the shipped routes', () => bed.shippedAlertmanager(ports, token)),
    // Seconds are minutes to it: it would call an exporter down that is about to start.
    exporterUp.then(() =>
      step('Prometheus', 'with the shipped rules, minutes as seconds', () => bed.shippedPrometheus(ports)),
    ),
  ]);
  await step('watchdog', 'the alert that always fires has come through Prometheus and AlertManager to the relay', () =>
    until(
      'the Watchdog at the relay',
      async () =>
        (await scrape(`http://127.0.0.1:${ports.relay}/metrics`)).value(
          'alert_relay_watchdog_last_seen_timestamp_seconds',
        ) !== undefined,
    ),
  );
  halted.throwIfAborted();
  return { ports, broker, shop, exporter, prometheus, alertmanager, relay, metrics };
}

/** As `Promise.all`, but a rejection waits for the others: what they start must be there to be ended. */
async function allEnded<T extends readonly unknown[]>(work: { readonly [K in keyof T]: Promise<T[K]> }): Promise<T> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** Where a person finds what, as lines for a terminal. */
export function addresses({ ports, broker }: Pick<Site, 'ports' | 'broker'>): string {
  const { inbox, exporter, prometheus, alertmanager, relay } = ports;
  const at = (port: number, path = '/'): string => `http://localhost:${port}${path}`;
  const rows = [
    ['inbox page', `${at(inbox)}   ◀ look here`],
    ['exporter', `${at(exporter, '/metrics')}   and for people ${at(exporter)}`],
    ['Prometheus', at(prometheus, '/alerts')],
    ['AlertManager', at(alertmanager)],
    ['alert relay', at(relay, '/metrics')],
    [broker.title, broker.url],
    ...(broker.page === undefined ? [] : [['', `${broker.page.link}   its own page, login ${broker.page.login}`]]),
  ] as const;
  return rows.map(([name, address]) => `  ${name.padEnd(15)} ${address}`).join('\n');
}

/** Every part, in the order of the alert's way. */
export function partsOf({
  ports,
  broker,
  shop,
  exporter,
  prometheus,
  alertmanager,
  relay,
}: Site): readonly PartState[] {
  const at = (port: number, path: string): string => `http://localhost:${port}${path}`;
  const part = (name: string, process: ManagedProcess | undefined, link?: string): PartState => ({
    name,
    up: process?.running ?? false,
    link,
    process,
  });
  return [
    part(broker.title, broker.process, broker.page?.link),
    part('customers', shop.customers),
    ...WORKERS.map((name) => part(`worker ${name}`, shop.worker(name))),
    part('exporter', exporter.process, at(ports.exporter, '/')),
    part('Prometheus', prometheus.process, at(ports.prometheus, '/alerts')),
    part('AlertManager', alertmanager.process, at(ports.alertmanager, '/')),
    part('alert relay', relay.process, at(ports.relay, '/metrics')),
  ];
}
