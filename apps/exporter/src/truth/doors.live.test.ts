// Who may read what: the real Prometheus over TLS with client certificates and passwords, and what strangers get.
import { createConnection } from 'node:net';
import { cp, mkdir, readFile, symlink, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { expect, it } from '@jest/globals';
import { askOverTls, type Certificates, createCertificates, freePort, Testbed, waitFor } from '@celery-watch/testbed';
import { launchExporter } from './testing.js';

const PASSWORD = 'pass:wörd-4711';
/** Of bcrypt, at cost 10. */
const HASH = '$2b$10$FZGJulWb/Q5Q5v5hODPIyeqpV.sTcMOsARj99t/RrbDY7ZWTHO3qG';
const NOWHERE = '--broker-url=redis://127.0.0.1:1/0';

async function certificatesIn(bed: Testbed, name: string): Promise<Certificates> {
  const folder = path.join(bed.folder, name);
  await mkdir(folder);
  return createCertificates(folder);
}

const basic = (user: string, password: string): Readonly<Record<string, string>> => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

/** A page of Prometheus's configuration for one job. */
const job = (name: string, port: number, tls: Readonly<Record<string, string>>, password: string): string =>
  JSON.stringify({
    job_name: name,
    scheme: 'https',
    scrape_interval: '1s',
    scrape_timeout: '1s',
    tls_config: tls,
    basic_auth: { username: 'prometheus', password },
    static_configs: [{ targets: [`127.0.0.1:${port}`] }],
  });

it('Prometheus scrapes over mTLS with a password, while certificates are replaced; whoever lacks either gets nothing', async () => {
  await using bed = new Testbed();
  const [ours, strange, port, probes] = await Promise.all([
    certificatesIn(bed, 'first'),
    certificatesIn(bed, 'strange'),
    freePort(),
    freePort(),
  ]);
  // As Kubernetes mounts a Secret: a folder behind a link, which is swapped.
  const secret = path.join(bed.folder, 'secret');
  await symlink('first', secret);
  const web = path.join(bed.folder, 'web.yml');
  await writeFile(
    web,
    'tls_server_config:\n  cert_file: secret/server.crt\n  key_file: secret/server.key\n' +
      '  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: first/ca.crt\n' +
      `basic_auth_users:\n  prometheus: ${HASH}\n` +
      'http_server_config:\n  headers:\n    X-Frame-Options: deny\n',
  );
  const exporter = await launchExporter(bed, [
    NOWHERE,
    `--port=${port}`,
    `--probe-port=${probes}`,
    '--web.config.file',
    web,
  ]);
  expect(exporter.url).toMatch(/^https:/);
  const client = { ca: ours.ca, cert: ours.clientCertificate, key: ours.clientKey };
  const url = `https://127.0.0.1:${port}`;
  const files = { cert_file: ours.clientCertificate, key_file: ours.clientKey };
  // The certificate that comes later is of an authority of its own.
  const cas = path.join(bed.folder, 'cas.crt');
  const next = await certificatesIn(bed, 'next');
  await writeFile(cas, (await readFile(ours.ca, 'utf8')) + (await readFile(next.ca, 'utf8')));
  const prometheus = await bed.prometheus({
    config: `scrape_configs:\n${[
      job('right', port, { ca_file: cas, ...files }, PASSWORD),
      job('password', port, { ca_file: cas, ...files }, 'wrong'),
      job(
        'strange',
        port,
        { ca_file: cas, cert_file: strange.clientCertificate, key_file: strange.clientKey },
        PASSWORD,
      ),
      job('none', port, { ca_file: cas }, PASSWORD),
    ]
      .map((each) => `  - ${each}`)
      .join('\n')}`,
  });
  const ups = async (): Promise<Readonly<Record<string, number | undefined>>> =>
    Object.fromEntries<number | undefined>(
      (await prometheus.instant('up')).map(({ labels, samples }) => [labels['job'] ?? '', samples[0]?.[1]]),
    );
  await waitFor(async () => Object.keys(await ups()).length === 4, { within: 20_000, what: 'four scrapes' });
  await waitFor(async () => (await ups())['right'] === 1, { within: 10_000, what: 'the first login' });
  expect(await ups()).toEqual({ right: 1, password: 0, strange: 0, none: 0 });
  expect(await prometheus.instant('celery_exporter_build_info')).toHaveLength(1);

  // What people see: words, and only of what is wrong.
  const openMetrics = 'application/openmetrics-text; version=1.0.0';
  const page = await askOverTls(`${url}/metrics`, {
    ...client,
    headers: { ...basic('prometheus', PASSWORD), accept: openMetrics },
  });
  expect(page).toMatchObject({ status: 200, text: expect.stringMatching(/# EOF\n$/) });
  expect(page.headers['content-type']).toMatch(/^application\/openmetrics-text/);
  expect(page.headers['x-frame-options']).toBe('deny');
  const answer = async (asked: string, shown: Partial<typeof client>): Promise<readonly unknown[]> => {
    const { status, text } = await askOverTls(url + asked, { ca: ours.ca, ...shown });
    return [status, text];
  };
  expect(await answer('/metrics', {})).toEqual([403, expect.stringMatching(/none was shown/)]);
  expect(await answer('/healthz', {})).toEqual([403, expect.stringMatching(/none was shown/)]);
  expect(await answer('/metrics', client)).toEqual([401, expect.stringMatching(/Authorization header/)]);
  expect(await answer('/', client)).toEqual([401, expect.anything()]);
  expect(await answer('/healthz', client)).toEqual([200, 'alive\n']);
  const probe = (asked: string) => fetch(`http://127.0.0.1:${probes}${asked}`).then(({ status }) => status);
  expect(await Promise.all(['/healthz', '/readyz', '/metrics', '/'].map(probe))).toEqual([200, 503, 404, 404]);
  const plain = await fetch(`http://127.0.0.1:${port}/metrics`);
  expect([plain.status, await plain.text()]).toEqual([400, expect.stringMatching(/speaks HTTPS/)]);

  // The swap; a broken key first, which changes nothing.
  const since = Date.now() / 1_000;
  await cp(path.join(bed.folder, 'next'), path.join(bed.folder, 'broken'), { recursive: true });
  await writeFile(path.join(bed.folder, 'broken', 'server.key'), 'junk');
  const swap = async (to: string): Promise<void> => {
    await symlink(to, `${secret}.new`);
    await rename(`${secret}.new`, secret);
  };
  await swap('broken');
  exporter.process.signal('SIGHUP');
  await exporter.logged(/^the web configuration was not taken/);
  const figure = async (name: string): Promise<string | undefined> => {
    const { text } = await askOverTls(`${url}/metrics`, { ...client, ca: cas, headers: basic('prometheus', PASSWORD) });
    return new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1];
  };
  expect(await figure('celery_exporter_web_config_last_reload_successful')).toBe('0');
  // A connection that is there stays as it is.
  const standing = connect({
    port,
    host: '127.0.0.1',
    ca: await readFile(ours.ca),
    cert: await readFile(client.cert),
    key: await readFile(client.key),
  });
  await once(standing, 'secureConnect');
  await swap('next');
  await waitFor(() => askOverTls(`${url}/healthz`, { ...client, ca: next.ca }).then(({ status }) => status === 200), {
    within: 10_000,
    what: 'the new certificate',
  });
  standing.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(String((await once(standing, 'data'))[0])).toMatch(/^HTTP\/1\.1 200/);
  standing.destroy();
  expect(await figure('celery_exporter_web_config_last_reload_successful')).toBe('1');
  expect(Number(await figure('celery_exporter_certificate_expiry_timestamp_seconds'))).toBeGreaterThan(since);
  const lost = await prometheus.instant(`min_over_time(up{job="right"}[${Math.ceil(Date.now() / 1_000 - since)}s])`);
  expect(lost[0]?.samples[0]?.[1]).toBe(1);

  // A handshake that goes nowhere holds up nobody, and no secret is in the log.
  const half = createConnection(port, '127.0.0.1');
  half.write(Buffer.from([0x16, 0x03, 0x01]));
  expect(await figure('celery_exporter_build_info\\{.*\\}')).toBe('1');
  half.destroy();
  const said = exporter.process.output();
  expect(said).not.toMatch(/4711|\$2[aby]\$|END PRIVATE KEY/);
  expect(exporter.log().filter(({ msg }) => msg.includes('client certificate'))).not.toHaveLength(0);
});

it('a token opens /metrics and the page, and probes need none; the log says what is open', async () => {
  await using bed = new Testbed();
  const token = path.join(bed.folder, 'token');
  await writeFile(token, 'tok-4711\n', { mode: 0o600 });
  const [locked, open] = await Promise.all([
    launchExporter(bed, [NOWHERE, '--port=0', `--metrics-token-file=${token}`]),
    launchExporter(bed, [NOWHERE, '--port=0']),
  ]);
  const statuses = (headers: Readonly<Record<string, string>>) =>
    Promise.all(['/metrics', '/', '/healthz'].map(async (asked) => (await locked.get(asked, headers)).status));
  expect(await statuses({})).toEqual([401, 401, 200]);
  expect(await statuses({ authorization: 'Bearer tok-4711' })).toEqual([200, 200, 200]);
  expect(await statuses(basic('tok-4711', ''))).toEqual([401, 401, 200]);
  expect(await locked.logged(/only with a login: \/metrics, the page for people/)).toMatchObject({ level: 'info' });
  expect(await open.logged(/speaks plain HTTP; open to everybody who can reach it: \/metrics/)).toMatchObject({
    level: 'warn',
    msg: expect.stringMatching(/set metrics_token or web_config_file/),
  });
  expect(locked.process.output()).not.toContain('4711');
});
