// Wires the demo: the parts, what is seen of them, the buttons, the inbox page and the terminal; and ends all of it when the signal aborts.
import { Testbed } from '@celery-watch/testbed';
import { abortableDelay } from '@celery-watch/service';
import { Director } from './causes/director.js';
import { causesOf } from './causes/table.js';
import { Book } from './hops/book.js';
import { readJournal } from './hops/journal.js';
import { watchPrometheus } from './hops/watch-prometheus.js';
import { once } from './once.js';
import { startStandIns } from './parts/channels.js';
import { choosePorts } from './parts/ports.js';
import { type Progress, type Site, startSite } from './parts/site.js';
import { HopLines } from './terminal/hop-lines.js';

const LOOK_EVERY_MS = 250;

export interface DemoOptions {
  /** Runs the scenario by itself and ends. */
  readonly once: boolean;
  readonly say: (line: string) => void;
}

export async function demo({ once: isOnce, say }: DemoOptions, signal: AbortSignal): Promise<void> {
  const began = performance.now();
  await using bed = new Testbed();
  say('Starting the demo on real parts (Ctrl-C ends everything it starts)\n');
  const book = new Book();
  const ports = await choosePorts(!isOnce);
  await using standIns = await startStandIns((channel, message) => { book.message(channel, message); }, (body) => { book.accepted(readJournal(body)); });
  const progress: Progress = (part, what, ms) => { say(`  ${part.padEnd(15)} ${seconds(ms).padStart(6)}  ${what}`); };
  const site = await startSite(bed, ports, standIns, progress);
  say(`\nReady after ${seconds(performance.now() - began)}.\n`);

  const causes = causesOf(site);
  const director = new Director({ causes, book, metrics: () => site.metrics(), everyMs: LOOK_EVERY_MS });
  const ended = new AbortController();
  const running = AbortSignal.any([signal, ended.signal]);
  const watching = Promise.all([
    watchPrometheus({ book, prometheus: ports.prometheus, alertmanager: ports.alertmanager, everyMs: LOOK_EVERY_MS }, running),
    director.follow(running),
  ]);
  const lines = new HopLines();
  book.onChange(() => { for (const { text } of lines.news(book.records.causes, book.journeys())) say(`  ${text}`); });
  try {
    if (isOnce) say(`\n${await once(site, director, book, signal)}\n`);
    else await stay(site, signal);
  } finally {
    ended.abort();
    await watching;
  }
  say('Stopping everything …');
}

/** Until the signal aborts; says which part ended without being asked to. */
async function stay(_site: Site, signal: AbortSignal): Promise<void> {
  while (await abortableDelay(1_000, signal));
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
