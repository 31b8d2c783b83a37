// Several relays on one PostgreSQL store at once: whatever they do in whatever order, each notification goes once, in
// the order of its group, and what a relay held that is gone is taken up by the others.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { type PostgresDatabase, type PostgresServer, Testbed, waitFor } from '@celery-watch/testbed';
import { StoreUnavailable, type Claim, type Outbox } from '../outbox.js';
import { contentsOf, dead, intake, nameOf, namesOf, present, put, request, retry, sample } from '../testing.js';
import { openPostgresOutbox, type PostgresOutboxOptions } from './postgres-outbox.js';
import { SharedLanes } from './testing-lanes.js';

let bed: Testbed;
let server: PostgresServer;
let database: PostgresDatabase;
let opened: Outbox[] = [];
beforeAll(async () => {
  bed = new Testbed();
  server = await bed.postgres({ config: ['max_connections = 200'] });
});
beforeEach(async () => {
  database = await server.database();
});
afterEach(async () => {
  for (const each of opened) await each.close();
  opened = [];
});
afterAll(() => bed.close());

const open = async (options: PostgresOutboxOptions = {}): Promise<Outbox> => {
  const outbox = await openPostgresOutbox(database.url, { removedAfterMs: 0, ...options });
  opened.push(outbox);
  return outbox;
};
/** No lease is longer. */
const HOUR = 3_600_000;
/** Quick to find out that another is gone. */
const QUICK = { beatMs: 20, goneAfterMs: 150 } as const;
/** Never shows again that it lives. */
const DYING = { beatMs: 1e9 } as const;

const soon = (what: string): { within: number; what: string; every: number } => ({ within: 20_000, what, every: 20 });

describe('posts to several relays', () => {
  it('of one group are taken one after the other: each decides on all that came before', async () => {
    const relays = await Promise.all([open(), open(), open()]);
    const posts = Array.from({ length: 150 }, (_, i) =>
      (relays[i % 3] as Outbox).record('g', ['count'], ({ states, episode }) => {
        const seenAt = (states.get('count')?.seenAt ?? 0) + 1;
        return {
          ...intake({
            states: new Map([['count', { status: 'firing', seenAt, toldAt: seenAt }]]),
            episode: `${episode ?? ''}.`,
            entries: [{ notification: sample(`n${seenAt}`), channels: ['a', 'b'] }],
          }),
          seenAt,
        };
      }),
    );
    const order = (await Promise.all(posts)).map((each) => each.seenAt);
    expect([...order].sort((a, b) => a - b)).toEqual(posts.map((_, i) => i + 1));
    for (const channel of ['a', 'b'])
      expect(namesOf(await relays[1].claim(channel, request(0, { maxChanges: 1000 })))).toEqual(
        posts.map((_, i) => `n${i + 1}`),
      );
  });

  it('of many groups and channels in any order come to no deadlock', async () => {
    const relays = await Promise.all([open(), open(), open()]);
    const channels = ['a', 'b', 'c', 'd', 'e'];
    await Promise.all(
      Array.from({ length: 300 }, (_, i) =>
        put(relays[i % 3] as Outbox, sample(`n${i}`, { group: `g${(i * 7) % 11}` }), [
          ...channels.slice(i % 5),
          ...channels.slice(0, i % 5),
        ]),
      ),
    );
    const { pending } = await relays[0].figures();
    expect([...pending.values()].map((each) => each.notifications)).toEqual([300, 300, 300, 300, 300]);
    const found = await database.query(
      'SELECT deadlocks::int FROM pg_stat_database WHERE datname = current_database()',
    );
    expect(found).toEqual([{ deadlocks: 0 }]);
  });
});

