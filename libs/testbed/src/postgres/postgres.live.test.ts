// Real PostgreSQL servers come up in each of their forms, stop in each of their ways, and nothing of them stays.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { describe, expect, it } from '@jest/globals';
import pg from 'pg';

import { familyOf } from '../processes/process-usage.js';
import { runCommand } from '../processes/run-command.js';
import { Testbed } from '../testbed.js';

async function ask(url: string, text = 'SELECT 1 AS one'): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 500 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

/** The segments of shared memory of this machine. */
function segments(): string {
  return execFileSync('ipcs', ['-m'], { encoding: 'utf8' });
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a PostgreSQL server', () => {
  it('has a fresh database for each who asks, owned by somebody who is no superuser', async () => {
    await using bed = new Testbed();
    const postgres = await bed.postgres();
    const [one, other] = [await postgres.database(), await postgres.database()];
    await one.query('CREATE TABLE here (id int)');
    expect(await ask(one.url, `SELECT count(*)::int AS tables FROM pg_tables WHERE tablename = 'here'`)).toEqual([
      { tables: 1 },
    ]);
    await expect(ask(other.url, 'SELECT FROM here')).rejects.toThrow(/does not exist/);
    expect(await ask(one.url, 'SHOW is_superuser')).toEqual([{ is_superuser: 'off' }]);
    expect(one.url).toBe(`postgres://relay@127.0.0.1:${postgres.port}/${one.name}`);
  });

  it('keeps its port and what was committed when it stops, is killed, and starts again', async () => {
    await using bed = new Testbed();
    const postgres = await bed.postgres();
    const { url, query } = await postgres.database();
    await query('CREATE TABLE kept (id int)');
    for (const [id, end] of [() => postgres.stop(), () => postgres.kill()].entries()) {
      await query('INSERT INTO kept VALUES ($1)', [id]);
      await end();
      await expect(ask(url)).rejects.toThrow(/ECONNREFUSED/);
      await postgres.restart();
    }
    expect(await ask(url, 'SELECT id FROM kept ORDER BY id')).toEqual([{ id: 0 }, { id: 1 }]);
  });

  it('that is paused lets nobody in and answers nobody, and goes on where it was', async () => {
    await using bed = new Testbed();
    const postgres = await bed.postgres();
    const { url } = await postgres.database();
    const client = new pg.Client(url);
    await client.connect();
    await postgres.pause();
    const answer = client.query('SELECT 1 AS one');
    expect(await Promise.race([answer, delay(300, 'nothing')])).toBe('nothing');
    await expect(ask(url)).rejects.toThrow(/timeout/i);
    postgres.resume();
    expect((await answer).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  it.each([undefined, 'p@ss:w/rd'])('speaks TLS alone, with the password %p', async (password) => {
    await using bed = new Testbed();
    const postgres = await bed.postgres({ password, tls: { clientCertificate: true } });
    const { name, url } = await postgres.database();
    expect(await ask(url)).toEqual([{ one: 1 }]);
    await expect(ask(url.replace(/\?.*/, ''))).rejects.toThrow(/no encryption/);
    await expect(ask(url.replace(/&sslcert.*/, ''))).rejects.toThrow(/certificate/);
    const wrong = ask(postgres.urlFor(name, { password: 'wrong' }));
    if (password !== undefined) await expect(wrong).rejects.toThrow(/password authentication failed/);
    else expect(await wrong).toEqual([{ one: 1 }]);
  });

  it('that cannot start fails with its own last words', async () => {
    await using bed = new Testbed();
    await expect(bed.postgres({ config: ['no_such_setting = 1'] })).rejects.toThrow(/"no_such_setting"/);
  });

  it('runs as a plain user too, who has no right to become another', async () => {
    if (process.getuid?.() !== 0) return;
    const program = `
      const { Testbed } = await import(${JSON.stringify(new URL('../index.js', import.meta.url).href)});
      await using bed = new Testbed();
      const postgres = await bed.postgres();
      const { query } = await postgres.database();
      console.log(JSON.stringify([process.getuid(), await query('SELECT 1 AS one')]));
    `;
    const as = ['--reuid=nobody', '--regid=nogroup', '--clear-groups', '--'];
    const run = [process.execPath, '--input-type=module', '-e', program];
    expect(await runCommand('setpriv', [...as, ...run], { cwd: '/tmp' })).toBe('[65534,[{"one":1}]]');
  });
});

describe('a second server', () => {
  it('follows the first, loses nothing that was answered when the first is killed, and takes over', async () => {
    await using bed = new Testbed();
    const first = await bed.postgres({ password: 'secret' });
    const { name, query } = await first.database();
    await query('CREATE TABLE kept (id int)');
    const second = await first.standby({ synchronous: true });
    await query('INSERT INTO kept VALUES (1)');
    await first.kill();
    const url = second.urlFor(name);
    await expect(ask(url, 'INSERT INTO kept VALUES (2)')).rejects.toThrow(/read-only/);
    await second.promote();
    await ask(url, 'INSERT INTO kept VALUES (2)');
    expect(await ask(url, 'SELECT id FROM kept ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
  });
});

describe('what a PostgreSQL server had', () => {
  it.each([
    ['runs', () => Promise.resolve()],
    ['was killed', async (postgres) => postgres.kill()],
    ['is paused', async (postgres) => postgres.pause()],
  ] as [string, (postgres: Awaited<ReturnType<Testbed['postgres']>>) => Promise<unknown>][])(
    'is gone when the testbed closes while it %s',
    async (_, happens) => {
      const bed = new Testbed();
      const postgres = await bed.postgres();
      const { url } = await postgres.database();
      const client = new pg.Client(url);
      client.on('error', () => undefined);
      await client.connect();
      const family = await familyOf(postgres.process.pid);
      expect(family.length).toBeGreaterThan(5);
      const [, segment] = /(\d+)\s*$/m.exec(line(postgres.folder, 7)) ?? [];
      expect(segments()).toMatch(new RegExp(`^\\S+ ${segment} `, 'm'));
      await happens(postgres);
      await bed.close();
      expect(family.filter(isAlive)).toEqual([]);
      expect(existsSync(bed.folder)).toBe(false);
      expect(segments()).not.toMatch(new RegExp(`^\\S+ ${segment} `, 'm'));
    },
  );
});

function line(folder: string, number: number): string {
  return readFileSync(`${folder}/data/postmaster.pid`, 'utf8').split('\n')[number - 1] ?? '';
}
