// E-mail on a real SMTP server: TLS, login, refusals, and mails read back as a mail program reads them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Certificates,
  createCertificates,
  readMail,
  type SmtpOptions,
  type SmtpReceiver,
  startSmtpReceiver,
} from '@celery-watch/testbed';
import type { Verdict } from '../notification/index.js';
import type { Part } from './channel.js';
import { EMAIL } from './email.js';
import { emailSettings, serverOf } from './email-settings.js';
import { HOSTILE, NOW, sampleAlert, sampleMessage, samplePart } from './testing.js';

const SOON = 20_000;
const BASE = { from: '"Alerts 告警" <alerts@example.com>', to: ['ops@example.com'] };

it('asks for a host with letters of its own by the name that DNS knows', () => {
  const settings = emailSettings.parse({ ...BASE, smtp_url: 'smtp://bücher.example:2525' });
  expect(serverOf(settings, () => NOW)).toMatchObject({ host: 'xn--bcher-kva.example', port: 2525 });
});

describe('e-mail', () => {
  let folder: string;
  let certificates: Certificates;
  let server: SmtpReceiver | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'email-'));
    certificates = await createCertificates(folder);
  });
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });
  afterAll(() => rm(folder, { recursive: true }));

  const start = async (options: SmtpOptions = {}): Promise<SmtpReceiver> => {
    server = await startSmtpReceiver({
      certificate: { cert: certificates.serverCertificate, key: certificates.serverKey },
      ...options,
    });
    return server;
  };
  const send = async (settings: Record<string, unknown>, part: Part = samplePart()): Promise<Verdict> => {
    const channel = EMAIL.create(EMAIL.settings.parse({ ...BASE, ...settings }), { name: 'ops-mail', now: () => NOW });
    const verdict = await channel.send(channel.dress(part), AbortSignal.timeout(SOON));
    await channel.close();
    return verdict;
  };
  const login = { username: 'relay', password: 'p@ss/word#1' };
  const users = { relay: 'p@ss/word#1' };

  it('goes to users of this machine, and to a machine by its number', async () => {
    const { url, received } = await start();
    const to = ['root', 'X <x@[10.0.0.1]>', 'y@[IPv6:2001:db8::1]'];
    expect(await send({ smtp_url: url, from: 'root', to, cc: 'ops', reply_to: 'ops' })).toMatchObject({
      kind: 'delivered',
    });
    expect(received[0]?.recipients).toEqual([
      'root@localhost',
      'x@[10.0.0.1]',
      'y@[IPv6:2001:db8::1]',
      'ops@localhost',
    ]);
    const raw = received[0]?.raw ?? '';
    expect(raw).toMatch(/^From: root@localhost\r?$/m);
    expect(raw).toMatch(/^To: root@localhost, X <x@\[10\.0\.0\.1\]>,\s+<y@\[ipv6:2001:db8::1\]>\r?$/m);
    expect(raw).toMatch(/^Message-ID: <[^@>]+@localhost>\r?$/m);
  });

  it('comes from a machine by its number', async () => {
    const { url, received } = await start();
    expect(await send({ smtp_url: url, from: 'relay@[10.0.0.1]' })).toMatchObject({ kind: 'delivered' });
    expect(received[0]?.raw).toMatch(/^From: <relay@\[10\.0\.0\.1\]>\r?$/m);
    expect(received[0]?.hello).not.toContain('[');
  });

  it.each(['starttls', 'implicit'] as const)('goes over TLS (%s) with our own authority, and logs in', async (tls) => {
    const { url, received } = await start({ tls, users });
    expect(await send({ smtp_url: url, ...login, tls: { ca_file: certificates.ca, required: true } })).toMatchObject({
      kind: 'delivered',
    });
    expect(received).toMatchObject([{ accepted: true, encrypted: true, user: 'relay' }]);
  });

  it.each(['starttls', 'implicit'] as const)(
    'sends nothing to a server that nobody vouches for (%s), unless told to',
    async (tls) => {
      const { url, received } = await start({ tls, users });
      const verdict = await send({ smtp_url: url, ...login });
      expect(verdict).toMatchObject({ kind: 'retry', reason: 'network' });
      expect(verdict.detail).toMatch(/certificate/);
      expect(received).toHaveLength(0);
      expect(await send({ smtp_url: url, ...login, tls: { insecure_skip_verify: true } })).toMatchObject({
        kind: 'delivered',
      });
      expect(received).toMatchObject([{ encrypted: true }]);
    },
  );

  it('sends nothing in the clear where TLS is wanted', async () => {
    const { url, received } = await start();
    expect(await send({ smtp_url: url, tls: { required: true } })).toMatchObject({ kind: 'retry' });
    expect(received).toHaveLength(0);
  });

  it('gives up where the login is wrong, without telling it', async () => {
    const { url } = await start({ users });
    const verdict = await send({ smtp_url: url.replace('//', '//relay:wrong-password@') });
    expect(verdict).toMatchObject({ kind: 'permanent', reason: 'credentials' });
    expect(verdict.detail).toContain('535');
    expect(verdict.detail).not.toContain('wrong-password');
  });

  it('does not wait for a CA file that is not there', async () => {
    const { url } = await start({ tls: 'starttls' });
    expect(await send({ smtp_url: url, tls: { ca_file: join(folder, 'missing.pem') } })).toMatchObject({
      kind: 'retry',
      reason: 'network',
    });
  });

  it.each<[number, 'CONNECT' | 'MAIL' | 'RCPT' | undefined, string, string]>([
    [421, 'CONNECT', 'retry', 'server_error'],
    [554, 'CONNECT', 'retry', 'server_error'],
    [550, 'MAIL', 'permanent', 'credentials'],
    [451, 'MAIL', 'retry', 'server_error'],
    [550, 'RCPT', 'permanent', 'address'],
    [450, 'RCPT', 'retry', 'server_error'],
    [451, undefined, 'retry', 'server_error'],
    [554, undefined, 'permanent', 'content'],
    [552, undefined, 'permanent', 'too_large'],
  ])('hears %s at %s: %s, %s', async (code, at, kind, reason) => {
    const smtp = await start();
    smtp.misbehave({ code, message: 'no', ...(at !== undefined && { at }) });
    expect(await send({ smtp_url: smtp.url })).toMatchObject({ kind, reason });
    expect(smtp.received.filter((each) => each.accepted)).toHaveLength(0);
    expect(await send({ smtp_url: smtp.url })).toMatchObject({ kind: 'delivered' });
  });

  it('is delivered when one recipient gets it, and names who does not', async () => {
    const { url, received } = await start({
      refuse: (recipient) => (recipient.startsWith('gone') ? { code: 550, message: '5.1.1 no such user' } : undefined),
    });
    const some = await send({
      smtp_url: url,
      to: ['gone@example.com', 'Ops <ops@example.com>'],
      cc: ['boss@example.com'],
    });
    expect(some).toMatchObject({ kind: 'delivered' });
    expect(some.detail).toContain('gone@example.com was refused');
    expect(received).toMatchObject([{ recipients: ['ops@example.com', 'boss@example.com'] }]);
    expect(await send({ smtp_url: url, to: ['gone@example.com', 'gone2@example.com'] })).toMatchObject({
      kind: 'permanent',
      reason: 'address',
    });
  });

  it('goes again to whom the server put off, and only to them', async () => {
    const greylisted = new Set(['oncall@example.com', 'second@example.com']);
    const { url, received } = await start({
      refuse: (recipient) =>
        greylisted.has(recipient) ? { code: 450, message: '4.7.1 greylisted, try again later' } : undefined,
    });
    const channel = EMAIL.create(
      EMAIL.settings.parse({
        ...BASE,
        smtp_url: url,
        to: ['oncall@example.com', 'archive@example.com', 'second@example.com'],
      }),
      { name: 'ops-mail', now: () => NOW },
    );
    const again = (key = 'm1-1'): Promise<Verdict> =>
      channel.send(channel.dress(samplePart({ key })), AbortSignal.timeout(SOON));
    const first = await again();
    expect(first).toMatchObject({ kind: 'ambiguous', reason: 'server_error' });
    expect(first.detail).toContain('oncall@example.com was put off');
    expect(await again()).toMatchObject({ kind: 'retry', reason: 'server_error' });
    greylisted.delete('oncall@example.com');
    expect(await again()).toMatchObject({ kind: 'ambiguous' });
    greylisted.clear();
    expect(await again()).toMatchObject({ kind: 'delivered' });
    expect(received.map(({ recipients }) => recipients)).toEqual([
      ['archive@example.com'],
      ['oncall@example.com'],
      ['second@example.com'],
    ]);
    expect(new Set(received.map(({ key }) => key)).size).toBe(1);
    expect(await again('m2-1')).toMatchObject({ kind: 'delivered' });
    expect(received.at(-1)?.recipients).toEqual(['oncall@example.com', 'archive@example.com', 'second@example.com']);
    await channel.close();
  });

  it.each([false, true])(
    'knows a mail that is too large, whether the server announces its size or not (hidden: %s)',
    async (hideSize) => {
      const { url, received } = await start({ size: 20_000, hideSize });
      const part = samplePart({ sections: { head: 'x'.repeat(50_000), blocks: [], foot: '' } });
      expect(await send({ smtp_url: url }, part)).toMatchObject({ kind: 'permanent', reason: 'too_large' });
      expect(received.filter((each) => each.accepted)).toHaveLength(0);
    },
  );

  it('reads as it was meant: headers, HTML and text', async () => {
    const { url, received } = await start();
    await send({
      smtp_url: url,
      to: ['Ops 值班 <ops@example.com>', 'b@example.com'],
      cc: ['c@example.com'],
      reply_to: 'team@example.com',
      list_id: 'celery.example.com',
    });
    const raw = received[0]?.raw ?? '';
    // eslint-disable-next-line no-control-regex -- ASCII is what is asked for
    expect(raw).toMatch(/^[\x00-\x7f]*$/);
    expect(Math.max(...raw.split('\r\n').map((line) => line.length))).toBeLessThan(998);
    const mail = await readMail(raw);
    expect(mail).toMatchObject({
      subject: '[1 firing, critical] HighCeleryQueueLength',
      from: '"Alerts 告警" <alerts@example.com>',
      to: ['ops@example.com', 'b@example.com'],
      cc: ['c@example.com'],
      date: NOW,
    });
    expect(Object.fromEntries(mail.headers)).toMatchObject({
      'auto-submitted': 'auto-generated',
      'list-id': 'ops-mail <celery.example.com>',
      'x-priority': '1 (Highest)',
      importance: 'high',
      'reply-to': 'team@example.com',
    });
    expect(mail.headers.get('content-type')).toMatch(/^multipart\/alternative/);
    for (const text of [
      'HighCeleryQueueLength in default 队列积压',
      '1 new, firing since 18:00',
      'Nothing else fires',
    ]) {
      expect(mail.text).toContain(text);
      expect(mail.html).toContain(text);
    }
    expect(mail.html).toMatch(/^<!doctype html>/);
  });

  it('is dated when it goes out, however long ago it was composed', async () => {
    const { url, received } = await start();
    await send({ smtp_url: url }, samplePart({ sentAt: NOW + 17 * 3_600_000 }));
    expect(await readMail(received[0]?.raw ?? '')).toMatchObject({ date: NOW + 17 * 3_600_000 });
  });

  it('cries only where it is critical', async () => {
    const { url, received } = await start();
    await send({ smtp_url: url }, samplePart({ tone: 'warning' }));
    const { headers } = await readMail(received[0]?.raw ?? '');
    expect(headers.has('x-priority')).toBe(false);
    expect(headers.has('importance')).toBe(false);
  });

  it('is one thread for one episode, whatever its subjects say', async () => {
    const { url, received } = await start();
    const later = sampleMessage({ episode: { id: 'episode-1', opened: false } });
    const resolved = sampleMessage({
      episode: { id: 'episode-1', opened: false },
      alerts: [sampleAlert({ status: 'resolved', endsAt: NOW })],
    });
    await send({ smtp_url: url }, samplePart({ key: 'm1-1', total: 2 }));
    await send({ smtp_url: url }, samplePart({ key: 'm1-2', index: 2, total: 2 }));
    await send({ smtp_url: url }, samplePart({ key: 'm2-1', message: later }));
    const over = { subject: '[RESOLVED:1] HighCeleryQueueLength', tone: 'resolved' as const };
    await send({ smtp_url: url }, samplePart({ key: 'm3-1', message: resolved, ...over }));
    const mails = await Promise.all(received.map((each) => readMail(each.raw)));
    const root = mails[0]?.messageId;
    expect(root).toMatch(/^<episode\./);
    expect(mails[0]?.inReplyTo).toBeUndefined();
    for (const mail of mails.slice(1)) expect(mail).toMatchObject({ inReplyTo: root, references: [root] });
    expect(new Set(mails.map((mail) => mail.messageId)).size).toBe(4);
    expect(mails.at(-1)?.subject).toBe('[RESOLVED:1] HighCeleryQueueLength');
  });

  it.each(HOSTILE)('gets %s through in title, labels and text, and no header out of it', async (_, text) => {
    const { url, received } = await start();
    const message = sampleMessage({ labels: { alertname: text, severity: 'critical' } });
    const html = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    const plain = { head: text, blocks: ['the end'], foot: '' };
    await send(
      { smtp_url: url },
      samplePart({ title: text, message, plain, body: { head: html, blocks: ['the end'], foot: '' } }),
    );
    expect(received).toMatchObject([{ accepted: true, recipients: ['ops@example.com'] }]);
    const mail = await readMail(received[0]?.raw ?? '');
    expect(mail.headers.has('bcc')).toBe(false);
    expect(mail.headers.get('content-type')).toMatch(/^multipart\/alternative/);
    expect(mail.text).toMatch(/the end\n$/);
    expect(mail.html).toContain('the end</td></tr>');
    expect(mail.subject).toMatch(/^\S/);
    expect(mail.text.replace(/\s/g, '')).toContain(
      text
        .toWellFormed()
        .replace(/[\p{Cc}\ufffd]/gu, (sign) => (/\s|\u0085/.test(sign) ? sign : '\ufffd'))
        .replace(/\s/g, ''),
    );
  });
});
