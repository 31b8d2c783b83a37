// Who may come in, and how we say that we may not: passwords, ACL users, TLS, sockets.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Testbed, waitFor } from '@celery-watch/testbed';
import { REPLY_LIST, watchBroker, type WatchedBroker, type WatchOptions } from './testing-broker.js';

const PASSWORD = 's3cret-pass/word';
const encoded = encodeURIComponent(PASSWORD);

/** The reason of the first failure. Nothing of it, nor of the log, may hold a secret. */
async function refusal(url: string, options?: WatchOptions): Promise<string> {
  await using watched = watchBroker(url, options);
  const reason = await watched.reason();
  expectNoSecret(watched);
  return reason;
}

async function isLetIn(url: string, options?: WatchOptions): Promise<void> {
  await using watched = watchBroker(url, options);
  await watched.listening();
  expect(watched.heard.reasons).toEqual([]);
  await watched.broker.broadcast({ method: 'ping', ticket: 't' });
  await watched.broker.readQueues(['celery']);
  expectNoSecret(watched);
}

function expectNoSecret({ heard, log }: WatchedBroker): void {
  expect([...heard.reasons, ...log()].join('\n')).not.toMatch(/s3cret|pass\/word|pass%2Fword|watcher/);
}

describe('a login', () => {
  it('is named as wrong, or as missing, without the secret; and what is wanted lets us in', async () => {
    await using bed = new Testbed();
    const { port } = await bed.redis({ password: PASSWORD });
    const at = `127.0.0.1:${String(port)}`;
    expect(await refusal(`redis://:s3cret-wrong@${at}/0`)).toBe(`${at} refuses the login: wrong password or user name`);
    expect(await refusal(`redis://watcher:${encoded}@${at}/0`)).toBe(
      `${at} refuses the login: wrong password or user name`,
    );
    expect(await refusal(`redis://${at}/0`)).toBe(`${at} wants a password, and none is configured`);
    expect(await refusal(`redis://:${encoded}@${at}/99`)).toBe(`${at} has no database of that number`);
    await isLetIn(`redis://:${encoded}@${at}/15`);
  });

  it('with a password that the server does not ask for is let in', async () => {
    await using bed = new Testbed();
    const { port } = await bed.redis();
    await isLetIn(`redis://:${encoded}@127.0.0.1:${String(port)}/0`);
  });
});

