// The outbox on real files: what survives closing, killing and a full disk, and what refuses to open.
import { execFile } from 'node:child_process';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ManagedProcess, Testbed, waitFor } from '@celery-watch/testbed';
import { describeOutbox } from '../outbox-contract.js';
import { StoreRefused, StoreUnavailable, type Claim, type Outbox } from '../outbox.js';
import { runRandomly } from '../random-contract.js';
import { contentsOf, dead, namesOf, present, put, request, sample } from '../testing.js';
import { migrate } from './schema.js';
import { openSqliteOutbox } from './sqlite-outbox.js';
import { APPLICATION_ID, MIGRATIONS } from './schema.js';

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('./testing-program.js', import.meta.url));

let bed: Testbed;
let files = 0;
beforeEach(() => {
  bed = new Testbed();
});
afterEach(() => bed.close());

const newFile = (): string => path.join(bed.folder, 'made', 'by-the-outbox', `${(files += 1)}.db`);

describeOutbox('sqlite in a file', () => openSqliteOutbox(newFile()));

describe('the outbox in a file', () => {
  it('holds everything after it was closed and opened again', async () => {
    const file = newFile();
    const first = await openSqliteOutbox(file);
    await put(first, sample('waiting', { group: 'x' }), ['a']);
    await put(first, sample('dead', { group: 'y' }), ['b']);
    await first.settle(present(await first.claim('b', request(0))), dead(5));
    await first.note('watchdog', '77');
    await first.quarantine(Buffer.from('x'), 'not_json', 1);
    const figures = await first.figures();
    await first.close();
    const second = await openSqliteOutbox(file);
    expect(await second.figures()).toEqual(figures);
    expect(await second.note('watchdog')).toBe('77');
    expect(contentsOf(await second.claim('a', request(0)))).toEqual([sample('waiting', { group: 'x' })]);
    await second.close();
  });

  it('gives what an earlier run had claimed at once, as ambiguous; that run has nothing to say any more', async () => {
    const file = newFile();
    const first = await openSqliteOutbox(file);
    await put(first, sample('n1'), ['a']);
    const claim = present(await first.claim('a', request(0, { leaseMs: 1e12 })));
    await first.close();
    const second = await openSqliteOutbox(file);
    await put(second, sample('n2'), ['a']);
    expect(await second.settle(claim, { kind: 'delivered', at: 1 })).toBe(false);
    const again = present(await second.claim('a', request(1)));
    expect(again).toEqual({ ...claim, token: again.token, attempt: 2, ambiguous: true });
    expect(again.token).toBeGreaterThan(claim.token);
    await second.close();
  });

  it('gives a message up that five runs in a row did not survive, and the next run goes on with what is left', async () => {
    const file = newFile();
    for (let life = 0; life < 5; life += 1) {
      const outbox = await openSqliteOutbox(file);
      if (life === 0) await put(outbox, sample('deadly', { group: 'x', severity: 'critical' }), ['a']);
      expect(namesOf(await outbox.claim('a', request(life)))).toEqual(['deadly']);
      await outbox.close();
    }
    const last = await openSqliteOutbox(file);
    await put(last, sample('harmless', { group: 'y' }), ['a']);
    expect(namesOf(await last.claim('a', request(5, { fallback: 'f' })))).toEqual(['harmless']);
    expect(await last.listDead({}, 10)).toMatchObject([
      { reason: 'unsendable', attempts: 5, alerts: [{ name: 'deadly' }] },
    ]);
    expect(namesOf(await last.claim('f', request(5)))).toEqual(['deadly']);
    await last.close();
  });

  it.each([11, 12])('loses nothing whatever happens, with restarts (seed %i)', async (seed) => {
    const file = newFile();
    await runRandomly(
      seed,
      600,
      () => openSqliteOutbox(file),
      async (outbox) => {
        await outbox.close();
        return openSqliteOutbox(file);
      },
    );
  });

  it('gives pages that are not needed any more back to the disk', async () => {
    const file = newFile();
    const outbox = await openSqliteOutbox(file);
    await Promise.all(Array.from({ length: 3000 }, (_, i) => put(outbox, sample(`n${i}`, { changes: 20 }), ['a'])));
    for (let claim = await outbox.claim('a', request(0)); claim; claim = await outbox.claim('a', request(0)))
      await outbox.settle(claim, { kind: 'delivered', at: 1 });
    const { size } = await stat(file);
    expect(size).toBeGreaterThan(8_000_000);
    let forgotten = 0;
    for (let some = -1; some !== 0; forgotten += some) some = await outbox.prune({ deliveredBefore: 2, seenBefore: 0 });
    expect(forgotten).toBe(3000);
    for (let i = 0; i < 10; i += 1) await outbox.prune({ deliveredBefore: 2, seenBefore: 0 });
    await outbox.close();
    expect((await stat(file)).size).toBeLessThan(5_000_000);
  });
});

