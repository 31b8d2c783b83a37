// A mail server that offers TLS and cannot do it, and one whose certificate nobody knows: where TLS with anybody is
// enough, or none, the mail goes out all the same.
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Certificates, createCertificates, startSmtpReceiver } from '@celery-watch/testbed';
import type { Verdict } from '../notification/index.js';
import { EMAIL } from './email.js';
import { NOW, samplePart } from './testing.js';

let folder: string;
let certificates: Certificates;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'starttls-'));
  certificates = await createCertificates(folder);
});
afterAll(() => rm(folder, { recursive: true }));

let server: Server | undefined;
afterEach(() => void server?.close());

async function send(settings: Record<string, unknown>): Promise<Verdict> {
  const whole = EMAIL.settings.parse({ from: 'alerts@example.com', to: 'ops@example.com', ...settings });
  const channel = EMAIL.create(whole, { name: 'ops-mail', now: () => NOW });
  const verdict = await channel.send(channel.dress(samplePart()), AbortSignal.timeout(10_000));
  await channel.close();
  return verdict;
}

/** Takes every mail in the clear; to STARTTLS it answers so, and ends the connection where it said that it would. */
async function brokenServer(answer: string, behind = ''): Promise<{ readonly url: string; readonly said: string[] }> {
  const said: string[] = [];
  server = createServer((socket) => {
    let inMail = false;
    socket.on('error', () => undefined);
    socket.write('220 mail.example.com\r\n');
    let rest = '';
    socket.on('data', (bytes) => {
      rest += bytes.toString('latin1');
      for (let end = rest.indexOf('\r\n'); end !== -1; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (inMail && line !== '.') continue;
        const verb = inMail ? '.' : (line.split(' ')[0] ?? '');
        inMail = verb === 'DATA';
        said.push(verb);
        if (verb === 'EHLO') socket.write('250-mail.example.com\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n');
        else if (verb === 'DATA') socket.write('354 go on\r\n');
        else if (verb === 'AUTH') socket.write('235 welcome\r\n');
        else if (verb === 'STARTTLS') {
          socket.write(`${answer}\r\n`);
          if (behind !== '') socket.once('data', () => socket.end(behind));
        } else socket.write('250 ok\r\n');
      }
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`, said };
}

describe.each([
  ['puts it off', '454 TLS not available', ''],
  ['knows it no more', '502 not implemented', ''],
  ['speaks something else then', '220 go ahead', 'no TLS at all\r\n'],
])('a server that offers STARTTLS and %s', (_, answer, behind) => {
  it('gets the mail in the clear, where tls.required is false', async () => {
    const { url, said } = await brokenServer(answer, behind);
    expect(await send({ smtp_url: url, tls: { required: false } })).toMatchObject({ kind: 'delivered' });
    expect(said.slice(-3)).toEqual(['RCPT', 'DATA', '.']);
  });

  it('gets the login too, where it is given and tls.required is false', async () => {
    const { url, said } = await brokenServer(answer, behind);
    const login = { username: 'u', password: 'p' };
    expect(await send({ smtp_url: url, ...login, tls: { required: false } })).toMatchObject({ kind: 'delivered' });
    expect(said).toContain('AUTH');
  });

  it('gets nothing where TLS is wanted', async () => {
    const { url, said } = await brokenServer(answer, behind);
    expect(await send({ smtp_url: url, tls: { required: true } })).toMatchObject({ kind: 'retry' });
    expect(said).not.toContain('MAIL');
  });
});

it('takes TLS from the first byte with anybody, where tls.required is false', async () => {
  const certificate = { cert: certificates.serverCertificate, key: certificates.serverKey };
  await using receiver = await startSmtpReceiver({ tls: 'implicit', certificate });
  expect(await send({ smtp_url: receiver.url })).toMatchObject({ kind: 'retry', reason: 'network' });
  expect(await send({ smtp_url: receiver.url, tls: { required: false } })).toMatchObject({ kind: 'delivered' });
  expect(receiver.received).toMatchObject([{ encrypted: true }]);
});
