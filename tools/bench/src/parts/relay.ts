// Part 5: the alert relay. How fast it answers with the alerts on disk, how soon it sends, what it needs with 100,000
// notifications waiting, how fast it drains.
import { freePort, memoryUse, scrape, Testbed, waitFor } from '@celery-watch/testbed';
import { quantile } from '../measure/statistics.js';
import type { BenchContext, PartResult } from '../bench-part.js';
import { count, fixed, megabytes, textTable } from '../report/text-table.js';
import { freshPost, postAll, type PostTimes } from '../relay/posts.js';
import { startSink } from '../relay/sink.js';
import { startRelay } from '../relay/start-relay.js';

const ALERTS = 10;
const CONNECTIONS = 16;
const AIM = { postsPerSecond: 500, p99: 50, acceptToSend: 2_000 } as const;
/** Channels whose servers are down: each post leaves a notification for each of them. */
const DOWN = 4;

interface Answers {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
  readonly refused: number;
}

export async function relay(context: BenchContext): Promise<PartResult> {
  const answers = await answering(context);
  const soon = await acceptToSend(context);
  const pending = await waiting(context);
  const drained = await draining(context);
  const row = (name: string, { rate, p50, p99, most }: Answers): string[] => [
    name,
    `${count(rate)}/s`,
    `${fixed(p50, 1)} ms`,
    `${fixed(p99, 1)} ms`,
    `${fixed(most, 0)} ms`,
  ];
  const reached = (isReached: boolean): string => (isReached ? 'reached' : 'NOT reached');
  const text = [
    textTable(
      [
        `posts of ${ALERTS} alerts, on disk before the answer; ${CONNECTIONS} connections`,
        'posts',
        'p50',
        'p99',
        'longest',
      ],
      [
        row('as fast as answered, servers down', answers.alone),
        row('as fast as answered, digests being made', answers.closed),
        row(`${AIM.postsPerSecond} a second, digests being made`, answers.steady),
      ],
    ),
    `  aims: ${AIM.postsPerSecond} posts/s: ${reached(answers.closed.rate >= AIM.postsPerSecond)}; p99 under ` +
      `${AIM.p99} ms: ${reached(answers.alone.p99 < AIM.p99)} by accepting alone, ` +
      `${reached(answers.steady.p99 < AIM.p99)} while digests are made in between`,
    `  from the post to its arrival at a free channel's server: p50 ${fixed(soon.p50, 0)} ms, longest ` +
      `${fixed(soon.most, 0)} ms of ${soon.samples}; aim under ${AIM.acceptToSend / 1000} s: ` +
      reached(soon.most < AIM.acceptToSend),
    `  ${count(pending.notifications)} notifications waiting (${DOWN} channels down): ${megabytes(pending.now)} ` +
      `now, ${megabytes(pending.peak)} at the peak; empty ${megabytes(pending.empty)}; a post is then answered in ` +
      `${fixed(pending.p50, 1)} ms (p50), ${fixed(pending.p99, 1)} ms (p99)`,
    `  ${count(drained.messages)} groups drained one by one after a restart, ${count(drained.rate)} messages a second`,
  ].join('\n');
  const refused = answers.alone.refused + answers.closed.refused + answers.steady.refused + pending.refused;
  return {
    text,
    data: { ...answers, acceptToSend: soon, pending, drained },
    failures: refused > 0 ? [`relay: ${refused} posts were not answered with 200`] : [],
  };
}

function summary({ seconds, answers, refused }: PostTimes): Answers {
  return {
    rate: answers.length / seconds,
    p50: quantile(answers, 0.5),
    p99: quantile(answers, 0.99),
    most: Math.max(...answers),
    refused,
  };
}

async function answering({
  quick,
  times,
  say,
}: BenchContext): Promise<{ alone: Answers; closed: Answers; steady: Answers }> {
  await using bed = new Testbed();
  const posts = (quick ? 3_000 : 10_000) * times;
  const idle = await startRelay(bed, { servers: [`http://127.0.0.1:${await freePort()}/`] });
  await postAll({ url: idle.url, posts: 500, connections: CONNECTIONS, alerts: ALERTS });
  const alone = summary(await postAll({ url: idle.url, posts, connections: CONNECTIONS, alerts: ALERTS }));
  await idle.process.stop();
  await using sink = await startSink();
  const { url } = await startRelay(bed, { servers: [sink.url] });
  await postAll({ url, posts: 1_000, connections: CONNECTIONS, alerts: ALERTS });
  const closed = summary(await postAll({ url, posts, connections: CONNECTIONS, alerts: ALERTS }));
  say(`${count(closed.rate)} posts a second`);
  const steady = summary(
    await postAll({ url, posts: posts / 2, connections: 64, rate: AIM.postsPerSecond, alerts: ALERTS }),
  );
  return { alone, closed, steady };
}

async function acceptToSend({ quick }: BenchContext): Promise<{ p50: number; most: number; samples: number }> {
  await using bed = new Testbed();
  await using sink = await startSink();
  const { url } = await startRelay(bed, { servers: [sink.url], perMinute: 10_000 });
  const times: number[] = [];
  for (let sample = 0; sample < (quick ? 30 : 100); sample++) {
    const posted = performance.now();
    await fetch(`${url}/webhook/alertmanager`, { method: 'POST', body: freshPost(ALERTS) });
    await waitFor(() => sink.arrivals.length > sample, { within: 10_000, what: 'its message', every: 5 });
    times.push((sink.arrivals[sample] ?? NaN) - posted);
  }
  return { p50: quantile(times, 0.5), most: Math.max(...times), samples: times.length };
}

async function waiting({ quick, say }: BenchContext) {
  await using bed = new Testbed();
  const nobody = `http://127.0.0.1:${await freePort()}/`;
  const { url, process } = await startRelay(bed, { servers: Array.from({ length: DOWN }, () => nobody) });
  const empty = (await memoryUse(process.pid)).now;
  const posts = (quick ? 20_000 : 100_000) / DOWN;
  const times = await postAll({ url, posts, connections: CONNECTIONS, alerts: 1 });
  const last = times.answers.slice(-1_000);
  const notifications = (await scrape(`${url}/metrics`, { timeout: 60_000 })).sum('alert_relay_pending_notifications');
  say(`${count(notifications)} notifications wait`);
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

async function draining({ quick }: BenchContext): Promise<{ messages: number; rate: number }> {
  await using bed = new Testbed();
  const port = await freePort();
  const relay = await startRelay(bed, { servers: [`http://127.0.0.1:${port}/`], perMinute: 100_000 });
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
