// The commands, the help text, the names that a table makes, and the hints for slips.
import { describe, expect, it } from '@jest/globals';
import { readCommand } from './command-line.js';
import { duration } from './duration.js';
import { helpText } from './help-text.js';
import { didYouMean, editDistance } from './near-miss.js';
import { problemsText } from './problem.js';
import { option, options } from './table.js';
import { boolean, integer, jsonObject, oneOf, secret, text } from './values.js';

const help = 'For the test.';

const table = options('CELERY_EXPORTER', {
  broker_url: option(secret(), {
    help: 'Where the broker is.',
    env: ['CELERY_BROKER_URL'],
    placeholder: 'URL',
    default: 'redis://guest:guest@localhost:6379/0',
  }),
  port: option(integer(), { help: 'The port to listen on.', env: ['PORT', 'OTHER_PORT'], default: 9_808 }),
  enable_events: option(boolean(), { help: 'Tells workers to send events.', default: false }),
  worker_ttl: option(duration(), {
    help: 'How long a silent worker is remembered.',
    cost: 'Each worker holds five series. '.repeat(6).trim(),
    default: 900,
  }),
  log_level: option(oneOf(['debug', 'info']), { help, default: 'info' }),
  extra: option(jsonObject(), { help, default: undefined }),
  must: option(text(), { help }),
});

describe('readCommand', () => {
  const read = (...argv: readonly string[]): unknown => readCommand(argv, ['run', 'check-config'], table);

  it('finds the first word that is no value of a flag, and hands on the rest', () => {
    expect(read('check-config', '--port=1')).toEqual({
      ok: true,
      command: 'check-config',
      operands: [],
      argv: ['--port=1'],
    });
    expect(read('--config', 'run', '--enable-events', 'check-config')).toEqual({
      ok: true,
      command: 'check-config',
      operands: [],
      argv: ['--config', 'run', '--enable-events'],
    });
  });

  it('hands on the words that the command takes, and no more of them', () => {
    const words = (...argv: readonly string[]): unknown =>
      readCommand(argv, ['run', 'show', 'box show', 'box'], table, { show: 1, 'box show': 1 });
    expect(words('show', '12', '--port=1')).toMatchObject({ command: 'show', operands: ['12'], argv: ['--port=1'] });
    expect(words('--port', '1', 'box', 'show', '7')).toMatchObject({
      command: 'box show',
      operands: ['7'],
      argv: ['--port', '1'],
    });
    expect(words('show')).toMatchObject({ command: 'show', operands: [] });
    expect(words('show', '12', '13')).toMatchObject({ operands: ['12'], argv: ['13'] });
    expect(words('run', '12')).toMatchObject({ command: 'run', operands: [], argv: ['12'] });
  });

  it('is the first command where none is named', () => {
    expect(read('--port', '9808')).toEqual({ ok: true, command: 'run', operands: [], argv: ['--port', '9808'] });
    expect(read()).toEqual({ ok: true, command: 'run', operands: [], argv: [] });
  });

  it('sees --help, -h and --version anywhere, and the words help and version', () => {
    for (const argv of [['--help'], ['run', '--port=x', '-h'], ['--port', '--help'], ['help']])
      expect(read(...argv)).toMatchObject({ command: 'help' });
    expect(read('run', '--version')).toMatchObject({ command: 'version' });
  });

  it('refuses an unknown word, with a hint', () => {
    const result = readCommand(['chekc-config'], ['run', 'check-config'], table);
    expect(result.ok ? '' : problemsText(result.problems)).toBe(
      'command: argument 1 is "chekc-config", wanted one of the commands run, check-config; did you mean check-config?',
    );
  });
});

describe('helpText', () => {
  const usage = { 'celery-exporter [flags]': 'Runs it.', 'celery-exporter check-config [flags]': 'Checks it.' };
  const shown = helpText(table, { program: 'celery-exporter', intro: 'Celery metrics for Prometheus.', usage });

  it('names every option with its flag, variables, default, help and cost', () => {
    for (const { flag, env, option } of table.entries) {
      expect(shown).toContain(`  ${flag}`);
      for (const name of env) expect(shown).toContain(name);
      expect(shown).toContain(option.about.help);
    }
    const expected = [
      ...[
        '--broker-url=URL',
        'CELERY_BROKER_URL_FILE',
        '--no-enable-events',
        '--log-level=debug|info',
        '--config=FILE',
        'CELERY_EXPORTER_CONFIG',
      ],
      ...[
        'Default: 9808',
        'Default: 15m',
        'Default: none',
        'Required.',
        'Cost: Each worker',
        '--version',
        'celery-exporter check-config',
      ],
    ];
    for (const line of expected) expect(shown).toContain(line);
  });

  it('fits a terminal', () => {
    expect(Math.max(...shown.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('shows no password, not even of a default', () => {
    expect(shown).toContain('Default: redis://guest:[redacted]@localhost:6379/0');
  });
});

describe('a table', () => {
  it('refuses keys that are not snake_case, and names that two options would share', () => {
    const port = option(integer(), { help, default: 1 });
    expect(() => options('X', { brokerUrl: port })).toThrow('snake_case');
    expect(() => options('X', { config: port })).toThrow('share the name --config');
    expect(() =>
      options('X', { a: option(integer(), { help, env: 'PORT' }), b: option(integer(), { help, env: 'PORT' }) }),
    ).toThrow('share the name PORT');
    expect(() => options('X', { a: option(boolean(), { help }), no_a: option(boolean(), { help }) })).toThrow(
      'share the name --no-a',
    );
    expect(() => options('X', { a: option(secret(), { help }), a_file: option(text(), { help }) })).toThrow(
      'share the name',
    );
  });
});

describe('didYouMean', () => {
  it('counts letters put in, left out, replaced and swapped', () => {
    expect(['prot', 'ports', 'pot', 'part', '', 'port'].map((other) => editDistance('port', other))).toEqual([
      1, 1, 1, 1, 4, 0,
    ]);
  });

  it('names the nearest, and nothing where all are far', () => {
    expect(didYouMean('--brokr-urll', ['--port', '--broker-url', '--broker-user'])).toBe('did you mean --broker-url?');
    expect(didYouMean('--zebra', ['--port', '--broker-url'])).toBeUndefined();
  });
});