describe('claims of several relays', () => {
  it.each([1, 2, 3])(
    'give each notification once, in the order of its group, whatever becomes of them (%i)',
    async (seed) => {
      const relays = await Promise.all([open(), open(), open()]);
      const lanes = new SharedLanes(seed);
      await lanes.run(relays, { posts: 240, isDying: () => false });
      expect(lanes.problems).toEqual([]);
      expect(lanes.unambiguousRepeats).toEqual([]);
      const { pending } = await relays[0].figures();
      expect(pending).toEqual(new Map());
    },
  );

  it.each([4, 5])(
    'go on with what a relay held that is gone; only what may have been sent comes twice (%i)',
    async (seed) => {
      const relays = [await open(QUICK), await open(QUICK), await open(DYING)];
      const lanes = new SharedLanes(seed);
      await lanes.run(relays, { posts: 150, isDying: (i) => i === 2 });
      expect(lanes.problems).toEqual([]);
      expect(lanes.unambiguousRepeats).toEqual([]);
    },
  );

  it('take what another relay is about to store or to claim, and nothing twice', async () => {
    const relays = await Promise.all([open(), open(), open(), open()]);
    for (let i = 0; i < 40; i += 1) await put(relays[0], sample(`n${i}`, { group: `g${i}` }), ['a']);
    const claims: Claim[] = [];
    await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        const claim = await relays[i % 4]?.claim('a', request(0));
        if (claim) claims.push(claim);
      }),
    );
    for (let claim = await relays[0].claim('a', request(0)); claim; claim = await relays[0].claim('a', request(0)))
      claims.push(claim);
    expect(claims.flatMap(contentsOf).map(nameOf).sort()).toEqual(Array.from({ length: 40 }, (_, i) => `n${i}`).sort());
    expect(new Set(claims.map((each) => each.token)).size).toBe(40);
  });
});

describe('the end of a message', () => {
  // Which plan is chosen is PostgreSQL's: with many lanes it is a nested loop.
  it.each(['off', 'on'])(
    'frees all of its lanes, also those that a post changes meanwhile (hash joins %s)',
    async (on) => {
      await database.query(`ALTER DATABASE ${database.name} SET enable_hashjoin = ${on}`);
      await database.query(`ALTER DATABASE ${database.name} SET enable_mergejoin = ${on}`);
      const relay = await open();
      for (const group of ['g1', 'g2', 'g3']) await put(relay, sample(group, { group }), ['a']);
      const claim = present(await relay.claim('a', request(0, { digest: true })));
      const post = new Client(database.url);
      await post.connect();
      try {
        await post.query('BEGIN');
        await post.query('UPDATE alert_relay.lane SET size = size WHERE size = 1');
        const settled = relay.settle(claim, dead(1));
        await waitFor(async () => {
          const waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
          return (await database.query(waiting)).length > 0;
        }, soon('the settlement to wait for the post'));
        await post.query('COMMIT');
        expect(await settled).toBe(true);
        expect(await database.query('SELECT id FROM alert_relay.lane')).toEqual([]);
        expect(await database.query('SELECT id FROM alert_relay.message')).toEqual([]);
      } finally {
        await post.end();
      }
    },
  );
});

