// Which source counts, what is refused, and that all problems are told at once.
import { describe, expect, it } from '@jest/globals';
import type { Secret } from '../secret.js';
import { duration } from './duration.js';
import { integer, numberList } from './numbers.js';
import { problemsText, type Problem } from './problem.js';
import { readOptions, type OptionSources, type ReadOptions } from './read-options.js';
import { custom, jsonObject } from './structured.js';
import { options, type OptionValues } from './table.js';
import { boolean, list, oneOf, secret, text } from './texts.js';

const help = 'For the test.';

const table = options('CELERY_EXPORTER', {
  broker_url: secret({
    help,
    env: ['CELERY_EXPORTER_BROKER_URL', 'CELERY_BROKER_URL'],
    default: 'redis://localhost:6379/0',
  }),
  port: integer({ help, env: 'PORT', min: 0, max: 65_535, default: 9_808 }),
  enable_events: boolean({ help, default: true }),
  scan_interval: duration({ help, default: '15s', min: '1s' }),
  queues: list({ help, default: [] }),
  buckets: numberList({ help, ascending: true, default: [1, 10] }),
  log_level: oneOf(['debug', 'info'], { help, default: 'info' }),
  transport_options: jsonObject({ help, secret: true, default: {} }),
  name: text({ help, default: undefined }),
});

type Table = typeof table;
type Given = Partial<Omit<OptionSources, 'readFile'>> & { readonly files?: Readonly<Record<string, string>> };

function read({ argv = [], env = {}, files = {} }: Given): ReadOptions<Table> {
  const readFile = (path: string): string => {
    const content = files[path];
    if (content === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
    return content;
  };
  return readOptions(table, { argv, env, readFile });
}

function valuesOf(given: Given): OptionValues<Table> {
  const result = read(given);
  if (!result.ok) throw new Error(problemsText(result.problems));
  return result.values;
}

function problemsOf(given: Given): readonly Problem[] {
  const result = read(given);
  return result.ok ? [] : result.problems;
}

/** The file `c.yml` with this text. */
const file = (content: string): Given => ({ argv: ['--config=c.yml'], files: { 'c.yml': content } });

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
    [['--port'], /^port: flag --port, wanted a value after it; write --port=N$/],
    [['--port', '--enable-events'], /^port: flag --port, wanted a value/],
    [['--port=1', '--port=1'], /^port: flag --port, wanted it only once/],
    [['--enable-events', '--no-enable-events'], /^enable_events: flag --no-enable-events, wanted it only once/],
    [['--no-enable-events=true'], /^enable_events: flag --no-enable-events is "true", wanted no value/],
    [['--enable-events', 'false'], /^arguments: argument 2 is "false", wanted a flag; write it with =/],
    [['stray'], /^arguments: argument 1 is "stray"/],
    [['--config'], /^config: flag --config, wanted the path of a file/],
    [['--config=a.yml', '--config=a.yml'], /only one configuration file/],
    [['--port='], /^port: flag --port is "", wanted an integer from 0 to 65535; for example --port=9808$/],
  ])('%s is refused', (argv, line) => {
    const problems = problemsOf({ argv, files: { 'a.yml': '' } });
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
    const problems = problemsOf({ env });
    expect(problems).toHaveLength(1);
    expect(problemsText(problems)).toMatch(line);
  });

  it('leaves the variables of others alone', () => {
    expect(problemsOf({ env: { PATH: '/bin', CELERY_EXPORTERS: 'x', CELERY_BROKER_URI: 'x' } })).toEqual([]);
  });

  it('ignores what Kubernetes sets for a service of the same name', () => {
    const links = {
      CELERY_EXPORTER_SERVICE_HOST: '10.0.0.1',
      CELERY_EXPORTER_SERVICE_PORT: '9808',
      CELERY_EXPORTER_SERVICE_PORT_METRICS: '9808',
      CELERY_EXPORTER_PORT: 'tcp://10.0.0.1:9808',
      CELERY_EXPORTER_PORT_9808_TCP: 'tcp://10.0.0.1:9808',
      CELERY_EXPORTER_PORT_9808_TCP_ADDR: '10.0.0.1',
    };
    expect(problemsOf({ env: links })).toEqual([]);
    expect(problemsOf({ env: { ...links, CELERY_EXPORTER_PORT: '9808' } })).toHaveLength(1);
    expect(problemsOf({ env: { ...links, CELERY_EXPORTER_SERVICE_HOST: '', CELERY_EXPORTER_TYPO: 'x' } })).toHaveLength(
      1,
    );
  });
});