describe('the outbox of a process that is killed', () => {
  it.each([30, 400, 2500])(
    'holds everything that was answered, and nothing of what was delivered (after %i answers)',
    async (answers) => {
      const file = newFile();
      const program = await work(file);
      await waitFor(() => program.said.length >= answers, { within: 60_000, what: `${answers} answers`, every: 1 });
      await program.process.kill();
      const outbox = await openSqliteOutbox(file);
      expect(missing(program.names('stored'), await drain(outbox, 'left'))).toEqual([]);
      const taken = await drain(outbox, 'taken');
      const delivered = program.names('delivered');
      const held = program.said
        .flatMap((line) => (line.startsWith('claimed ') ? [line.split(' ')] : []))
        .filter(([, , name = '']) => !delivered.includes(name));
      expect(taken.flatMap((claim) => namesOf(claim) ?? []).filter((name) => delivered.includes(name))).toEqual([]);
      // The last one may have been settled without having been said so.
      const perhaps = held.at(-1)?.[2];
      expect(
        missing(
          program.names('stored').filter((name) => !delivered.includes(name) && name !== perhaps),
          taken,
        ),
      ).toEqual([]);
      expect(held.length).toBeGreaterThan(0);
      for (const [, id = '', name = ''] of held.slice(0, -1)) {
        expect(taken.find((claim) => namesOf(claim)?.includes(name))).toMatchObject({
          messageId: id,
          ambiguous: true,
          attempt: 2,
        });
      }
      await outbox.close();
    },
  );

  it('may be opened at once', async () => {
    const file = newFile();
    const program = await work(file, 'hold');
    await waitFor(() => program.said.includes('open'), { within: 20_000, what: 'the outbox to be open' });
    await program.process.kill();
    await (await openSqliteOutbox(file, { lockWaitMs: 0 })).close();
  });
});

describe('the outbox on a full disk', () => {
  it('refuses what it cannot store, keeps what it has, and goes on when there is room again', async () => {
    const file = newFile();
    // A limit on the size of a file, in KB, is a disk that can be made larger from outside.
    const program = await work(file, 'work', [
      'bash',
      '-c',
      `trap '' XFSZ; ulimit -S -f 3000; exec "$@"`,
      'limited',
      process.execPath,
    ]);
    await waitFor(() => program.names('refused').length >= 20, { within: 60_000, what: 'the disk to be full' });
    expect(program.said.find((line) => line.startsWith('refused'))).toMatch(
      /StoreUnavailable: could not record a post: (disk|database or disk)/,
    );
    await run('prlimit', ['--pid', String(program.process.pid), '--fsize=unlimited']);
    const before = program.names('stored').length;
    await waitFor(() => program.names('stored').length >= before + 200, {
      within: 60_000,
      what: 'posts to be stored again',
    });
    await program.process.kill();
    const outbox = await openSqliteOutbox(file);
    const left = await drain(outbox, 'left');
    expect(missing(program.names('stored'), left)).toEqual([]);
    const refused = new Set(program.names('refused'));
    expect(left.flatMap((claim) => namesOf(claim) ?? []).filter((name) => refused.has(name))).toEqual([]);
    await outbox.close();
  });
});

