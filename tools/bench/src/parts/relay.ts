// Part 5: the alert relay, on each of its stores. How fast it answers with the alerts on disk, how soon it sends, what
// it needs with 100,000 notifications waiting, how fast it drains.
import { Testbed } from '@celery-watch/testbed';
import type { BenchContext, PartResult } from '../bench-part.js';
import { ALERTS, type Answering, answering, type Answers, CONNECTIONS, STEADY_RATE } from '../relay/answering.js';
import { acceptToSend, DOWN, type Drained, draining, type Soon, type Waiting, waiting } from '../relay/sending.js';
import { benchStores } from '../relay/stores.js';
import { count, fixed, megabytes, textTable } from '../report/text-table.js';

const AIM = { postsPerSecond: 500, p99: 25, healthz: 50, acceptToSend: 2_000 } as const;

interface Figures {
  readonly name: string;
  readonly answers: Answering;
  readonly soon: Soon;
  readonly pending: Waiting;
  readonly drained: Drained;
}

export async function relay(context: BenchContext): Promise<PartResult> {
  await using bed = new Testbed();
  const figures: Figures[] = [];
  for (const store of await benchStores(bed))
    figures.push({
      name: store.name,
      answers: await answering(store, context),
      soon: await acceptToSend(store, context),
      pending: await waiting(store, context),
      drained: await draining(store, context),
    });
  const refused = figures.map(({ name, answers: { down, digests }, pending }) => {
    const all = [down.fast, down.steady, digests.fast, digests.steady, pending];
    return { name, posts: all.reduce((sum, each) => sum + each.refused, 0) };
  });
  return {
    text: [answersTable(figures), aims(figures), otherTable(figures)].join('\n\n'),
    data: Object.fromEntries(
      figures.map(({ name, answers, soon, pending, drained }) => [
        name,
        { ...answers, acceptToSend: soon, pending, drained },
      ]),
    ),
    failures: refused
      .filter(({ posts }) => posts > 0)
      .map(({ name, posts }) => `relay on ${name}: ${posts} posts were not answered with 200`),
  };
}

function answersTable(figures: readonly Figures[]): string {
  const row = (what: string, { name }: Figures, { rate, p50, p99, most, healthz }: Answers): string[] => [
    `${what}, ${name}`,
    `${count(rate)}/s`,
    `${fixed(p50, 1)} ms`,
    `${fixed(p99, 1)} ms`,
    `${fixed(most, 0)} ms`,
    `${fixed(healthz.p99, 1)} ms`,
    `${fixed(healthz.most, 0)} ms`,
  ];
  const rows = (what: string, of: (answers: Answering) => Answers): string[][] =>
    figures.map((each) => row(what, each, of(each.answers)));
  return textTable(
    [
      `posts of ${ALERTS} alerts, on disk before the answer; ${CONNECTIONS} connections`,
      'posts',
      'p50',
      'p99',
      'longest',
      '/healthz p99',
      'longest',
    ],
    [
      ...rows('as fast as answered, servers down', ({ down }) => down.fast),
      ...rows('as fast as answered, digests being made', ({ digests }) => digests.fast),
      ...rows(`${STEADY_RATE} a second, servers down`, ({ down }) => down.steady),
      ...rows(`${STEADY_RATE} a second, digests being made`, ({ digests }) => digests.steady),
    ],
  );
}

function aims(figures: readonly Figures[]): string {
  const reached = (isReached: boolean): string => (isReached ? 'reached' : 'NOT reached');
  const lines = figures.map(({ name, answers: { digests, down }, soon }) => {
    const all = [down.fast, down.steady, digests.fast, digests.steady];
    return (
      `  ${name}: ${AIM.postsPerSecond} posts/s ${reached(digests.fast.rate >= AIM.postsPerSecond)}; p99 under ` +
      `${AIM.p99} ms at ${STEADY_RATE} a second with digests ${reached(digests.steady.p99 < AIM.p99)}; /healthz ` +
      `always under ${AIM.healthz} ms ${reached(all.every(({ healthz }) => healthz.most < AIM.healthz))}; sent ` +
      `within ${AIM.acceptToSend / 1000} s ${reached(soon.most < AIM.acceptToSend)}`
    );
  });
  return ['  aims', ...lines].join('\n');
}

function otherTable(figures: readonly Figures[]): string {
  const row = (what: string, of: (each: Figures) => string): string[] => [what, ...figures.map(of)];
  return textTable(
    ['', ...figures.map(({ name }) => name)],
    [
      row('from a post to its arrival at a free channel, p50', ({ soon }) => `${fixed(soon.p50, 0)} ms`),
      row('  p99', ({ soon }) => `${fixed(soon.p99, 0)} ms`),
      row('  longest', ({ soon }) => `${fixed(soon.most, 0)} ms of ${soon.samples}`),
      row(`notifications waiting, ${DOWN} channels down`, ({ pending }) => count(pending.notifications)),
      row('  memory, empty', ({ pending }) => megabytes(pending.empty)),
      row('  memory with them', ({ pending }) => megabytes(pending.now)),
      row('  memory at its peak', ({ pending }) => megabytes(pending.peak)),
      row('  a post is answered in, p50', ({ pending }) => `${fixed(pending.p50, 1)} ms`),
      row('  p99', ({ pending }) => `${fixed(pending.p99, 1)} ms`),
      row('groups drained one by one after a restart', ({ drained }) => `${count(drained.rate)}/s`),
    ],
  );
}
