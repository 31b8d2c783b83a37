// Every channel knows the addresses of the other ones' servers, and what of its own server is another service.
import { describe, expect, it } from '@jest/globals';
import { CHANNEL_TYPES, type ChannelTypeName } from './table.js';

const URLS = {
  slack: 'https://hooks.slack.com/services/T0/B0/s3cr3t',
  dingtalk: 'https://oapi.dingtalk.com/robot/send?access_token=s3cr3t',
  wecom: 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=s3cr3t',
  feishu: 'https://open.feishu.cn/open-apis/bot/v2/hook/s3cr3t',
} as const;
const NAMES = { slack: 'Slack', dingtalk: 'DingTalk', wecom: 'WeCom', feishu: 'Feishu' } as const;
type Robot = keyof typeof URLS;
const ROBOTS = Object.keys(URLS) as Robot[];

function said(type: ChannelTypeName, url: string): string {
  const own = type === 'webhook' ? { url } : { webhook_url: url };
  const parsed = CHANNEL_TYPES[type].settings.safeParse(own);
  return (parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n');
}

describe('the address of a channel', () => {
  it.each(ROBOTS)('of %s is taken by its own type and refused by all others', (robot) => {
    expect(said(robot, URLS[robot])).toBe('');
    for (const type of [...ROBOTS, 'webhook'] as const) {
      if (type === robot) continue;
      expect(said(type, URLS[robot])).toContain(`${NAMES[robot]}'s, so write type: ${robot}`);
      expect(said(type, URLS[robot])).not.toContain('s3cr3t');
    }
  });

  it.each<[Robot, string, RegExp]>([
    ['feishu', 'https://open.feishu.cn/open-apis/bot/hook/s3cr3t', /second version/],
    ['feishu', 'https://open.larksuite.com/open-apis/bot/hook/s3cr3t', /second version/],
    ['feishu', 'https://open.feishu.cn/open-apis/im/v1/messages', /custom bot's URL/],
    ['feishu', 'https://open.feishu.cn/open-apis/bot/v2/hook/', /custom bot's URL/],
    ['dingtalk', 'https://oapi.dingtalk.com/robot/send', /access_token in it/],
    ['dingtalk', 'https://oapi.dingtalk.com/robot/send?access_token=', /access_token in it/],
    ['dingtalk', 'https://oapi.dingtalk.com/gettoken?access_token=x', /custom robot's URL/],
    ['wecom', 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send', /key in it/],
    ['wecom', 'https://qyapi.weixin.qq.com/cgi-bin/message/send?key=x', /group robot's URL/],
    ['slack', 'https://slack.com/api/chat.postMessage', /incoming webhook/],
    ['slack', 'https://hooks.slack.com/', /whole URL of an incoming webhook/],
    ['slack', 'https://hooks.slack.com/services/', /whole URL of an incoming webhook/],
    ['slack', 'https://hooks.slack.com/services/s3cr3t', /whole URL of an incoming webhook/],
    ['slack', 'https://hooks.slack.com/services/T0/B0', /whole URL of an incoming webhook/],
    ['slack', 'https://app.slack.com/client/T0/C0', /whole URL of an incoming webhook/],
    ['slack', 'https://team.slack.com/services/hooks/incoming-webhook?token=s3cr3t', /whole URL of an incoming/],
    ['feishu', 'https://www.feishu.cn/flow/api/trigger-webhook/s3cr3t', /custom bot's URL/],
    ['wecom', 'https://work.weixin.qq.com/wework_admin/frame', /group robot's URL/],
    ['slack', 'https://hooks.slack.com/services/<s3cr3t>', /placeholder/],
    ['slack', 'https://hooks.slack.com/services/T0/B0/$TOKEN', /placeholder/],
    ['slack', 'https://hooks.slack.com/services/T0/B0/%TOKEN%', /placeholder/],
    ['slack', 'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX', /placeholder/],
    ['slack', 'https://hooks.slack.com/services/T…/B…/…', /placeholder/],
    ['slack', 'https://hooks.slack.com/services/...', /placeholder/],
    ['slack', 'https://{{ host }}/services/a', /placeholder/],
    ['slack', 'https://chat.example.com/hooks/your-token', /placeholder/],
    ['dingtalk', 'https://oapi.dingtalk.com/robot/send?access_token=xxxxxxxx', /placeholder/],
    ['wecom', 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={key}', /placeholder/],
    ['feishu', 'https://open.feishu.cn/open-apis/bot/v2/hook/****', /placeholder/],
    ['slack', 'https://chat.example.com:0/hooks/abc', /port/],
    ['slack', 'https://hooks.slack.com/triggers/T0/1/s3cr3t', /incoming webhook/],
    ['slack', 'https://hooks.slack.com/workflows/T0/A0/1/s3cr3t', /incoming webhook/],
    ['slack', 'https://discord.com/api/webhooks/1/s3cr3t', /with \/slack behind it/],
    ['slack', 'https://api.telegram.org/bot1:s3cr3t/sendMessage', /Telegram's, which the relay does not speak/],
    ['wecom', 'https://x.webhook.office.com/webhookb2/s3cr3t', /Microsoft Teams's/],
  ])('of %s is not %s', (type, url, expected) => {
    expect(said(type, url)).toMatch(expected);
    expect(said(type, url)).not.toContain('s3cr3t');
  });

  it.each<[ChannelTypeName, string]>([
    ['slack', 'https://discord.com/api/webhooks/1/x/slack'],
    ['slack', 'https://chat.example.com/hooks/abc'],
    ['dingtalk', 'http://127.0.0.1:8080/robot/send'],
    ['wecom', 'https://gateway.example.com/wecom'],
    ['feishu', 'https://open.larksuite.com/open-apis/bot/v2/hook/x'],
    ['webhook', 'https://example.com/hooks/alerts'],
    ['slack', 'https://hooks.slack-gov.com/services/T0/B0/x'],
    ['slack', 'https://hooks.slack.com:443/services/T0/B0/x/'],
    ['webhook', 'https://example.com/%E5%91%8A%E8%AD%A6/%e4%bd%a0?sp=%2Ftriggers%2Frun&$filter=a&sig=A-_x.xx'],
    ['webhook', 'https://ops:p$Word@example.com/x'],
  ])('of %s may be %s', (type, url) => {
    expect(said(type, url)).toBe('');
  });

  it('of a webhook is no API that takes other messages', () => {
    expect(said('webhook', 'https://discord.com/api/webhooks/1/x')).toMatch(/Discord does not; put a gateway/);
  });

  it.each([
    'https://ops:p@ss#w/rd@hooks.example.com/x',
    'https://ops:pa/ss@hooks.example.com/x',
    'https://ops:p?ss@hooks.example.com/x',
  ])('says how a password is written: %s', (url) => {
    expect(said('webhook', url)).toMatch(/percent-encoded/);
    expect(said('webhook', url)).not.toMatch(/p@ss|pa\/ss|w\/rd/);
  });
});
