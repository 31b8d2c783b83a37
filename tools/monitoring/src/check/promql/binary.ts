// Operators between two expressions: which labels the result has, and pairs that can never match.
import type { SyntaxNode } from '@lezer/common';
import { describe, labelNames, listOf } from './call.js';
import { canHave, isEqual, isKnown, type Labels, showLabels, union, without } from './labels.js';
import { expressionsIn } from './parse.js';
import type { InspectionContext } from './context.js';

interface Matching {
  readonly kind: 'on' | 'ignoring';
  readonly names: readonly { readonly label: string; readonly place: SyntaxNode }[];
  readonly group: 'left' | 'right' | undefined;
  readonly included: readonly string[];
  readonly keys: SyntaxNode | undefined;
}

export function inspectBinary(node: SyntaxNode, context: InspectionContext): Labels {
  const [leftNode, rightNode] = expressionsIn(node);
  if (leftNode === undefined || rightNode === undefined) return 'unknown';
  const left = context.visit(leftNode);
  const right = context.visit(rightNode);
  if (left === 'none') return right;
  if (right === 'none') return left;
  if (node.getChild('Or') !== null) return union(left, right);
  const matching = readMatching(node, context);
  checkMatching(node, left, right, matching, context);
  if (matching?.keys !== undefined)
    context.note({ kind: matching.kind, ...listOf(matching.keys, context), sides: [left, right] });
  const isSet = node.getChild('And') !== null || node.getChild('Unless') !== null;
  if (isSet || matching === undefined) return left === 'unknown' && !isSet ? right : left;
  const names = matching.names.map(({ label }) => label);
  switch (matching.group) {
    case 'left':
      return union(left, new Set(matching.included));
    case 'right':
      return union(right, new Set(matching.included));
    case undefined:
      return matching.kind === 'on' ? new Set(names) : without(left, names);
  }
}

function checkMatching(
  node: SyntaxNode,
  left: Labels,
  right: Labels,
  matching: Matching | undefined,
  context: InspectionContext,
): void {
  if (matching?.kind === 'on') {
    for (const { label, place } of matching.names) {
      for (const side of [left, right])
        if (!canHave(side, label)) context.report(place, `on (${label}): on one side, ${describe(side)}`);
    }
    return;
  }
  const ignored = matching?.names.map(({ label }) => label) ?? [];
  const leftKey = without(left, ignored);
  const rightKey = without(right, ignored);
  if (!isKnown(leftKey) || !isKnown(rightKey) || isEqual(leftKey, rightKey)) return;
  context.report(
    node,
    `no pair of series can match: the labels are ${showLabels(leftKey)} on the left and ${showLabels(rightKey)} on ` +
      'the right; say on (…)',
  );
}

function readMatching(node: SyntaxNode, context: InspectionContext): Matching | undefined {
  const clause = node.getChild('MatchingModifierClause');
  if (clause === null) return undefined;
  const [keys, included] = clause.getChildren('GroupingLabels');
  return {
    kind: clause.getChild('On') === null ? 'ignoring' : 'on',
    names: keys === undefined ? [] : labelNames(keys, context),
    group:
      clause.getChild('GroupLeft') !== null ? 'left' : clause.getChild('GroupRight') !== null ? 'right' : undefined,
    keys,
    included: included === undefined ? [] : labelNames(included, context).map(({ label }) => label),
  };
}
