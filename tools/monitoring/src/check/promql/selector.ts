// A selector of PromQL, such as celery_tasks_total{state="failed"}: its metric name and its matchers.
import type { SyntaxNode } from '@lezer/common';
import { childrenOf } from './parse.js';

export interface Matcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
  /** Offset in the expression. */
  readonly at: number;
}

export interface Selector {
  /** Undefined where no name is said, or one is matched by a pattern. */
  readonly name: string | undefined;
  readonly matchers: readonly Matcher[];
  readonly at: number;
}

/** Reads a node called VectorSelector. */
export function readSelector(node: SyntaxNode, text: string): Selector {
  const identifier = node.getChild('Identifier');
  const matchers: Matcher[] = [];
  let name = identifier === null ? undefined : text.slice(identifier.from, identifier.to);
  for (const child of childrenOf(node.getChild('LabelMatchers') ?? node)) {
    if (child.name === 'QuotedLabelName') name = unquote(text.slice(child.from, child.to));
    if (child.name !== 'UnquotedLabelMatcher' && child.name !== 'QuotedLabelMatcher') continue;
    const matcher = readMatcher(child, text);
    if (matcher.label !== '__name__') matchers.push(matcher);
    else if (matcher.operator === '=') name = matcher.value;
  }
  return { name, matchers, at: node.from };
}

/** All selectors of an expression. */
export function selectorsIn(root: SyntaxNode, text: string): Selector[] {
  const found: Selector[] = [];
  const visit = (node: SyntaxNode): void => {
    if (node.name === 'VectorSelector') found.push(readSelector(node, text));
    childrenOf(node).forEach(visit);
  };
  visit(root);
  return found;
}

/** Whether a matcher lets a value pass, as Prometheus decides it: a pattern must match the whole value. */
export function accepts({ operator, value }: Matcher, candidate: string): boolean {
  switch (operator) {
    case '=':
      return candidate === value;
    case '!=':
      return candidate !== value;
    case '=~':
      return wholeMatch(value, candidate);
    case '!~':
      return !wholeMatch(value, candidate);
  }
}

/** A pattern that only RE2 knows matches everything here: it is not for this check to judge. */
function wholeMatch(pattern: string, candidate: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(candidate);
  } catch {
    return true;
  }
}

function readMatcher(node: SyntaxNode, text: string): Matcher {
  const slice = (name: string): string => {
    const child = node.getChild(name);
    return child === null ? '' : text.slice(child.from, child.to);
  };
  const label = node.name === 'QuotedLabelMatcher' ? unquote(slice('QuotedLabelName')) : slice('LabelName');
  return {
    label,
    operator: slice('MatchOp') as Matcher['operator'],
    value: unquote(slice('StringLiteral')),
    at: node.from,
  };
}

export function unquote(literal: string): string {
  const quote = literal[0];
  const inner = literal.slice(1, -1);
  return quote === '`'
    ? inner
    : inner.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}