describe('a relay that is gone', () => {
  it('loses its claims at once, which are ambiguous then; its word does not count any more, and it may claim again', async () => {
    const [gone, other] = [await open(DYING), await open(QUICK)];
    await put(gone, sample('n1'), ['a']);
    const claim = present(await gone.claim('a', request(0, { leaseMs: HOUR })));
    let again: Claim | undefined;
    await waitFor(async () => (again = await other.claim('a', request(5))) !== undefined, soon('it happens'));
    expect(again).toEqual({ ...claim, token: again?.token, attempt: 2, ambiguous: true });
    expect(await gone.progress(claim, [], HOUR)).toBe(false);
    expect(await gone.settle(claim, { kind: 'delivered', at: 1 })).toBe(false);
    await put(gone, sample('n2', { group: 'y' }), ['a']);
    const late = present(await gone.claim('a', request(5)));
    expect(namesOf(late)).toEqual(['n2']);
    expect(await gone.settle(late, { kind: 'delivered', at: 6 })).toBe(true);
    const [entry] = (await other.history({}, 10)).filter((each) => each.alerts[0]?.name === 'n1');
    expect((await other.historyOf(entry?.id ?? 0))?.sends).toMatchObject([
      { reason: 'interrupted', verdict: 'ambiguous' },
    ]);
  });

  it('is not one that shows that it lives, however long it takes', async () => {
    const [slow, other] = [await open(QUICK), await open(QUICK)];
    await put(slow, sample('n1'), ['a']);
    const claim = present(await slow.claim('a', request(0, { leaseMs: HOUR })));
    const beats = async (): Promise<number> => {
      const [row] = await database.query<{ beats: string }>('SELECT min(beat) AS beats FROM alert_relay.holder');
      return Number(row?.beats);
    };
    const from = await beats();
    await waitFor(async () => (await beats()) > from + 30, soon('it happens'));
    expect(await other.claim('a', request(5))).toBeUndefined();
    expect(await slow.settle(claim, { kind: 'delivered', at: 1 })).toBe(true);
  });

  it('is nobody after an outage of the database, before it could show that it lives', async () => {
    // Longer than the second in which one may find out that the database is back before the other one does.
    const options = { beatMs: 20, goneAfterMs: 3_000 };
    const [first, second] = [await open(options), await open(options)];
    await put(first, sample('n1'), ['a']);
    const claim = present(await first.claim('a', request(0, { leaseMs: HOUR })));
    await server.kill();
    await expect(first.time()).rejects.toThrow(StoreUnavailable);
    const since = performance.now();
    await waitFor(() => performance.now() - since > 3_500, soon('it happens'));
    await server.restart();
    await waitFor(() => first.time().then(Boolean, () => false), soon('it happens'));
    await waitFor(() => second.time().then(Boolean, () => false), soon('it happens'));
    expect(await second.claim('a', request(5))).toBeUndefined();
    expect(await first.settle(claim, { kind: 'delivered', at: 1 })).toBe(true);
  });
});

describe('what relays share', () => {
  it('are notes: of many changes at once none is lost', async () => {
    const relays = await Promise.all([open(), open(), open()]);
    const results = await Promise.all(
      Array.from({ length: 90 }, (_, i) =>
        (relays[i % 3] as Outbox).changeNote('budget:a', (value) => ({
          value: String(Number(value ?? 0) + 1),
          result: Number(value ?? 0),
        })),
      ),
    );
    expect(results.sort((a, b) => a - b)).toEqual(Array.from({ length: 90 }, (_, i) => i));
    expect(await relays[1].note('budget:a')).toBe('90');
  });

  it('is the news of work: whoever listens hears of the channels, but not of its own', async () => {
    const [teller, listener] = [await open(), await open()];
    const heard: (string[] | undefined)[] = [];
    listener.onWork((channels) => heard.push(channels && [...channels].sort()));
    await waitFor(() => heard.length === 1, soon('it happens'));
    expect(heard).toEqual([undefined]);
    await put(teller, sample('n1'), ['a', 'b']);
    await waitFor(() => heard.length === 2, soon('it happens'));
    expect(heard[1]).toEqual(['a', 'b']);
    await put(listener, sample('n2'), ['c']);
    await teller.settle(present(await teller.claim('a', request(0))), dead(1, { fallback: 'f' }));
    await waitFor(() => heard.length === 3, soon('it happens'));
    expect(heard[2]).toEqual(['f']);
  });

  it('is heard of again after the connection that listens was cut, beginning with a look at everything', async () => {
    const [teller, listener] = [await open(), await open()];
    const heard: (string[] | undefined)[] = [];
    listener.onWork((channels) => heard.push(channels && [...channels]));
    await waitFor(() => heard.length === 1, soon('it happens'));
    await server.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'alert-relay listen'",
    );
    await waitFor(() => heard.length === 2, soon('it happens'));
    expect(heard).toEqual([undefined, undefined]);
    await put(teller, sample('n1'), ['a']);
    await waitFor(() => heard.length === 3, soon('it happens'));
    expect(heard[2]).toEqual(['a']);
  });
});

