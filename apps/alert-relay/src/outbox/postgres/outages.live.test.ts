// Connections that break at any statement, and servers that go away and come back: nothing that was acknowledged is
// lost, nothing counts twice, and nobody waits for a server that is known to be away.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type PostgresDatabase, type PostgresServer, Testbed, waitFor } from '@celery-watch/testbed';
import { StoreUnavailable, type Claim, type Outbox } from '../outbox.js';
import { dead, delivered, intake, namesOf, refused, request, retry, sample } from '../testing.js';
import { openPostgresOutbox } from './postgres-outbox.js';
import { CuttingProxy, type Cut } from './testing-proxy.js';

let bed: Testbed;
let server: PostgresServer;
beforeAll(async () => {
  bed = new Testbed();
  server = await bed.postgres();
});
afterAll(() => bed.close());

/** Only what the test does talks to the server. */
const QUIET = { beatMs: 1e9, removedAfterMs: 0 } as const;
const soon = (what: string): { within: number; what: string; every: number } => ({ within: 30_000, what, every: 20 });

/** As AlertManager posts and the workers settle: again, until it is stored. */
async function untilStored<T>(outbox: Outbox, work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1)
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || tries === 5) throw error;
      await waitFor(() => outbox.lost().then(() => true), soon('the store is back'));
    }
}

/** A post that tells its alert once, however often it comes. */
const post = (outbox: Outbox, name: string, group: string): Promise<unknown> =>
  outbox.record(group, [name], ({ states }) =>
    states.has(name)
      ? intake({ episode: 'e' })
      : intake({
          states: new Map([[name, { status: 'firing', seenAt: 1, toldAt: 1 }]]),
          episode: 'e',
          entries: [{ notification: sample(name, { group }), channels: ['a'] }],
          held: { dueAt: 1, content: name },
        }),
  );

/** Something of everything; what became of it in the end. */
async function live(outbox: Outbox): Promise<unknown> {
  const take = async (): Promise<Claim> => {
    const claim = await untilStored(outbox, () => outbox.claim('a', request(5)));
    if (claim === undefined) throw new Error('what was stored cannot be claimed');
    return claim;
  };
  await untilStored(outbox, () => post(outbox, 'n1', 'g'));
  await untilStored(outbox, () => post(outbox, 'n2', 'h'));
  const first = await take();
  const answers = [await untilStored(outbox, () => outbox.progress(first, [], 100, [delivered('p1', 6)]))];
  answers.push(await untilStored(outbox, () => outbox.settle(first, retry(7, 5, { keep: true }), [refused('p2', 7)])));
  const second = await take();
  answers.push(
    await untilStored(outbox, () => outbox.settle(second, { kind: 'delivered', at: 9 }, [delivered('p3', 8)])),
  );
  const third = await take();
  answers.push(await untilStored(outbox, () => outbox.settle(third, dead(9, { fallback: 'f' }), [refused('p4', 9)])));
  const budget = await untilStored(outbox, () => outbox.changeNote('n', () => ({ value: 'spent', result: 'ok' })));
  await untilStored(outbox, () => outbox.note('other', 'x'));
  await untilStored(outbox, () => outbox.replayDead({}, 10));
  const fourth = await take();
  answers.push(await untilStored(outbox, () => outbox.settle(fourth, { kind: 'returned' })));
  return {
    answers,
    budget,
    claims: [first, second, third, fourth].map(namesOf),
    attempts: [first, second, third, fourth].map((each) => each.attempt),
  };
}

async function stateOf(outbox: Outbox): Promise<unknown> {
  const entries = await outbox.history({}, 100);
  const records = await Promise.all(entries.map((each) => outbox.historyOf(each.id)));
  return {
    deliveries: records.map((each) => [
      each?.channel,
      each?.state,
      each?.attempts,
      each?.sends.map((send) => send.key),
    ]),
    figures: await outbox.figures(),
    held: (await outbox.held()).map((each) => each.content),
    notes: [await outbox.note('n'), await outbox.note('other')],
  };
}

describe('a connection that breaks', () => {
  let proxy: CuttingProxy;
  let port: number;
  let database: string;
  let stores = 0;
  beforeAll(async () => {
    database = (await server.database()).name;
    proxy = new CuttingProxy(server);
    port = await proxy.listen();
  });
  afterAll(() => proxy[Symbol.asyncDispose]());

  const liveWith = async (cut: Cut | undefined): Promise<{ outcome: unknown; cuts: number; statements: number }> => {
    const url = `${server.urlFor(database, { port })}?schema=store_${(stores += 1)}`;
    const outbox = await openPostgresOutbox(url, QUIET);
    const before = proxy.cuts;
    proxy.arm(cut);
    const outcome = await live(outbox);
    const { statements } = proxy;
    proxy.arm(undefined);
    const state = await stateOf(outbox);
    await outbox.close();
    return { outcome: { outcome, state }, cuts: proxy.cuts - before, statements };
  };

  it.each(['before', 'after'] as const)(
    'at any statement, %s the server had it, changes nothing of the outcome',
    async (when) => {
      const whole = await liveWith(undefined);
      expect(whole.cuts).toBe(0);
      expect(whole.statements).toBeGreaterThan(40);
      for (let statement = 1; statement <= whole.statements; statement += 1) {
        const { outcome, cuts } = await liveWith({ statement, when });
        expect([statement, cuts, outcome]).toEqual([statement, 1, whole.outcome]);
      }
    },
  );
});

