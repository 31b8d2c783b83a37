// Who may post, read and operate: the real AlertManager and Prometheus over TLS, commands on the same machine, and
// strangers.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import {
  askOverTls,
  createCertificates,
  freePort,
  startWebhookReceiver,
  Testbed,
  waitFor,
} from '@celery-watch/testbed';
import { inSeconds } from './alertmanager.js';
import { launchRelay, type RunningRelay, runProgram, settingsOf, writeConfig } from './testing.js';
import { toldTo } from './webhook-mail.js';

const PASSWORD = 'pass:wörd-4711';
/** Of bcrypt, at cost 10. */
const HASH = '$2b$10$FZGJulWb/Q5Q5v5hODPIyeqpV.sTcMOsARj99t/RrbDY7ZWTHO3qG';
const TOKEN = 'token-of-this-test-4711';
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const JSON_TYPE = { 'content-type': 'application/json' };

it('AlertManager posts over TLS with a certificate, by password or token, Prometheus scrapes, commands come in', async () => {
  await using bed = new Testbed();
  await using people = await startWebhookReceiver();
  const folder = path.join(bed.folder, 'tls');
  await mkdir(folder);
  const [tls, probes] = await Promise.all([createCertificates(folder), freePort()]);
  await writeFile(
    path.join(bed.folder, 'web.yml'),
    'tls_server_config:\n  cert_file: tls/server.crt\n  key_file: tls/server.key\n' +
      '  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: tls/ca.crt\n' +
      `basic_auth_users:\n  house: ${HASH}\n`,
  );
  await chmod(path.join(bed.folder, 'web.yml'), 0o600);
  const settings = await settingsOf(bed, {
    listen: `0.0.0.0:${await freePort()}`,
    auth: { bearer_token: TOKEN },
    metrics_token: 'only-metrics-4711',
    web_config_file: 'web.yml',
    probe_listen: `127.0.0.1:${probes}`,
    channels: [{ name: 'people', type: 'webhook', url: people.url }],
    route: { channels: ['people'] },
  });
  const file = await writeConfig(bed, settings, 'doors.yml');
  expect((await runProgram(bed, ['check-config', '--config', file])).out).toMatch(/^The configuration is good/);
  const relay = await bed.relay({ config: file, until: 'serving' });
  const client = { ca: tls.ca, cert: tls.clientCertificate, key: tls.clientKey };
  const tlsConfig = { ca_file: tls.ca, cert_file: client.cert, key_file: client.key };
  const webhook = (http: object) => ({
    webhook_configs: [{ url: `${relay.url}/webhook/alertmanager`, http_config: { tls_config: tlsConfig, ...http } }],
  });
  const [manager, prometheus] = await Promise.all([
    bed.alertmanager({
      config: JSON.stringify({
        route: {
          receiver: 'password',
          group_by: ['alertname'],
          group_wait: '0s',
          group_interval: '1s',
          routes: [{ receiver: 'token', matchers: ['alertname="ByToken"'] }],
        },
        receivers: [
          { name: 'password', ...webhook({ basic_auth: { username: 'house', password: PASSWORD } }) },
          { name: 'token', ...webhook({ authorization: { credentials: TOKEN } }) },
        ],
      }),
    }),
    bed.prometheus({
      config: `scrape_configs: ${JSON.stringify([
        {
          job_name: 'relay',
          scheme: 'https',
          scrape_interval: '1s',
          tls_config: tlsConfig,
          authorization: { credentials: 'only-metrics-4711' },
          static_configs: [{ targets: [new URL(relay.url).host] }],
        },
      ])}`,
    }),
  ]);
  const startsAt = inSeconds(-1);
  await manager.send(
    { labels: { alertname: 'ByPassword', id: 'p' }, startsAt },
    { labels: { alertname: 'ByToken', id: 't' }, startsAt },
  );
  await waitFor(() => toldTo(people).flatMap(({ alerts }) => alerts).length === 2, {
    within: 20_000,
    what: 'both alerts',
  });

  const status = async (asked: string, authorization?: string): Promise<number> => {
    const headers = { ...JSON_TYPE, ...(authorization !== undefined && { authorization }) };
    const body = asked.startsWith('/webhook') ? { body: '{}' } : {};
    return (await askOverTls(relay.url + asked, { ...client, headers, ...body })).status;
  };
  const all = (authorization?: string): Promise<readonly number[]> =>
    Promise.all(
      ['/metrics', '/-/history', '/-/dead', '/-/quarantine', '/healthz'].map((asked) => status(asked, authorization)),
    );
  expect(await all()).toEqual([401, 401, 401, 401, 200]);
  expect(await all('Bearer only-metrics-4711')).toEqual([200, 401, 401, 401, 200]);
  expect(await all(`Bearer ${TOKEN}`)).toEqual([200, 200, 200, 200, 200]);
  expect(await all(basic('house', PASSWORD))).toEqual([200, 200, 200, 200, 200]);
  expect(await status('/webhook/alertmanager', 'Bearer only-metrics-4711')).toBe(401);
  const refused = await askOverTls(`${relay.url}/-/reload`, {
    ca: tls.ca,
    body: '',
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect(refused).toMatchObject({ status: 403, text: expect.stringMatching(/client certificate.*none was shown/) });
  expect((await fetch(`http://127.0.0.1:${probes}/readyz`)).status).toBe(200);
  expect((await fetch(`http://127.0.0.1:${probes}/-/history`)).status).toBe(404);

  // A command shows the certificate that it reads in the same configuration.
  const listed = await runProgram(bed, ['history', '--config', file]);
  expect(listed.out).toMatch(/ByPassword/);
  expect(listed.err).toMatch(/asked the relay at https:/);
  const stranger = path.join(bed.folder, 'stranger');
  await mkdir(stranger);
  const theirs = await createCertificates(stranger);
  const other = path.join(bed.folder, 'other-web.yml');
  await writeFile(other, `tls_server_config: {cert_file: ${theirs.serverCertificate}, key_file: ${theirs.serverKey}}`);
  const strange = await runProgram(bed, ['history', '--config', file, '--web.config.file', other]);
  expect([strange.code, strange.err]).toEqual([1, expect.stringMatching(/shows another certificate than/)]);

  await waitFor(async () => (await prometheus.instant('up{job="relay"}'))[0]?.samples[0]?.[1] === 1, {
    within: 20_000,
    what: 'a scrape of the relay',
  });
  expect(
    await relay.logged(
      /0\.0\.0\.0:\d+ speaks TLS, with client certificates; .*the guides .*; only with a login: .*, the list of paths at \//,
    ),
  ).toMatchObject({ level: 'info' });
  expect(relay.written()).not.toMatch(/4711|\$2[aby]\$|END PRIVATE KEY/);
});

it('without a login a relay that other machines reach takes posts, and does nothing else for anybody', async () => {
  await using bed = new Testbed();
  const port = await freePort();
  const settings = { auth: 'none', channels: [{ name: 'log', type: 'console' }], route: { channels: ['log'] } };
  const start = async (name: string, listen: object): Promise<RunningRelay> => {
    const given = await settingsOf(bed, { ...settings, storage: { path: ':memory:' }, ...listen });
    return launchRelay(bed, await writeConfig(bed, given, name));
  };
  const [wide, narrow] = await Promise.all([start('wide.yml', { listen: `0.0.0.0:${port}` }), start('narrow.yml', {})]);
  const ask = (asked: string, init?: RequestInit) =>
    fetch(`http://127.0.0.1:${port}${asked}`, init).then(async (response) => [response.status, await response.text()]);
  for (const asked of ['/-/history', '/-/history/1', '/-/dead', '/-/quarantine', '/-/quarantine/1', '/-/anything'])
    expect(await ask(asked)).toEqual([
      403,
      expect.stringMatching(/set auth: \{bearer_token_file: …\} or web_config_file/),
    ]);
  for (const asked of [
    '/-/reload',
    '/-/dead/replay',
    '/-/dead/discard',
    '/-/quarantine/feed',
    '/-//reload',
    '/-/reload/',
  ])
    expect((await ask(asked, { method: 'POST' }))[0]).toBe(403);
  expect((await wide.post({})).status).toBe(200);
  expect(await wide.logged(/closed to everybody: \/-\/…/)).toMatchObject({ level: 'warn' });
  expect((await narrow.get('/-/history')).status).toBe(200);
  const said = await runProgram(bed, ['history', '--config', wide.file]);
  expect([said.code, said.err]).toEqual([1, expect.stringMatching(/only with a login, and .* has none: give it auth/)]);
});

it('a web configuration that lost its locks opens nothing, also where somebody asks for it to be read', async () => {
  await using bed = new Testbed();
  const web = path.join(bed.folder, 'web.yml');
  const users = `basic_auth_users:\n  house: ${HASH}\n`;
  await writeFile(web, users, { mode: 0o600 });
  const settings = await settingsOf(bed, {
    listen: `0.0.0.0:${await freePort()}`,
    web_config_file: 'web.yml',
    channels: [{ name: 'log', type: 'console' }],
    route: { channels: ['log'] },
  });
  const relay = await bed.relay({ config: await writeConfig(bed, settings, 'locks.yml'), until: 'serving' });
  const known = { headers: { ...JSON_TYPE, authorization: basic('house', PASSWORD) } };
  const post = async (init: RequestInit): Promise<number> =>
    (await fetch(`${relay.url}/webhook/alertmanager`, { method: 'POST', body: '{}', ...init })).status;
  expect([await post({ headers: JSON_TYPE }), await post(known)]).toEqual([401, 200]);
  await writeFile(web, '');
  const figure = /^alert_relay_web_config_last_reload_successful (\d)/m;
  const figureNow = async (): Promise<string | undefined> =>
    figure.exec(await (await fetch(`${relay.url}/metrics`, known)).text())?.[1];
  await waitFor(async () => (await figureNow()) === '0', { within: 20_000, what: 'it to be told' });
  const reload = await fetch(`${relay.url}/-/reload`, { method: 'POST', ...known });
  expect([reload.status, await reload.text()]).toEqual([400, expect.stringMatching(/a way to know AlertManager/)]);
  expect([await post({ headers: JSON_TYPE }), await post(known)]).toEqual([401, 200]);
  await writeFile(web, users);
  await waitFor(async () => (await figureNow()) === '1', { within: 20_000, what: 'it to be whole again' });
});
