// Turns PromQL into a syntax tree, or into what is wrong with it. The grammar is that of Prometheus' own web interface.
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

export interface Expression {
  readonly text: string;
  readonly root: SyntaxNode;
}

export interface SyntaxProblem {
  /** Offset in the expression. */
  readonly at: number;
  readonly text: string;
}

/** The nodes that are expressions by themselves. */
const EXPRESSIONS = new Set([
  'AggregateExpr',
  'BinaryExpr',
  'FunctionCall',
  'MatrixSelector',
  'NumberDurationLiteral',
  'OffsetExpr',
  'AnchoredExpr',
  'SmoothedExpr',
  'ParenExpr',
  'StringLiteral',
  'SubqueryExpr',
  'UnaryExpr',
  'VectorSelector',
  'StepInvariantExpr',
]);

export function parsePromql(text: string): Expression | SyntaxProblem {
  const tree = parser.parse(text);
  let wrong: number | undefined;
  tree.iterate({
    enter: (node) => {
      if (node.type.isError) wrong ??= node.from;
    },
  });
  if (wrong !== undefined) return { at: wrong, text: `no PromQL: cannot be read from "${excerpt(text, wrong)}" on` };
  const [root] = expressionsIn(tree.topNode);
  return root === undefined ? { at: 0, text: 'no PromQL: there is nothing' } : { text, root };
}

export function isSyntaxProblem(parsed: Expression | SyntaxProblem): parsed is SyntaxProblem {
  return 'at' in parsed;
}

/** The direct children that are expressions. */
export function expressionsIn(node: SyntaxNode): SyntaxNode[] {
  return childrenOf(node).filter((child) => EXPRESSIONS.has(child.name));
}

export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
}

function excerpt(text: string, at: number): string {
  const rest = text.slice(at).split('\n', 1)[0] ?? '';
  return rest.trim() === '' ? 'the end' : rest.slice(0, 40);
}
