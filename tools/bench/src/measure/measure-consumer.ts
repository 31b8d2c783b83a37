// One measurement: a consumer, alone on a fresh broker, reads a stream to its end while its page is scraped now
// and then.
import { setTimeout as delay } from 'node:timers/promises';
import { cpuSecondsWhenIdle, memoryUse, Testbed } from '@celery-watch/testbed';
import type { Consumer } from '../consumers/consumer.js';
import type { MessageKind } from '../load/event-stream.js';
import type { Sent } from '../load/session.js';
import { Generator } from '../load/start-generator.js';
import type { Ground } from './ground.js';

export const WORKERS = 20;
export const NAMES = 40;
const SCRAPE_EVERY_MS = 5_000;

/** A fresh server that a consumer may be measured on. */
export type Served = Readonly<Record<'host' | 'url', string>> & { readonly port: number };

export interface Load {
  readonly kind: MessageKind;
  /** Sent before the clock starts: code that runs for months is warm. */
  readonly warmUp: number;
  readonly events: number;
}

export interface Measurement {
  readonly events: number;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly peakBytes: number;
  readonly sent: Sent;
}

/** `check` looks at the consumer when it has read everything. */
export async function measureConsumer<Server extends Served, T>(
  ground: Ground<Server>,
  start: (bed: Testbed, server: Server) => Promise<Consumer>,
  load: Load,
  check: (consumer: Consumer, sent: Sent) => Promise<T>,
): Promise<Measurement & { readonly checked: T }> {
  await using bed = new Testbed();
  const server = await ground.start(bed);
  const consumer = await start(bed, server);
  const { pid } = consumer.process;
  const generator = await Generator.start(bed);
  await generator.open(server, { broker: ground.broker, kind: load.kind, workers: WORKERS, names: NAMES });
  const send = (events: number): Promise<Sent> => sendAll(generator, ground, server, events);
  const warm = await send(load.warmUp);
  const before = await cpuSecondsWhenIdle(pid);
  const begin = performance.now();
  const scrapes = scrapeNowAndThen(consumer.metricsUrl);
  const done = await send(load.events);
  const wallSeconds = (performance.now() - begin) / 1000;
  const cpuSeconds = (await cpuSecondsWhenIdle(pid)) - before;
  await scrapes.stop();
  const sent = await generator.ask({ op: 'quiet' });
  await ground.drained(server);
  await cpuSecondsWhenIdle(pid);
  const { peak } = await memoryUse(pid);
  return {
    events: done.events - warm.events,
    cpuSeconds,
    wallSeconds,
    peakBytes: peak,
    sent,
    checked: await check(consumer, sent),
  };
}

/** Sends so many events, and waits until all of them have left the server. */
export async function sendAll<Server>(
  generator: Generator,
  ground: Ground<Server>,
  server: Server,
  events: number,
): Promise<Sent> {
  for (let left = events; ; left -= ground.atOnce) {
    const sent = await generator.ask({ op: 'send', events: Math.min(left, ground.atOnce) });
    await ground.drained(server);
    if (left <= ground.atOnce) return sent;
  }
}

/** As Prometheus would, whose scrapes are part of what a consumer has to do. */
function scrapeNowAndThen(url: string | undefined): { stop: () => Promise<void> } {
  const over = new AbortController();
  const run = async (): Promise<void> => {
    while (url !== undefined && (await pause(over.signal))) await (await fetch(url)).arrayBuffer();
  };
  const running = run();
  return {
    stop: async () => {
      over.abort();
      await running;
    },
  };
}

function pause(signal: AbortSignal): Promise<boolean> {
  return delay(SCRAPE_EVERY_MS, true, { signal }).catch(() => false);
}
