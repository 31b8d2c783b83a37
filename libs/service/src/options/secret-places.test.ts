// What is careless about where secrets were given.
import { expect, it } from '@jest/globals';
import { readOptions } from './read-options.js';
import { secretCautions } from './secret-places.js';
import { help, file, type TestSources } from './testing.js';
import { option, options } from './table.js';
import { secret, text } from './values.js';

const TABLE = options('X', {
  broker_url: option(secret(), { help, default: undefined, env: 'BROKER_URL' }),
  name: option(text(), { help, default: 'x' }),
});

function cautions({ argv = [], env = {}, files = {} }: TestSources, open: readonly string[] = []): readonly string[] {
  const read = readOptions(TABLE, { argv, env, readFile: (path) => files[path] ?? '' });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const said = secretCautions(read.secrets, { isWorldReadable: (path) => open.includes(path), text: (path) => path });
  expect(said.join()).not.toContain('hunter2');
  return said;
}

const URL = 'redis://:hunter2@h';

it('a password on the command line is seen by others; the sentence says how else to give it', () => {
  expect(cautions({ argv: [`--broker-url=${URL}`] })).toEqual([
    'every user of this machine sees the password that --broker-url has on the command line (ps): give it by the ' +
      'environment variable BROKER_URL or BROKER_URL_FILE or the flag --broker-url-file',
  ]);
});

it.each<[string, TestSources]>([
  ['an address without a password', { argv: ['--broker-url=redis://h'] }],
  ['a flag that is no secret', { argv: ['--name=hunter'] }],
  ['a variable', { env: { BROKER_URL: URL } }],
  ['a file that only its owner reads', { argv: ['--broker-url-file=/x'], files: { '/x': URL } }],
])('nothing is said of %s', (_, given) => {
  expect(cautions(given)).toEqual([]);
});

it('files that everybody may read are named: those of secrets, and that of the options', () => {
  expect(cautions({ argv: ['--broker-url-file=/x'], files: { '/x': URL } }, ['/x'])).toEqual(['/x']);
  const given = file(`broker_url: ${URL}\n`);
  const [path = ''] = Object.keys(given.files ?? {});
  expect(cautions(given, [path])).toEqual([path]);
  expect(cautions(file('name: x\n'), [path])).toEqual([]);
});
