// The table of channels: what each type's settings take and refuse, and its figures against what its server allows.
import { describe, expect, it } from '@jest/globals';
import { Secret } from '@celery-watch/service';
import { CHANNEL_TYPES, type ChannelTypeName } from './table.js';

const URL_ = 'https://example.test/hook/token-0123456789';
const MAIL = { smtp_url: 'smtp://user:pass@mail:587', from: 'alerts@example.com', to: ['ops@example.com'] };

describe('the settings of channels', () => {
  it.each<[ChannelTypeName, unknown]>([
    ['email', MAIL],
    [
      'email',
      {
        ...MAIL,
        smtp_url: 'smtps://mail',
        username: 'u',
        password: 'p',
        cc: ['A <a@b.test>'],
        reply_to: 'r@b.test',
        list_id: 'x.y',
        max_bytes: 10_000,
        tls: { ca_file: '/ca.pem', required: false },
      },
    ],
    ['email', { ...MAIL, to: 'ops@example.com', cc: 'Ops <b@example.com>' }],
    ['email', { ...MAIL, smtp_url: 'smtp://u:p%40ss%23w%2Frd@mail:2525/' }],
    ['email', { ...MAIL, smtp_url: 'smtp://[::1]:25' }],
    ['email', { ...MAIL, hello: 'relay.example.com', tls: { starttls: 'never', server_name: 'mail.example.com' } }],
    [
      'email',
      {
        ...MAIL,
        smtp_url: 'smtp://smtp.gmail.com:587',
        username: 'a@b.test',
        oauth2: { token_url: 'https://oauth2.googleapis.com/token', client_id: 'c', refresh_token: 'r' },
      },
    ],
    ['email', { ...MAIL, smtp_url: 'smtp://m', username: 'a@b.test', oauth2: { access_token_file: '/t' } }],
    ['slack', { webhook_url: URL_, mention: { user_ids: 'U012', on: 'critical' } }],
    ['dingtalk', { webhook_url: URL_, mention: { mobiles: 13800000000 } }],
    ['wecom', { webhook_url: URL_, mention: { user_ids: 1234, mobiles: '13800000000' } }],
    ['email', { ...MAIL, smtp_url: 'smtp://bücher.example:587' }],
    ['email', { ...MAIL, to: ['x@[10.0.0.1]', 'X <y@[IPv6:2001:db8::1]>', 'x@bücher.example'] }],
    ['email', { smtp_url: 'smtp://localhost:25', from: 'root', to: 'root', cc: ['ops'], reply_to: 'ops' }],
    ['email', { smtp_url: 'smtp://[::1]', from: 'root', to: ['root', 'a@b.test'] }],
    ['email', { ...MAIL, smtp_url: 'smtp://u:p$Word@mail' }],
    ['slack', { webhook_url: URL_ }],
    ['slack', { webhook_url: URL_, mention: { user_ids: ['U012'], on: ['critical', 'warning'] } }],
    ['dingtalk', { webhook_url: URL_, secret: 'SEC', mention: { mobiles: ['13800000000'] } }],
    ['wecom', { webhook_url: URL_ }],
    ['feishu', { webhook_url: URL_, secret: 's', mention: { user_ids: ['ou_1'], all: true } }],
    ['webhook', { url: 'http://127.0.0.1:8080/x', secret: 's', bearer_token: 't', headers: { 'X-Team': 'celery' } }],
    ['console', {}],
    ['console', { stream: 'stderr' }],
  ])('%s takes %j', (type, settings) => {
    expect(CHANNEL_TYPES[type].settings.safeParse(settings)).toMatchObject({ success: true });
  });

  it.each<[ChannelTypeName, unknown, string]>([
    ['email', { ...MAIL, to: [] }, 'to'],
    ['email', { ...MAIL, to: ['no address'] }, 'to'],
    ['email', { ...MAIL, to: ['a@b.test, c@d.test'] }, 'to'],
    ['email', { ...MAIL, from: 'x@y.test\r\nBcc: z@y.test' }, 'from'],
    ['email', { ...MAIL, from: 'nobody' }, 'from'],
    ['email', { ...MAIL, smtp_url: 'http://mail' }, 'smtp_url'],
    ['email', { ...MAIL, smtp_url: 'smtp://mail', username: 'u' }, 'username'],
    ['email', { ...MAIL, smtp_url: 'smtp://user@mail' }, 'smtp_url'],
    ['email', { ...MAIL, smtp_url: 'http://mail', username: 'u', password: 'p' }, 'smtp_url'],
    ['email', { ...MAIL, username: 'u', password: 'p' }, 'username'],
    ['email', { ...MAIL, smtp_url: 'smtp://user:p@ss#w/rd@mail:587' }, 'smtp_url'],
    ['email', { ...MAIL, smtp_url: 'smtp://user:p/ss@mail:587' }, 'smtp_url'],
    ['email', { ...MAIL, smtp_url: 'smtp://user:12/ss@mail:587' }, 'smtp_url'],
    ['email', { ...MAIL, smtp_url: 'smtp://user:p?ss@mail:587' }, 'smtp_url'],
    ['email', { ...MAIL, smtp_url: 'smtp://mail?secure=true' }, 'smtp_url'],
    ['email', { ...MAIL, smtp_url: 'smtp://us er:pw@mail' }, 'smtp_url'],
    ['email', { ...MAIL, smtp_url: 'smtp://mail,mail2' }, 'smtp_url'],
    ['email', { ...MAIL, smtp_url: 'smtp://mail:465' }, 'smtp_url'],
    ['email', { ...MAIL, smtp_url: 'smtps://mail:587' }, 'smtp_url'],
    ['email', { ...MAIL, smtp_url: 'smtps://mail:25' }, 'smtp_url'],
    ['email', { ...MAIL, smtp_url: 'smtps://mail', tls: { starttls: 'never' } }, 'tls'],
    ['email', { ...MAIL, tls: { starttls: 'never', required: true } }, 'tls'],
    ['email', { ...MAIL, hello: 'not a name' }, 'hello'],
    ['email', { ...MAIL, smtp_url: 'smtp://<user>:<password>@mail:587' }, 'smtp_url'],
    ['email', { ...MAIL, smtp_url: 'smtp://user:XXXXXXXX@mail:587' }, 'smtp_url'],
    ['email', { ...MAIL, smtp_url: 'smtp://{{ host }}:587' }, 'smtp_url'],
    ['email', { ...MAIL, smtp_url: 'smtp://mail:0' }, 'smtp_url'],
    ['email', { ...MAIL, smtp_url: 'smtp://mail:143' }, 'smtp_url'],
    ['email', { ...MAIL, smtp_url: 'smtps://mail:993' }, 'smtp_url'],
    ['email', { ...MAIL, smtp_url: 'smtps://mail:995' }, 'smtp_url'],
    ['email', { ...MAIL, smtp_url: 'smtp://bücher..example' }, 'smtp_url'],
    ['email', { ...MAIL, smtp_url: 'smtp://mail', username: 'u', password: '<password>' }, 'password'],
    ['email', { ...MAIL, to: ['x@y..z'] }, 'to'],
    ['email', { ...MAIL, to: ['x@.y'] }, 'to'],
    ['email', { ...MAIL, to: ['x@y.'] }, 'to'],
    ['email', { ...MAIL, to: ['x@[10.0.0]'] }, 'to'],
    ['email', { ...MAIL, to: 'root' }, 'to'],
    ['email', { ...MAIL, cc: 'root' }, 'cc'],
    ['webhook', { url: URL_, secret: 'whsec_', bearer_token: '$RELAY_TOKEN' }, 'bearer_token'],
    ['dingtalk', { webhook_url: URL_, secret: 'SEC…' }, 'secret'],
    ['dingtalk', { webhook_url: URL_, secret: 'SECxxxxxxxx' }, 'secret'],
    ['email', { ...MAIL, smtp_url: 'smtp://m', username: 'u', oauth2: { client_id: 'c' } }, 'oauth2'],
    ['email', { ...MAIL, smtp_url: 'smtp://m', oauth2: { access_token_file: '/t' } }, 'username'],
    [
      'email',
      { ...MAIL, smtp_url: 'smtp://m', username: 'u', password: 'p', oauth2: { access_token_file: '/t' } },
      'password',
    ],
    ['email', { ...MAIL, list_id: 'x\ny' }, 'list_id'],
    ['email', { ...MAIL, max_bytes: 5 }, 'max_bytes'],
    ['email', { ...MAIL, tls: { verify: false } }, 'tls'],
    ['email', { ...MAIL, subject: 'x' }, ''],
    ['slack', {}, 'webhook_url'],
    ['slack', { webhook_url: 'hooks.slack.com' }, 'webhook_url'],
    ['slack', { webhook_url: URL_, secret: 's' }, ''],
    ['dingtalk', { webhook_url: URL_, secret: '' }, 'secret'],
    ['wecom', { webhook_url: URL_, mentions: {} }, ''],
    ['feishu', { webhook_url: 'ftp://x' }, 'webhook_url'],
    ['webhook', { url: URL_, headers: { 'webhook-id': 'x' } }, 'headers'],
    ['webhook', { url: URL_, headers: { 'a b': 'x' } }, 'headers'],
    ['webhook', { url: URL_, headers: { a: 'x\ny' } }, 'headers'],
    ['webhook', { url: URL_, headers: { a: '令牌' } }, 'headers'],
    ['webhook', { url: URL_, headers: { Trailer: 'x' } }, 'headers'],
    ['webhook', { url: URL_, bearer_token: 'x\ny' }, 'bearer_token'],
    ['webhook', { url: URL_, bearer_token: 'x\u0000' }, 'bearer_token'],
    ['webhook', { url: URL_, bearer_token: '令牌' }, 'bearer_token'],
    ['webhook', { url: URL_, bearer_token: 't', headers: { authorization: 'x' } }, 'bearer_token'],
    ['webhook', { url: URL_, bearer_token: 't', headers: 5 }, 'headers'],
    ['webhook', { url: 'x', bearer_token: 't' }, 'url'],
    ['console', { stream: 'file' }, 'stream'],
  ])('%s refuses %j, at %j', (type, settings, at) => {
    const parsed = CHANNEL_TYPES[type].settings.safeParse(settings);
    expect(parsed.success).toBe(false);
    expect((parsed.error?.issues ?? []).map(({ path }) => String(path[0] ?? ''))).toEqual([at]);
  });

  it('keep what is secret as such', () => {
    expect(CHANNEL_TYPES.email.settings.parse(MAIL)).toMatchObject({ smtp_url: expect.any(Secret) });
    expect(
      JSON.stringify(
        CHANNEL_TYPES.webhook.settings.parse({ url: URL_, secret: 'sss', bearer_token: 'ttt', headers: { a: 'hhh' } }),
      ),
    ).not.toMatch(/token-0123456789|sss|ttt|hhh/);
  });
});

