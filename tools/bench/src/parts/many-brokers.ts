// Part 4: twenty brokers in one exporter, each with fifty task names: how long a scrape takes, what it keeps waiting,
// and the memory.
import { setTimeout as delay } from 'node:timers/promises';
import { cpuSeconds, cpuSecondsWhenIdle, memoryUse, scrape, Testbed, waitFor } from '@celery-watch/testbed';
import type { Consumer } from '../consumers/consumer.js';
import { startExporter } from '../consumers/exporter.js';
import { Generator } from '../load/start-generator.js';
import { exporterFaults } from '../measure/lost-events.js';
import { quantile } from '../measure/statistics.js';
import { type BenchContext, benchRedis, type PartResult } from '../bench-part.js';
import { count, fixed, megabytes, textTable } from '../report/text-table.js';
import { cpuOfScrape, ENCODINGS, scrapeMany, type Timing } from './scrape-latency.js';

const BROKERS = 20;
const NAMES = 50;
const WORKERS = 5;
/** Events a second on each broker while the page is read. */
const RATE = 200;
/** Between two looks at /healthz. */
const PROBE_MS = 10;
/** So many that each name has run, failed and been retried. */
const EVENTS = 10_000;

export async function manyBrokers({ quick, say }: BenchContext): Promise<PartResult> {
  await using bed = new Testbed();
  const servers = await Promise.all(Array.from({ length: BROKERS }, () => benchRedis(bed)));
  const url = servers.map((server, i) => `broker-${String(i + 1)}=${server.url}`).join(' ');
  const exporter = await startExporter(bed, { url });
  const { pid } = exporter.process;
  await waitFor(async () => (await pageOf(exporter)).sum('celery_broker_up') === BROKERS, {
    within: 30_000,
    what: 'all brokers to be connected',
  });
  await cpuSecondsWhenIdle(pid);
  const started = await memoryUse(pid);
  const fleet = await Generator.startFleet(bed);
  await fleet.ask({
    op: 'open',
    servers: servers.map(({ host, port }) => ({ host, port, kind: 'multi', workers: WORKERS, names: NAMES })),
  });
  await fleet.ask({ op: 'send', events: EVENTS });
  await cpuSecondsWhenIdle(pid);
  const loaded = await memoryUse(pid);
  const cpuOf = new Map<string, number>();
  for (const encoding of ENCODINGS) cpuOf.set(encoding, await cpuOfScrape(exporter, encoding));
  const before = await cpuSecondsWhenIdle(pid);
  const begin = performance.now();
  await fleet.ask({ op: 'flow', rate: RATE });
  const timings: Timing[] = [];
  const waits: number[] = [];
  for (const encoding of ENCODINGS) {
    const stop = new AbortController();
    const probing = probe(exporter, stop.signal);
    const many = await scrapeMany(exporter.metricsUrl ?? '', encoding, quick ? 60 : 300);
    stop.abort();
    waits.push(...(await probing));
    timings.push({ ...many, cpu: cpuOf.get(encoding) ?? NaN });
    say(`${encoding}: p99 ${fixed(quantile(many.milliseconds, 0.99), 1)} ms at ${count(many.series)} series`);
  }
  const share = ((await cpuSeconds(pid)) - before) / ((performance.now() - begin) / 1000);
  const sent = await fleet.ask({ op: 'quiet' });
  await cpuSecondsWhenIdle(pid);
  const faults = await exporterFaults(exporter, sent);
  const { peak } = await memoryUse(pid);
  const rows = timings.map(({ encoding, milliseconds, bytes, series, cpu }) => [
    encoding,
    count(milliseconds.length),
    count(series),
    `${count(bytes / 1000)} kB`,
    `${fixed(cpu, 1)} ms`,
    ...[0.5, 0.9, 0.99, 1].map((q) => `${fixed(quantile(milliseconds, q), 1)} ms`),
  ]);
  const text = [
    textTable(['GET /metrics', 'scrapes', 'series', 'on the wire', 'CPU', 'p50', 'p90', 'p99', 'max'], rows),
    '',
    `  ${String(BROKERS)} brokers with ${String(NAMES)} task names and ${String(WORKERS)} workers each, ` +
      `${count(RATE * BROKERS)} events a second in all; the exporter used ${fixed(share * 100, 0)} % of a core, ` +
      'scrapes included',
    `  /healthz meanwhile: p50 ${fixed(quantile(waits, 0.5), 1)} ms, p99 ${fixed(quantile(waits, 0.99), 1)} ms`,
    `  memory: ${megabytes(started.now)} when all are connected, ${megabytes(loaded.now)} with their tasks, ` +
      `${megabytes(peak)} at the peak; lost events: ${faults.length === 0 ? 'none' : faults.join('; ')}`,
  ].join('\n');
  return {
    text,
    data: {
      timings,
      health: waits,
      startedBytes: started.now,
      loadedBytes: loaded.now,
      peakBytes: peak,
      cpuShare: share,
    },
    failures: faults.map((fault) => `brokers: ${fault}`),
  };
}

function pageOf({ metricsUrl = '' }: Consumer): ReturnType<typeof scrape> {
  return scrape(metricsUrl);
}

/** Milliseconds of one answer after the other from /healthz. */
async function probe({ metricsUrl = '' }: Consumer, signal: AbortSignal): Promise<readonly number[]> {
  const url = metricsUrl.replace(/\/metrics$/, '/healthz');
  const waits: number[] = [];
  while (!signal.aborted) {
    const begin = performance.now();
    await (await fetch(url)).text();
    waits.push(performance.now() - begin);
    await delay(PROBE_MS);
  }
  return waits;
}
