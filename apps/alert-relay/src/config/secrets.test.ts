// That no refusal repeats what may be a secret, whatever stands in the place of any key of the relay's file; and that
// careless files are named.
import { describe, expect, test } from '@jest/globals';
import { problemsText } from '@celery-watch/service';
import { CHANNEL_TYPES } from '../channels/table.js';
import { readConfig } from './config.js';
import { commonChannel, fileSchema } from './schema.js';

const SECRETS = [
  'redis//:s3cr3t@h',
  'redis:/:s3cr3t@h/0',
  'postgres://u:s3cr3t@h/db',
  'postgres:u:s3cr3t@h/db',
  'ops:s3cr3t@host',
  'https://hooks.slack.com/services/T0/B0/s3cr3t',
  'https//hooks.slack.com/services/T0/B0/s3cr3t',
  'hooks.slack.com/services/T0/B0/s3cr3t',
  'oapi.dingtalk.com/robot/send?access_token=s3cr3t',
  'http://user:p%zzs3cr3t@h',
  'Bearer xoxb-1234567890-s3cr3tABCDEF',
  'SEC0123456789abcdef0123s3cr3t01',
  'password=s3cr3t',
  'token: s3cr3t',
  'a${s3cr3t!}',
];

/** What people make of a value by mistake. */
const shapes = (secret: string): readonly unknown[] => [
  secret,
  [secret],
  { [secret]: 1, name: secret },
  [{ name: secret, [secret]: secret }],
  `${secret}\n${secret}`,
];

type Path = readonly (string | number)[];

/** All paths of a schema, a list's through its first element; routes within routes once. */
function pathsOf(schema: unknown, at: Path = []): readonly Path[] {
  const { def } = schema as { readonly def?: Readonly<Record<string, unknown>> };
  if (def === undefined || at.length > 5) return [];
  const { type, shape, options, innerType, element, getter } = def;
  if (type === 'object')
    return Object.entries(shape as object).flatMap(([key, inner]) => [[...at, key], ...pathsOf(inner, [...at, key])]);
  if (type === 'union') return (options as unknown[]).flatMap((each) => pathsOf(each, at));
  if (type === 'array') return [[...at, 0], ...pathsOf(element, [...at, 0])];
  if (type === 'pipe') return [def['in'], def['out']].flatMap((each) => pathsOf(each, at));
  if (type === 'lazy') return at.length > 2 ? [] : pathsOf((getter as () => unknown)(), at);
  return innerType === undefined ? [] : pathsOf(innerType, at);
}

/** The same value with something else at a path, and the path made where it is not there. */
function withAt(value: unknown, [key, ...rest]: Path, put: unknown): unknown {
  if (key === undefined) return put;
  if (typeof key === 'number') return [withAt(undefined, rest, put)];
  const old = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  return { ...old, [key]: withAt((old as Record<string, unknown>)[key], rest, put) };
}

const FILE = { channels: [{ name: 'log', type: 'console' }], route: { channels: ['log'] } };

function refusal(config: unknown): string {
  const result = readConfig({
    file: '/etc/relay/alert-relay.yml',
    env: {},
    readFile: (path) => {
      if (path.endsWith('alert-relay.yml')) return JSON.stringify(config);
      throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
    },
  });
  return result.ok ? '' : problemsText(result.problems) + JSON.stringify(result.problems);
}

const fileKey = (path: Path): Path => [...path.slice(0, -1), `${String(path.at(-1))}_file`];

test.each(SECRETS)('%s is repeated from no place of the file', (secret) => {
  const paths = new Map(pathsOf(fileSchema).map((path) => [path.join('.'), path]));
  expect(paths.size).toBeGreaterThan(25);
  let refused = 0;
  const look = (config: unknown, where: string): void => {
    const shown = refusal(config);
    if (shown !== '') refused++;
    if (shown.includes('s3cr3t')) throw new Error(`${where}: ${shown}`);
  };
  for (const put of shapes(secret)) {
    for (const path of paths.values())
      for (const at of [path, fileKey(path)]) look(withAt(FILE, at, put), at.join('.'));
    for (const [type, { settings }] of Object.entries(CHANNEL_TYPES))
      for (const path of [...pathsOf(commonChannel), ...pathsOf(settings)])
        for (const at of [path, fileKey(path)]) {
          const entry = withAt({ name: 'log', type }, at, put);
          look({ ...FILE, channels: [entry] }, `${type} ${at.join('.')}`);
        }
    look({ ...FILE, [secret]: put }, 'a key');
    look({ ...FILE, channels: put }, 'channels');
    look(put, 'the whole file');
  }
  expect(refused).toBeGreaterThan(500);
});

const LOG = 'channels: [{ name: log, type: console }]\nroute: { channels: [log] }\n';

describe('files that everybody may read', () => {
  const noticed = (
    text: string,
    files: Record<string, string> = {},
    open: readonly string[] = [],
  ): readonly string[] => {
    const result = readConfig({
      file: '/etc/relay/alert-relay.yml',
      env: { TOKEN: 's3cr3t' },
      readFile: (path) => (path.endsWith('alert-relay.yml') ? text : (files[path] ?? '')),
      othersRead: (path) => open.includes(path),
    });
    return result.ok ? result.notices : [problemsText(result.problems)];
  };
  const CONFIG = '/etc/relay/alert-relay.yml';

  test('are named where they hold a secret, with what to do', () => {
    const inFile = `${LOG}auth: { bearer_token_file: token }`;
    expect(noticed(inFile, { '/etc/relay/token': 's3cr3t' }, ['/etc/relay/token', CONFIG])).toEqual([
      'every user of this machine may read /etc/relay/token, which holds a secret: chmod 600 it, or 640 for a group',
    ]);
    expect(noticed(inFile, { '/etc/relay/token': 's3cr3t' })).toEqual([]);
    const inline = `${LOG}auth: { bearer_token: s3cr3t }`;
    expect(noticed(inline, {}, [CONFIG])).toEqual([
      expect.stringMatching(/may read \/etc\/relay\/alert-relay\.yml, which holds a secret/),
    ]);
    expect(noticed(inline, {}, [CONFIG]).join()).not.toContain('s3cr3t');
  });

  test.each([
    `${LOG}auth: { bearer_token: "\${TOKEN}" }`,
    LOG,
    'channels: [{ name: w, type: webhook, url: "http://10.0.0.1:80/" }]\nroute: { channels: [w] }',
    'channels: [{ name: m, type: email, smtp_url: "smtp://mail", from: a@b.test, to: [c@d.test] }]\nroute: { channels: [m] }',
  ])('are no trouble where the secret is elsewhere, or there is none: %s', (text) => {
    expect(noticed(text, {}, [CONFIG])).toEqual([]);
  });
});
