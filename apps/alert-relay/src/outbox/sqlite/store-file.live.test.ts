// The store's file deleted, moved or replaced under the running outbox: nothing is answered for that would not stay.
import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Testbed } from '@celery-watch/testbed';
import { StoredNotToStay, StoreUnavailable, type Outbox } from '../outbox.js';
import { namesOf, put, request, sample } from '../testing.js';
import { openSqliteOutbox } from './sqlite-outbox.js';

let bed: Testbed;
let file: string;
let outbox: Outbox;
beforeEach(async () => {
  bed = new Testbed();
  file = path.join(bed.folder, 'store', 'relay.db');
  outbox = await openSqliteOutbox(file);
  await put(outbox, sample('before', { group: 'x' }), ['a']);
});
afterEach(async () => {
  await outbox.close();
  await bed.close();
});

const after = sample('after', { group: 'y' });

/** What the next start finds. */
async function namesAtNextStart(of = file): Promise<string[] | undefined> {
  await outbox.close();
  const next = await openSqliteOutbox(of);
  const names = namesOf(await next.claim('a', request(0, { digest: true })));
  await next.close();
  return names?.sort();
}

const FOLDER = (): string => path.dirname(file);

describe.each([
  ['deleted', /deleted or moved/, () => rmSync(file)],
  [
    'deleted with its log',
    /deleted or moved/,
    () => {
      for (const end of ['', '-wal']) rmSync(`${file}${end}`, { force: true });
    },
  ],
  ['moved', /deleted or moved/, () => renameSync(file, `${file}.moved`)],
  ['in a folder that was renamed', /deleted or moved/, () => renameSync(FOLDER(), `${FOLDER()}.old`)],
  ['in a folder that was deleted', /deleted or moved/, () => rmSync(FOLDER(), { recursive: true })],
])('a file %s', (_, why, harm) => {
  it('takes no post, and says why', async () => {
    expect(await outbox.lost()).toBeUndefined();
    harm();
    expect(await outbox.lost()).toMatch(why);
    await expect(put(outbox, after, ['a'])).rejects.toThrow(StoredNotToStay);
    await expect(put(outbox, sample('other', { group: 'z' }), ['a'])).rejects.toThrow(why);
    await expect(outbox.quarantine(Buffer.from('x'), 'no JSON', 1)).rejects.toThrow(StoredNotToStay);
  });

  it('delivers all the same what it holds, and what was refused', async () => {
    harm();
    await put(outbox, after, ['a']).catch(() => undefined);
    expect(namesOf(await outbox.claim('a', request(0, { digest: true })))).toEqual(['before', 'after']);
  });

  it('is written again when the outbox is closed', async () => {
    harm();
    await put(outbox, after, ['a']).catch(() => undefined);
    expect(await namesAtNextStart()).toEqual(['after', 'before']);
  });
});

describe('a file that another one replaced', () => {
  beforeEach(async () => {
    const other = path.join(bed.folder, 'other.db');
    const backup = await openSqliteOutbox(other);
    await put(backup, sample('backup'), ['a']);
    await backup.close();
    copyFileSync(other, `${file}.new`);
    renameSync(`${file}.new`, file);
  });

  it('takes no post, and says why', async () => {
    expect(await outbox.lost()).toMatch(/replaced/);
    await expect(put(outbox, after, ['a'])).rejects.toThrow(/replaced/);
  });

  it('is left alone: what was held is written beside it', async () => {
    await put(outbox, after, ['a']).catch(() => undefined);
    await outbox.close();
    expect(await namesAtNextStart()).toEqual(['backup']);
    expect(await namesAtNextStart(`${file}.rescued`)).toEqual(['after', 'before']);
  });
});

it('keeps its log away from a file that replaced it, and leaves that file its own', async () => {
  const other = path.join(bed.folder, 'other.db');
  const backup = await openSqliteOutbox(other);
  await put(backup, sample('backup'), ['a']);
  // As of a running relay: the newest commit is in the log.
  for (const end of ['', '-wal']) copyFileSync(`${other}${end}`, `${file}.new${end}`);
  renameSync(`${file}.new`, file);
  expect(await outbox.lost()).toMatch(/replaced/);
  expect(existsSync(`${file}-wal`)).toBe(false);
  renameSync(`${file}.new-wal`, `${file}-wal`);
  await backup.close();
  expect(await namesAtNextStart()).toEqual(['backup']);
});

it('goes on when the file is moved back', async () => {
  renameSync(file, `${file}.moved`);
  await expect(put(outbox, after, ['a'])).rejects.toThrow(StoreUnavailable);
  renameSync(`${file}.moved`, file);
  expect(await outbox.lost()).toBeUndefined();
  await put(outbox, sample('later', { group: 'z' }), ['a']);
  expect(await namesAtNextStart()).toEqual(['after', 'before', 'later']);
});

it('begins a log anew that was deleted, and loses nothing of it', async () => {
  rmSync(`${file}-wal`);
  await put(outbox, after, ['a']);
  expect(await outbox.lost()).toBeUndefined();
  expect(existsSync(`${file}-wal`)).toBe(true);
  await put(outbox, sample('later', { group: 'z' }), ['a']);
  // As after a kill: what is on disk now, without closing.
  for (const end of ['', '-wal']) copyFileSync(`${file}${end}`, path.join(bed.folder, `killed.db${end}`));
  const killed = await openSqliteOutbox(path.join(bed.folder, 'killed.db'));
  expect(namesOf(await killed.claim('a', request(0, { digest: true })))).toEqual(['before', 'after', 'later']);
  await killed.close();
});
