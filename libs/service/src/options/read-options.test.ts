// Which source counts, what is refused, and that all problems are told at once.
import { describe, expect, it } from '@jest/globals';
import type { Secret } from '../secret.js';
import { problemsText } from './problem.js';
import { readOptions } from './read-options.js';
import { option, options } from './table.js';
import { help, problemsWith, read, valuesOf } from './testing.js';
import { integer, secret } from './values.js';

describe('precedence', () => {
  const content = 'port: 4\nlog_level: debug\n';

  it('takes the default where nothing is given, with its type', () => {
    const values = valuesOf({});
    const typed: {
      readonly broker_url: Secret;
      readonly port: number;
      readonly name: string | undefined;
      readonly log_level: 'debug' | 'info';
    } = values;
    expect(typed.broker_url.reveal()).toBe('redis://localhost:6379/0');
    expect(values).toMatchObject({
      port: 9_808,
      enable_events: true,
      scan_interval: 15,
      queues: [],
      buckets: [1, 10],
      log_level: 'info',
      name: undefined,
    });
    expect(Object.isFrozen(values)).toBe(true);
  });

  it('is flag over environment over file over default, and says which it was', () => {
    const all = {
      argv: ['--port=1', '--config', 'c.yml'],
      env: { PORT: '2', CELERY_EXPORTER_SCAN_INTERVAL: '1m' },
      files: { 'c.yml': content },
    };
    const result = read(all);
    expect(
      result.ok && [result.values.port, result.values.scan_interval, result.values.log_level, result.values.name],
    ).toEqual([1, 60, 'debug', undefined]);
    expect(result.ok && result.sources).toMatchObject({
      port: 'flag',
      scan_interval: 'environment',
      log_level: 'file',
      name: 'default',
    });
    expect(result.ok && result.configFile).toBe('c.yml');
    expect(valuesOf({ ...all, argv: ['--config', 'c.yml'] }).port).toBe(2);
    expect(valuesOf({ ...all, argv: ['--config', 'c.yml'], env: {} }).port).toBe(4);
  });

  it('counts an empty variable as not set', () => {
    expect(
      valuesOf({
        env: {
          PORT: '',
          CELERY_EXPORTER_CONFIG: '',
          CELERY_BROKER_URL: '',
          CELERY_BROKER_URL_FILE: '',
          CELERY_EXPORTER_TYPO: '',
        },
      }).port,
    ).toBe(9_808);
  });

  it('takes the first variable of a list that is set', () => {
    const env = { CELERY_EXPORTER_BROKER_URL: 'redis://a', CELERY_BROKER_URL: 'redis://b' };
    expect(valuesOf({ env }).broker_url.reveal()).toBe('redis://a');
    expect(valuesOf({ env: { ...env, CELERY_EXPORTER_BROKER_URL: '' } }).broker_url.reveal()).toBe('redis://b');
  });

  it('takes the file that the flag names over the one that the variable names', () => {
    const files = { 'a.yml': 'port: 1', 'b.yml': 'port: 2' };
    expect(valuesOf({ argv: ['--config', 'a.yml'], env: { CELERY_EXPORTER_CONFIG: 'b.yml' }, files }).port).toBe(1);
    expect(valuesOf({ env: { CELERY_EXPORTER_CONFIG: 'b.yml' }, files }).port).toBe(2);
  });
});

