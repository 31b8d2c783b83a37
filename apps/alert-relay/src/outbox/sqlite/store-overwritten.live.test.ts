// The store's files written into by somebody else under the running outbox, in place: nothing is answered for that
// would not stay, and nothing of ours goes into what was put there.
import { appendFileSync, copyFileSync, existsSync, openSync, closeSync, truncateSync, writeSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Testbed } from '@celery-watch/testbed';
import { StoreUnavailable, type Outbox } from '../outbox.js';
import { dead, namesOf, present, put, request, sample } from '../testing.js';
import { openSqliteOutbox } from './sqlite-outbox.js';
import { Store } from './store.js';
import { StoreFile } from './store-file.js';

let bed: Testbed;
let file: string;
let backup: string;
let outbox: Outbox;
beforeEach(async () => {
  bed = new Testbed();
  file = path.join(bed.folder, 'relay.db');
  backup = path.join(bed.folder, 'backup.db');
  outbox = await openSqliteOutbox(file);
  await put(outbox, sample('old', { group: 'o' }), ['a']);
  await outbox.close();
  // A backup of the same store, as people make one before they try something.
  copyFileSync(file, backup);
  outbox = await openSqliteOutbox(file);
  await put(outbox, sample('before', { group: 'x' }), ['a']);
});
afterEach(async () => {
  await outbox.close();
  await bed.close();
});

const after = sample('after', { group: 'y' });
const OURS = ['after', 'before', 'old'];

async function namesIn(of: string): Promise<string[] | undefined> {
  const next = await openSqliteOutbox(of);
  const names = namesOf(await next.claim('a', request(0, { digest: true })));
  await next.close();
  return names?.sort();
}

const restored = (): void => {
  copyFileSync(backup, file);
};

describe.each<[string, () => void, { readonly at: readonly string[]; readonly beside?: readonly string[] }]>([
  ['emptied', () => truncateSync(file, 0), { at: OURS }],
  [
    'emptied with its log',
    () => {
      for (const end of ['', '-wal']) truncateSync(`${file}${end}`, 0);
    },
    { at: OURS },
  ],
  ['whose log was emptied', () => truncateSync(`${file}-wal`, 0), { at: OURS }],
  ['whose log was written into', () => appendFileSync(`${file}-wal`, 'x'), { at: OURS }],
  ['with a backup copied over it', restored, { at: ['old'], beside: OURS }],
  [
    'with a backup and the log of a running relay copied over it',
    () => {
      copyFileSync(`${file}-wal`, `${backup}-wal`);
      truncateSync(file, 0);
      restored();
      copyFileSync(`${backup}-wal`, `${file}-wal`);
    },
    { at: ['before', 'old'], beside: OURS },
  ],
])('a file %s', (_, harm, { at, beside }) => {
  it('takes no post from then on, and says why', async () => {
    expect(await outbox.lost()).toBeUndefined();
    harm();
    await expect(put(outbox, after, ['a'])).rejects.toThrow(StoreUnavailable);
    for (let n = 0; n < 5; n += 1) {
      expect(await outbox.lost()).toMatch(/another program wrote into/);
      await expect(put(outbox, sample(`n${n}`, { group: `n${n}` }), ['a'])).rejects.toThrow(/another program wrote/);
      await outbox.note('time', String(n));
    }
  });

  it('delivers all the same what it holds, and what was refused', async () => {
    harm();
    await put(outbox, after, ['a']).catch(() => undefined);
    expect(namesOf(await outbox.claim('a', request(0, { digest: true })))?.sort()).toEqual(OURS);
  });

  it('is left as it was put there, and what was held is saved', async () => {
    harm();
    await put(outbox, after, ['a']).catch(() => undefined);
    await outbox.close();
    expect(await namesIn(file)).toEqual(at);
    expect(existsSync(`${file}.rescued`)).toBe(beside !== undefined);
    if (beside !== undefined) expect(await namesIn(`${file}.rescued`)).toEqual(beside);
  });

  it('is left as it was put there, also where the relay is killed', async () => {
    harm();
    await outbox.lost();
    await put(outbox, after, ['a']).catch(() => undefined);
    if (beside === undefined) return;
    // What is on disk now, without closing.
    const killed = path.join(bed.folder, 'killed.db');
    for (const end of ['', '-wal']) if (existsSync(`${file}${end}`)) copyFileSync(`${file}${end}`, `${killed}${end}`);
    expect(await namesIn(killed)).toEqual(at);
  });
});

it('notices bytes that were changed in the middle of a file', async () => {
  const fd = openSync(file, 'r+');
  writeSync(fd, Buffer.alloc(100, 0xa5), 0, 100, 8192);
  closeSync(fd);
  await expect(put(outbox, after, ['a'])).rejects.toThrow(/another program wrote into/);
});

it('notices it where the next work is no post', async () => {
  restored();
  await outbox.settle(present(await outbox.claim('a', request(0))), dead(5));
  expect(await outbox.lost()).toMatch(/another program wrote into/);
});

it('saves beside an older rescue, and never over it', async () => {
  appendFileSync(`${file}.rescued`, 'older');
  restored();
  await outbox.close();
  expect(await namesIn(`${file}.rescued-2`)).toEqual(['before', 'old']);
});

it('does not take its own work for another one, however much of it there is', async () => {
  for (let round = 0; round < 30; round += 1) {
    await Promise.all(
      Array.from({ length: 50 }, (_, n) => put(outbox, sample(`${round}-${n}`, { group: `${n}`, changes: 20 }), ['a'])),
    );
    await outbox.prune({ deliveredBefore: 1, seenBefore: 1 });
    expect(await outbox.lost()).toBeUndefined();
  }
});

it('stays lost once SQLite could not read what it wrote', async () => {
  const other = path.join(bed.folder, 'other.db');
  const store = new Store(new DatabaseSync(other), StoreFile.opened(other));
  const failing = (errcode: number) =>
    store.read('look', () => {
      throw Object.assign(new Error('disk trouble'), { errcode });
    });
  // No room: it may come back.
  for (const code of [13, 778]) await expect(failing(code)).rejects.toThrow('disk trouble');
  expect(store.lost()).toBeUndefined();
  await expect(failing(522)).rejects.toThrow('disk trouble');
  expect(store.lost()).toMatch(/can no longer be read \(disk trouble\).*start it with the file restored from a backup/);
  store.close();
});
