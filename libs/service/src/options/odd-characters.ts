// Characters that look like the signs of YAML and are none: from a Chinese keyboard, a word processor, a web page or an
// editor of another encoding. Who sees the file cannot see them, so a problem names each with its place.
import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';
import type { Document } from 'yaml';
import type { Problem } from './problem.js';

interface Odd {
  readonly name: string;
  /** What was meant. */
  readonly meant: string;
}

const BLANK = 'a space';
const QUOTE = 'a straight quote " or \'';

/** Signs in the place of YAML's own. */
const SIGNS: Readonly<Record<string, Odd>> = {
  '：': { name: 'a full-width colon', meant: 'a colon : with a space behind it' },
  '﹕': { name: 'a small colon', meant: 'a colon : with a space behind it' },
  '，': { name: 'a full-width comma', meant: 'a comma ,' },
  '、': { name: 'an ideographic comma', meant: 'a comma ,' },
  '“': { name: 'a curly quote', meant: QUOTE },
  '”': { name: 'a curly quote', meant: QUOTE },
  '„': { name: 'a low quote', meant: QUOTE },
  '‘': { name: 'a curly quote', meant: QUOTE },
  '’': { name: 'a curly quote', meant: QUOTE },
  '＂': { name: 'a full-width quote', meant: QUOTE },
  '＇': { name: 'a full-width quote', meant: QUOTE },
  '「': { name: 'a corner bracket', meant: QUOTE },
  '」': { name: 'a corner bracket', meant: QUOTE },
  '［': { name: 'a full-width bracket', meant: 'a bracket [' },
  '］': { name: 'a full-width bracket', meant: 'a bracket ]' },
  '【': { name: 'a lenticular bracket', meant: 'a bracket [' },
  '】': { name: 'a lenticular bracket', meant: 'a bracket ]' },
  '｛': { name: 'a full-width brace', meant: 'a brace {' },
  '｝': { name: 'a full-width brace', meant: 'a brace }' },
  '＃': { name: 'a full-width number sign', meant: 'a number sign #' },
  '－': { name: 'a full-width dash', meant: 'a dash - with a space behind it' },
  '–': { name: 'an en dash', meant: 'a dash -' },
  '—': { name: 'an em dash', meant: 'a dash -' },
  '−': { name: 'a minus sign', meant: 'a dash -' },
  '\t': { name: 'a tab', meant: 'spaces' },
};

/** Never meant in a file of options, wherever they stand. */
const INVISIBLE: Readonly<Record<string, Odd>> = {
  '\u00a0': { name: 'a no-break space', meant: BLANK },
  '\u2007': { name: 'a figure space', meant: BLANK },
  '\u202f': { name: 'a narrow no-break space', meant: BLANK },
  '\u3000': { name: 'an ideographic space', meant: BLANK },
  '\u200b': { name: 'a zero-width space', meant: 'nothing there' },
  '\u2060': { name: 'a word joiner', meant: 'nothing there' },
  '\ufeff': { name: 'a byte order mark', meant: 'nothing there' },
  '\ufffd': { name: 'bytes that are no UTF-8', meant: 'a file that is saved as UTF-8' },
};

/** What the place and the sign are called. `at` gives the place of an offset. */
export interface OddPlaces {
  readonly text: string;
  readonly at: (offset: number) => string;
}

/** A file of another encoding reads as YAML of one odd word, or as none. */
export function encodingProblem(text: string, name: string): Problem | undefined {
  if (!text.includes('\u0000')) return undefined;
  return {
    key: 'config',
    where: name,
    wanted: 'a file in UTF-8, not in UTF-16 or another encoding',
    fix: 'save it as UTF-8',
  };
}

/**
 * The odd sign that a fault of YAML most probably comes from: on the line of the fault or the one before it, outside
 * comments.
 */
export function oddSignNear(offset: number, { text, at }: OddPlaces): Problem | undefined {
  const lineStart = text.lastIndexOf('\n', Math.max(0, offset - 1)) + 1;
  const from = text.lastIndexOf('\n', Math.max(0, lineStart - 2)) + 1;
  const end = text.indexOf('\n', offset);
  const to = end === -1 ? text.length : end;
  const found = [...findOdd(text.slice(from, to))].filter(({ sign, offset: place }) =>
    isMeantAsSign(text, sign, from + place),
  );
  const first = found.find(({ offset: place }) => from + place >= lineStart) ?? found[0];
  return first && problemOf(first.sign, at(from + first.offset));
}

/** The first odd sign of a file that YAML takes for one text. */
export function oddInText({ text, at }: OddPlaces): Problem[] {
  const first = [...findOdd(text)].find(({ sign, offset }) => isMeantAsSign(text, sign, offset));
  return first ? [problemOf(first.sign, at(first.offset))] : [];
}

/** Odd signs in the keys of a document, quotes around its values, and what is invisible in either. */
export function oddScalars(document: Document, { text, at }: OddPlaces): Problem[] {
  const problems: Problem[] = [];
  const { visit } = createRequire(import.meta.url)('yaml') as typeof Yaml;
  visit(document, {
    Scalar: (role, { type, value, range }) => {
      if (typeof value !== 'string' || !range) return;
      const plain = type === undefined || type === 'PLAIN';
      const source = text.slice(range[0], range[1]);
      const found = [...findOdd(source)].find(
        ({ sign, offset }) =>
          (Object.hasOwn(INVISIBLE, sign) && (plain || sign === '\ufffd')) ||
          (plain && sign !== '\t' && role === 'key') ||
          (plain && isQuote(sign) && (offset === 0 || offset === source.length - 1)),
      );
      if (found) problems.push(problemOf(found.sign, at(range[0] + found.offset)));
    },
  });
  return problems;
}

function isQuote(sign: string): boolean {
  return SIGNS[sign]?.meant === QUOTE;
}

/** A tab only where it indents; nothing behind a number sign that begins a comment. */
function isMeantAsSign(text: string, sign: string, offset: number): boolean {
  const before = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  return sign === '\t' ? /^[\s-]*$/.test(before) : !/(?:^|\s)#/.test(before);
}

function* findOdd(text: string): Generator<{ readonly sign: string; readonly offset: number }> {
  for (let offset = 0; offset < text.length; offset++) {
    const sign = text.charAt(offset);
    if (Object.hasOwn(SIGNS, sign) || Object.hasOwn(INVISIBLE, sign)) yield { sign, offset };
  }
}

function problemOf(sign: string, where: string): Problem {
  const { name, meant } = SIGNS[sign] ?? INVISIBLE[sign] ?? { name: 'an odd sign', meant: 'another' };
  const code = `U+${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  const seen = /[\s\u200b\u2060\ufeff\ufffd]/.test(sign) ? '' : ` ${sign}`;
  return { key: 'config', where, wanted: `${meant}: there is ${name}${seen} (${code})`, fix: 'type it anew' };
}