describe('a server that goes away', () => {
  let database: PostgresDatabase;
  let outbox: Outbox;
  const open = async (): Promise<void> => {
    database = await server.database();
    outbox = await openPostgresOutbox(database.url, { removedAfterMs: 0 });
  };
  const refusedWithin = async (limitMs: number): Promise<void> => {
    const since = performance.now();
    await expect(post(outbox, 'refused', 'r')).rejects.toThrow(StoreUnavailable);
    expect(performance.now() - since).toBeLessThan(limitMs);
  };
  const isBack = (): Promise<unknown> =>
    waitFor(() => outbox.time().then(Boolean, () => false), soon('the store is back'));

  it.each(['stopped', 'killed'] as const)(
    'and was %s refuses posts at once, and has all that it took when it is back',
    async (how) => {
      await open();
      const heard: unknown[] = [];
      outbox.onWork((channels) => heard.push(channels));
      const stored: string[] = [];
      const storm = Array.from({ length: 40 }, (_, i) =>
        post(outbox, `n${i}`, `g${i % 5}`).then(
          () => stored.push(`n${i}`),
          () => undefined,
        ),
      );
      await waitFor(() => stored.length > 0, soon('a post is stored'));
      await (how === 'stopped' ? server.stop() : server.kill());
      await Promise.all(storm);
      for (let i = 0; i < 5; i += 1) await refusedWithin(500);
      await expect(outbox.claim('a', request(0))).rejects.toThrow(StoreUnavailable);
      await expect(outbox.lost()).rejects.toThrow(StoreUnavailable);
      heard.length = 0;
      await server.restart();
      await isBack();
      await waitFor(() => heard.includes(undefined), soon('the relay looks for what waits'));
      await post(outbox, 'last', 'g0');
      const told: string[] = [];
      for (let claim = await outbox.claim('a', request(0)); claim; claim = await outbox.claim('a', request(0))) {
        told.push(...(namesOf(claim) ?? []));
        await outbox.settle(claim, { kind: 'delivered', at: 1 });
      }
      expect(told).toEqual(expect.arrayContaining([...stored, 'last']));
      expect(new Set(told).size).toBe(told.length);
      await outbox.close();
    },
  );

  it('and does not answer holds up posts for seconds at most, and none once that is known', async () => {
    await open();
    await post(outbox, 'n1', 'g');
    await server.pause();
    try {
      await refusedWithin(15_000);
      for (let i = 0; i < 5; i += 1) await refusedWithin(500);
    } finally {
      server.resume();
    }
    await isBack();
    await post(outbox, 'n2', 'g');
    const names = namesOf(await outbox.claim('a', request(0)));
    expect(names?.filter((each) => each !== 'refused')).toEqual(['n1', 'n2']);
    await outbox.close();
  });

  it('and is replaced by its standby has all that it acknowledged', async () => {
    const first = await bed.postgres();
    const standby = await first.standby({ synchronous: true });
    const { name } = await first.database();
    await using proxy = new CuttingProxy(first);
    const port = await proxy.listen();
    const relay = await openPostgresOutbox(first.urlFor(name, { port }), { removedAfterMs: 0 });
    await post(relay, 'n1', 'g');
    await post(relay, 'n2', 'h');
    const claim = await relay.claim('a', request(0));
    await first.kill();
    proxy.turnTo(standby);
    await expect(post(relay, 'n3', 'g')).rejects.toThrow(StoreUnavailable);
    // It can be reached, and only reads; what was stored last may not be shown there yet.
    const isRefused = (work: Promise<unknown>): Promise<boolean> =>
      work.then(
        () => false,
        (error: unknown) => error instanceof StoreUnavailable,
      );
    await waitFor(
      async () => (await isRefused(post(relay, 'n3', 'g'))) && (await isRefused(relay.lost())),
      soon('the standby to be seen for what it is'),
    );
    await standby.promote();
    await waitFor(() => post(relay, 'n3', 'g').then(() => true), soon('the standby took over'));
    expect(await relay.settle(claim as Claim, { kind: 'delivered', at: 1 })).toBe(true);
    expect(namesOf(await relay.claim('a', request(0, { digest: true })))).toEqual(['n2', 'n3']);
    await relay.close();
  });
});
