// Wires the demo: the parts, what is seen of them, the buttons, the inbox page and the terminal; and ends all of it
// when the signal aborts.
import { abortableDelay } from '@celery-watch/service';
import { Testbed } from '@celery-watch/testbed';
import { CauseRunner, type Outcome } from './causes/cause-runner.js';
import { causesOf, unexpectedlyDown } from './causes/table.js';
import { RecordStore } from './hops/record-store.js';
import { readJournal } from './hops/records.js';
import { watchPrometheus } from './hops/watch-prometheus.js';
import { startInbox } from './inbox/server.js';
import { once } from './once.js';
import type { BrokerKind } from './parts/broker.js';
import { startStandIns } from './parts/channels.js';
import { addresses, choosePorts, partsOf, type PartState, startSite } from './parts/site.js';
import { HopLines } from './terminal/hop-lines.js';
import { keyHelp, listenToKeys } from './terminal/keys.js';

const LOOK_EVERY_MS = 250;

export interface DemoOptions {
  /**
   * Plays the scenario by itself and ends, on free ports; else runs until the signal aborts, on the usual ports where
   * they are free.
   */
  readonly once: boolean;
  readonly broker: BrokerKind;
  readonly say: (line: string) => void;
  /** A person wants to end it. */
  readonly stop: () => void;
}

export async function demo({ once: isOnce, broker, say, stop }: DemoOptions, signal: AbortSignal): Promise<void> {
  const began = performance.now();
  await using bed = new Testbed();
  say('Starting the demo on real parts (Ctrl-C ends everything it starts)\n');
  const store = new RecordStore();
  const ports = await choosePorts(broker, !isOnce);
  await using standIns = await startStandIns(
    (channel, message) => {
      store.message(channel, message);
    },
    (body) => {
      store.accepted(readJournal(body));
    },
  );
  const site = await startSite(
    bed,
    broker,
    ports,
    standIns,
    (part, what, ms) => {
      say(`  ${part.padEnd(15)} ${seconds(ms).padStart(6)}  ${what}`);
    },
    signal,
  ).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  if (site === undefined) {
    say('\nStopping everything …');
    return;
  }

  const causes = causesOf(site);
  const runner = new CauseRunner({ causes, store, metrics: () => site.metrics(), everyMs: LOOK_EVERY_MS });
  const parts = (): readonly PartState[] => partsOf(site);
  const gone = (): readonly PartState[] =>
    unexpectedlyDown(parts(), (cause) => runner.state(cause) !== 'ready' || runner.repairing);
  const lines = new HopLines();
  store.onChange(() => {
    for (const { text } of lines.news(store.records.causes, store.journeys())) say(`  ${text}`);
  });
  await using inbox = await startInbox(ports.inbox, { store, runner, causes, parts });
  say(`\nReady after ${seconds(performance.now() - began)}.\n\n${addresses(site)}\n`);
  const tell = ({ ok, text }: Outcome): void => {
    inbox.say(text);
    if (!ok || text === 'Nothing is broken.') say(`  ${text}`);
  };

  const ended = new AbortController();
  const running = AbortSignal.any([signal, ended.signal]);
  const watching = Promise.all([
    watchPrometheus(
      { store, prometheus: site.prometheus, alertmanager: site.alertmanager, everyMs: LOOK_EVERY_MS },
      running,
    ),
    runner.follow(running),
  ]);
  try {
    if (isOnce) say(`\n${await once({ site, runner, store, missing: gone }, signal)}\n`);
    else {
      if (process.stdin.isTTY) say(`${keyHelp(causes)}\n`);
      const keys = listenToKeys({ causes, runner, onOutcome: tell, onStop: stop });
      await stay(gone, say, signal).finally(() => {
        keys[Symbol.dispose]();
      });
    }
  } finally {
    ended.abort();
    await watching;
  }
  say('\nStopping everything …');
}

/**
 * Until the signal aborts. A part that ends without being asked to is said once, with its last words; the page shows it
 * too.
 */
async function stay(gone: () => readonly PartState[], say: (line: string) => void, signal: AbortSignal): Promise<void> {
  const said = new Set<unknown>();
  while (await abortableDelay(1_000, signal)) {
    for (const { name, process } of gone()) {
      if (said.has(process)) continue;
      said.add(process);
      say(`  ${name} ended unexpectedly.\n${process?.lastLines() ?? ''}`);
    }
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