describe('opening the outbox', () => {
  it('is refused while another process has it, which goes on undisturbed; and works when that one is gone', async () => {
    const file = newFile();
    const program = await work(file);
    await waitFor(() => program.names('stored').length > 0, { within: 20_000, what: 'the outbox to be open' });
    await expect(openSqliteOutbox(file, { lockWaitMs: 10 })).rejects.toThrow(
      `the outbox ${file} is in use by another process. Stop the other relay, or give this one a file of its own (storage.path)`,
    );
    const before = program.names('stored').length;
    await waitFor(() => program.names('stored').length > before + 50, {
      within: 20_000,
      what: 'the other one to go on',
    });
    expect(program.names('refused')).toEqual([]);
    await program.process.kill();
    await (await openSqliteOutbox(file)).close();
  });

  it('is refused while another program reads or writes the file', async () => {
    const file = newFile();
    await (await openSqliteOutbox(file)).close();
    using other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    await expect(openSqliteOutbox(file, { lockWaitMs: 10 })).rejects.toThrow(/is in use by another process/);
    other.exec('COMMIT');
    other.close();
    using outbox = closing(await openSqliteOutbox(file));
    using reader = new DatabaseSync(file);
    expect(() => reader.prepare('SELECT count(*) FROM delivery')).toThrow(/locked/);
    await put(outbox.it, sample('n1'), ['a']);
    expect(namesOf(await outbox.it.claim('a', request(0)))).toEqual(['n1']);
  });

  it.each([
    [
      'bytes that are no database',
      Buffer.from('x'.repeat(5000)),
      /is damaged or no database of the relay \(file is not a database\). Nothing was changed; move it away/,
    ],
    ['a text shorter than a page', Buffer.from('not a database'), /is damaged or no database of the relay/],
  ])('is refused for %s, which stay as they were', async (_name, bytes, message) => {
    const file = path.join(bed.folder, 'garbage.db');
    await writeFile(file, bytes);
    await expect(openSqliteOutbox(file)).rejects.toThrow(message);
    expect(bytes.equals(await readFile(file))).toBe(true);
  });

  it('is refused for a file that was damaged in its middle', async () => {
    const file = newFile();
    const outbox = await openSqliteOutbox(file);
    await Promise.all(Array.from({ length: 300 }, (_, i) => put(outbox, sample(`n${i}`, { changes: 10 }), ['a'])));
    await outbox.close();
    const bytes = await readFile(file);
    bytes.fill(0xa5, 4096, bytes.length / 2);
    await writeFile(file, bytes);
    await expect(openSqliteOutbox(file)).rejects.toThrow(/is damaged.* restore it from a backup/);
    expect(bytes.equals(await readFile(file))).toBe(true);
  });

  it('is refused for the database of another program', async () => {
    const file = path.join(bed.folder, 'foreign.db');
    using other = new DatabaseSync(file);
    other.exec('CREATE TABLE delivery (id)');
    other.close();
    const bytes = await readFile(file);
    await expect(openSqliteOutbox(file)).rejects.toThrow(
      `the outbox ${file} is a database of another program. Give the relay a file of its own (storage.path)`,
    );
    expect(bytes.equals(await readFile(file))).toBe(true);
  });

  it('is refused for a file of a newer version', async () => {
    const file = newFile();
    await (await openSqliteOutbox(file)).close();
    const newer = MIGRATIONS.length + 1;
    change(file, `PRAGMA user_version = ${newer}`);
    await expect(openSqliteOutbox(file)).rejects.toThrow(
      `the outbox ${file} has version ${newer}, and this program knows versions up to ${MIGRATIONS.length}. Start the newer program`,
    );
  });

  it('is refused where the path is a folder, or goes through a file', async () => {
    const folder = path.join(bed.folder, 'folder');
    await mkdir(folder);
    await expect(openSqliteOutbox(folder)).rejects.toThrow(
      `the outbox ${folder} cannot be opened: unable to open database file. The relay must be able to read and write`,
    );
    const file = path.join(bed.folder, 'file');
    await writeFile(file, '');
    await expect(openSqliteOutbox(path.join(file, 'x.db'))).rejects.toThrow(StoreRefused);
  });
});