/** The rights that a guide tells people to give, its reply list and channels as a test has them. */
async function rightsIn(guide: string, database: number): Promise<string> {
  const text = await readFile(new URL(`../../../../../docs/monitoring/${guide}`, import.meta.url), 'utf8');
  const [, line = ''] = /ACL SETUSER celery_exporter on >PASSWORD ([^`]*)/.exec(text) ?? [];
  return line
    .replaceAll('&/0.', `&/${String(database)}.`)
    .replace('~celery-exporter.*.reply', `~${REPLY_LIST}`)
    .replace(/\s+/g, ' ')
    .trim();
}

describe('an ACL user', () => {
  const least = `~queue ~queue* ~unacked ~${REPLY_LIST} ~_kombu.binding.* &/0.celery.pidbox &/0.celeryev &/0.celeryev/* +psubscribe +publish +ping +llen +lindex +hlen +smembers +scan`;

  async function serverWith(bed: Testbed, rights: string): Promise<string> {
    const { port } = await bed.redis({
      password: PASSWORD,
      users: [`watcher on >${PASSWORD} resetchannels ${rights}`],
    });
    return `redis://watcher:${encoded}@127.0.0.1:${String(port)}/0`;
  }

  it('with the least rights can do everything', async () => {
    await using bed = new Testbed();
    await using watched = watchBroker(await serverWith(bed, `${least} +brpop +del +expire`));
    await watched.listening();
    await watched.broker.broadcast({ method: 'ping', ticket: 't' });
    expect((await watched.broker.readQueues(['queue'])).lengths).toEqual(new Map([['queue', 0]]));
    expect(await watched.broker.boundQueues()).toEqual([]);
    expect(watched.log()).toEqual([expect.stringMatching(/^info: listening/)]);
  });

  it('with the line of the monitoring guide can do everything, in a database other than 0 too', async () => {
    await using bed = new Testbed();
    for (const [guide, database] of [
      ['CELERY_MONITORING_GUIDE.md', 0],
      ['CELERY_MONITORING_GUIDE.md', 3],
      ['CELERY_MONITORING_GUIDE.zh-CN.md', 3],
    ] as const) {
      const url = await serverWith(bed, await rightsIn(guide, database));
      await using watched = watchBroker(url.replace(/\/0$/, `/${String(database)}`));
      await watched.listening();
      await watched.broker.broadcast({ method: 'ping', ticket: 't' });
      const { lengths, unacked } = await watched.broker.readQueues(['celery', 'mail', 'images']);
      expect([[...lengths.keys()], unacked]).toEqual([['celery', 'mail', 'images'], 0]);
      expect(await watched.broker.boundQueues()).toEqual([]);
      // A beat comes every 5 s, and reads of the reply list end as often: neither may be denied.
      const beaten = performance.now() + 6_000;
      await waitFor(() => watched.heard.reasons.length > 0 || performance.now() > beaten, {
        within: 20_000,
        what: 'a beat',
      });
      expect([watched.heard.reasons, watched.broker.troubles]).toEqual([[], []]);
      expect(watched.log()).toEqual([expect.stringMatching(/^info: listening/)]);
    }
  });

  it('without the right to select its database is told which it needs', async () => {
    await using bed = new Testbed();
    const url = await serverWith(bed, '~* +@all -select &*');
    expect(await refusal(url.replace(/\/0$/, '/3'))).toMatch(
      /denies permission: its user needs \+select \(Redis ACL\)$/,
    );
  });

  it('without the channels of events is told which it needs', async () => {
    await using bed = new Testbed();
    const url = await serverWith(bed, '~* +@all &/0.celeryev/*');
    expect(await refusal(url)).toMatch(
      /denies permission: its user needs \+psubscribe &\/0\.celeryev\/\* &\/0\.celeryev \(Redis ACL\)$/,
    );
  });

  it('without the reply list still hears events, and asks no questions whose answers nobody could take', async () => {
    await using bed = new Testbed();
    await using watched = watchBroker(await serverWith(bed, least));
    await watched.listening();
    await waitFor(() => watched.log().some((line) => line.includes('remote control is off')), {
      within: 10_000,
      what: 'the warning',
    });
    await expect(watched.broker.broadcast({ method: 'ping', ticket: 't' })).rejects.toThrow(
      `its user needs +brpop +del +expire ~${REPLY_LIST}`,
    );
    expect(await watched.broker.readQueues(['queue'])).toMatchObject({ unacked: 0 });
    expectNoSecret(watched);
  });

  it('without the control channel is told so at the question', async () => {
    await using bed = new Testbed();
    await using watched = watchBroker(await serverWith(bed, '~* +@all &/0.celeryev &/0.celeryev/*'));
    await watched.listening();
    await expect(watched.broker.broadcast({ method: 'ping', ticket: 't' })).rejects.toThrow(
      /its user needs \+publish &\/0\.celery\.pidbox/,
    );
  });

  it('without a right to some queues reads the others, and is warned once', async () => {
    await using bed = new Testbed();
    await using watched = watchBroker(await serverWith(bed, `${least} +brpop +del +expire`));
    await watched.listening();
    for (let i = 0; i < 3; i += 1)
      expect((await watched.broker.readQueues(['secret', 'queue'])).lengths).toEqual(new Map([['queue', 0]]));
    expect(watched.log().filter((line) => line.startsWith('warn'))).toEqual([
      'warn: the length of the queue secret cannot be read',
    ]);
    expect(watched.broker.troubles).toEqual([
      {
        what: 'the length of the queue secret cannot be read',
        reason: expect.stringContaining('its user needs +llen ~secret'),
      },
    ]);
  });
});

describe('keys of another type', () => {
  it('spoil neither the other queues nor the replies', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    await using watched = watchBroker(redis.url);
    await watched.listening();
    for (const key of ['odd', 'unacked']) await redis.cli('SET', key, 'a text');
    await redis.cli('LPUSH', 'even', '{}', '{}');
    for (let i = 0; i < 2; i += 1) {
      const { lengths, unacked, heads } = await watched.broker.readQueues(['odd', 'even']);
      expect([lengths, unacked]).toEqual([new Map([['even', 2]]), undefined]);
      expect(heads.get('even')).toMatchObject([{ unread: 'no body' }]);
    }
    // One for each of the keys, and one for the message that is none of Celery's.
    expect(watched.count('warn')).toBe(3);
    await redis.cli('SET', '_kombu.binding.celery', 'a text');
    expect(await watched.broker.boundQueues()).toEqual([]);
  });
});

describe('TLS', () => {
  it('trusts its own authority and no other, and shows a client certificate where one is wanted', async () => {
    await using bed = new Testbed();
    const [strict, other] = await Promise.all([
      bed.redis({ tls: { clientCertificate: true } }),
      bed.redis({ tls: true }),
    ]);
    const [ours, theirs] = [strict.certificates, other.certificates];
    if (!ours || !theirs) throw new Error('no certificates');
    const at = `127.0.0.1:${String(strict.port)}`;
    const url = `rediss://${at}/0`;
    const client = { certFile: ours.clientCertificate, keyFile: ours.clientKey };
    expect(await refusal(url)).toMatch(`TLS: the certificate of ${at} is signed by no authority that is trusted here`);
    expect(await refusal(url, { tls: { caFile: theirs.ca, ...client } })).toMatch(
      'is signed by no authority that is trusted here',
    );
    expect(await refusal(url, { tls: { caFile: ours.ca } })).toMatch(
      `TLS: ${at} wants a client certificate; name one with broker_tls_cert_file`,
    );
    expect(
      await refusal(url, { tls: { caFile: ours.ca, certFile: theirs.clientCertificate, keyFile: theirs.clientKey } }),
    ).toMatch('refuses our client certificate');
    expect(
      await refusal(url, { tls: { caFile: ours.ca, certFile: ours.clientCertificate, keyFile: theirs.clientKey } }),
    ).toMatch('TLS: the client certificate and the key do not belong together');
    expect(await refusal(url, { tls: { caFile: join(bed.folder, 'none.pem') } })).toMatch(
      /^TLS: the CA file \S+none\.pem cannot be read: ENOENT$/,
    );
    await isLetIn(url, { tls: { caFile: ours.ca, ...client } });
    await isLetIn(`redis://${at}`, { tls: { caFile: ours.ca, ...client } });
    await isLetIn(url, { tls: { verify: false, ...client } });
    await isLetIn(`${url}?ssl_cert_reqs=CERT_NONE`, { tls: client });
    await isLetIn(
      `${url}?ssl_ca_certs=${ours.ca}&ssl_certfile=${ours.clientCertificate}&ssl_keyfile=${ours.clientKey}`,
    );
  });

  it('picks up renewed files at the next attempt', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis({ tls: true });
    const caFile = join(bed.folder, 'ca.pem');
    await using watched = watchBroker(redis.url, { tls: { caFile } });
    await watched.reason();
    await writeFile(caFile, redis.connection.tls?.ca ?? '');
    await watched.listening();
  });

  it('names a host name that the certificate does not hold', async () => {
    await using bed = new Testbed();
    const { port, certificates } = await bed.redis({ tls: true, args: ['--bind', '127.0.0.1', '127.0.0.2'] });
    const tls = { caFile: certificates?.ca };
    expect(await refusal(`rediss://127.0.0.2:${String(port)}`, { tls })).toMatch(
      /^TLS: the certificate of 127\.0\.0\.2:\d+ is for another host name: .*127\.0\.0\.2/,
    );
    await isLetIn(`rediss://127.0.0.2:${String(port)}?ssl_check_hostname=false`, { tls });
    await isLetIn(`rediss://localhost:${String(port)}`, { tls });
  });

  it('and its absence are named from both sides', async () => {
    await using bed = new Testbed();
    const [plain, secured] = await Promise.all([bed.redis(), bed.redis({ tls: true })]);
    expect(await refusal(`rediss://127.0.0.1:${String(plain.port)}`)).toMatch(/does not speak TLS/);
    expect(await refusal(`redis://127.0.0.1:${String(secured.port)}`)).toMatch(/rediss:\/\//);
  });
});

describe('a server', () => {
  it('where nothing is gets a name for what is missing', async () => {
    await using bed = new Testbed();
    const file = join(bed.folder, 'file');
    await writeFile(file, '');
    expect(await refusal('redis://127.0.0.1:1')).toBe('127.0.0.1:1 refuses the connection: nothing listens there');
    expect(await refusal('redis+socket:///none/redis.sock')).toBe('the socket /none/redis.sock does not exist');
    expect(await refusal(`unix://${file}`)).toMatch('refuses the connection: nothing listens there');
    expect(await refusal('redis://no-such-host.invalid')).toMatch(
      /^the name in no-such-host\.invalid:6379 (is not known|cannot be looked up)/,
    );
  });

  it('with a replica is left alone', async () => {
    await using bed = new Testbed();
    const master = await bed.redis();
    const replica = await bed.redis({ replicaOf: master });
    await using watched = watchBroker(replica.url);
    await watched.heard.until('the reason', () =>
      watched.heard.reasons.some((reason) => reason.endsWith('is a read-only replica: the exporter needs the master')),
    );
    expect(watched.heard.connections).toEqual([]);
  });

  it('with too many clients says so', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis({ args: ['--maxclients', '2'] });
    await using watched = watchBroker(redis.url);
    expect(await watched.reason()).toMatch(/has no connection left: maxclients is reached$/);
  });
});
