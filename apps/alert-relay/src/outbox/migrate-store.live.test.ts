// A store that is moved from a file into PostgreSQL says the same afterwards, and goes on as it would have.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Secret } from '@celery-watch/service';
import { type PostgresServer, Testbed } from '@celery-watch/testbed';
import { migrateStore } from './migrate-store.js';
import type { Outbox } from './outbox.js';
import { openPostgresOutbox } from './postgres/postgres-outbox.js';
import { openSqliteOutbox } from './sqlite/sqlite-outbox.js';
import {
  contentsOf,
  dead,
  delivered,
  intake,
  namesOf,
  present,
  put,
  refused,
  request,
  retry,
  sample,
} from './testing.js';

let bed: Testbed;
let server: PostgresServer;
let files = 0;
beforeAll(async () => {
  bed = new Testbed();
  server = await bed.postgres();
});
afterAll(() => bed.close());

const newFile = (): string => path.join(bed.folder, `${(files += 1)}.db`);
const at = (url: string): { kind: 'postgres'; url: Secret } => ({ kind: 'postgres', url: new Secret(url) });
const LONG = 'g'.repeat(3_000);
const ODD = 'x\u0000\ud800';
/** Times of the test: long ago by any clock, so that moving them shows. */
const NOW = Date.now() - 86_400_000;

async function fill(outbox: Outbox): Promise<void> {
  const take = async (channel: string): Promise<ReturnType<typeof present>> =>
    present(await outbox.claim(channel, request(NOW, { digest: true })));
  for (const [name, group] of [
    ['n1', 'g'],
    ['n2', LONG],
    ['n3', ODD],
  ] as const)
    await put(outbox, sample(name, { group, at: NOW }), ['waits', 'kept', 'done', 'dead', 'claimed']);
  await outbox.settle(await take('kept'), retry(NOW, NOW + 500, { keep: true }), [refused('k1', NOW)]);
  const plan = [{ from: 0, to: 1, detail: 'full' as const, state: 'delivered' as const }];
  const done = await take('done');
  await outbox.progress(done, plan, NOW + 1000, [delivered('d1', NOW, { sent: 'words \u0000 ❯' })]);
  await outbox.settle(done, { kind: 'delivered', at: NOW + 1 }, [delivered('d2', NOW + 1)]);
  await outbox.settle(await take('dead'), dead(NOW + 2, { fallback: 'f' }), [refused('x1', NOW)]);
  await outbox.settle(await take('waits'), retry(NOW, NOW + 700, { alone: true }), [refused('w1', NOW)]);
  await take('claimed');
  await outbox.record('g', [], () =>
    intake({
      states: new Map([
        ['e1', { status: 'firing', seenAt: NOW, toldAt: NOW - 5, startsAt: 1, heldUntil: NOW + 9 }],
        [ODD, { status: 'resolved', seenAt: NOW, toldAt: NOW, startsAt: 1, endedAt: 2 }],
      ]),
      episode: 'open',
      held: { dueAt: NOW + 60, content: '{"kept": true}' },
    }),
  );
  await outbox.quarantine(Buffer.from([0, 255]), 'not_json', NOW);
  await outbox.note('pace:a', JSON.stringify({ sent: [NOW - 1000, NOW], pausedUntil: 0 }));
  await outbox.note('watchdog:seen', String(NOW));
  await outbox.note('words', 'no number');
}

/** All that can be asked for without changing it; times as they differ from the first one's. */
async function told(outbox: Outbox, shift: number): Promise<unknown> {
  const history = await outbox.history({}, 1000);
  const quarantine = await outbox.listQuarantine(10);
  const everything = {
    history: await Promise.all(history.map((each) => outbox.historyOf(each.id))),
    dead: await outbox.listDead({}, 1000),
    quarantine: await Promise.all(
      quarantine.map(async ({ id }) => Buffer.from((await outbox.quarantined(id))?.content ?? [])),
    ),
    quarantined: quarantine,
    figures: await outbox.figures(),
    held: await outbox.held(),
    notes: await Promise.all(['pace:a', 'watchdog:seen', 'words', 'missing'].map((name) => outbox.note(name))),
    labels: (await outbox.history({ labels: { alertname: 'n2' } }, 10)).map((each) => each.id),
  };
  return JSON.parse(
    JSON.stringify(everything, (_, value: unknown) => (value instanceof Map ? [...value].sort() : value)),
    (key, value: unknown) => {
      const isTime = typeof value === 'number' && Math.abs(value - shift - NOW) < 100_000;
      // Notes hold moments in their text.
      if (typeof value === 'string' && key !== 'sent')
        return value.replaceAll(/\d{13}/g, (digits) =>
          String(Number(digits) - (Math.abs(Number(digits) - shift - NOW) < 1e5 ? shift : 0)),
        );
      return isTime ? value - shift : value;
    },
  );
}

