// Time that grows with the text and not with its square, for the longest runs that an alert can bring.
import { expect, test } from '@jest/globals';
import { pieces, robotMarkdown, titleLine } from '../channels/wording.js';
import { cleanLine, cleanText, shorten, escapeFor, link, silenceUrl } from './markup.js';
import { alertOf, MARKUPS, messageOf, render } from './testing.js';

const MEGABYTE = 1_000_000;
/** Each takes some 20 ms of a quiet machine; a square would take minutes. */
const BOUND_MS = 2_000;

const RUNS: readonly (readonly [what: string, unit: string])[] = [
  ['spaces', ' '],
  ['line breaks', '\n'],
  ['blanks and line breaks', ' \n'],
  ['tabs', '\t'],
  ['carriage returns', '\r'],
  ['underscores', '_'],
  ['asterisks', '*'],
  ['backticks', '`'],
  ['opening brackets', '['],
  ['closing brackets', ']'],
  ['angle brackets', '<'],
  ['ampersands', '&'],
  ['backslashes', '\\'],
  ['dashes', '-'],
  ['digits', '1'],
  ['colons', ':'],
  ['at signs', '@'],
  ['slashes', '/'],
  ['zero-width joiners', '\u200d'],
  ['zero-width spaces', '\u200b'],
  ['half characters', '\ud800'],
  ['emoji', '🔥'],
  ['flags', '🇨'],
  ['combining marks', '\u0301'],
  ['letters', 'a'],
  ['entities', '&#1'],
  ['names of pictures', ':a'],
];

function timed(work: () => unknown): number {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}

const slow = (functions: Record<string, (text: string) => unknown>, text: string): string[] =>
  Object.entries(functions).flatMap(([name, work]) => {
    const ms = timed(() => work(text));
    return ms > BOUND_MS ? [`${name}: ${Math.round(ms)} ms`] : [];
  });

const FUNCTIONS: Record<string, (text: string) => unknown> = {
  cleanText,
  cleanLine,
  shorten: (text) => shorten(text, 20_000, '…'),
  titleLine,
  robotMarkdown,
  pieces: (text) => pieces({ head: text, blocks: [], foot: '' }),
  link: (text) => link('html', `http://x.test/${text}`, 'x'),
  silenceUrl: (text) => silenceUrl(`http://x.test/${text.slice(0, 3_000)}`, { queue: text }),
  ...Object.fromEntries(MARKUPS.map((markup) => [`escape for ${markup}`, (text: string) => escapeFor(markup, text)])),
};

test.each(RUNS)('a megabyte of %s is no work for any function', (_, unit) => {
  const run = unit.repeat(MEGABYTE / unit.length);
  expect(slow(FUNCTIONS, `a${run}b`)).toEqual([]);
  expect(slow(FUNCTIONS, `a b${run}`)).toEqual([]);
});

test.each(
  RUNS.filter(([what]) =>
    ['spaces', 'line breaks', 'underscores', 'opening brackets', 'emoji', 'combining marks', 'letters'].includes(what),
  ),
)('forty alerts with 100 kB of %s in every text are rendered while nobody waits', (_, unit) => {
  const run = `a${unit.repeat(100_000 / unit.length)}b`;
  const message = messageOf(
    Array.from({ length: 40 }, () =>
      alertOf(
        { queue: run, [run]: 'x', alertname: run },
        { summary: run, description: run, runbook_url: `http://x.test/${run}`, value: run },
        { generatorURL: `http://x.test/${run}` },
      ),
    ),
  );
  for (const markup of ['slack', 'html'] as const) {
    const ms = timed(() => render({ markup }, { message, fits: (part) => part.body.blocks.join('').length < 12_000 }));
    expect(ms).toBeLessThan(2 * BOUND_MS);
  }
});

test('what is longer than anybody reads is cut where people see it, even where nothing but blanks was left', () => {
  const [part] = render(
    {},
    { message: messageOf([alertOf({}, { summary: 's', description: `begin${' '.repeat(500_000)}end` })]) },
  ).parts;
  expect(part?.body.blocks[0]).toMatch(/begin {10,}…|begin…/);
  expect(part?.body.blocks[0]).not.toContain('end');
  expect(part?.body.blocks[0]?.length).toBeLessThan(20_500);
});
