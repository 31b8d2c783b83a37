// Stores that released versions wrote, with everything in them: the next version takes them over as they are.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Testbed, waitFor } from '@celery-watch/testbed';
import { StoreRefused, type KnownGroup, type Outbox } from '../outbox.js';
import { contentsOf, delivered, intake, nameOfLetter, namesOf, present, put, request, sample } from '../testing.js';
import { migrate, MIGRATIONS } from './schema.js';
import { openSqliteOutbox } from './sqlite-outbox.js';

const PROGRAM = fileURLToPath(new URL('./testing-program.js', import.meta.url));
/** In both of them. */
const KEPT_GROUP = 'kept\0"❯';

let bed: Testbed;
beforeEach(() => {
  bed = new Testbed();
});
afterEach(() => bed.close());

/** A store as that version left it when it was killed: see the words at the head of its record. */
function released(version: number): string {
  const file = path.join(bed.folder, `version-${version}.db`);
  using db = new DatabaseSync(file);
  db.exec(readFileSync(new URL(`../../../src/outbox/sqlite/released/version-${version}.sql`, import.meta.url), 'utf8'));
  return file;
}

function holdings(file: string): unknown {
  using db = new DatabaseSync(file);
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
  return [
    db.prepare('PRAGMA user_version').get(),
    ...tables.map(({ name }) => [name, db.prepare(`SELECT * FROM ${String(name)}`).all()]),
  ];
}

