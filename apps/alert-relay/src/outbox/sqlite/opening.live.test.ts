// What an outbox must not open, or not now: a file that is gone from beside its log, and a disk without room.
import { copyFile, readFile, rm, stat, truncate } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Testbed, waitFor } from '@celery-watch/testbed';
import { StoreRefused } from '../outbox.js';
import { namesOf, put, request, sample } from '../testing.js';
import { openSqliteOutbox } from './sqlite-outbox.js';

const PROGRAM = fileURLToPath(new URL('./testing-program.js', import.meta.url));

let bed: Testbed;
beforeEach(() => {
  bed = new Testbed();
});
afterEach(() => bed.close());

/** The files as a killed process leaves them: all that was stored is in the log. */
async function killedWith(name: string): Promise<string> {
  const file = path.join(bed.folder, 'store.db');
  const open = path.join(bed.folder, 'open.db');
  const outbox = await openSqliteOutbox(open);
  await put(outbox, sample(name), ['a']);
  await copyFile(open, file);
  await copyFile(`${open}-wal`, `${file}-wal`);
  await outbox.close();
  return file;
}

const refusalOf = async (file: string): Promise<StoreRefused> => {
  try {
    await (await openSqliteOutbox(file, { lockWaitMs: 10 })).close();
  } catch (error) {
    if (error instanceof StoreRefused) return error;
    throw error;
  }
  throw new Error(`${file} was opened`);
};

describe('a file that is empty or gone beside its log', () => {
  it.each([
    ['emptied', (file: string) => truncate(file, 0)],
    ['deleted', (file: string) => rm(file)],
  ])('is no new outbox where it was %s: it is refused, and nothing is lost', async (_how, harm) => {
    const file = await killedWith('n1');
    const log = await readFile(`${file}-wal`);
    const whole = path.join(bed.folder, 'whole.db');
    await copyFile(file, whole);
    await harm(file);
    const refusal = await refusalOf(file);
    expect(refusal.message).toBe(
      `the outbox ${file} is empty or gone, but ${file}-wal holds ${log.length} bytes of what was stored last. ` +
        'Nothing was changed. Put the file back, or restore it from a backup, with the log beside it; or move ' +
        `${file}-wal away to begin with an empty outbox`,
    );
    expect(refusal.mayPass).toBe(false);
    expect(log.equals(await readFile(`${file}-wal`))).toBe(true);
    await copyFile(whole, file);
    const back = await openSqliteOutbox(file);
    expect(namesOf(await back.claim('a', request(0)))).toEqual(['n1']);
    await back.close();
  });

  it('is a new outbox where there is no log, or an empty one', async () => {
    const file = await killedWith('n1');
    await truncate(file, 0);
    await truncate(`${file}-wal`, 0);
    const outbox = await openSqliteOutbox(file);
    expect(await outbox.history({}, 10)).toEqual([]);
    await outbox.close();
  });
});

describe('an outbox that cannot be opened', () => {
  it('says that a lock may pass, and that a foreign file does not', async () => {
    const file = path.join(bed.folder, 'store.db');
    const outbox = await openSqliteOutbox(file);
    const held = path.join(bed.folder, 'same.db');
    expect((await refusalOf(file)).mayPass).toBe(true);
    await outbox.close();
    await copyFile(file, held);
    await truncate(held, 5000);
    expect((await refusalOf(held)).mayPass).toBe(false);
  });

  it('says that a full disk may pass, leaves what is there, and opens when there is room', async () => {
    const file = await killedWith('n1');
    const room = path.join(bed.folder, 'new.db');
    const sizes = [(await stat(file)).size, (await stat(`${file}-wal`)).size];
    for (const [path, most] of [
      [file, 1],
      [room, 1],
    ] as const) {
      const said: string[] = [];
      const program = await bed.start({
        name: 'an outbox on a full disk',
        command: 'bash',
        // A limit on the size of a file, in KB, is a disk without room.
        args: [
          '-c',
          `trap '' XFSZ; ulimit -S -f ${most}; exec "$@"`,
          'limited',
          process.execPath,
          PROGRAM,
          path,
          'hold',
        ],
        onLine: (line) => void said.push(line),
        leaf: true,
      });
      await waitFor(() => said.length > 0, { within: 20_000, what: 'an answer' });
      expect(said[0]).toMatch(/^StoreRefused: the outbox .* cannot be opened: .* may pass: true$/);
      await program.kill();
    }
    expect([(await stat(file)).size, (await stat(`${file}-wal`)).size]).toEqual(sizes);
    const outbox = await openSqliteOutbox(file);
    expect(namesOf(await outbox.claim('a', request(0)))).toEqual(['n1']);
    await outbox.close();
    await (await openSqliteOutbox(room)).close();
  });
});
