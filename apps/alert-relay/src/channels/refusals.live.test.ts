// What each strict server refuses by itself, and what its channel makes of it.
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type Receiver,
  startDingtalkReceiver,
  startFeishuReceiver,
  startSlackReceiver,
  startWebhookReceiver,
  startWecomReceiver,
} from '@celery-watch/testbed';
import type { Verdict } from '../notification/index.js';
import type { Part } from './channel.js';
import { CHANNEL_TYPES, type ChannelTypeName } from './table.js';
import { NOW, samplePart } from './testing.js';

const HOUR_MS = 3_600_000;

describe('a server that refuses', () => {
  let receiver: Receiver | undefined;
  let time = NOW;
  const now = (): number => time;
  afterEach(async () => {
    await receiver?.close();
    receiver = undefined;
    time = NOW;
  });

  const against = async <R extends Receiver>(starting: Promise<R>): Promise<R> => {
    const started = await starting;
    receiver = started;
    return started;
  };
  const send = async (
    name: ChannelTypeName,
    settings: unknown,
    part: Part = samplePart(),
    clock = now,
  ): Promise<Verdict> => {
    const type = CHANNEL_TYPES[name];
    const channel = type.create(type.settings.parse(settings), { name: 'ops', now: clock });
    const verdict = await channel.send(channel.dress(part), AbortSignal.timeout(20_000));
    await channel.close();
    return verdict;
  };
  const numbered = (count: number): Part => samplePart({ key: `part-${count}` });
  const wide = (length: number): Part => samplePart({ sections: { head: 'x'.repeat(length), blocks: [], foot: '' } });

  it('DingTalk: another secret, no secret, a clock that is off, another token', async () => {
    const { url } = await against(startDingtalkReceiver({ now, secret: 'right-secret' }));
    const refused = { kind: 'permanent', reason: 'credentials' };
    expect(await send('dingtalk', { webhook_url: url, secret: 'right-secret' })).toMatchObject({ kind: 'delivered' });
    expect(await send('dingtalk', { webhook_url: url, secret: 'wrong-secret' })).toMatchObject(refused);
    expect(await send('dingtalk', { webhook_url: url })).toMatchObject(refused);
    expect(
      await send('dingtalk', { webhook_url: url, secret: 'right-secret' }, samplePart(), () => NOW - HOUR_MS - 1000),
    ).toMatchObject(refused);
    expect(
      await send('dingtalk', { webhook_url: url.replace('access_token=', 'access_token=un'), secret: 'right-secret' }),
    ).toMatchObject(refused);
  });

  it('DingTalk: a keyword that is missing, and more than 20,000 bytes', async () => {
    const { url } = await against(startDingtalkReceiver({ now, keyword: '告警' }));
    expect(await send('dingtalk', { webhook_url: url })).toMatchObject({ kind: 'permanent', reason: 'content' });
    expect(await send('dingtalk', { webhook_url: url }, samplePart({ title: '告警 x' }))).toMatchObject({
      kind: 'delivered',
    });
    expect(await send('dingtalk', { webhook_url: url }, wide(20_000))).toMatchObject({
      kind: 'permanent',
      reason: 'too_large',
    });
  });

  it('DingTalk: the 21st message of a minute, and everything for ten minutes', async () => {
    const { url } = await against(startDingtalkReceiver({ now }));
    for (let count = 1; count <= 20; count += 1)
      expect(await send('dingtalk', { webhook_url: url }, numbered(count))).toMatchObject({ kind: 'delivered' });
    const refused = await send('dingtalk', { webhook_url: url }, numbered(21));
    expect(refused).toMatchObject({ kind: 'retry', reason: 'rate_limited', wholeChannel: true });
    time += refused.kind === 'retry' ? (refused.afterMs ?? 0) : 0;
    expect(await send('dingtalk', { webhook_url: url }, numbered(21))).toMatchObject({ kind: 'delivered' });
    expect(receiver?.received.filter((each) => each.accepted)).toHaveLength(21);
  });

  it('WeCom: another key, more than 4,096 bytes, the 21st message of a minute', async () => {
    const { url } = await against(startWecomReceiver({ now }));
    expect(await send('wecom', { webhook_url: url.replace('key=', 'key=x') })).toMatchObject({
      kind: 'permanent',
      reason: 'credentials',
    });
    expect(await send('wecom', { webhook_url: url }, wide(4096))).toMatchObject({
      kind: 'permanent',
      reason: 'too_large',
    });
    expect(await send('wecom', { webhook_url: url, mention: { all: true } }, wide(2048))).toMatchObject({
      kind: 'permanent',
      reason: 'too_large',
    });
    for (let count = 3; count <= 20; count += 1)
      expect(
        await send('wecom', { webhook_url: url, mention: { mobiles: ['13800000000'], user_ids: ['zhang'] } }),
      ).toMatchObject({ kind: 'delivered' });
    expect(await send('wecom', { webhook_url: url })).toMatchObject({
      kind: 'retry',
      reason: 'rate_limited',
      afterMs: 60_000,
      wholeChannel: true,
    });
  });

  it('Feishu: another secret, a clock that is off, a keyword, 20 and 30 KB, the sixth message of a second', async () => {
    const { url } = await against(
      startFeishuReceiver({ now, secret: 'right-secret', keyword: 'Celery', oldAnswers: true }),
    );
    const settings = { webhook_url: url, secret: 'right-secret', mention: { all: true, user_ids: ['ou_1'] } };
    expect(await send('feishu', settings)).toMatchObject({ kind: 'delivered' });
    expect(await send('feishu', { ...settings, secret: 'wrong-secret' })).toMatchObject({
      kind: 'permanent',
      reason: 'credentials',
    });
    expect(await send('feishu', settings, samplePart(), () => NOW + HOUR_MS + 2000)).toMatchObject({
      kind: 'permanent',
      reason: 'credentials',
    });
    expect(
      await send('feishu', settings, samplePart({ title: 'x', sections: { head: 'y', blocks: [], foot: '' } })),
    ).toMatchObject({ kind: 'permanent', reason: 'content' });
    time += 1000;
    expect(await send('feishu', settings, wide(21_000))).toMatchObject({ kind: 'permanent', reason: 'too_large' });
    expect(await send('feishu', settings, wide(31_000))).toMatchObject({ kind: 'permanent', reason: 'too_large' });
    for (let count = 3; count <= 5; count += 1) await send('feishu', settings);
    expect(await send('feishu', settings)).toMatchObject({ kind: 'retry', reason: 'rate_limited', wholeChannel: true });
  });

  it('Slack: the second message of a second, blocks that are none, an address that leads nowhere', async () => {
    const { url } = await against(startSlackReceiver({ now }));
    const settings = { webhook_url: url, mention: { all: true, user_ids: ['U012AB3CD'] } };
    expect(await send('slack', settings)).toMatchObject({ kind: 'delivered' });
    expect(await send('slack', settings)).toMatchObject({
      kind: 'retry',
      reason: 'rate_limited',
      afterMs: 1000,
      wholeChannel: true,
    });
    time += 1000;
    expect(await send('slack', settings, wide(3001))).toMatchObject({ kind: 'permanent', reason: 'unsendable' });
    expect(await send('slack', { webhook_url: `${url}x` })).toMatchObject({ kind: 'permanent', reason: 'address' });
  });

  it('a webhook: another secret, another token, an address that leads nowhere, and answers of its own', async () => {
    const started = await against(startWebhookReceiver({ now, secret: 'right-secret', bearerToken: 'right-token' }));
    const settings = { url: started.url, secret: 'right-secret', bearer_token: 'right-token' };
    expect(await send('webhook', settings)).toMatchObject({ kind: 'delivered' });
    expect(await send('webhook', { ...settings, secret: 'wrong-secret' })).toMatchObject({
      kind: 'permanent',
      reason: 'credentials',
    });
    expect(await send('webhook', { ...settings, bearer_token: 'wrong-token' })).toMatchObject({
      kind: 'permanent',
      reason: 'credentials',
    });
    expect(await send('webhook', { ...settings, url: `${started.url}x` })).toMatchObject({
      kind: 'permanent',
      reason: 'address',
    });
    for (const [status, kind, reason] of [
      [202, 'delivered', 'ok'],
      [400, 'permanent', 'content'],
      [422, 'permanent', 'content'],
      [409, 'retry', 'server_error'],
      [403, 'permanent', 'credentials'],
      [410, 'permanent', 'address'],
      [304, 'retry', 'not_understood'],
    ] as const) {
      started.misbehave({ status });
      expect(await send('webhook', settings)).toMatchObject({ kind, reason });
    }
  });
});
