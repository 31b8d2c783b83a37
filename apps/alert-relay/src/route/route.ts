// The routing tree: which channels an alert goes to. The matchers and the walk are AlertManager's own: the first child
// that matches, and on while it says `continue`.
import { RE2JS } from 're2js';

export interface Route {
  /** Where `POST /webhook/alertmanager/<name>` starts. */
  readonly name: string | undefined;
  readonly matchers: readonly Matcher[];
  /** Inherited from the parent where the file names none. */
  readonly channels: readonly string[];
  readonly continue: boolean;
  readonly routes: readonly Route[];
}

/**
 * The names of the channels for these labels, each once, in the order in which they were found. Starts at `start`,
 * whose own matchers are not asked.
 */
export function channelsFor(start: Route, labels: Readonly<Record<string, string>>): readonly string[] {
  const found = new Set<string>();
  for (const route of leavesFor(start, labels)) route.channels.forEach((channel) => found.add(channel));
  return [...found];
}

function leavesFor(route: Route, labels: Readonly<Record<string, string>>): readonly Route[] {
  const found: Route[] = [];
  for (const child of route.routes) {
    if (!child.matchers.every((matcher) => matcher.matches(labels))) continue;
    found.push(...leavesFor(child, labels));
    if (!child.continue) break;
  }
  return found.length > 0 ? found : [route];
}

/** The route of a name, anywhere in the tree. */
export function routeNamed(root: Route, name: string): Route | undefined {
  if (root.name === name) return root;
  for (const child of root.routes) {
    const found = routeNamed(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `severity="critical"`, `queue=~"mail|push"` (docs/protocol/alertmanager.md#matchers). */
export interface Matcher {
  /** Takes the labels of an alert; a label that is missing counts as empty. */
  matches(labels: Readonly<Record<string, string>>): boolean;
}

const NAME = String.raw`(?:[a-zA-Z_:][a-zA-Z0-9_:]*|"(?:[^"\\]|\\.)+")`;
const VALUE = String.raw`(?:"(?:[^"\\]|\\.)*"|[^\s,{}"=~!][^\s,{}"]*)`;
const ONE = new RegExp(String.raw`\s*(${NAME})\s*(=~|!~|!=|=)\s*(${VALUE}|)\s*(,|$)`, 'y');
/** Quotes and signs that a word processor or a Chinese keyboard makes, and the backtick of PromQL. */
const ODD_SIGN =
  /[\u2018-\u201f\u2039\u203a\u00ab\u00bb\u300c-\u300f\uff02\uff07\uff40`\uff0c\u3001\uff1b\uff1d\uff01\uff5e\uff5b\uff5d]/;

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
        `single quotes around ${match[3]} would be part of the value: write ` +
          `${match[1] ?? ''}${match[2] ?? ''}${match[3].replaceAll("'", '"')}`,
      );
    const odd = match[3]?.startsWith('"') === true ? undefined : ODD_SIGN.exec(match[3] ?? '')?.[0];
    if (odd !== undefined)
      throw new Error(
        `the sign ${odd} in ${match[3] ?? ''} would be part of the value: write straight double quotes and signs of ` +
          'ASCII, such as severity="critical"',
      );
    found.push(matcherOf(unquote(match[1] ?? ''), match[2] ?? '=', unquote(match[3] ?? '')));
  }
  return found;
}

function matcherOf(name: string, operator: string, value: string): Matcher {
  const negative = operator.startsWith('!');
  const test = operator.endsWith('~') ? patternTest(value) : (given: string): boolean => given === value;
  return { matches: (labels) => test(Object.hasOwn(labels, name) ? (labels[name] ?? '') : '') !== negative };
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
