// Two relays on one PostgreSQL store, of which one is stopped in the middle of a statement while the other one does
// what it likes: each notification still has one fate.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type PostgresDatabase, type PostgresServer, Testbed } from '@celery-watch/testbed';
import type { Claim, Outbox } from '../outbox.js';
import { dead, nameOfLetter, namesOf, present, put, request, sample } from '../testing.js';
import { openPostgresOutbox } from './postgres-outbox.js';
import { Pause, slowUrl } from './testing-pause.js';

let bed: Testbed;
let server: PostgresServer;
let database: PostgresDatabase;
let quick: Outbox;
let slow: Outbox;
let pause: Pause | undefined;
beforeAll(async () => {
  bed = new Testbed();
  server = await bed.postgres();
});
beforeEach(async () => {
  database = await server.database();
  const options = { removedAfterMs: 0, beatMs: 1e9 };
  [quick, slow] = [
    await openPostgresOutbox(database.url, options),
    await openPostgresOutbox(slowUrl(database), options),
  ];
});
afterEach(async () => {
  await pause?.end();
  await slow.close();
  await quick.close();
});
afterAll(() => bed.close());

const HOUR = 3_600_000;

/** Claims and delivers. @returns what it had */
async function deliver(outbox: Outbox, maxChanges: number): Promise<readonly string[]> {
  const claim = await outbox.claim('a', request(0, { digest: true, maxChanges, leaseMs: HOUR }));
  return claim === undefined ? [] : settled(outbox, claim);
}

async function settled(outbox: Outbox, claim: Claim): Promise<readonly string[]> {
  return (await outbox.settle(claim, { kind: 'delivered', at: 1 })) ? (namesOf(claim) ?? []) : [];
}

async function deliverAll(outbox: Outbox): Promise<readonly string[]> {
  const all: string[] = [];
  for (let some = await deliver(outbox, 9); some.length > 0; some = await deliver(outbox, 9)) all.push(...some);
  return all;
}

const NOTHING_HELD = 'SELECT (SELECT count(*)::int FROM alert_relay.message) AS messages';

// There are fewer looks than that: then nobody stops, and it goes as it would go one after the other.
describe.each([1, 2, 3, 4, 5, 6, 7, 8])('a relay that stops at its look no. %i at a lane', (look) => {
  it('sends nothing that another relay sends meanwhile', async () => {
    await put(quick, sample('n1', { group: 'g1' }), ['a']);
    await put(quick, sample('n2', { group: 'g2' }), ['a']);
    await put(quick, sample('n3', { group: 'g2' }), ['a']);
    pause = await Pause.atLook(database, look);
    const slowly = deliver(slow, 9);
    await pause.untilStuck([slowly]);
    const quickly = deliver(quick, 1);
    await pause.untilStuck([slowly, quickly]);
    await pause.end();
    const sent = [...(await slowly), ...(await quickly), ...(await deliverAll(quick))];
    expect([...sent].sort()).toEqual(['n1', 'n2', 'n3']);
    expect(await database.query(NOTHING_HELD)).toEqual([{ messages: 0 }]);
    expect((await quick.figures()).pending).toEqual(new Map());
  });

  it('gives up nothing of a removed channel that another relay sends meanwhile', async () => {
    for (const name of ['n1', 'n2', 'n3']) await put(quick, sample(name), ['a']);
    pause = await Pause.atLook(database, look);
    const givenUp = slow.giveUpRemovedChannels(['b'], 5, undefined);
    await pause.untilStuck([givenUp]);
    const claimed = quick.claim('a', request(0, { maxChanges: 1, leaseMs: HOUR }));
    await pause.untilStuck([givenUp, claimed]);
    await pause.end();
    await givenUp;
    const claim = await claimed;
    const sent = claim === undefined ? [] : await settled(quick, claim);
    const more = await deliverAll(quick);
    const letters = (await quick.listDead({}, 10)).map(nameOfLetter);
    expect([...sent, ...more, ...letters].sort()).toEqual(['n1', 'n2', 'n3']);
    expect(await database.query(NOTHING_HELD)).toEqual([{ messages: 0 }]);
    expect((await quick.figures()).pending).toEqual(new Map());
  });
});

describe('two relays that forget at the same moment', () => {
  it('leave nothing of a notification and a message of which each deletes a delivery', async () => {
    await put(quick, sample('n1', { group: 'g1' }), ['a', 'b']);
    await put(quick, sample('n2', { group: 'g2' }), ['a']);
    const sent = { key: 'k', part: 1, parts: 1, at: 1, latencyMs: 1, sent: 'x' };
    for (const channel of ['a', 'b']) {
      const claim = present(await quick.claim(channel, request(0, { digest: true })));
      const attempt = { ...sent, verdict: 'permanent', reason: 'content', detail: '' } as const;
      await quick.settle(claim, dead(1), [attempt]);
    }
    const letters = await quick.listDead({}, 10);
    expect(letters).toHaveLength(3);
    const of = (names: readonly string[]): readonly number[] =>
      letters.filter((each) => names.includes(`${each.channel} ${nameOfLetter(each)}`)).map((each) => each.id);
    pause = await Pause.afterAttempts(database);
    const forgotten = [quick.discardDead({ ids: of(['a n1']) }), slow.discardDead({ ids: of(['b n1', 'a n2']) })];
    await pause.untilStuck(forgotten);
    await pause.end();
    expect(await Promise.all(forgotten)).toEqual([1, 2]);
    for (const table of ['notification', 'attempt', 'sending', 'delivery'])
      expect(await database.query(`SELECT * FROM alert_relay.${table}`)).toEqual([]);
  });
});
