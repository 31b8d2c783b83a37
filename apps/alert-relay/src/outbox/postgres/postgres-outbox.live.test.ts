// The PostgreSQL outbox on a real server: the contract, what survives closing, and what refuses to open.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type PostgresDatabase, type PostgresServer, Testbed } from '@celery-watch/testbed';
import { describeOutbox } from '../outbox-contract.js';
import { StoreRefused, type Outbox } from '../outbox.js';
import { runRandomly } from '../random-contract.js';
import { namesOf, present, put, request, sample } from '../testing.js';
import { migrate } from './migrate.js';
import { placeOf } from './place.js';
import { openPostgresOutbox } from './postgres-outbox.js';
import { STEPS } from './schema.js';

let bed: Testbed;
let server: PostgresServer;
beforeAll(async () => {
  bed = new Testbed();
  server = await bed.postgres({ password: 'p@ss/word' });
});
afterAll(() => bed.close());

const open = (url: string): Promise<Outbox> => openPostgresOutbox(url, { removedAfterMs: 0 });

describeOutbox('PostgreSQL', async () => open((await server.database()).url));

describe('the outbox in PostgreSQL', () => {
  let database: PostgresDatabase;
  beforeAll(async () => {
    database = await server.database();
  });

  it.each([5, 6])('survives being closed and opened at any moment (seed %i)', async (seed) => {
    const { url } = await server.database();
    await runRandomly(
      seed,
      600,
      () => open(url),
      async (outbox) => {
        await outbox.close();
        return open(url);
      },
    );
  });

  it('gives what was claimed at its end at once, as ambiguous', async () => {
    const { url } = await server.database();
    const first = await open(url);
    await put(first, sample('n1'), ['a']);
    const claim = present(await first.claim('a', request(0, { leaseMs: 1e12 })));
    await first.close();
    const second = await open(url);
    expect(await second.settle(claim, { kind: 'delivered', at: 1 })).toBe(false);
    const again = present(await second.claim('a', request(1)));
    expect(again).toEqual({ ...claim, token: again.token, attempt: 2, ambiguous: true });
    const [entry] = await second.history({}, 1);
    expect((await second.historyOf(entry?.id ?? 0))?.sends.map((each) => each.reason)).toEqual(['interrupted']);
    await second.close();
  });

  it('tells the time of the database', async () => {
    const outbox = await open(database.url);
    const [row] = await database.query<{ now: number }>(
      'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now',
    );
    expect(Math.abs(((await outbox.time()) ?? 0) - (row?.now ?? Infinity))).toBeLessThan(2_000);
    await outbox.close();
  });

  it('keeps stores apart that share a database, each in its schema', async () => {
    const { url } = await server.database();
    const [one, other] = [await open(`${url}?schema=one`), await open(`${url}?schema=other`)];
    await put(one, sample('n1'), ['a']);
    expect(await other.claim('a', request(0))).toBeUndefined();
    expect(namesOf(await one.claim('a', request(0)))).toEqual(['n1']);
    await one.close();
    await other.close();
  });

  it('is made by one of several that open it at the same moment', async () => {
    const { url } = await server.database();
    const all = await Promise.all(Array.from({ length: 5 }, () => open(url)));
    await put(all[0] as Outbox, sample('n1'), ['a']);
    expect(namesOf(await all[4]?.claim('a', request(0)))).toEqual(['n1']);
    for (const each of all) await each.close();
  });

  const refusal = async (url: string): Promise<StoreRefused> => {
    const error: unknown = await open(url).then(
      async (outbox) => outbox.close(),
      (reason: unknown) => reason,
    );
    if (!(error instanceof StoreRefused)) throw new Error(`it was opened, or failed otherwise: ${String(error)}`);
    expect(error.message).not.toContain('p@ss');
    expect(error.message).not.toContain('p%40ss');
    return error;
  };

  it('says what is wrong with its URL, and never the password', async () => {
    const { name } = database;
    expect(await refusal(server.urlFor(name, { password: 'wrong p@ss' }))).toMatchObject({
      mayPass: false,
      message: expect.stringContaining('refuses the password or the user'),
    });
    expect(await refusal(server.urlFor('missing'))).toMatchObject({
      mayPass: false,
      message: expect.stringContaining('has no such database'),
    });
    expect(await refusal(server.urlFor(name, { port: 1 }))).toMatchObject({
      mayPass: true,
      message: expect.stringContaining('cannot be reached: connect ECONNREFUSED'),
    });
    expect(await refusal(server.urlFor(name, { host: 'nowhere.invalid' }))).toMatchObject({
      mayPass: true,
      message: expect.stringContaining('cannot be found'),
    });
    expect(await refusal(`${database.url}?sslmode=require`)).toMatchObject({
      mayPass: false,
      message: expect.stringContaining('speaks no TLS'),
    });
    expect(await refusal(`${database.url}?sslmode=verify-ca`)).toMatchObject({
      message: expect.stringContaining('add sslrootcert'),
    });
    expect(await refusal(`${database.url}?sslmode=verify-full&sslrootcert=/missing.pem`)).toMatchObject({
      message: expect.stringContaining('names a file that cannot be read: /missing.pem (ENOENT)'),
    });
    expect(await refusal(`${database.url}?schema=No`)).toMatchObject({
      message: expect.stringContaining('whose schema is of small letters'),
    });
    expect(await refusal('postgres://u:p%40ss@h:port/d')).toMatchObject({
      message: expect.stringContaining('wanted a URL such as'),
    });
  });

  it('opens over TLS as libpq would, and refuses a certificate that is not trusted', async () => {
    const secured = await bed.postgres({ tls: { clientCertificate: true }, password: 'p@ss/word' });
    const { url } = await secured.database();
    const outbox = await open(url);
    await put(outbox, sample('n1'), ['a']);
    await outbox.close();
    const unknown = url.replace(/sslrootcert=[^&]*/, 'sslrootcert=system');
    expect(await refusal(unknown)).toMatchObject({
      mayPass: false,
      message: expect.stringContaining('has a certificate that is not trusted'),
    });
    await (await open(url.replace(/sslmode=[^&]*/, 'sslmode=verify-ca'))).close();
  });

  it('refuses a schema of another program, and one without the right to make it; uses one that was made for it', async () => {
    const { url, query, name } = await server.database();
    await query('CREATE SCHEMA theirs; CREATE TABLE theirs.things (id int)');
    expect(await refusal(`${url}?schema=theirs`)).toMatchObject({
      message: expect.stringContaining('has a schema theirs of another program'),
    });
    await server.query("CREATE ROLE guest LOGIN PASSWORD 'p@ss/word'");
    const guest = server.urlFor(name, { user: 'guest' });
    expect(await refusal(guest)).toMatchObject({
      mayPass: false,
      message: expect.stringContaining(
        'does not let this user do what the relay needs: permission denied for database',
      ),
    });
    await query('CREATE SCHEMA guests; GRANT ALL ON SCHEMA guests TO guest');
    await (await open(`${guest}?schema=guests`)).close();
  });

  it('refuses a store of a newer program, unless that says that it may be used', async () => {
    const { url, query } = await server.database();
    await (await open(url)).close();
    await query('UPDATE alert_relay.store_version SET version = 9, compatible_from = 9');
    expect(await refusal(url)).toMatchObject({
      mayPass: false,
      message: expect.stringContaining('has version 9, and this program knows versions up to 1. Start the newer'),
    });
    await query('UPDATE alert_relay.store_version SET compatible_from = 1');
    await (await open(url)).close();
  });

  it('takes steps forward one by one, and none where one fails', async () => {
    const { url, query } = await server.database();
    const outbox = await open(url);
    await put(outbox, sample('n1'), ['a']);
    const better = { sql: 'ALTER TABLE relay.lane ADD COLUMN later int', compatibleFrom: 1 };
    const broken = { sql: 'ALTER TABLE relay.lane ADD COLUMN half int; SELECT 1 / 0', compatibleFrom: 3 };
    const version = (): Promise<unknown[]> => query('SELECT version, compatible_from FROM alert_relay.store_version');
    await expect(migrate(placeOf(url), [...STEPS, better, broken])).rejects.toThrow(/division by zero/);
    expect(await version()).toEqual([{ version: 2, compatible_from: 1 }]);
    expect(await query('SELECT later FROM alert_relay.lane')).toEqual([{ later: null }]);
    await expect(query('SELECT half FROM alert_relay.lane')).rejects.toThrow(/does not exist/);
    expect(namesOf(await outbox.claim('a', request(0)))).toEqual(['n1']);
    await outbox.close();
  });
});
