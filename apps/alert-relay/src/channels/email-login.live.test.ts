// How an e-mail channel meets its server: names, certificates, TLS or none, and tokens instead of passwords.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Certificates,
  createCertificates,
  type SmtpOptions,
  type SmtpReceiver,
  startSmtpReceiver,
  startTokenServer,
  type TokenServer,
  type TokenServerOptions,
} from '@celery-watch/testbed';
import type { Verdict } from '../notification/index.js';
import type { Channel } from './channel.js';
import { EMAIL } from './email.js';
import { ownName } from './email-settings.js';
import { NOW, samplePart } from './testing.js';

const SOON = 20_000;
const BASE = { from: 'alerts@example.com', to: ['ops@example.com'] };

let folder: string;
let certificates: Certificates;
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'email-login-'));
  certificates = await createCertificates(folder);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});
afterAll(() => rm(folder, { recursive: true }));

const start = async (options: SmtpOptions = {}): Promise<SmtpReceiver> => {
  const server = await startSmtpReceiver({
    certificate: { cert: certificates.serverCertificate, key: certificates.serverKey },
    ...options,
  });
  open.push(server);
  return server;
};
const channelOf = (settings: Record<string, unknown>, now: () => number = () => NOW, steady = now): Channel =>
  EMAIL.create(EMAIL.settings.parse({ ...BASE, ...settings }), { name: 'ops-mail', now, steady });
const through = (channel: Channel, key = 'm1-1'): Promise<Verdict> =>
  channel.send(channel.dress(samplePart({ key })), AbortSignal.timeout(SOON));
const send = (settings: Record<string, unknown>): Promise<Verdict> => through(channelOf(settings));

describe('the name in EHLO', () => {
  it("is the setting's, or this machine's with a domain", async () => {
    const { url, received } = await start();
    await send({ smtp_url: url, hello: 'relay.ops.example.com' });
    await send({ smtp_url: url });
    expect(received.map(({ hello }) => hello)).toEqual(['relay.ops.example.com', ownName(hostname(), 'example.com')]);
    expect(received[1]?.hello).toMatch(/^[\w-]+(\.[\w-]+)+$/);
  });

  it.each([
    ['mail.example.org', 'mail.example.org'],
    ['box-7', 'box-7.example.com'],
    ['localhost', 'alert-relay.example.com'],
    ['localhost.localdomain', 'alert-relay.example.com'],
    ['', 'alert-relay.example.com'],
    ['büro', 'bro.example.com'],
  ])('of a machine named %j is %s', (machine, name) => {
    expect(ownName(machine, 'example.com')).toBe(name);
  });
});

describe('a server with a certificate of its own', () => {
  it('on this machine takes mails over TLS without any setting, and with tls.required: false', async () => {
    const { url, received } = await start({ tls: 'starttls' });
    expect(await send({ smtp_url: url })).toMatchObject({ kind: 'delivered' });
    expect(await send({ smtp_url: url, tls: { required: false } })).toMatchObject({ kind: 'delivered' });
    expect(received.map(({ encrypted }) => encrypted)).toEqual([true, true]);
  });

  it('is spoken to in the clear where TLS is switched off', async () => {
    const { url, received } = await start({ tls: 'starttls' });
    expect(await send({ smtp_url: url, tls: { starttls: 'never' } })).toMatchObject({ kind: 'delivered' });
    expect(received.map(({ encrypted }) => encrypted)).toEqual([false]);
  });

  it.each(['starttls', 'implicit'] as const)(
    'is refused where TLS is wanted (%s), in words that name the settings',
    async (tls) => {
      const { url, received } = await start({ tls });
      const verdict = await send({ smtp_url: url, ...(tls === 'starttls' && { tls: { required: true } }) });
      expect(verdict).toMatchObject({ kind: 'retry', reason: 'network' });
      expect(verdict.detail).toMatch(/its certificate|the authority of its certificate/);
      expect(verdict.detail).toContain('tls.ca_file');
      expect(verdict.detail).not.toMatch(/node|--use-system-ca/i);
      expect(received).toHaveLength(0);
      expect(await send({ smtp_url: url, tls: { required: true, ca_file: certificates.ca } })).toMatchObject({
        kind: 'delivered',
      });
    },
  );

  it('may bear another name than the host, if that is said', async () => {
    const { url, received } = await start({ tls: 'starttls' });
    const tls = { ca_file: certificates.ca, required: true };
    const wrong = await send({ smtp_url: url, tls: { ...tls, server_name: 'mail.example.net' } });
    expect(wrong).toMatchObject({ kind: 'retry', reason: 'network' });
    expect(wrong.detail).toMatch(/for another name .*tls\.server_name/);
    expect(await send({ smtp_url: url, tls: { ...tls, server_name: 'localhost' } })).toMatchObject({
      kind: 'delivered',
    });
    expect(received).toHaveLength(1);
  });
});

