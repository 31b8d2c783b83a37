// The fakes are as strict as the servers that they stand for.
import { createHmac } from 'node:crypto';
import { connect } from 'node:net';

import { afterEach, describe, expect, it } from '@jest/globals';

import { freePort } from '../processes/free-port.js';
import { startDingtalkReceiver } from './dingtalk-receiver.js';
import { startFeishuReceiver } from './feishu-receiver.js';
import type { ReceivedMessage, Receiver } from './receiver.js';
import { startSlackReceiver } from './slack-receiver.js';
import { startSmtpReceiver } from './smtp-receiver.js';
import { startWebhookReceiver } from './webhook-receiver.js';
import { startWecomReceiver } from './wecom-receiver.js';

const NOW = Date.UTC(2026, 7, 22, 10);

describe('fakes of message servers', () => {
  const open: Receiver[] = [];
  let time = NOW;
  const now = (): number => time;
  afterEach(async () => {
    time = NOW;
    await Promise.all(open.splice(0).map((each) => each.close()));
  });

  const keep = async <R extends Receiver>(starting: Promise<R>): Promise<R> => {
    const receiver = await starting;
    open.push(receiver);
    return receiver;
  };
  const post = async (url: string, body: unknown, headers: Record<string, string> = {}): Promise<string> => {
    const answer = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return `${answer.status} ${await answer.text()}`;
  };

  describe('DingTalk', () => {
    const message = (overrides: Record<string, unknown> = {}) => ({
      msgtype: 'markdown',
      markdown: { title: 't', text: 'a text' },
      ...overrides,
    });
    const signed = (url: string, timestamp: number, secret = 'SEC'): string =>
      `${url}&timestamp=${timestamp}&sign=${encodeURIComponent(createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64'))}`;

    it('wants the token, the signature of this hour and the keyword', async () => {
      const { url } = await keep(startDingtalkReceiver({ now, secret: 'SEC', keyword: 'text' }));
      expect(await post(signed(url, NOW), message())).toBe('200 {"errcode":0,"errmsg":"ok"}');
      expect(await post(signed(url, NOW - 3_599_000), message())).toContain('"errcode":0');
      expect(await post(signed(url, NOW - 3_601_000), message())).toContain('310000');
      expect(await post(signed(url, NOW, 'other'), message())).toContain('310000');
      expect(await post(url, message())).toContain('310000');
      expect(await post(signed(url.replace('access_token=', 'access_token=x'), NOW), message())).toContain('300001');
      expect(await post(signed(url, NOW), message({ markdown: { title: 't', text: 'another' } }))).toContain('310000');
    });

    it('wants a message that it knows, of at most 20,000 bytes', async () => {
      const { url } = await keep(startDingtalkReceiver({ now }));
      const of = (length: number) => message({ markdown: { title: 't', text: 'x'.repeat(length) } });
      const frame = JSON.stringify(of(0)).length;
      expect(await post(url, of(20_000 - frame))).toContain('"errcode":0');
      expect(await post(url, of(20_001 - frame))).toContain('460101');
      for (const bad of [
        '{',
        {},
        message({ msgtype: 'card' }),
        message({ markdown: { title: '', text: 'x' } }),
        message({ at: { atMobiles: [13800000000] } }),
      ])
        expect(await post(url, bad)).toContain('40035');
    });

    it('shuts for ten minutes after the 21st message of a minute', async () => {
      const { url, received } = await keep(startDingtalkReceiver({ now }));
      for (let count = 0; count < 20; count += 1) expect(await post(url, message())).toContain('"errcode":0');
      expect(await post(url, message())).toContain('130101');
      time += 599_999;
      expect(await post(url, message())).toContain('130101');
      time += 1;
      expect(await post(url, message())).toContain('"errcode":0');
      expect(received.filter((each) => each.accepted)).toHaveLength(21);
    });

    it('shows one msgUuid once', async () => {
      const { url, received } = await keep(startDingtalkReceiver({ now }));
      for (const msgUuid of ['a', 'a', 'b']) expect(await post(url, message({ msgUuid }))).toContain('"errcode":0');
      expect(received.map(({ key, refusal }) => [key, refusal])).toEqual([
        ['a', undefined],
        ['a', 'duplicate'],
        ['b', undefined],
      ]);
    });
  });

  it('WeCom: key, type, 4,096 and 2,048 bytes, 20 a minute', async () => {
    const { url } = await keep(startWecomReceiver({ now }));
    const of = (type: string, length: number) => ({ msgtype: type, [type]: { content: 'x'.repeat(length) } });
    expect(await post(url.replace('key=', 'key=x'), of('text', 1))).toContain('93000');
    expect(await post(url, of('markdown', 4096))).toContain('"errcode":0');
    expect(await post(url, of('markdown', 4097))).toContain('40058');
    expect(await post(url, of('text', 2048))).toContain('"errcode":0');
    expect(await post(url, of('text', 2049))).toContain('40058');
    expect(await post(url, of('text', 0))).toContain('44004');
    expect(await post(url, of('file', 1))).toContain('40008');
    for (let count = 6; count < 20; count += 1) await post(url, of('text', 1));
    expect(await post(url, of('text', 1))).toContain('45009');
    time += 60_000;
    expect(await post(url, of('text', 1))).toContain('"errcode":0');
  });

  it('Feishu: signature, card, size, 5 a second', async () => {
    const { url, received } = await keep(startFeishuReceiver({ now, secret: 's', keyword: 'alert' }));
    const card = {
      header: { template: 'red', title: { tag: 'plain_text', content: 'an alert' } },
      elements: [{ tag: 'markdown', content: 'text' }],
    };
    const sign = (at: number) => ({
      timestamp: String(at),
      sign: createHmac('sha256', `${at}\ns`).update('').digest('base64'),
    });
    const send = (body: Record<string, unknown>): Promise<string> => {
      time += 1000;
      return post(url, { ...sign(time / 1000), msg_type: 'interactive', card, ...body });
    };
    expect(await send({})).toContain('"code":0');
    expect(received).toMatchObject([{ title: 'an alert', text: 'text' }]);
    expect(await send({ sign: 'wrong' })).toContain('19021');
    expect(await send(sign(NOW / 1000 - 3700))).toContain('19021');
    expect(await send({ timestamp: undefined })).toContain('19021');
    for (const bad of [
      {},
      { ...card, elements: [] },
      { ...card, elements: [{ tag: 'markdown', content: '' }] },
      { ...card, elements: [{ tag: 'video' }] },
      { ...card, header: { template: 'pink', title: card.header.title } },
    ]) {
      expect(await send({ card: bad })).toContain('11246');
    }
    expect(
      await send({ card: { ...card, header: { ...card.header, title: { tag: 'plain_text', content: 'other' } } } }),
    ).toContain('19024');
    expect(await send({ more: 'x'.repeat(21_000) })).toContain('9499');
    expect(await send({ more: 'x'.repeat(31_000) })).toContain('19036');
    time += 1000;
    const burst = await Promise.all(
      Array.from({ length: 6 }, () => post(url, { ...sign(time / 1000), msg_type: 'interactive', card })),
    );
    expect(burst.filter((each) => each.includes('11232'))).toHaveLength(1);
  });

  it("Slack: Block Kit's limits, and one message a second", async () => {
    const { url } = await keep(startSlackReceiver({ now }));
    const section = (length: number) => ({ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(length) } });
    const header = (length: number) => ({ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(length) } });
    const send = (body: unknown): Promise<string> => {
      time += 1000;
      return post(url, body);
    };
    for (const good of [
      { text: 'x' },
      { blocks: [header(150), section(3000)] },
      { attachments: [{ blocks: Array.from({ length: 50 }, () => section(1)) }] },
    ])
      expect(await send(good)).toBe('200 ok');
    expect(await send('{"text":')).toBe('400 invalid_payload');
    expect(await send({})).toBe('400 no_text');
    for (const bad of [
      header(151),
      header(0),
      section(3001),
      section(0),
      { type: 'section' },
      { type: 'header', text: { type: 'mrkdwn', text: 'x' } },
      { type: 'unknown' },
    ])
      expect(await send({ blocks: [bad] })).toBe('400 invalid_blocks');
    expect(await send({ attachments: [{ blocks: [section(3001)] }] })).toBe('400 invalid_attachments');
    expect(
      await send({ blocks: [header(1)], attachments: [{ blocks: Array.from({ length: 50 }, () => section(1)) }] }),
    ).toBe('400 invalid_blocks');
    expect(await send({ text: 'x' })).toBe('200 ok');
    expect(await post(url, { text: 'x' })).toBe('429 rate_limited');
    expect(await post(url.replace('/services/', '/services/x'), { text: 'x' })).toBe('404 no such address');
  });

  it('a webhook: signature, age and id', async () => {
    const { url, received } = await keep(startWebhookReceiver({ now, secret: 'sec' }));
    const body = JSON.stringify({ title: 't', text: 'x', message: {} });
    const headers = (id: string, at = NOW / 1000, key = 'sec') => ({
      'webhook-id': id,
      'idempotency-key': id,
      'webhook-timestamp': String(at),
      'webhook-signature': `v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`,
    });
    expect(await post(url, body, headers('a'))).toBe('204 ');
    expect(await post(url, body, headers('a'))).toBe('204 ');
    expect(await post(url, body, headers('b', NOW / 1000 - 301))).toMatch(/^401/);
    expect(await post(url, body, headers('b', NOW / 1000, 'other'))).toMatch(/^401/);
    expect(await post(url, `${body} `, headers('b'))).toMatch(/^401/);
    expect(received.map((each) => each.refusal)).toEqual([
      undefined,
      'duplicate',
      expect.stringMatching(/^401/),
      expect.stringMatching(/^401/),
      expect.stringMatching(/^401/),
    ]);
  });

  it('misbehave as often as they are told, in order, and then no more; and tell of what came', async () => {
    const told: ReceivedMessage[] = [];
    const port = await freePort();
    const receiver = await keep(startWecomReceiver({ now, port, onMessage: (message) => told.push(message) }));
    expect(new URL(receiver.url).port).toBe(String(port));
    const message = { msgtype: 'text', text: { content: 'hello' } };
    receiver.misbehave({ code: -1, message: 'busy' }, 2);
    receiver.misbehave('html');
    receiver.misbehave({ status: 503, body: 'down', headers: { 'Retry-After': '9' } });
    const answers = [];
    for (let count = 0; count < 5; count += 1) answers.push(await post(receiver.url, message));
    expect(answers).toEqual([
      '200 {"errcode":-1,"errmsg":"busy"}',
      '200 {"errcode":-1,"errmsg":"busy"}',
      expect.stringMatching(/^200 <!DOCTYPE html>/),
      '503 down',
      '200 {"errcode":0,"errmsg":"ok"}',
    ]);
    receiver.misbehave('cut-before-message');
    await expect(post(receiver.url, message)).rejects.toThrow();
    receiver.misbehave('cut-before-answer');
    await expect(post(receiver.url, message)).rejects.toThrow();
    expect(told).toEqual(receiver.received);
    expect(told.map((each) => each.accepted)).toEqual([false, false, false, false, true, true]);
    expect(told[4]).toEqual({ at: NOW, accepted: true, title: 'hello', text: 'hello', raw: JSON.stringify(message) });
  });

  it('close while a client still waits', async () => {
    const receiver = await keep(startWecomReceiver({ now }));
    receiver.misbehave('timeout');
    const waiting = post(receiver.url, { msgtype: 'text', text: { content: 'hello' } }).catch(() => 'cut');
    const smtp = await keep(startSmtpReceiver());
    const socket = connect(smtp.port, '127.0.0.1');
    const ended = new Promise((resolve) => socket.once('close', resolve));
    await new Promise((resolve) => socket.once('data', resolve));
    while (receiver.received.length === 0) await new Promise(setImmediate);
    await Promise.all([receiver.close(), smtp.close()]);
    expect(await waiting).toBe('cut');
    await ended;
  });
});