describe('the configuration file', () => {
  it('takes YAML lists, mappings and numbers', () => {
    const values = valuesOf(
      file(
        'queues: [a, b]\nbuckets:\n  - 0.5\n  - 2\ntransport_options:\n  priority_steps: [0, 3]\nscan_interval: 30\nenable_events: false\n',
      ),
    );
    expect(values).toMatchObject({
      queues: ['a', 'b'],
      buckets: [0.5, 2],
      transport_options: { priority_steps: [0, 3] },
      scan_interval: 30,
      enable_events: false,
    });
  });

  it.each(['', '# only a comment\n', '---\n'])('may give nothing: %j', (content) => {
    expect(problemsOf(file(content))).toEqual([]);
  });

  it.each<[string, RegExp]>([
    ['log_level: info\nport: abc\n', /^port: c\.yml:2 is "abc", wanted an integer/],
    [
      'port: "1"\n',
      /^port: c\.yml:1 is "1", wanted an integer from 0 to 65535, without quotes; for example port: 9808$/,
    ],
    ['enable_events: "true"\n', /^enable_events: c\.yml:1 is "true", wanted true or false, without quotes/],
    ['name: 12\n', /^name: c\.yml:1 is "12", wanted a text: put it in quotes$/],
    ['queues: {a: 1}\n', /^queues: c\.yml:1 is "\{\\"a\\":1\}", wanted a list of texts/],
    ['port:\n', /^port: c\.yml:1, wanted an integer from 0 to 65535; it has no value/],
    ['\nprot: 1\n', /^prot: c\.yml:2, wanted a key that is the name of an option; did you mean port\?$/],
    ['broker-url: x\n', /did you mean broker_url\?$/],
    ['config: x.yml\n', /^config: c\.yml:1, wanted a key/],
    ['port: 1\nname: a\nport: 1\n', /^port: c\.yml:3, wanted each key only once/],
    ['transport_options:\n  a: 1\n  a: 2\n', /^a: c\.yml:3, wanted each key only once/],
    [
      'broker_url: redis://a\nbroker_url_file: /x\n',
      /^broker_url: c\.yml:1 and c\.yml:2, wanted only one of broker_url and broker_url_file/,
    ],
    ['- port\n', /^config: c\.yml:1, wanted keys with values/],
    ['port\n', /^config: c\.yml:1, wanted keys with values/],
    ['port: 1\n  name: x\n', /^config: c\.yml:\d, wanted correct YAML: /],
    ['name: *nothing\n', /^name: c\.yml:1, wanted a value without aliases/],
    ['port: 1\n---\nport: 2\n', /^config: c\.yml:\d, wanted correct YAML: multiple docs/],
    ['name: !!odd x\n', /^config: c\.yml:1, wanted correct YAML: tag resolve failed/],
  ])('%j is refused', (content, line) => {
    const problems = problemsOf(file(content));
    expect(problemsText(problems)).toMatch(line);
    expect(problems).toHaveLength(1);
  });

  it('is checked also where a flag overrides it', () => {
    const problems = problemsOf({ ...file('port: abc\n'), argv: ['--config=c.yml', '--port=1'] });
    expect(problemsText(problems)).toMatch(/^port: c\.yml:1 is "abc"/);
  });

  it('is refused where it cannot be read', () => {
    expect(problemsText(problemsOf({ argv: ['--config=gone.yml'] }))).toMatch(
      /^config: flag --config is "gone\.yml", wanted a file that can be read: it does not exist/,
    );
  });
});

describe('secrets', () => {
  const url = 'redis://:hunter2@redis:6379/0';

  it.each<[string, Given]>([
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

  it.each<[string, Given]>([
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
    ['as a word with a password', { argv: ['redis://:hunter2@redis'] }],
  ])('are never in a problem: %s', (_, given) => {
    const problems = problemsOf(given);
    expect(problems).not.toHaveLength(0);
    expect(JSON.stringify(problems) + problemsText(problems)).not.toContain('hunter2');
  });

  it('show what their own parser says only if it is safe to show', () => {
    const own = options('X', {
      key: custom(
        (raw) => {
          throw new Error(`not ${String(raw)}`);
        },
        { help, secret: true, wanted: 'a key of 32 letters' },
      ),
    });
    const result = readOptions(own, { argv: ['--key=hunter2'], env: {}, readFile: () => '' });
    expect(result.ok ? '' : problemsText(result.problems)).toBe('key: flag --key, wanted a key of 32 letters');
  });
});

describe('an option without a default', () => {
  const required = options('X', {
    smtp_url: secret({ help, wanted: 'an smtp:// URL' }),
    size: integer({ help, min: 1 }),
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
    const problems = problemsOf({
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
    expect(problemsText(problemsOf({ argv: [`--port=${'9'.repeat(5_000)}`] })).length).toBeLessThan(300);
  });
});
