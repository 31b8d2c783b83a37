// YAML bodies, as PyYAML's safe_dump writes them. The parser is driven by hand, because its depth must be bounded: what
// recurses to the end of the stack can abort the whole process (V8 cannot compile a regular expression there).
import { LIMITS, yamlLimits } from './limits.js';
import type { Numbers } from './numbers.js';
import { Composer, isAlias, isMap, isScalar, isSeq, Lexer, Parser, type Scalar } from 'yaml';

const MAX_DEPTH = 200;

/** Decodes one YAML document; throws for anything else. */
export function parseYaml(text: string, numbers: Numbers = 'plain', most = LIMITS.valuesOfReply): unknown {
  // A key that stands twice is no error, as in PyYAML; looking for such keys takes quadratic time.
  const composer = new Composer({
    schema: 'core',
    resolveKnownTags: false,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
    intAsBigInt: numbers === 'exact',
  });
  const [document, ...more] = composer.compose(tokens(text, yamlLimits(most).lexemes), true, text.length);
  if (document === undefined || more.length > 0) throw new SyntaxError('not one document');
  const [error] = document.errors;
  if (error !== undefined) throw error;
  return plain(document.contents, new Map());
}

type Token = Parameters<Composer['next']>[0];

function tokens(text: string, most: number): Token[] {
  const parser = new Parser();
  const found: Token[] = [];
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (++lexemes > most) throw new RangeError('too many values');
    for (const token of parser.next(lexeme)) {
      if (token.type === 'error') throw new SyntaxError(token.message);
      found.push(token);
    }
    if (parser.stack.length > MAX_DEPTH) throw new RangeError('nested too deeply');
  }
  for (const token of parser.end()) found.push(token);
  return found;
}

/**
 * A node's value. An alias becomes the very object that it points to: a small text cannot unfold into gigabytes. An
 * alias inside of what it points to names nothing yet, so no value contains itself.
 */
function plain(node: unknown, anchors: Map<string, unknown>): unknown {
  if (node === null) return null;
  if (isAlias(node)) {
    if (!anchors.has(node.source)) throw new ReferenceError('an alias of nothing');
    return anchors.get(node.source);
  }
  let value: unknown;
  if (isScalar(node)) {
    value = scalar(node);
  } else if (isSeq(node)) {
    value = node.items.map((item) => plain(item, anchors));
  } else if (isMap(node)) {
    value = Object.fromEntries(node.items.map((pair) => [key(pair.key, anchors), plain(pair.value, anchors)]));
  } else {
    throw new TypeError('an unknown kind of node');
  }
  if (node.anchor !== undefined) anchors.set(node.anchor, value);
  return value;
}

function key(node: unknown, anchors: Map<string, unknown>): string {
  const value = plain(node, anchors);
  if (typeof value === 'object' && value !== null) throw new TypeError('a key that is a list or a map');
  return String(value);
}

/**
 * What PyYAML takes for a number (docs/protocol/envelopes.md#yaml-from-python). YAML 1.2 takes more: the task ids 12e3
 * and 08 would be numbers to it.
 */
const PYTHON_NUMBER = /^(?:[-+]?(?:0|[1-9]\d*|\d+\.\d*(?:e[-+]\d+)?|\.inf)|\.nan)$/i;

function scalar(node: Scalar): unknown {
  return (typeof node.value === 'number' || typeof node.value === 'bigint') &&
    node.source !== undefined &&
    !PYTHON_NUMBER.test(node.source)
    ? node.source
    : node.value;
}
