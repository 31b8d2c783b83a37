// Addresses of known message servers: each channel refuses another one's, which would answer with success or with an
// error that says nothing, and its own where it leads to another service of the same server
// (docs/protocol/channels.md#addresses).

interface KnownServer {
  /** As the configuration calls it; absent: the relay has no such channel. */
  readonly type?: string;
  readonly name: string;
  readonly host: RegExp;
}

const SERVERS: readonly KnownServer[] = [
  { type: 'slack', name: 'Slack', host: /(?:^|\.)slack(?:-gov)?\.com$/ },
  { type: 'dingtalk', name: 'DingTalk', host: /(?:^|\.)dingtalk\.com$/ },
  { type: 'wecom', name: 'WeCom', host: /^(?:qyapi|work)\.weixin\.qq\.com$/ },
  { type: 'feishu', name: 'Feishu', host: /(?:^|\.)(?:feishu\.cn|larksuite\.com|larkoffice\.com)$/ },
  { name: 'Telegram', host: /^api\.telegram\.org$/ },
  { name: 'Microsoft Teams', host: /(?:^|\.)(?:webhook\.office\.com|logic\.azure\.com|powerplatform\.com)$/ },
  { name: 'PagerDuty', host: /^events(?:\.eu)?\.pagerduty\.com$/ },
  { name: 'Google Chat', host: /^chat\.googleapis\.com$/ },
  { name: 'Discord', host: /^(?:[\w-]+\.)?discord(?:app)?\.com$/ },
];

/** What is wrong with an address of a server's own: the end of "wanted …". */
type OwnRule = (url: URL) => string | undefined;

const OWN: Readonly<Record<string, OwnRule>> = {
  slack: ({ hostname, pathname }) =>
    hostname.startsWith('hooks.') && /^\/services(?:\/[^/]+){3}\/?$/.test(pathname)
      ? undefined
      : 'the whole URL of an incoming webhook, https://hooks.slack.com/services/T…/B…/…, not of a workflow, of the ' +
        'API or of a page',
  dingtalk: ({ pathname, searchParams }) =>
    pathname !== '/robot/send'
      ? "a custom robot's URL, https://oapi.dingtalk.com/robot/send?access_token=…"
      : hasValue(searchParams, 'access_token')
        ? undefined
        : 'a URL with access_token in it: …/robot/send?access_token=…; in a shell it needs quotes',
  wecom: ({ hostname, pathname, searchParams }) =>
    pathname !== '/cgi-bin/webhook/send' || hostname !== 'qyapi.weixin.qq.com'
      ? "a group robot's URL, https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…"
      : hasValue(searchParams, 'key')
        ? undefined
        : 'a URL with key in it: …/cgi-bin/webhook/send?key=…; in a shell it needs quotes',
  feishu: ({ hostname, pathname }) =>
    hostname.startsWith('open.') && /^\/open-apis\/bot\/v2\/hook\/[^/]+\/?$/.test(pathname)
      ? undefined
      : pathname.startsWith('/open-apis/bot/hook/')
        ? 'a bot of the second version, …/open-apis/bot/v2/hook/…: add a custom bot to the group anew'
        : "a custom bot's URL, https://open.feishu.cn/open-apis/bot/v2/hook/…",
};

/** Discord takes Slack's messages at an address of its own. */
const DISCORD_AS_SLACK = /\/slack\/?$/;

function hasValue(query: URLSearchParams, name: string): boolean {
  return (query.get(name) ?? '').trim() !== '';
}

/**
 * What is wrong with the address of a channel of this type, without any of it; undefined for one of a server that
 * nobody here knows: a gateway's, one's own.
 */
export function addressProblem(type: string, address: string): string | undefined {
  const url = URL.parse(address);
  const server = url === null ? undefined : SERVERS.find(({ host }) => host.test(url.hostname));
  if (url === null || server === undefined) return undefined;
  if (server.type === type) return OWN[type]?.(url);
  if (server.name === 'Discord' && type === 'slack')
    return DISCORD_AS_SLACK.test(url.pathname)
      ? undefined
      : "Discord's URL with /slack behind it, which takes Slack's messages";
  if (server.type !== undefined)
    return `a URL of this type of channel: this one is ${server.name}'s, so write type: ${server.type}`;
  if (type === 'webhook')
    return `a server that takes this relay's JSON: ${server.name} does not; put a gateway between them`;
  return `a URL of this type of channel: this one is ${server.name}'s, which the relay does not speak`;
}
