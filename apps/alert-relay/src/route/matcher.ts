// AlertManager's matchers: `severity="critical"`, `queue=~"mail|push"` (docs/protocol/alertmanager.md#matchers).
import { RE2JS } from 're2js';

export interface Matcher {
  /** Takes the labels of an alert; a label that is missing counts as empty. */
  matches(labels: Readonly<Record<string, string>>): boolean;
}

const NAME = String.raw`(?:[a-zA-Z_:][a-zA-Z0-9_:]*|"(?:[^"\\]|\\.)+")`;
const VALUE = String.raw`(?:"(?:[^"\\]|\\.)*"|[^\s,{}"=~!][^\s,{}"]*)`;
const ONE = new RegExp(String.raw`\s*(${NAME})\s*(=~|!~|!=|=)\s*(${VALUE}|)\s*(,|$)`, 'y');

/**
 * All matchers of one text: one, several with commas between, or the same in braces. Regular expressions are RE2's, as
 * AlertManager's, and must match the whole value. Throws an Error that says what is wrong.
 */
export function parseMatchers(text: string): readonly Matcher[] {
  const trimmed = text.trim();
  const inner =
    trimmed.startsWith('{') && trimmed.endsWith('}') ? trimmed.slice(1, -1).trim().replace(/,$/, '') : trimmed;
  if (inner === '') throw new Error('no matcher in it: write one such as severity="critical"');
  const found: Matcher[] = [];
  ONE.lastIndex = 0;
  while (ONE.lastIndex < inner.length) {
    const at = ONE.lastIndex;
    const match = ONE.exec(inner);
    if (match === null)
      throw new Error(
        `cannot be read from "${inner.slice(at)}" on: write matchers such as severity="critical" or queue=~"mail|push"`,
      );
    if (match[3]?.startsWith("'") === true)
      throw new Error(
        `single quotes around ${match[3]} would be part of the value: write ${match[1] ?? ''}${match[2] ?? ''}${match[3].replaceAll("'", '"')}`,
      );
    found.push(matcherOf(unquote(match[1] ?? ''), match[2] ?? '=', unquote(match[3] ?? '')));
  }
  return found;
}

function matcherOf(name: string, operator: string, value: string): Matcher {
  const negative = operator.startsWith('!');
  const test = operator.endsWith('~') ? patternTest(value) : (given: string): boolean => given === value;
  return { matches: (labels) => test(labels[name] ?? '') !== negative };
}

function patternTest(value: string): (given: string) => boolean {
  try {
    const pattern = RE2JS.compile(`^(?:${value})$`, RE2JS.DOTALL);
    return (given) => pattern.matches(given);
  } catch (error) {
    throw new Error(`the regular expression "${value}" cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** Go's escapes inside double quotes, as far as AlertManager knows them: a quote, a backslash, a new line. */
function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  return text
    .slice(1, -1)
    .replace(/\\(.)/gs, (_, escaped: string) =>
      escaped === 'n' ? '\n' : escaped === '"' || escaped === '\\' ? escaped : `\\${escaped}`,
    );
}
