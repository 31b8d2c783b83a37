// In the place of a program of Python's: gets into the brokers over TLS that this one got into, and says what it does
// not check.
import { describe, expect, it } from '@jest/globals';
import { freePort, type RunningExporter, Testbed, waitFor } from '@celery-watch/testbed';
import { launchExporter } from './testing.js';

async function connects(exporter: RunningExporter): Promise<boolean> {
  return waitFor(async () => (await fetch(`${exporter.url}/health`)).ok, { within: 20_000, what: 'the broker' });
}

/** What it warns of as long as it is not connected, or has been told. */
async function warned(exporter: RunningExporter, words: RegExp): Promise<string> {
  const log = (): string | undefined =>
    exporter.process
      .output()
      .split('\n')
      .find((line) => words.test(line));
  return waitFor(log, { within: 20_000, what: String(words) });
}

describe('over TLS', () => {
  it.concurrent(
    'rediss:// without parameters takes a certificate of its own making, and more words check it',
    async () => {
      await using bed = new Testbed();
      const redis = await bed.redis({ tls: true });
      const launch = (url: string): Promise<RunningExporter> =>
        launchExporter(bed, [], { CE_BROKER_URL: url, CE_PORT: '0' });
      const plain = await launch(redis.url);
      expect(await connects(plain)).toBe(true);
      await warned(plain, /certificate is not checked/);
      const strict = await launch(`${redis.url}?ssl_cert_reqs=required`);
      await warned(strict, /is signed by no authority that is trusted here/);
      const ours = await launch(`${redis.url}?ssl_cert_reqs=required&ssl_ca_certs=${redis.certificates?.ca ?? ''}`);
      expect(await connects(ours)).toBe(true);
    },
  );

  it.concurrent('AMQP with ca_certs checks no host name but that of server_hostname', async () => {
    await using bed = new Testbed();
    const port = await freePort();
    // The certificate is that of 127.0.0.1 and localhost.
    const config = [`listeners.ssl.other = 127.0.0.2:${String(port)}`];
    const rabbitmq = await bed.rabbitmq({ tls: true, port, config });
    const ca = `ca_certs=${rabbitmq.certificates?.ca ?? ''}`;
    const url = rabbitmq.url.replace(/^amqps/, 'amqp').replace('@127.0.0.1', '@127.0.0.2');
    const launch = (options: string): Promise<RunningExporter> =>
      launchExporter(bed, [], { CE_BROKER_URL: url, CE_PORT: '0', CE_BROKER_SSL_OPTION: options });
    expect(await connects(await launch(`${ca} server_hostname=localhost`))).toBe(true);
    await warned(await launch(`${ca} server_hostname=rabbit.example`), /is for another host name/);
    const unnamed = await launch(ca);
    expect(await connects(unnamed)).toBe(true);
    await warned(unnamed, /host name in the broker's certificate is not checked/);
    const otherwise = await launch(`${ca} server_hostname=rabbit.example check_hostname=0`);
    expect(await connects(otherwise)).toBe(true);
  });
});