describe('a login', () => {
  it('that the server does not offer is named where it refuses the mail', async () => {
    const server = await start();
    server.misbehave({ code: 530, message: '5.7.0 Authentication required', at: 'MAIL' });
    const verdict = await send({ smtp_url: server.url, username: 'relay', password: 'secret-pass-9' });
    expect(verdict).toMatchObject({ kind: 'permanent', reason: 'credentials' });
    expect(verdict.detail).toMatch(/^the server offers no login \(AUTH\) here.*530/);
    expect(await send({ smtp_url: server.url, username: 'relay', password: 'secret-pass-9' })).toMatchObject({
      kind: 'delivered',
    });
  });
});

describe('XOAUTH2', () => {
  const CLIENT = { client_id: 'relay-app', client_secret: 'client-secret-9', refresh_token: 'refresh-token-1' };
  const serve = async (options: Partial<TokenServerOptions> = {}): Promise<TokenServer> => {
    const server = await startTokenServer({
      clientId: CLIENT.client_id,
      clientSecret: CLIENT.client_secret,
      refreshToken: CLIENT.refresh_token,
      ...options,
    });
    open.push(server);
    return server;
  };
  const mailbox = (tokens: TokenServer): Promise<SmtpReceiver> =>
    start({ accessToken: (user, token) => user === 'alerts@example.com' && token === tokens.tokens.at(-1) });
  const settings = (smtp_url: string, oauth2: Record<string, unknown>) => ({
    smtp_url,
    username: 'alerts@example.com',
    oauth2,
  });

  it('takes a new token when the one it has ends, also where the clock was set back meanwhile', async () => {
    const tokens = await serve({ expiresInSeconds: 3600 });
    const { url, received } = await mailbox(tokens);
    let [wall, passed] = [NOW, 0];
    const channel = channelOf(
      settings(url, { ...CLIENT, token_url: tokens.url }),
      () => wall,
      () => passed,
    );
    await through(channel, 'm1-1');
    [wall, passed] = [NOW - 8 * 3_600_000, 3_600_000];
    await through(channel, 'm2-1');
    expect([received.length, tokens.tokens.length]).toEqual([2, 2]);
  });

  it('logs in with a token, which is kept until shortly before it ends', async () => {
    const tokens = await serve({ expiresInSeconds: 3600 });
    const { url, received } = await mailbox(tokens);
    let time = NOW;
    const channel = channelOf(settings(url, { ...CLIENT, token_url: tokens.url }), () => time);
    expect(await through(channel, 'a')).toMatchObject({ kind: 'delivered' });
    time += 3_500_000;
    expect(await through(channel, 'b')).toMatchObject({ kind: 'delivered' });
    expect(tokens.tokens).toHaveLength(1);
    time += 60_000;
    expect(await through(channel, 'c')).toMatchObject({ kind: 'delivered' });
    expect(tokens.tokens).toHaveLength(2);
    expect(received.map(({ user }) => user)).toEqual(Array.from({ length: 3 }, () => 'alerts@example.com'));
  });

  it('asks for another token where the server does not take the one that is kept', async () => {
    const tokens = await serve();
    let revoked = '';
    const { url } = await start({ accessToken: (_, token) => token !== revoked });
    const channel = channelOf(settings(url, { ...CLIENT, token_url: tokens.url }));
    expect(await through(channel, 'a')).toMatchObject({ kind: 'delivered' });
    revoked = 'access-token-1';
    expect(await through(channel, 'b')).toMatchObject({ kind: 'delivered' });
    expect(tokens.tokens).toHaveLength(2);
  });

  it('takes the next refresh token from the answer', async () => {
    const tokens = await serve({ rotates: true, expiresInSeconds: 1 });
    const { url } = await mailbox(tokens);
    const channel = channelOf(settings(url, { ...CLIENT, token_url: tokens.url }));
    for (const key of ['a', 'b', 'c']) expect(await through(channel, key)).toMatchObject({ kind: 'delivered' });
    expect(tokens.tokens).toHaveLength(3);
  });

  it("works with the program's own right, and with a scope", async () => {
    const client = { client_id: CLIENT.client_id, client_secret: CLIENT.client_secret };
    const scope = 'https://outlook.office365.com/.default';
    const tokens = await startTokenServer({ clientId: CLIENT.client_id, clientSecret: CLIENT.client_secret, scope });
    open.push(tokens);
    const { url } = await mailbox(tokens);
    expect(await send(settings(url, { ...client, scope, token_url: tokens.url }))).toMatchObject({ kind: 'delivered' });
    expect(tokens.grants).toEqual(['client_credentials']);
  });

  it('reads a token file for each mail', async () => {
    const file = join(folder, 'token');
    const { url } = await start({ accessToken: (_, token) => token === 'fresh' });
    const channel = channelOf(settings(url, { access_token_file: file }));
    expect(await through(channel)).toMatchObject({
      kind: 'retry',
      detail: expect.stringMatching(/access_token_file cannot be read: ENOENT/),
    });
    await writeFile(file, 'stale\n');
    expect(await through(channel)).toMatchObject({ kind: 'permanent', reason: 'credentials' });
    await writeFile(file, 'fresh\n');
    expect(await through(channel)).toMatchObject({ kind: 'delivered' });
  });

  it.each<[string, number, string, Partial<Verdict>, RegExp]>([
    [
      'is revoked',
      400,
      '{"error":"invalid_grant","error_description":"refresh-token-1 has been revoked."}',
      { kind: 'permanent', reason: 'credentials' },
      /400 invalid_grant: .*has been revoked/,
    ],
    [
      'is of another client',
      401,
      '{"error":"invalid_client"}',
      { kind: 'permanent', reason: 'credentials' },
      /401 invalid_client/,
    ],
    ['is limited', 429, '{"error":"slow_down"}', { kind: 'retry' }, /429 slow_down/],
    ['meets a broken server', 503, '<html>', { kind: 'retry' }, /answered 503/],
    ['meets a page', 200, '<html>', { kind: 'retry' }, /answered 200/],
  ])('says why there is no token where the grant %s', async (_, status, body, verdict, words) => {
    const tokens = await serve();
    const { url, received } = await mailbox(tokens);
    tokens.answerNext(status, body);
    const got = await send(settings(url, { ...CLIENT, token_url: tokens.url }));
    expect(got).toMatchObject(verdict);
    expect(got.detail).toMatch(words);
    expect(got.detail).not.toMatch(/client-secret-9|refresh-token-1/);
    expect(received).toHaveLength(0);
  });

  it('leads nowhere without a token server', async () => {
    const tokens = await serve();
    const { url } = await mailbox(tokens);
    await tokens.close();
    const got = await send(settings(url, { ...CLIENT, token_url: tokens.url }));
    expect(got).toMatchObject({ kind: 'retry', reason: 'network' });
    expect(got.detail).toMatch(/^oauth2: no token: ECONNREFUSED/);
  });

  it('that the server refuses is a matter of credentials, and shows no token', async () => {
    const tokens = await serve();
    const { url } = await start({ accessToken: () => false });
    const got = await send(settings(url, { ...CLIENT, token_url: tokens.url }));
    expect(got).toMatchObject({ kind: 'permanent', reason: 'credentials' });
    expect(got.detail).toMatch(/535/);
    expect(got.detail).not.toContain('access-token');
  });
});