describe.each([1, 2])('a store of version %i', (version) => {
  let file: string;
  let outbox: Outbox;
  beforeEach(async () => {
    file = released(version);
    outbox = await openSqliteOutbox(file);
  });
  afterEach(() => outbox.close());

  it('holds all that it held', async () => {
    expect(await outbox.figures()).toEqual({
      pending: new Map([
        ['a', { notifications: 2, oldestAcceptedAt: 1400 }],
        ['b', { notifications: 2, oldestAcceptedAt: 1200 }],
        ['c', { notifications: 2, oldestAcceptedAt: 1300 }],
        ['d', { notifications: 1, oldestAcceptedAt: 1400 }],
        ['f', { notifications: 1, oldestAcceptedAt: 1140 }],
        ['removed', { notifications: 1, oldestAcceptedAt: 1600 }],
      ]),
      dead: new Map([['a', 1]]),
      quarantined: 1,
    });
    expect(await outbox.note('watchdog')).toBe('1700');
    const [post] = await outbox.listQuarantine(10);
    expect(await outbox.quarantined(post?.id ?? 0)).toMatchObject({ at: 1700, reason: 'not_json', bytes: 3 });
    const keys = version === 1 ? ['f1@1', 'f2@2'] : ['a1b2', 'c3d4'];
    const known: KnownGroup[] = [];
    await outbox.record('g', keys, (found) => intake({ episode: (known.push(found), found.episode) }));
    const [first, second] = version === 1 ? [{}, {}] : [{ startsAt: 10 }, { startsAt: 11, endedAt: 800 }];
    expect(known).toEqual([
      {
        states: new Map([
          [keys[0], { status: 'firing', seenAt: 1000, toldAt: 900, ...first }],
          [keys[1], { status: 'resolved', seenAt: 1000, toldAt: 900, ...second }],
        ]),
        episode: 'open',
      },
    ]);
    expect(await outbox.knowsFormerKeys()).toBe(version === 1);
    expect((await outbox.held()).map((each) => each.content)).toEqual(version === 1 ? [] : ['held back']);
  });

  it('goes on where it was: what was kept, claimed, free and copied goes as it would have', async () => {
    const kept = present(await outbox.claim('c', request(2000)));
    expect(kept).toMatchObject({
      attempt: 2,
      ambiguous: true,
      composedAt: 1320,
      plan: [{ state: 'delivered' }, { state: 'ambiguous', clip: 80 }],
      conversations: [],
    });
    expect(namesOf(kept)).toEqual(['kept', 'kept-too']);
    expect(kept.notifications.map((each) => each.acceptedAt)).toEqual([1300, 1310]);
    const claimed = present(await outbox.claim('d', request(1500)));
    expect([namesOf(claimed), claimed.attempt, claimed.ambiguous]).toEqual([['claimed'], 2, true]);
    expect(await outbox.claim('b', request(2000))).toMatchObject({ attempt: 2, unclear: 1 });
    expect(await outbox.claim('b', request(2000))).toMatchObject({ attempt: 1 });
    const copy = present(await outbox.claim('f', request(1500)));
    expect(contentsOf(copy)).toMatchObject([{ acceptedAt: 1100, undelivered: { channel: 'a', reason: 'address' } }]);
    expect(await outbox.replayDead({}, 3000, 'again')).toBe(1);
    expect(namesOf(await outbox.claim('again', request(3000)))).toEqual(['dead']);
    expect(await outbox.giveUpRemovedChannels(['a', 'b', 'c', 'd', 'f', 'again'], 3000, undefined)).toBe(1);
    // What is told of an episode from now on is remembered, though the older version accepted its beginning.
    await outbox.settle(kept, { kind: 'delivered', at: 2100 }, [delivered('now', 2100)]);
    await put(outbox, sample('kept', { group: KEPT_GROUP, at: 2200 }), ['c']);
    expect((await outbox.claim('c', request(2200)))?.conversations).toMatchObject([
      { group: KEPT_GROUP, episode: 'kept', root: { key: 'now' }, last: { key: 'now' } },
    ]);
  });

  it('is its history, and is found by label, what was in it before as well', async () => {
    const entries = await outbox.history({}, 100);
    expect(
      entries.map((each) => [each.channel, nameOfLetter(each), each.state, each.attempts, each.acceptedAt]),
    ).toEqual([
      ['removed', 'gone', 'waiting', 0, 1600],
      ['b', 'waiting', 'waiting', 0, 1500],
      ['a', 'waiting', 'waiting', 0, 1500],
      ['a', 'claimed', 'waiting', 0, 1400],
      ['d', 'claimed', 'waiting', 1, 1400],
      ['c', 'kept-too', 'waiting', 1, 1310],
      ['c', 'kept', 'waiting', 1, 1300],
      ['b', 'free', 'waiting', 1, 1200],
      ['f', 'dead', 'waiting', 0, 1100],
      ['a', 'dead', 'dead', 2, 1100],
      ['a', 'delivered', 'delivered', 1, 1000],
    ]);
    const found = await outbox.history({ labels: { alertname: 'dead', severity: 'critical' } }, 10);
    expect(found.map((each) => each.channel)).toEqual(['f', 'a']);
    expect(await outbox.history({ labels: { severity: 'warning' }, states: ['delivered'] }, 10)).toHaveLength(1);
    const record = await outbox.historyOf(entries.at(-1)?.id ?? 0);
    expect(record).toMatchObject({ endedAt: 1020, sends: [], notification: { episode: { id: 'delivered' } } });
    await outbox.claim('d', request(1500));
    expect((await outbox.historyOf(entries[4]?.id ?? 0))?.sends).toMatchObject([{ reason: 'interrupted', at: 1500 }]);
  });

  it('is the same as one that was begun by this version', async () => {
    await outbox.close();
    const fresh = path.join(bed.folder, 'fresh.db');
    await (await openSqliteOutbox(fresh)).close();
    const schemaOf = (of: string): unknown => {
      using db = new DatabaseSync(of);
      const every = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name";
      return [db.prepare(every).all(), db.prepare('PRAGMA auto_vacuum').get(), db.prepare('PRAGMA user_version').get()];
    };
    expect(schemaOf(file)).toEqual(schemaOf(fresh));
  });

  it('can be forgotten when it is old', async () => {
    await outbox.history({ labels: { severity: 'warning' } }, 1);
    for (let some = -1; some !== 0;) some = await outbox.prune({ deliveredBefore: 1e9, seenBefore: 0 });
    expect((await outbox.history({}, 100)).map((each) => each.state)).not.toContain('delivered');
    expect(await outbox.discardDead({})).toBe(1);
    expect(await outbox.history({ labels: { alertname: 'dead' } }, 10)).toMatchObject([{ channel: 'f' }]);
    expect(await outbox.listQuarantine(10)).toEqual([]);
  });
});

describe('a store that is brought to the newest version', () => {
  it('is as it was where the process is killed midway, and is brought there by the next start', async () => {
    const file = released(2);
    const before = holdings(file);
    const said: string[] = [];
    const program = await bed.start({
      name: 'a program that brings a store to the newest version',
      command: process.execPath,
      args: [PROGRAM, file, 'migrate'],
      onLine: (line) => void said.push(line),
      leaf: true,
    });
    await waitFor(() => said.includes('midway'), { within: 20_000, what: 'the program to be midway' });
    await program.kill();
    expect(holdings(file)).toEqual(before);
    const outbox = await openSqliteOutbox(file);
    expect(await outbox.history({}, 100)).toHaveLength(11);
    await outbox.close();
  });

  it.each([1, 2])('is not opened by a program of version %i any more, and stays as it was', async (version) => {
    const file = released(version);
    await (await openSqliteOutbox(file)).close();
    const before = holdings(file);
    using db = new DatabaseSync(file);
    expect(() => migrate(db, '', MIGRATIONS.slice(0, version))).toThrow(
      new StoreRefused(
        `has version ${MIGRATIONS.length}, and this program knows versions up to ${version}. Start the newer program ` +
          'that wrote it, or give this one a file of its own (storage.path)',
      ),
    );
    db.close();
    expect(holdings(file)).toEqual(before);
  });
});