describe('channels that only some relays know', () => {
  it('are never given up while one that knows them lives; then for as long as it was agreed', async () => {
    const [older, newer] = [await open(QUICK), await open({ ...DYING })];
    expect(await newer.giveUpRemovedChannels(['a', 'new'], 5, undefined)).toBe(0);
    await put(newer, sample('n1'), ['a', 'new']);
    expect(await older.giveUpRemovedChannels(['a'], 5, 'a')).toBe(0);
    const [count] = await database.query<{ n: string }>('SELECT count(*) AS n FROM alert_relay.holder');
    expect(count?.n).toBe('2');
    await waitFor(
      async () => (await database.query('SELECT id FROM alert_relay.holder')).length === 1,
      soon('it happens'),
    );
    expect(await older.giveUpRemovedChannels(['a'], 7, 'a')).toBe(1);
    expect(await older.listDead({}, 10)).toMatchObject([{ channel: 'new', reason: 'channel_removed', diedAt: 7 }]);
  });

  it('wait for ten minutes where nobody knows them any more, or ever did', async () => {
    const [one, other] = [await open({ removedAfterMs: 600_000 }), await open({ removedAfterMs: 600_000 })];
    await one.giveUpRemovedChannels(['a', 'b'], 5, undefined);
    await put(one, sample('n1'), ['a', 'b', 'c']);
    expect(await one.giveUpRemovedChannels(['a'], 6, undefined)).toBe(0);
    expect(await other.giveUpRemovedChannels(['a'], 6, undefined)).toBe(0);
    await database.query(
      "UPDATE alert_relay.channel SET listed_at = listed_at - interval '599 s' WHERE name IN ('b', 'c')",
    );
    expect(await other.giveUpRemovedChannels(['a'], 6, undefined)).toBe(0);
    await database.query("UPDATE alert_relay.channel SET listed_at = listed_at - interval '1 s' WHERE name = 'c'");
    expect(await other.giveUpRemovedChannels(['a'], 7, undefined)).toBe(1);
    expect(await other.listDead({}, 10)).toMatchObject([{ channel: 'c' }]);
    expect(await other.giveUpRemovedChannels(['a', 'b'], 8, undefined)).toBe(0);
    expect(namesOf(await other.claim('b', request(9)))).toEqual(['n1']);
  });
});

describe('a program that is older than the store', () => {
  it('stops using it while it runs, and says why', async () => {
    const outbox = await open(QUICK);
    await put(outbox, sample('n1'), ['a']);
    await database.query('UPDATE alert_relay.store_version SET version = 7, compatible_from = 7');
    const ends = /has version 7, and this program knows versions up to/;
    await waitFor(
      () =>
        put(outbox, sample('n2'), ['a']).then(
          () => false,
          (error: unknown) => ends.test(String(error)),
        ),
      soon('posts are refused'),
    );
    await expect(outbox.claim('a', request(0))).rejects.toThrow(ends);
    await expect(outbox.lost()).rejects.toThrow(StoreUnavailable);
  });

  it('goes on where what the newer one added does not concern it', async () => {
    const outbox = await open(QUICK);
    await database.query('UPDATE alert_relay.store_version SET version = 7, compatible_from = 1');
    const beat = async (): Promise<number> =>
      Number((await database.query<{ beat: string }>('SELECT beat FROM alert_relay.holder'))[0]?.beat);
    const from = await beat();
    await waitFor(async () => (await beat()) > from + 3, soon('it happens'));
    await put(outbox, sample('n1'), ['a']);
    await outbox.settle(present(await outbox.claim('a', request(0))), retry(0, 0));
    expect(namesOf(await outbox.claim('a', request(0)))).toEqual(['n1']);
  });
});
