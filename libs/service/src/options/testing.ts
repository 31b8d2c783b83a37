// An options table of every kind, and how the tests read it.
import { duration } from './duration.js';
import { problemsText, type Problem } from './problem.js';
import { readOptions, type OptionSources, type ReadOptions } from './read-options.js';
import { option, options, type OptionValues } from './table.js';
import { boolean, integer, jsonObject, list, numberList, oneOf, secret, text } from './values.js';

export const help = 'For the test.';

export const table = options('CELERY_EXPORTER', {
  broker_url: option(secret(), {
    help,
    env: ['CELERY_EXPORTER_BROKER_URL', 'CELERY_BROKER_URL'],
    default: 'redis://localhost:6379/0',
  }),
  port: option(integer({ min: 0, max: 65_535 }), { help, env: 'PORT', default: 9_808 }),
  enable_events: option(boolean(), { help, default: true }),
  scan_interval: option(duration({ min: '1s' }), { help, default: '15s' }),
  queues: option(list(), { help, default: [] }),
  buckets: option(numberList({ ascending: true }), { help, default: [1, 10] }),
  log_level: option(oneOf(['debug', 'info']), { help, default: 'info' }),
  transport_options: option(jsonObject(), { help, secret: true, default: {} }),
  name: option(text(), { help, default: undefined }),
});

type Table = typeof table;
export type TestSources = Partial<Omit<OptionSources, 'readFile'>> & {
  readonly files?: Readonly<Record<string, string>>;
};

export function read({ argv = [], env = {}, files = {} }: TestSources): ReadOptions<Table> {
  const readFile = (path: string): string => {
    const content = files[path];
    if (content === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
    return content;
  };
  return readOptions(table, { argv, env, readFile });
}

export function valuesOf(given: TestSources): OptionValues<Table> {
  const result = read(given);
  if (!result.ok) throw new Error(problemsText(result.problems));
  return result.values;
}

export function problemsWith(given: TestSources): readonly Problem[] {
  const result = read(given);
  return result.ok ? [] : result.problems;
}

/** The file `c.yml` with this text. */
export const file = (content: string): TestSources => ({ argv: ['--config=c.yml'], files: { 'c.yml': content } });
