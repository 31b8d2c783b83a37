// Where secrets may come from, and that no problem shows one.
import { describe, expect, it } from '@jest/globals';
import { problemsText } from './problem.js';
import { readOptions } from './read-options.js';
import { option, options } from './table.js';
import { file, help, problemsWith, valuesOf, type TestSources } from './testing.js';
import { custom } from './values.js';

describe('secrets', () => {
  const url = 'redis://:hunter2@redis:6379/0';

  it.each<[string, TestSources]>([
    ['a flag', { argv: [`--broker-url=${url}`] }],
    ['a variable', { env: { CELERY_BROKER_URL: url } }],
    ['the file', file(`broker_url: ${url}\n`)],
    [
      'the file that a flag names',
      { argv: ['--broker-url-file', '/run/secrets/x'], files: { '/run/secrets/x': `${url}\n` } },
    ],
    [
      'the file that a variable names',
      { env: { CELERY_BROKER_URL_FILE: '/run/secrets/x' }, files: { '/run/secrets/x': `${url}\r\n` } },
    ],
    [
      'the file that the file names',
      { argv: ['--config=etc/c.yml'], files: { 'etc/c.yml': 'broker_url_file: keys/x\n', 'etc/keys/x': url } },
    ],
  ])('come from %s', (_, given) => {
    const { broker_url: broker } = valuesOf(given);
    expect(broker.reveal()).toBe(url);
    expect(JSON.stringify(valuesOf(given))).not.toContain('hunter2');
  });

  it('of another kind come from a file too', () => {
    const given = { env: { CELERY_EXPORTER_TRANSPORT_OPTIONS_FILE: '/x' }, files: { '/x': '{"a":1}\n' } };
    expect(valuesOf(given).transport_options).toEqual({ a: 1 });
  });

  it.each<[string, TestSources]>([
    ['malformed in a flag', { argv: ['--transport-options={"password":"hunter2"'] }],
    ['malformed in a variable', { env: { CELERY_EXPORTER_TRANSPORT_OPTIONS: 'hunter2' } }],
    ['malformed in the file', file('transport_options: hunter2\n')],
    ['of the wrong YAML type', file('broker_url: [hunter2]\n')],
    ['cut by the shell', { argv: ['--broker-url=redis://:my', 'hunter2@redis'] }],
    ['behind a mistyped flag', { argv: ['--broker-ulr', 'hunter2'] }],
    ['behind a mistyped flag and =', { argv: ['--broker-ulr=hunter2'] }],
    ['in the place of the path', { env: { CELERY_BROKER_URL_FILE: 'hunter2' } }],
    ['in the place of the path in the file', file('broker_url_file: hunter2\n')],
    [
      'malformed in the file that a variable names',
      { env: { CELERY_EXPORTER_TRANSPORT_OPTIONS_FILE: '/x' }, files: { '/x': 'hunter2' } },
    ],
    ['given twice', { env: { CELERY_BROKER_URL: 'hunter2', CELERY_BROKER_URL_FILE: 'hunter2' } }],
    ['given twice by flags', { argv: ['--broker-url=hunter2', '--broker-url-file=hunter2'] }],
    ['in a file that is no YAML', file('broker_url: "hunter2\nport: {')],
    ['in a URL given to an option that is no secret', { argv: ['--port=redis://:hunter2@redis'] }],
    ['as a word', { argv: ['hunter2'] }],
    ['as a flag', { argv: ['--hunter2'] }],
    ['as a flag with one dash', { argv: ['-phunter2'] }],
    ['as a URL whose scheme is mistyped', { argv: ['--port=redis//:hunter2@h'] }],
    ['as a webhook', { argv: ['--port=https://hooks.slack.com/services/T0/B0/hunter2'] }],
    ['in the query of an address', { argv: ['--port=https://oapi.dingtalk.com/robot/send?x=hunter2'] }],
    ['as a login without a scheme', { argv: ['--port=ops:hunter2@host:6379'] }],
    ['in the place of the configuration file', { argv: ['--config=redis://:hunter2@h/1'] }],
    ['as a variable that names the configuration file', { env: { CELERY_EXPORTER_CONFIG: 'https://h/hunter2' } }],
    ['as a key of the file', file('redis://:hunter2@h: 1\n')],
    ['as a key with a token', file('"https://hooks.slack.com/services/hunter2": 1\n')],
    ['in a mistyped URL given to an option that is no secret', { argv: ['--port=redis//:hunter2@redis'] }],
    ['in a URL without a scheme', { argv: ['--port=user:hunter2@redis:6379'] }],
    ['in a webhook, whose path is its password', { argv: ['--log-level=https://hooks.slack.com/services/T0/hunter2'] }],
    ['as a mistyped word', { argv: ['redis//:hunter2@redis'] }],
    ['in a flag that is none', { argv: ['--redis//:hunter2@redis'] }],
    ['in a key that is none', file('redis//:hunter2@redis: 1')],
    ['in a list', file('enable_events: [redis//:hunter2@redis]')],
    ['as a word with a password', { argv: ['redis://:hunter2@redis'] }],
  ])('are never in a problem: %s', (_, given) => {
    const problems = problemsWith(given);
    expect(problems).not.toHaveLength(0);
    expect(JSON.stringify(problems) + problemsText(problems)).not.toContain('hunter2');
  });

  it('show what their own parser says only if it is safe to show', () => {
    const own = options('X', {
      key: option(
        custom(
          (raw) => {
            throw new Error(`not ${String(raw)}`);
          },
          { wanted: 'a key of 32 letters' },
        ),
        { help, secret: true },
      ),
    });
    const result = readOptions(own, { argv: ['--key=hunter2'], env: {}, readFile: () => '' });
    expect(result.ok ? '' : problemsText(result.problems)).toBe('key: flag --key, wanted a key of 32 letters');
  });
});