describe('the figures of channels', () => {
  it.each<[ChannelTypeName, unknown, number, number, number]>([
    ['dingtalk', { webhook_url: URL_ }, 20_000, 20, Infinity],
    ['wecom', { webhook_url: URL_ }, 4096, 20, Infinity],
    ['feishu', { webhook_url: URL_ }, 20_480, 100, 5],
    ['slack', { webhook_url: URL_ }, 40_000, 60, 1],
  ])("%s keeps below its server's limits", (name, settings, size, perMinute, perSecond) => {
    const type = CHANNEL_TYPES[name];
    expect(type.limit(type.settings.parse(settings)).max).toBeLessThanOrEqual(size);
    expect(type.budget.perMinute).toBeLessThan(perMinute);
    expect(type.budget.perSecond ?? 0).toBeLessThanOrEqual(perSecond);
  });

  it.each<[ChannelTypeName, boolean]>([
    ['email', true],
    ['webhook', true],
    ['dingtalk', false],
    ['slack', false],
    ['wecom', false],
    ['feishu', false],
  ])('a resend of %s is known by its id, whoever passes it on: %s', (name, known) => {
    expect(CHANNEL_TYPES[name].idempotent).toBe(known);
  });

  it('a mail has the time that servers take to look into it', () => {
    const { email, ...others } = CHANNEL_TYPES;
    expect(email.timeoutMs).toBeGreaterThanOrEqual(60_000);
    for (const { timeoutMs } of Object.values(others)) expect(timeoutMs).toBe(15_000);
  });

  it('a size that is set is the limit', () => {
    const { email, webhook } = CHANNEL_TYPES;
    expect(email.limit(email.settings.parse({ ...MAIL, max_bytes: 50_000 }))).toEqual({ max: 50_000, unit: 'bytes' });
    expect(webhook.limit(webhook.settings.parse({ url: URL_ }))).toEqual({ max: 1_000_000, unit: 'bytes' });
  });
});
