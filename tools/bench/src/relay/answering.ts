// How fast the relay answers posts, with its channels' servers down or with digests being made for them, and how fast
// it answers /healthz meanwhile.
import { freePort, Testbed } from '@celery-watch/testbed';
import type { BenchContext } from '../bench-part.js';
import { quantile } from '../measure/statistics.js';
import { whileProbed } from './health-probe.js';
import { postAll, type PostRun } from './posts.js';
import { startSink } from './sink.js';
import { startRelay } from './start-relay.js';
import type { BenchStore } from './stores.js';

export const ALERTS = 10;
export const CONNECTIONS = 16;
export const STEADY_RATE = 500;

export interface Answers {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
  readonly refused: number;
  readonly healthz: { readonly p99: number; readonly most: number };
}

/** As fast as each connection is answered, and at a steady rate. */
export interface Answering {
  readonly down: { readonly fast: Answers; readonly steady: Answers };
  readonly digests: { readonly fast: Answers; readonly steady: Answers };
}

export async function answering(store: BenchStore, { quick, times, say }: BenchContext): Promise<Answering> {
  await using bed = new Testbed();
  const posts = (quick ? 3_000 : 10_000) * times;
  const both = async (server: string): Promise<Answering['down']> => {
    const { url, process } = await startRelay(bed, { storage: await store.fresh(), servers: [server] });
    await postAll({ url, posts: 1_000, connections: CONNECTIONS, alerts: ALERTS });
    const fast = await measured({ url, posts, connections: CONNECTIONS, alerts: ALERTS });
    say(`${store.name}: ${fast.rate.toFixed(0)} posts a second`);
    const steady = await measured({ url, posts: posts / 2, connections: 64, rate: STEADY_RATE, alerts: ALERTS });
    await process.stop();
    return { fast, steady };
  };
  const down = await both(`http://127.0.0.1:${await freePort()}/`);
  await using sink = await startSink();
  return { down, digests: await both(sink.url) };
}

async function measured(run: PostRun): Promise<Answers> {
  const { result, healthz } = await whileProbed(run.url, () => postAll(run));
  const { seconds, answers, refused } = result;
  return {
    rate: answers.length / seconds,
    p50: quantile(answers, 0.5),
    p99: quantile(answers, 0.99),
    most: Math.max(...answers),
    refused,
    healthz: { p99: quantile(healthz, 0.99), most: Math.max(...healthz) },
  };
}