describe('flags', () => {
  it('take their value after = or as the next word', () => {
    expect(valuesOf({ argv: ['--port', '1', '--name=a=b', '--queues', 'x,y'] })).toMatchObject({
      port: 1,
      name: 'a=b',
      queues: ['x', 'y'],
    });
  });

  it.each([
    [['--enable-events'], true],
    [['--no-enable-events'], false],
    [['--enable-events=false'], false],
  ])('%s switches', (argv, value) => {
    expect(valuesOf({ argv, env: { CELERY_EXPORTER_ENABLE_EVENTS: String(!value) } }).enable_events).toBe(value);
  });

  it.each<[string[], RegExp]>([
    [['--prot=1'], /^prot: unknown flag --prot, wanted .*; did you mean --port\?$/],
    [['-port=1'], /did you mean --port\?$/],
    [['--broker-ulr', 'redis://:hunter2@x'], /^broker-ulr: .*did you mean --broker-url\?$/],
    [['--no-enable-event'], /did you mean --no-enable-events\?$/],
    [['--quite-different'], /^quite-different: unknown flag --quite-different, wanted a flag that --help lists$/],
    [['--metric_name.of=x'], /^metric_name.of: unknown flag --metric_name.of, wanted/],
    [['--port'], /^port: flag --port, wanted a value after it; write --port=N$/],
    [['--port', '--enable-events'], /^port: flag --port, wanted a value/],
    [['--port=1', '--port=1'], /^port: flag --port, wanted it only once/],
    [['--enable-events', '--no-enable-events'], /^enable_events: flag --no-enable-events, wanted it only once/],
    [['--no-enable-events=true'], /^enable_events: flag --no-enable-events is "true", wanted no value/],
    [['--enable-events', 'false'], /^arguments: argument 2 is "false", wanted a flag; write it with =/],
    [['stray'], /^arguments: argument 1, wanted a flag/],
    [['--config'], /^config: flag --config, wanted the path of a file/],
    [['--config=a.yml', '--config=a.yml'], /only one configuration file/],
    [['--port='], /^port: flag --port is "", wanted an integer from 0 to 65535; for example --port=9808$/],
  ])('%s is refused', (argv, line) => {
    const problems = problemsWith({ argv, files: { 'a.yml': '' } });
    expect(problems).toHaveLength(1);
    expect(problemsText(problems)).toMatch(line);
  });
});

describe('the environment', () => {
  it.each<[Record<string, string>, RegExp]>([
    [
      { PORT: 'abc' },
      /^port: environment variable PORT is "abc", wanted an integer from 0 to 65535; for example PORT=9808$/,
    ],
    [
      { CELERY_EXPORTER_SCAN_INTERVALL: '1s' },
      /^CELERY_EXPORTER_SCAN_INTERVALL: unknown .*; did you mean CELERY_EXPORTER_SCAN_INTERVAL\?$/,
    ],
    [{ CELERY_EXPORTER_PORT: '1' }, /did you mean PORT\?$/],
    [{ CELERY_EXPORTER_WHATEVER: '1' }, /^CELERY_EXPORTER_WHATEVER: .*; remove it$/],
    [{ CELERY_EXPORTER_NAME_FILE: '/x' }, /^CELERY_EXPORTER_NAME_FILE: unknown/],
    [
      { CELERY_BROKER_URL: 'redis://a', CELERY_BROKER_URL_FILE: '/x' },
      /^broker_url: .*only one of CELERY_BROKER_URL and CELERY_BROKER_URL_FILE/,
    ],
    [
      { CELERY_EXPORTER_CONFIG: 'gone.yml' },
      /^config: environment variable CELERY_EXPORTER_CONFIG is "gone.yml", wanted a file that can be read: it does not exist/,
    ],
  ])('%j is refused', (env, line) => {
    const problems = problemsWith({ env });
    expect(problems).toHaveLength(1);
    expect(problemsText(problems)).toMatch(line);
  });

  it('leaves the variables of others alone', () => {
    expect(problemsWith({ env: { PATH: '/bin', CELERY_EXPORTERS: 'x', CELERY_BROKER_URI: 'x' } })).toEqual([]);
  });

  it.each([
    ['as Kubernetes sets them', { CELERY_EXPORTER_SERVICE_HOST: '10.96.0.12' }],
    ['as Docker sets them for a link', { CELERY_EXPORTER_NAME: '/web/celery-exporter', CELERY_EXPORTER_ENV_TZ: 'UTC' }],
    ['alone', {}],
    [
      'for a Service whose name goes on',
      {
        CELERY_EXPORTER_BROKER_URL_SERVICE_HOST: 'fd00::12',
        CELERY_EXPORTER_BROKER_URL_SERVICE_PORT: '6379',
        CELERY_EXPORTER_BROKER_URL_SERVICE_PORT_REDIS_TLS: '6380',
        CELERY_EXPORTER_BROKER_URL_PORT: 'tcp://[fd00::12]:6379',
        CELERY_EXPORTER_BROKER_URL_PORT_6379_TCP: 'tcp://[fd00::12]:6379',
        CELERY_EXPORTER_BROKER_URL_PORT_6379_TCP_PROTO: 'tcp',
        CELERY_EXPORTER_BROKER_URL_PORT_6379_TCP_PORT: '6379',
        CELERY_EXPORTER_BROKER_URL_PORT_6379_TCP_ADDR: 'fd00::12',
      },
    ],
  ])('ignores what a platform makes of the names of services, and says so: %s', (_, more) => {
    const env = { CELERY_EXPORTER_PORT: 'tcp://10.96.0.12:9808', ...more };
    const result = read({ env });
    expect(problemsWith({ env })).toEqual([]);
    for (const name of Object.keys(env)) expect(result.ok && result.notice).toContain(name);
    expect(result.ok && result.notice).toContain('enableServiceLinks: false');
  });

  it('ignores the form of a link for an option, too, and takes a value of its own kind', () => {
    const own = options('ALERT_RELAY', {
      port: option(integer({ min: 0, max: 65_535 }), { help, env: ['ALERT_RELAY_PORT', 'PORT'], default: 1 }),
    });
    const portOf = (env: Record<string, string>): unknown => {
      const result = readOptions(own, { argv: [], env, readFile: () => '' });
      return result.ok ? [result.values.port, result.notice !== undefined] : problemsText(result.problems);
    };
    expect(portOf({ ALERT_RELAY_PORT: 'tcp://10.96.0.13:9095' })).toEqual([1, true]);
    expect(portOf({ ALERT_RELAY_PORT: 'tcp://10.96.0.13:9095', PORT: '9099' })).toEqual([9099, true]);
    expect(portOf({ ALERT_RELAY_PORT: '9099' })).toEqual([9099, false]);
    expect(portOf({ ALERT_RELAY_PORT: 'tcp:9099' })).toContain('ALERT_RELAY_PORT is "tcp:9099", wanted');
    expect(portOf({ PORT: 'tcp://10.96.0.13:9095' })).toContain('PORT is "tcp://10.96.0.13:9095", wanted');
  });

  it('ignores nothing else: a slip beside such variables is named', () => {
    const env = {
      CELERY_EXPORTER_PORT: 'tcp://10.96.0.12:9808',
      CELERY_EXPORTER_SERVICE_HOST: '10.96.0.12',
      CELERY_EXPORTER_TYPO: 'x',
      CELERY_EXPORTER_SERVICE_PORT: 'high',
      CELERY_EXPORTER_PORT_9808_TCP: '9808',
    };
    expect(problemsWith({ env }).map(({ key }) => key)).toEqual([
      'CELERY_EXPORTER_TYPO',
      'CELERY_EXPORTER_SERVICE_PORT',
      'CELERY_EXPORTER_PORT_9808_TCP',
    ]);
  });
});

