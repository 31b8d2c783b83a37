// Part 2: how long a scrape of about 10,000 series takes while events flow at a high rate.
import { setTimeout as delay } from 'node:timers/promises';
import { cpuSeconds, cpuSecondsWhenIdle, memoryUse, Testbed } from '@celery-watch/testbed';
import type { Consumer } from '../consumers/consumer.js';
import { startExporter } from '../consumers/exporter.js';
import { Generator } from '../load/start-generator.js';
import { exporterFaults } from '../measure/lost-events.js';
import { WORKERS } from '../measure/measure-consumer.js';
import { mean, quantile } from '../measure/statistics.js';
import { Scraper, seriesOf } from '../measure/timed-scrape.js';
import { type BenchContext, benchRedis, type PartResult } from '../bench-part.js';
import { count, fixed, megabytes, textTable } from '../report/text-table.js';

const SERIES = 10_000;
const RATE = 20_000;
const FIRST_NAMES = 20;
const MOST_NAMES = 280;
const TARGET_MS = 25;
/** Between two scrapes, on average. */
const PAUSE_MS = 20;
export const ENCODINGS = ['identity', 'gzip'] as const;
type Encoding = (typeof ENCODINGS)[number];
const QUIET_SCRAPES = 60;

export interface Timing {
  readonly encoding: string;
  readonly milliseconds: readonly number[];
  readonly bytes: number;
  readonly series: number;
  /** Milliseconds of CPU for one scrape while nothing else happens. */
  readonly cpu: number;
}

export async function scrapeLatency({ quick, say }: BenchContext): Promise<PartResult> {
  await using bed = new Testbed();
  const redis = await benchRedis(bed);
  const exporter = await startExporter(bed, redis);
  const url = exporter.metricsUrl ?? '';
  const generator = await Generator.start(bed);
  await generator.open(redis, { kind: 'multi', workers: WORKERS, names: FIRST_NAMES, mostNames: MOST_NAMES });
  const names = await namesForSeries(generator, url);
  await generator.ask({ op: 'names', names });
  await generator.ask({ op: 'send', events: quick ? 100_000 : 300_000 });
  const cpuOf = new Map<string, number>();
  for (const encoding of ENCODINGS) cpuOf.set(encoding, await cpuOfScrape(exporter, encoding));
  const before = await cpuSecondsWhenIdle(exporter.process.pid);
  const begin = performance.now();
  const flowing = await generator.ask({ op: 'flow', rate: RATE });
  const timings: Timing[] = [];
  for (const encoding of ENCODINGS) {
    const timing = { ...(await scrapeMany(url, encoding, quick ? 100 : 400)), cpu: cpuOf.get(encoding) ?? NaN };
    say(
      `${encoding}: p50 ${fixed(quantile(timing.milliseconds, 0.5), 1)} ms, p99 ` +
        `${fixed(quantile(timing.milliseconds, 0.99), 1)} ms at ${count(timing.series)} series`,
    );
    timings.push(timing);
  }
  const seconds = (performance.now() - begin) / 1000;
  const share = ((await cpuSeconds(exporter.process.pid)) - before) / seconds;
  await generator.ask({ op: 'stop-flow' });
  const sent = await generator.ask({ op: 'quiet' });
  await cpuSecondsWhenIdle(exporter.process.pid);
  const rate = (sent.events - flowing.events) / seconds;
  const faults = await exporterFaults(exporter, sent);
  const { peak } = await memoryUse(exporter.process.pid);
  const rows = timings.map(({ encoding, milliseconds, bytes, series, cpu }) => {
    const at = (q: number): string => `${fixed(quantile(milliseconds, q), 1)} ms`;
    return [
      encoding,
      count(milliseconds.length),
      count(series),
      `${count(bytes / 1000)} kB`,
      `${fixed(cpu, 1)} ms`,
      at(0.5),
      at(0.9),
      at(0.99),
      at(1),
      quantile(milliseconds, 0.99) < TARGET_MS ? 'reached' : 'NOT reached',
    ];
  });
  const text = [
    textTable(
      [
        'GET /metrics',
        'scrapes',
        'series',
        'on the wire',
        'CPU',
        'p50',
        'p90',
        'p99',
        'max',
        `p99 < ${String(TARGET_MS)} ms`,
      ],
      rows,
    ),
    '',
    `  while ${count(rate)} events a second flowed; one scrape every ` +
      `${fixed(mean(timings.flatMap((each) => each.milliseconds)) + PAUSE_MS, 0)} ms; ` +
      `the exporter used ${fixed(share * 100, 0)} % of a core, scrapes included; peak memory ${megabytes(peak)}; ` +
      `lost events: ${faults.length === 0 ? 'none' : faults.join('; ')}`,
  ].join('\n');
  return {
    text,
    data: { names, rate, cpuShare: share, peakBytes: peak, timings },
    failures: faults.map((fault) => `scrape: ${fault}`),
  };
}

/** How many task names make a page of the wanted size, found by looking at two smaller ones. */
async function namesForSeries(generator: Generator, url: string): Promise<number> {
  const look = async (names: number): Promise<number> => {
    await generator.ask({ op: 'names', names });
    await generator.ask({ op: 'send', events: 60_000 });
    await delay(300);
    return seriesOf(await (await fetch(url)).text());
  };
  const few = await look(FIRST_NAMES);
  const more = await look(2 * FIRST_NAMES);
  const wanted = Math.round(2 * FIRST_NAMES + ((SERIES - more) * FIRST_NAMES) / (more - few));
  return Math.min(MOST_NAMES, wanted);
}

/** On a busy machine, a scrape waits for its turn; what it costs stays the same. */
export async function cpuOfScrape(
  { metricsUrl = '', process: { pid } }: Consumer,
  encoding: Encoding,
): Promise<number> {
  const scraper = new Scraper(metricsUrl, encoding);
  for (let i = 0; i < 20; i++) await scraper.scrape();
  const before = await cpuSecondsWhenIdle(pid);
  for (let i = 0; i < QUIET_SCRAPES; i++) await scraper.scrape();
  const after = await cpuSecondsWhenIdle(pid);
  scraper.close();
  return ((after - before) / QUIET_SCRAPES) * 1000;
}

export async function scrapeMany(url: string, encoding: Encoding, times: number): Promise<Omit<Timing, 'cpu'>> {
  const scraper = new Scraper(url, encoding);
  for (let i = 0; i < 20; i++) await scraper.scrape();
  const milliseconds: number[] = [];
  let last = { bytes: 0, text: '' };
  for (let i = 0; i < times; i++) {
    // At random, so that no rhythm of the exporter's decides what is seen.
    await delay(Math.random() * 2 * PAUSE_MS);
    const one = await scraper.scrape();
    milliseconds.push(one.milliseconds);
    last = one;
  }
  scraper.close();
  return { encoding, milliseconds, bytes: last.bytes, series: seriesOf(last.text) };
}
