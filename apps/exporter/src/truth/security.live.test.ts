// TLS and passwords: what is right works, what is wrong is named, and no secret shows anywhere.
import { describe, expect, it } from '@jest/globals';
import { type RedisServer, Testbed } from '@celery-watch/testbed';
import { QUICK, type RunningExporter, startExporterProgram } from './testing.js';

const CELERY = { queue: 'celery' };
const PASSWORD = 'geheim/7%&?=#é';

/** Everything that the exporter says, anywhere. */
async function everythingSaid(exporter: RunningExporter): Promise<string> {
  const pages = await Promise.all(['/', '/metrics', '/readyz', '/healthz'].map((path) => exporter.get(path)));
  return [exporter.process.output(), ...pages.map(({ text }) => text)].join('\n');
}

async function expectNoSecret(exporter: RunningExporter, ...secrets: readonly string[]): Promise<void> {
  const said = await everythingSaid(exporter);
  for (const secret of secrets) {
    for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])
      expect(said).not.toContain(form);
  }
}

/** Counts tasks of a worker on that broker. */
async function expectToCount(bed: Testbed, redis: RedisServer, exporter: RunningExporter): Promise<void> {
  const [client] = await Promise.all([bed.client({ broker: redis }), bed.worker({ broker: redis, name: 'w1' })]);
  await exporter.until('the worker to have answered', (page) => page.value('celery_queue_consumers', CELERY) === 1);
  await client.send({ name: 'truth.ok', count: 10 });
  await exporter.until(
    '10 tasks to end',
    (page) => page.sum('celery_tasks_total', { ...CELERY, state: 'succeeded' }) === 10,
  );
}

const certificatesOf = ({ certificates }: RedisServer): NonNullable<RedisServer['certificates']> => {
  if (certificates === undefined) throw new Error('a server without TLS');
  return certificates;
};

describe('a broker', () => {
  it.concurrent('with TLS of its own CA works when the CA is named, and the log says so when it is not', async () => {
    await using bed = new Testbed();
    const [redis, stranger] = await Promise.all([
      bed.redis({ tls: true, password: PASSWORD }),
      bed.redis({ tls: true }),
    ]);
    const start = (...flags: readonly string[]): Promise<RunningExporter> =>
      startExporterProgram(bed, [`--broker-url=${redis.url}`, ...QUICK, ...flags]);
    const [right, wrong, none, unverified] = await Promise.all([
      start(`--broker-tls-ca-file=${certificatesOf(redis).ca}`),
      start(`--broker-tls-ca-file=${certificatesOf(stranger).ca}`),
      start(),
      start('--no-broker-tls-verify'),
    ]);
    for (const exporter of [wrong, none]) {
      const { msg, level } = await exporter.logged(/^no connection to the broker/);
      expect(level).toBe('warn');
      expect(msg).toContain(
        `TLS: the certificate of 127.0.0.1:${redis.port} is signed by no authority that is trusted here; name its CA file`,
      );
      expect((await exporter.get('/readyz')).text).toContain('name its CA file');
      expect((await exporter.page()).value('celery_broker_up')).toBe(0);
      await expectNoSecret(exporter, PASSWORD);
    }
    await unverified.until('the broker to be up', (page) => page.value('celery_broker_up') === 1);
    await expectToCount(bed, redis, right);
    await expectNoSecret(right, PASSWORD);
  });

  it.concurrent('that wants a client certificate works with one, and the log says so without', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis({ tls: { clientCertificate: true } });
    const { ca, clientCertificate, clientKey } = certificatesOf(redis);
    const start = (...flags: readonly string[]): Promise<RunningExporter> =>
      startExporterProgram(bed, [`--broker-url=${redis.url}`, `--broker-tls-ca-file=${ca}`, ...QUICK, ...flags]);
    const [right, wrong] = await Promise.all([
      start(`--broker-tls-cert-file=${clientCertificate}`, `--broker-tls-key-file=${clientKey}`),
      start(),
    ]);
    expect((await wrong.logged(/^no connection to the broker/)).msg).toContain(
      `TLS: 127.0.0.1:${redis.port} wants a client certificate`,
    );
    await expectToCount(bed, redis, right);
  });

  it.concurrent(
    'of which the password is wrong is named without it, and listened to as soon as it is right',
    async () => {
      await using bed = new Testbed();
      const redis = await bed.redis({ password: 'the other one' });
      const login = `:${encodeURIComponent(PASSWORD)}@`;
      const [exporter, without] = await Promise.all([
        startExporterProgram(bed, [
          `--broker-url=${redis.url.replace(/:[^:@/]*@/, login)}`,
          '--log-level=debug',
          ...QUICK,
        ]),
        startExporterProgram(bed, [`--broker-url=${redis.url.replace(/:[^:@/]*@/, '')}`, ...QUICK]),
      ]);
      await without.logged(
        new RegExp(
          `^no connection to the broker, trying again: 127.0.0.1:${redis.port} wants a password, and none is configured`,
        ),
      );
      const reason = `127.0.0.1:${redis.port} refuses the login: wrong password or user name`;
      expect((await exporter.logged(/^no connection to the broker/)).msg).toBe(
        `no connection to the broker, trying again: ${reason}`,
      );
      await exporter.until(
        'three failed attempts',
        (page) => (page.value('celery_broker_connection_failures_total') ?? 0) >= 3,
      );
      expect(await exporter.get('/readyz')).toEqual({
        status: 503,
        text: `not ready: the broker is not connected: ${reason}\n`,
      });
      expect((await exporter.get('/')).text).toContain('refuses the login');
      await expectNoSecret(exporter, PASSWORD, 'the other one');

      await redis.cli('CONFIG', 'SET', 'requirepass', PASSWORD);
      await exporter.until('the broker to be up', (page) => page.value('celery_broker_up') === 1);
      await expectNoSecret(exporter, PASSWORD, 'the other one');
    },
  );
});
