// The chart's README is made from comments; a value that has none is refused.
import { describe, expect, test } from '@jest/globals';
import { chaptersOf, readmeOf } from './readme.js';

const VALUES = `# What this file is.

# == Names
# -- The name.
name: ""
part:
  # -- On or
  # off, a|b.
  enabled: true
  # -- A map of its own.
  labels: { a: b }
# == More
# -- A list.
list: []
`;

describe('chaptersOf', () => {
  test('finds each value with its default and its comment, chapter by chapter', () => {
    expect(chaptersOf(VALUES)).toEqual([
      {
        title: 'Names',
        rows: [
          { key: 'name', byDefault: '""', meaning: 'The name.' },
          { key: 'part.enabled', byDefault: 'true', meaning: 'On or off, a|b.' },
          { key: 'part.labels', byDefault: '{"a":"b"}', meaning: 'A map of its own.' },
        ],
      },
      { title: 'More', rows: [{ key: 'list', byDefault: '[]', meaning: 'A list.' }] },
    ]);
  });

  test('refuses a value that nothing explains, and names it', () => {
    expect(() => chaptersOf(`${VALUES}lonely: 1\n`)).toThrow('lonely has no comment');
    expect(() => chaptersOf(VALUES.replace('  # -- A map of its own.\n', ''))).toThrow('part.labels.a has no comment');
  });

  test('refuses a value before the first chapter', () => {
    expect(() => chaptersOf('# -- One.\none: 1\n')).toThrow('begins a chapter before one');
  });
});

test('a bar in a comment ends no cell of the table', () => {
  expect(readmeOf(VALUES)).toContain('| `part.enabled` | `true` | On or off, a\\|b. |');
});