describe('the versions of the file', () => {
  const versionOf = (file: string): unknown => {
    using db = new DatabaseSync(file);
    return db.prepare('PRAGMA user_version').get()?.['user_version'];
  };
  const bring = (file: string, steps: readonly string[]): void => {
    using db = new DatabaseSync(file);
    migrate(db, '', steps);
  };

  it('are taken one step at a time, each once', async () => {
    const file = newFile();
    await (await openSqliteOutbox(file)).close();
    expect(versionOf(file)).toBe(MIGRATIONS.length);
    await (await openSqliteOutbox(file)).close();
    expect(versionOf(file)).toBe(MIGRATIONS.length);
    const steps = [
      ...MIGRATIONS,
      'CREATE TABLE added (x); INSERT INTO added VALUES (1)',
      'INSERT INTO added VALUES (2)',
    ];
    bring(file, steps.slice(0, -1));
    bring(file, steps);
    bring(file, steps);
    expect(versionOf(file)).toBe(steps.length);
    using db = new DatabaseSync(file);
    expect(db.prepare('SELECT x FROM added').all()).toEqual([{ x: 1 }, { x: 2 }]);
  });

  it('leave a file as it was where a step fails', async () => {
    const file = newFile();
    await (await openSqliteOutbox(file)).close();
    expect(() => bring(file, [...MIGRATIONS, 'CREATE TABLE added (x); INSERT INTO nowhere VALUES (1)'])).toThrow(
      /nowhere/,
    );
    expect(versionOf(file)).toBe(MIGRATIONS.length);
    await (await openSqliteOutbox(file)).close();
  });

  it('are marked as ours', async () => {
    const file = newFile();
    await (await openSqliteOutbox(file)).close();
    using db = new DatabaseSync(file);
    expect(db.prepare('PRAGMA application_id').get()).toEqual({ application_id: APPLICATION_ID });
    expect(db.prepare('PRAGMA auto_vacuum').get()).toEqual({ auto_vacuum: 2 });
    expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
  });
});

it('a post is refused with StoreUnavailable while the outbox is closed', async () => {
  const outbox = await openSqliteOutbox(newFile());
  await outbox.close();
  await expect(put(outbox, sample('n1'), ['a'])).rejects.toThrow(
    new StoreUnavailable('could not record a post: the outbox is closed'),
  );
});

interface Working {
  readonly process: ManagedProcess;
  readonly said: readonly string[];
  /** The second word of all lines that begin with this one. */
  names(kind: string): string[];
}

async function work(
  file: string,
  task = 'work',
  [command = process.execPath, ...args]: readonly string[] = [],
): Promise<Working> {
  const said: string[] = [];
  const started = await bed.start({
    name: 'an outbox',
    command,
    args: [...args, PROGRAM, file, task],
    onLine: (line) => void said.push(line),
    leaf: true,
  });
  return {
    process: started,
    said,
    names: (kind) => said.flatMap((line) => (line.startsWith(`${kind} `) ? [line.split(' ')[1] ?? ''] : [])),
  };
}

/** Everything of a channel, in claims of one group each. */
async function drain(outbox: Outbox, channel: string): Promise<Claim[]> {
  const claims: Claim[] = [];
  for (let claim = await outbox.claim(channel, request(1e6)); claim; claim = await outbox.claim(channel, request(1e6)))
    claims.push(claim);
  return claims;
}

function missing(names: readonly string[], claims: readonly Claim[]): string[] {
  expect(names.length).toBeGreaterThan(0);
  const found = new Set(claims.flatMap((claim) => namesOf(claim) ?? []));
  return names.filter((name) => !found.has(name));
}

function change(file: string, sql: string): void {
  using db = new DatabaseSync(file);
  db.exec(sql);
}

function closing(it: Outbox): Disposable & { readonly it: Outbox } {
  return { it, [Symbol.dispose]: () => void it.close() };
}