describe('an option without a default', () => {
  const required = options('X', {
    smtp_url: option(secret({ wanted: 'an smtp:// URL' }), { help }),
    size: option(integer({ min: 1 }), { help }),
  });
  const lines = (argv: readonly string[]): string => {
    const result = readOptions(required, { argv, env: {}, readFile: () => '' });
    return result.ok ? 'ok' : problemsText(result.problems);
  };

  it('must be given, and the problem says where it can be', () => {
    expect(lines([])).toBe(
      'smtp_url: given nowhere, wanted an smtp:// URL; set one of --smtp-url, X_SMTP_URL, --smtp-url-file, X_SMTP_URL_FILE, ' +
        'or smtp_url or smtp_url_file in the configuration file\n' +
        'size: given nowhere, wanted an integer of at least 1; set one of --size, X_SIZE, or size in the configuration file',
    );
    expect(lines(['--smtp-url=smtp://x', '--size=1'])).toBe('ok');
  });

  it('makes one problem, not two, where it was given and refused', () => {
    expect(lines(['--smtp-url', '--size=0'])).toBe(
      'smtp_url: flag --smtp-url, wanted a value after it; write --smtp-url=SECRET\nsize: flag --size is "0", wanted an integer of at least 1',
    );
  });
});

describe('problems', () => {
  it('are told all at once, one a line', () => {
    const problems = problemsWith({
      argv: ['--prot=1', '--config=c.yml', '--log-level=loud'],
      env: { PORT: '70000', CELERY_EXPORTER_TYPO: '1' },
      files: { 'c.yml': 'scan_interval: soon\nqueues: 5\nnonsense: 1\nname: "two\\nlines"\nbuckets: [2, 1]\n' },
    });
    expect(problems.map(({ key }) => key)).toEqual([
      'prot',
      'CELERY_EXPORTER_TYPO',
      'nonsense',
      'port',
      'scan_interval',
      'queues',
      'buckets',
      'log_level',
    ]);
    expect(problemsText(problems).split('\n')).toHaveLength(8);
  });

  it('never turn into the default', () => {
    expect(read({ env: { PORT: '98O8' } }).ok).toBe(false);
  });

  it('show a long value shortened', () => {
    expect(problemsText(problemsWith({ argv: [`--port=${'9'.repeat(5_000)}`] })).length).toBeLessThan(300);
  });
});
