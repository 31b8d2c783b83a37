// How soon the relay sends, what it needs while very much waits, and how fast it works that off after a restart.
import { freePort, memoryUse, scrape, Testbed, waitFor } from '@celery-watch/testbed';
import type { BenchContext } from '../bench-part.js';
import { quantile } from '../measure/statistics.js';
import { ALERTS, CONNECTIONS } from './answering.js';
import { freshPost, postAll } from './posts.js';
import { startSink } from './sink.js';
import { startRelay } from './start-relay.js';
import type { BenchStore } from './stores.js';

/** Channels whose servers are down: each post leaves a notification for each of them. */
export const DOWN = 4;

export interface Soon {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
  readonly samples: number;
}

/** From a post to its arrival at the server of a channel that has nothing else to do. */
export async function acceptToSend(store: BenchStore, { quick }: BenchContext): Promise<Soon> {
  await using bed = new Testbed();
  await using sink = await startSink();
  const { url } = await startRelay(bed, { storage: await store.fresh(), servers: [sink.url], perMinute: 10_000 });
  const times: number[] = [];
  for (let sample = 0; sample < (quick ? 30 : 100); sample++) {
    const posted = performance.now();
    await fetch(`${url}/webhook/alertmanager`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: freshPost(ALERTS),
    });
    await waitFor(() => sink.arrivals.length > sample, { within: 10_000, what: 'its message', every: 5 });
    times.push((sink.arrivals[sample] ?? NaN) - posted);
  }
  return {
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    most: Math.max(...times),
    samples: times.length,
  };
}

export interface Waiting {
  readonly notifications: number;
  readonly empty: number;
  readonly now: number;
  readonly peak: number;
  readonly refused: number;
  readonly p50: number;
  readonly p99: number;
}

export async function waiting(store: BenchStore, { quick, say }: BenchContext): Promise<Waiting> {
  await using bed = new Testbed();
  const nobody = `http://127.0.0.1:${await freePort()}/`;
  const servers = Array.from({ length: DOWN }, () => nobody);
  const { url, process } = await startRelay(bed, { storage: await store.fresh(), servers });
  const empty = (await memoryUse(process.pid)).now;
  const posts = (quick ? 20_000 : 100_000) / DOWN;
  const times = await postAll({ url, posts, connections: CONNECTIONS, alerts: 1 });
  const last = times.answers.slice(-1_000);
  const notifications = (await scrape(`${url}/metrics`, { timeout: 60_000 })).sum('alert_relay_pending_notifications');
  say(`${store.name}: ${notifications.toFixed(0)} notifications wait`);
  const { now, peak } = await memoryUse(process.pid);
  return {
    notifications,
    empty,
    now,
    peak,
    refused: times.refused,
    p50: quantile(last, 0.5),
    p99: quantile(last, 0.99),
  };
}

export interface Drained {
  readonly messages: number;
  readonly rate: number;
}

export async function draining(store: BenchStore, { quick }: BenchContext): Promise<Drained> {
  await using bed = new Testbed();
  const port = await freePort();
  const servers = [`http://127.0.0.1:${port}/`];
  const relay = await startRelay(bed, { storage: await store.fresh(), servers, perMinute: 100_000 });
  const messages = quick ? 500 : 2_000;
  await postAll({ url: relay.url, posts: messages, connections: CONNECTIONS, alerts: ALERTS });
  await relay.process.stop();
  await using sink = await startSink(port);
  await relay.again();
  // A few were tried before and wait a little longer.
  const enough = Math.floor(messages * 0.98);
  await waitFor(() => sink.arrivals.length >= enough, { within: 120_000, what: 'the messages to be drained' });
  const first = sink.arrivals[0] ?? NaN;
  return { messages, rate: ((enough - 1) / ((sink.arrivals[enough - 1] ?? NaN) - first)) * 1000 };
}
