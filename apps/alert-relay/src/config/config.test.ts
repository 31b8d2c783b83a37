// The configuration file: what it gives, and that everything wrong with it is said at once, in its place, without a
// secret.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { problemsText, type Problem } from '@celery-watch/service';
import { channelsFor } from '../route/route.js';
import { readConfig, type ReadConfig, type RelayConfig } from './config.js';

interface Given {
  readonly env?: Record<string, string>;
  readonly files?: Record<string, string>;
  readonly port?: number;
}

function read(text: string, { env = {}, files = {}, port }: Given = {}): ReadConfig {
  const readFile = (path: string): string => {
    const found = path === '/etc/relay/alert-relay.yml' ? text : files[path];
    if (found === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
    return found;
  };
  return readConfig({ file: '/etc/relay/alert-relay.yml', env, readFile, ...(port !== undefined && { port }) });
}

function good(text: string, given?: Given): RelayConfig {
  const result = read(text, given);
  if (!result.ok) throw new Error(problemsText(result.problems));
  return result.config;
}

function problems(text: string, given?: Given): readonly Problem[] {
  const result = read(text, given);
  return result.ok ? [] : result.problems;
}

const LOG = 'channels: [{ name: log, type: console }]\nroute: { channels: [log] }\n';

describe('a good file', () => {
  test('needs only channels and a route; the rest has defaults that are safe', () => {
    expect(good(LOG)).toMatchObject({
      listen: { host: '127.0.0.1', port: 9095 },
      auth: { kind: 'none' },
      storage: { place: { kind: 'sqlite', path: '/etc/relay/data/alert-relay.db' } },
      fallback: undefined,
      watchdog: { alertname: 'Watchdog', timeoutMs: 300_000, channels: ['log'] },
      dedup: { windowMs: 150_000, longestMs: 600_000 },
      delivery: { horizonMs: 86_400_000 },
      channels: [{ name: 'log', locale: 'en', timezone: 'UTC', maxParts: 5, timeoutMs: 15_000 }],
    });
  });

  test('is frozen', () => {
    const { channels } = good(LOG);
    expect(() => {
      (channels as unknown[]).push(1);
    }).toThrow(TypeError);
  });

  test('takes variables with and without a default, and a dollar sign as $$', () => {
    const config = good(
      `locale: "\${LANGUAGE}"\ntimezone: "\${ZONE:-Asia/Shanghai}"\nstorage: { path: "/var/$\${x}/\${EMPTY:-d}.db" }\n${LOG}`,
      { env: { LANGUAGE: 'zh-CN', EMPTY: '' } },
    );
    expect(config).toMatchObject({
      storage: { place: { kind: 'sqlite', path: '/var/${x}/d.db' } },
      channels: [{ locale: 'zh-CN', timezone: 'Asia/Shanghai' }],
    });
  });

  test('takes secrets from files that stand beside it, without the last line end', () => {
    const { auth } = good(`listen: 0.0.0.0:9095\nauth: { bearer_token_file: token }\n${LOG}`, {
      files: { '/etc/relay/token': 'sesame\n' },
    });
    expect(auth.kind === 'bearer' && auth.token.reveal()).toBe('sesame');
    const basic = good(`auth: { basic: { username: am, password_file: /run/pw } }\n${LOG}`, {
      files: { '/run/pw': 'x y' },
    });
    expect(basic.auth.kind === 'basic' && [basic.auth.username, basic.auth.password.reveal()]).toEqual(['am', 'x y']);
  });

  test.each([
    ['9095', undefined, 9095],
    [':9000', undefined, 9000],
    ['0.0.0.0:1', '0.0.0.0', 1],
    ['"[::1]:9095"', '::1', 9095],
    ['relay.internal:9095', 'relay.internal', 9095],
  ])('listens on %s', (listen, host, port) => {
    expect(good(`listen: ${listen}\nauth: none\n${LOG}`).listen).toEqual({ host, port });
  });

  test('a port from the command line takes the place of its own', () => {
    expect(good(LOG, { port: 0 }).listen).toEqual({ host: '127.0.0.1', port: 0 });
  });

  test('a channel has its own locale, zone, budget, parts and time limit', () => {
    const text =
      'locale: zh-CN\nchannels: [{ name: log, type: console, locale: en, timezone: Europe/Berlin, budget: { per_minute: 5, per_second: 1 }, max_parts: 2, timeout: 3s, templates: mine }]\nroute: { channels: [log] }';
    expect(good(text).channels[0]).toMatchObject({
      locale: 'en',
      timezone: 'Europe/Berlin',
      budget: { perMinute: 5, perSecond: 1 },
      maxParts: 2,
      timeoutMs: 3_000,
      templates: '/etc/relay/mine',
    });
  });

  test('a channel without a time limit has that of all, or else that of its type', () => {
    const text =
      'channels: [{ name: log, type: console }, { name: mail, type: email, smtp_url: "smtp://mail", from: a@b.test, to: [c@d.test] }]\nroute: { channels: [log] }\n';
    const limits = (more: string): number[] => good(text + more).channels.map(({ timeoutMs }) => timeoutMs);
    expect(limits('')).toEqual([15_000, 90_000]);
    expect(limits('delivery: { timeout: 20s }')).toEqual([20_000, 20_000]);
  });

  test('takes the places that messages lead to; an empty one is none', () => {
    const links = (text: string): unknown => good(text + LOG).channels[0]?.links;
    expect(links('runbook_base: https://git.example.com/x\nexternal_url: https://relay.example.com/alerts/\n')).toEqual(
      {
        externalUrl: 'https://relay.example.com/alerts/',
        grafanaUrl: undefined,
        runbookBase: 'https://git.example.com/x',
      },
    );
    expect(links('external_url: ""\ngrafana_url: ${NOWHERE:-}\n')).toEqual({});
    const wrong = problemsText(
      problems(
        `runbook_base: docs\nexternal_url: "https://me:secret@relay.example.com"\ngrafana_url: "http://grafana:3000/?orgId=1"\n${LOG}`,
      ),
    );
    expect(wrong).toContain('is "docs", wanted a URL that begins with https:// or http://');
    expect(wrong).toContain('external_url: ');
    expect(wrong).toContain('grafana_url: ');
    expect(wrong).not.toContain('secret');
  });

  test('routes inherit their channels, as in AlertManager', () => {
    const { route } = good(
      'channels: [{ name: a, type: console }, { name: b, type: console }]\nroute: { channels: [a], routes: [{ matchers: [\'x="1"\'], routes: [{ matchers: [\'y="1"\'], channels: [b] }] }] }',
    );
    expect(
      [{}, { x: '1' }, { x: '1', y: '1' }].map((labels) => channelsFor(route, labels as Record<string, string>)),
    ).toEqual([['a'], ['a'], ['b']]);
  });

  test('a mapping may be merged into others, and what stands beside it counts', () => {
    const { channels } = good(
      'channels:\n  - &m { name: a, type: console, stream: stderr, max_parts: 3 }\n  - { <<: *m, name: b }\n' +
        '  - { <<: [*m, { locale: zh-CN }], name: c, max_parts: 4 }\nroute: { channels: [a, b, c] }',
    );
    expect(channels.map(({ name, type, maxParts, locale }) => [name, type, maxParts, locale])).toEqual([
      ['a', 'console', 3, 'en'],
      ['b', 'console', 3, 'en'],
      ['c', 'console', 4, 'zh-CN'],
    ]);
  });

  test('what is wrong with a merged key is said at the entry', () => {
    const text = 'channels:\n  - &m { name: a, type: consol }\n  - { <<: *m, name: b }\nroute: { channels: [a, b] }';
    expect(problemsText(problems(text))).toMatch(/channels\[1\]\.type: alert-relay\.yml:3:5/);
  });

  test('a channel has another version where anything of it changed, a secret included, and the version shows none', () => {
    const of = (url: string, env: Record<string, string> = {}): string =>
      good(`channels: [{ name: s, type: slack, webhook_url: "${url}" }]\nroute: { channels: [s] }`, { env }).channels[0]
        ?.version ?? '';
    expect(of('https://hooks.example.com/a')).toBe(of('https://hooks.example.com/${X}', { X: 'a' }));
    expect(of('https://hooks.example.com/a')).not.toBe(of('https://hooks.example.com/b'));
    expect(of('https://hooks.example.com/a')).toMatch(/^[0-9a-f]{16}$/);
  });

  test('the file that ships is good', () => {
    const shipped = readFileSync(new URL('../../../../monitoring/alert-relay.yml', import.meta.url), 'utf8');
    expect(good(shipped, { files: { '/run/secrets/relay_token': 'x' } }).channels.map(({ name }) => name)).toEqual([
      'log',
    ]);
    // The channels that it offers are good too, once they are uncommented.
    const offered = shipped.replace(/^ {2}# - \{/gm, '  - {');
    const files = Object.fromEntries(
      [
        'relay_token',
        'smtp_password',
        'slack_url',
        'dingtalk_url',
        'dingtalk_secret',
        'wecom_url',
        'feishu_url',
        'feishu_secret',
      ].map((name) => [`/run/secrets/${name}`, name.endsWith('_url') ? 'https://example.com/x' : 'x']),
    );
    expect(good(offered, { files }).channels.map(({ type }) => type)).toEqual([
      'console',
      'email',
      'slack',
      'dingtalk',
      'wecom',
      'feishu',
    ]);
  });
});

test.each([
  'monitoring/alert-relay.yml',
  'packaging/deb/alert-relay.yml',
  'kubernetes/base/alert-relay.yml',
  'docker/demo/alert-relay.yml',
  'charts/celery-watch/values.yaml',
])('%s says where people reach the relay, so that a runbook in a message opens', (name) => {
  const text = readFileSync(new URL(`../../../../${name}`, import.meta.url), 'utf8');
  expect(text).toMatch(/^ *external_url: .*http:\/\/localhost:9095/m);
});

test('blanks around an address are not meant, and make no link that leads nowhere', () => {
  const config = good(`external_url: " https://relay.example.com "\ngrafana_url: "  "\n${LOG}`);
  expect(config.channels[0]?.links).toMatchObject({ externalUrl: 'https://relay.example.com', grafanaUrl: undefined });
});

describe('a list of one', () => {
  test('needs no brackets', () => {
    const config = good(
      'channels: [{ name: a, type: console }, { name: b, type: console }]\n' +
        'route: { channels: a, routes: [{ matchers: \'x="1"\', channels: b }] }\nwatchdog: { channels: b }',
    );
    expect(channelsFor(config.route, {})).toEqual(['a']);
    expect(channelsFor(config.route, { x: '1' })).toEqual(['b']);
    expect(config.watchdog?.channels).toEqual(['b']);
    expect(problemsText(problems('channels: [{ name: a, type: console }]\nroute: { channels: c }'))).toMatch(
      /^route\.channels\[0\]: .*the name of a channel, not c/,
    );
  });

  test('may be the only address', () => {
    const mail = (to: string): string =>
      `channels: [{ name: m, type: email, smtp_url: "smtp://mail", from: a@b.test, to: ${to} }]\nroute: { channels: m }`;
    expect(good(mail('ops@example.com')).channels[0]?.settings).toMatchObject({ to: ['ops@example.com'] });
    expect(problemsText(problems(mail('"a@b.test, c@d.test"')))).toMatch(/wanted a list of e-mail addresses/);
  });
});

describe('what cannot be meant', () => {
  const MAIL = (url: string): string =>
    `channels: [{ name: m, type: email, smtp_url: "${url}", from: a@b.test, to: [c@d.test] }]\nroute: { channels: [m] }`;
  test.each([
    [`${LOG}fallback: log`, /^fallback: .*another channel than the only one/],
    [`${LOG}timezone: CST`, /^timezone: .*"CST".*Asia\/Shanghai or America\/Chicago/],
    [LOG.replace('console', 'console, timezone: EST'), /^channels\[0\]\.timezone: .*America\/New_York/],
    [MAIL('smtp://relay:p@ss#w/rd@mail.example.com:587'), /^channels\[0\]\.smtp_url: .*percent-encoded: @ %40, # %23/],
    [MAIL('smtp://mail:465'), /smtps:\/\/ with port 465/],
    [MAIL('smtps://mail:587'), /smtp:\/\/ with port 587/],
  ])('%j is refused: %s', (text, expected) => {
    expect(problemsText(problems(text))).toMatch(expected);
    expect(problemsText(problems(text))).not.toMatch(/p@ss|w\/rd/);
  });
});

describe('a bad file', () => {
  test('is refused with everything that is wrong, in the order of its lines', () => {
    const text = `listen: 0.0.0.0:99999
storage: { path: x, retenton: 5 }
locale: zh
timezone: Mars/Base
channels:
  - { name: ops mail, type: console }
  - { name: a, type: slak, webhook_url_file: /nowhere }
  - { name: d, type: dingtalk, webhook_url: "ftp://hidden@x", secrets: "abc" }
  - { name: d, type: dingtalk, webhook_url: "https://x.y/\${UNSET}" }
route:
  channels: [opsmail, e]
  matchers: ['a="b"']
  routes:
    - { matchers: ['severity="critical'], channels: [d], colour: red, name: n }
    - { matchers: 5, continue: maybe, name: n }
fallback: dd
watchdog: { timeout: 1s, channels: [x] }
dedup: { window: 1h, longest: 5m }
`;
    const found = problems(text);
    expect(found.map(({ key, where }) => `${where.replace('alert-relay.yml:', '')} ${key}`)).toEqual([
      '1:1 auth',
      '1:9 listen',
      '2:31 storage.retenton',
      '3:9 locale',
      '4:11 timezone',
      '6:13 channels[0].name',
      '7:22 channels[1].type',
      '7:46 channels[1].webhook_url_file',
      '8:45 channels[2].webhook_url',
      '8:72 channels[2].secrets',
      '9:13 channels[3].name',
      '9:45 channels[3].webhook_url',
      '11:14 route.channels[0]',
      '11:23 route.channels[1]',
      '12:13 route.matchers',
      '14:20 route.routes[0].matchers[0]',
      '14:66 route.routes[0].colour',
      '15:19 route.routes[1].matchers[0]',
      '15:32 route.routes[1].continue',
      '15:45 route.routes[1].name',
      '16:11 fallback',
      '17:22 watchdog.timeout',
      '17:37 watchdog.channels[0]',
    ]);
    const shown = problemsText(found);
    expect(shown).toContain('did you mean secret?');
    expect(shown).toContain('wanted the environment variable UNSET; set UNSET, or give a default: ${UNSET:-default}');
    expect(shown).not.toMatch(/hidden|abc|Symbol|undefined|\[object/);
  });

  test.each([
    ['', /wanted keys and values: channels and route/],
    ['- a\n- b', /wanted keys and values: channels and route/],
    ['channels: [}', /YAML: alert-relay\.yml:1:/],
    ['a: 1\na: 2', /YAML: alert-relay\.yml:2:/],
    ['channels: *nowhere', /YAML: alert-relay\.yml:1:11, wanted an anchor \(&name\) before its alias/],
    ['channels: [{ <<: 5 }]', /YAML: alert-relay\.yml:1:14, wanted a mapping behind <<, such as <<: \*name/],
    ['channels: [{ <<: [{ a: 1 }, x] }]', /wanted a mapping behind <</],
    ['channels: [{ <<: *nowhere }]', /wanted an anchor \(&name\) before its alias/],
    ['channels: &all [*all]', /YAML: alert-relay\.yml:1:17, wanted no alias inside of what it stands for/],
    [
      `${LOG}auth: { bearer_token: x, bearer_token_file: y }`,
      /auth\.bearer_token_file: .*bearer_token or bearer_token_file, not both/,
    ],
    [`${LOG}auth: { bearer_token_file: empty }`, /wanted a file that is not empty/],
    [`${LOG}auth: { token: x }`, /auth: .*wanted one of bearer_token/],
    [`${LOG}listen: 0.0.0.0:9095`, /auth: .*wanted a way to know AlertManager.*auth: none/],
    [`${LOG}locale: "\${}"`, /a variable's name in \$\{\}/],
    ['channels: []\nroute: { channels: [] }', /at least one channel.*at least one channel/s],
    [`${LOG}dedup: { window: 1h, longest: 5m }`, /dedup\.longest: .*not shorter than dedup\.window/],
    [`${LOG}delivery: { timeout: soon }`, /delivery\.timeout: .*is "soon", wanted a duration such as 30s/],
  ])('%j is refused: %s', (text, expected) => {
    expect(problemsText(problems(text, { files: { '/etc/relay/empty': '\n', '/etc/relay/y': 'y' } }))).toMatch(
      expected,
    );
  });

  test.each([
    'auth: s3cr3t-token',
    'auth: { basic: "ops:s3cr3t-pass" }',
    'auth: { bearer_token_file: s3cr3t-token-itself }',
    'auth: { bearer_token: [s3cr3t] }',
  ])('shows no secret that stands in the wrong place: %s', (line) => {
    const shown = problemsText(problems(`${LOG}${line}`));
    expect(shown).toMatch(/^auth/);
    expect(shown).not.toContain('s3cr3t');
  });

  const HOOK = 'https://hooks.slack.com/services/s3cr3t';
  test.each([
    `fallback: "${HOOK}"`,
    `"${HOOK}": 1`,
    `locale: "${HOOK}"`,
    `runbook_base: "redis//:s3cr3t@h"`,
    `listen: "ops:s3cr3t@host"`,
    `watchdog: { channels: ["${HOOK}"] }`,
    `watchdog: "${HOOK}"`,
    `log_level: "https://oapi.dingtalk.com/robot/send?x=s3cr3t"`,
    `auth: { basic: { username: u, password: "a\${s3cr3t!}b" } }`,
    `auth: { basic: { username: u, password: "a\${s3cr3t}b" } }`,
    `storage: { "smtp://u:s3cr3t@h": 1 }`,
  ])('repeats no address and no part of a password: %s', (line) => {
    const shown = problemsText(problems(`${LOG}${line}\n`));
    expect(shown).not.toBe('');
    expect(shown).not.toContain('s3cr3t');
  });

  test.each([
    `channels: [{ name: "${HOOK}", type: console }]\nroute: { channels: [log] }`,
    `channels: [{ name: log, type: "${HOOK}" }]\nroute: { channels: [log] }`,
    `channels: [{ name: log, type: console, timezone: "${HOOK}" }]\nroute: { channels: [log] }`,
    `channels: [{ name: log, type: console, "${HOOK}": 1 }]\nroute: { channels: [log] }`,
    `channels: [{ name: log, type: console }]\nroute: { channels: ["${HOOK}"] }`,
    `channels: [{ name: log, type: console }]\nroute: { channels: [log], routes: [{ name: "${HOOK}" }, { name: "${HOOK}" }] }`,
    `channels: [{ name: log, type: console }]\nroute: { channels: [log], routes: [{ matchers: ["${HOOK}"] }] }`,
    `channels: [{ name: m, type: email, smtp_url: "smtp://mail", from: "${HOOK}", to: ["${HOOK}"] }]\nroute: { channels: [m] }`,
  ])('repeats no address where a name was wanted: %s', (text) => {
    const shown = problemsText(problems(text));
    expect(shown).not.toBe('');
    expect(shown).not.toContain('s3cr3t');
  });

  test('shows no webhook address that stands where a channel should', () => {
    const shown = problemsText(
      problems('channels: ["https://hooks.slack.com/services/s3cr3t"]\nroute: { channels: [a] }'),
    );
    expect(shown).toContain('channels[0]');
    expect(shown).not.toContain('s3cr3t');
  });

  test('that is not there says how to give another', () => {
    const result = readConfig({
      file: '/nowhere.yml',
      env: {},
      readFile: () => {
        throw Object.assign(new Error('x'), { code: 'ENOENT' });
      },
    });
    expect(result.ok ? '' : problemsText(result.problems)).toBe(
      'config: /nowhere.yml, wanted a configuration file; ENOENT: give its path with --config',
    );
  });
});
