// That no refusal repeats what may be a secret: whatever stands in the place of any flag, variable or key.
import { describe, expect, it } from '@jest/globals';
import { problemsText } from '@celery-watch/service';
import { type ConfigSources, readConfig } from './config.js';
import { EXPORTER_OPTIONS } from './options.js';

const SECRETS = [
  'redis//:s3cr3t@h',
  'redis:/:s3cr3t@h/0',
  'redis://:s3cr3t@h:x/0',
  'amqp:u:s3cr3t@h',
  'shop=redis//:s3cr3t@h',
  'ops:s3cr3t@host',
  'https://hooks.slack.com/services/T0/B0/s3cr3t',
  'https//hooks.slack.com/services/T0/B0/s3cr3t',
  'hooks.slack.com/services/T0/B0/s3cr3t',
  'xoxb-1234567890-s3cr3tABCDEF',
  'password=s3cr3t',
  '{"password": "s3cr3t"',
];

const shapes = (secret: string): readonly unknown[] => [
  secret,
  [secret],
  { [secret]: 1, name: secret },
  [{ name: secret, url: secret, [secret]: secret }],
  `${secret}\n${secret}`,
];

function refusal({ argv, env = {}, file }: Partial<Omit<ConfigSources, 'readFile'>> & { readonly file?: unknown }) {
  const result = readConfig({
    argv: [...(argv ?? []), ...(file === undefined ? [] : ['--config=c.yml'])],
    env,
    readFile: (path) => {
      if (path === 'c.yml') return JSON.stringify(file);
      throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
    },
  });
  return result.ok ? '' : problemsText(result.problems) + JSON.stringify(result.problems);
}

describe.each(SECRETS)('%s', (secret) => {
  const { entries } = EXPORTER_OPTIONS;
  const look = (given: readonly Parameters<typeof refusal>[0][]): number => {
    const shown = given.map((each) => [refusal(each), each] as const);
    for (const [text, each] of shown) if (text.includes('s3cr3t')) throw new Error(`${JSON.stringify(each)}: ${text}`);
    return shown.filter(([text]) => text !== '').length;
  };

  it('is repeated from no flag', () => {
    const flags = [...entries.map(({ flag }) => flag), '--config', '--unknown', '-x'];
    const argvs = flags.flatMap((flag) => [
      [`${flag}=${secret}`],
      [flag, secret],
      [secret, flag],
      [`${flag}-file=${secret}`],
      [`${flag}=${secret}`, `${flag}=${secret}`],
    ]);
    expect(look([...argvs, [secret], [`--${secret}`], [`-${secret}`]].map((argv) => ({ argv })))).toBeGreaterThan(50);
  });

  it('is repeated from no variable', () => {
    const names = entries.flatMap(({ env }) => env.flatMap((name) => [name, `${name}_FILE`]));
    const all = [...names, 'CELERY_EXPORTER_CONFIG', 'CELERY_EXPORTER_UNKNOWN'];
    expect(look(all.map((name) => ({ env: { [name]: secret } })))).toBeGreaterThan(20);
  });

  it('is repeated from no key of the file', () => {
    const keys = [...entries.flatMap(({ key }) => [key, `${key}_file`]), 'brokers', 'unknown', secret];
    const files = shapes(secret).flatMap((put) => [
      ...keys.map((key) => ({ [key]: put })),
      ...entries.map(({ key }) => ({ brokers: [{ name: 'a', url: 'redis://h', [key]: put }] })),
      { brokers: [{ name: put, url: put }] },
      { brokers: [{ name: 'a', url_file: put }] },
      put,
    ]);
    expect(look(files.map((file) => ({ file })))).toBeGreaterThan(200);
  });
});