describe('a store that is moved', () => {
  it('says the same afterwards, by the time of the database, and goes on', async () => {
    const file = newFile();
    const source = await openSqliteOutbox(file);
    await fill(source);
    // Its clock was set by an hour since it began.
    const hour = 3_600_000;
    await source.note('clock', JSON.stringify({ steady: Date.now() - hour, ticks: 0, boot: 'another', ahead: hour }));
    await source.close();
    const before = await openSqliteOutbox(file);
    const expected = await told(before, 0);
    await before.close();

    const { url } = await server.database();
    const lines: string[] = [];
    const moved = await migrateStore({ kind: 'sqlite', path: file }, at(url), (table, rows) =>
      lines.push(`${table} ${rows}`),
    );
    expect(moved).toMatchObject({ notification: 3, delivery: 18, alert_state: 2, quarantine: 1, note: 3, held: 1 });
    expect(lines).toContain('delivery 18');

    const target = await openPostgresOutbox(url);
    const [entry] = await target.listQuarantine(1);
    const shift = (entry?.at ?? 0) - NOW;
    expect(Math.abs(shift - hour)).toBeLessThan(60_000);
    expect(await told(target, shift)).toEqual(expected);
    await target.record('g', ['e1', ODD], (known) => {
      expect(known).toEqual({
        episode: 'open',
        states: new Map([
          [
            'e1',
            { status: 'firing', seenAt: NOW + shift, toldAt: NOW - 5 + shift, startsAt: 1, heldUntil: NOW + 9 + shift },
          ],
          [ODD, { status: 'resolved', seenAt: NOW + shift, toldAt: NOW + shift, startsAt: 1, endedAt: 2 }],
        ]),
      });
      return intake({ entries: [{ notification: sample('new'), channels: ['waits', 'done'] }] });
    });

    const later = NOW + shift + 1000;
    const kept = present(await target.claim('kept', request(later)));
    expect([namesOf(kept), kept.attempt, kept.composedAt]).toEqual([['n1', 'n2', 'n3'], 2, NOW + shift]);
    expect(contentsOf(kept).map((each) => each.group.key)).toEqual(['g', LONG, ODD]);
    await put(target, sample('n1', { group: ODD, at: later }), ['done']);
    await put(target, sample('n3', { group: ODD, at: later }), ['done']);
    const again = present(await target.claim('done', request(later, { digest: true })));
    expect(again.conversations).toMatchObject([{ group: ODD, episode: 'n3', root: { key: 'd1', at: NOW + shift } }]);
    const alone = [];
    for (
      let claim = await target.claim('waits', request(later, { digest: true }));
      claim;
      claim = await target.claim('waits', request(later, { digest: true }))
    )
      alone.push(namesOf(claim));
    expect(alone).toEqual([['n1', 'new'], ['n2'], ['n3']]);
    const fresh = (await target.history({}, 100)).map((each) => each.id);
    expect(Math.max(...fresh)).toBeGreaterThan(18);
    // Messages of before are not taken for those of now.
    await target.settle(again, { kind: 'delivered', at: later }, [delivered('fresh', later)]);
    const records = await Promise.all(fresh.map((id) => target.historyOf(id)));
    expect(records.filter((each) => each?.sends.some((send) => send.key === 'fresh'))).toHaveLength(3);
    await target.close();
    // The file is as it was.
    const after = await openSqliteOutbox(file);
    expect(await told(after, 0)).toEqual(expected);
    await after.close();
  });

  it('refuses while a relay has the file, where there is none, and into a store that is not empty; nothing is moved then', async () => {
    const file = newFile();
    const { url } = await server.database();
    const relay = await openSqliteOutbox(file);
    await put(relay, sample('n1'), ['a']);
    const from = { kind: 'sqlite', path: file } as const;
    await expect(migrateStore(from, at(url))).rejects.toThrow(/is in use by another process/);
    await relay.close();
    await expect(migrateStore({ kind: 'sqlite', path: newFile() }, at(url))).rejects.toThrow(/there is no outbox at/);
    expect(await migrateStore(from, at(url))).toMatchObject({ delivery: 1 });
    await expect(migrateStore(from, at(url))).rejects.toThrow(
      /is not empty. A store can only be moved into one that was never used/,
    );
    const target = await openPostgresOutbox(url);
    expect((await target.figures()).pending.get('a')?.notifications).toBe(1);
    await target.close();
    expect((await readFile(file)).length).toBeGreaterThan(0);
  });

  it('is moved while a relay that has nothing yet runs on the database, which goes on with it', async () => {
    const file = newFile();
    const { url } = await server.database();
    const source = await openSqliteOutbox(file);
    for (let i = 0; i < 50; i += 1) await put(source, sample(`n${i}`, { group: `g${i % 5}` }), ['a']);
    await source.close();
    const relay = await openPostgresOutbox(url);
    await migrateStore({ kind: 'sqlite', path: file }, at(url));
    await put(relay, sample('new', { group: 'g0' }), ['a']);
    expect(namesOf(await relay.claim('a', request(Date.now(), { maxChanges: 1000 })))).toEqual([
      ...Array.from({ length: 10 }, (_, i) => `n${i * 5}`),
      'new',
    ]);
    await relay.close();
  });
});
