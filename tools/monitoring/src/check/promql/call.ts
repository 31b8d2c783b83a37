// Aggregations and functions: what they do to labels, and which arguments cannot work.
import type { SyntaxNode } from '@lezer/common';
import { canHave, type Labels, isKnown, NO_LABELS, showLabels, union, without } from './labels.js';
import { childrenOf, expressionsIn } from './parse.js';
import { readSelector, selectorsIn, unquote } from './selector.js';
import type { InspectionContext } from './context.js';

/** Aggregations that give back whole series of their argument. */
const CHOOSING = new Set(['topk', 'bottomk', 'limitk', 'limit_ratio']);
/** Functions that give a number. */
const NUMBERS = new Set(['scalar', 'time', 'pi']);
/** Functions of what only ever grows; of anything else their result is nonsense. */
const OF_COUNTERS = new Set(['rate', 'irate', 'increase']);

export function inspectCall(node: SyntaxNode, context: InspectionContext): Labels {
  return node.name === 'AggregateExpr' ? inspectAggregation(node, context) : inspectFunction(node, context);
}

function inspectAggregation(node: SyntaxNode, context: InspectionContext): Labels {
  const name = textOf(node.getChild('AggregateOp'), context);
  const parameters = argumentsOf(node);
  const [inner = 'unknown'] = parameters.map((each) => context.visit(each)).slice(-1);
  const modifier = node.getChild('AggregateModifier');
  const grouping = modifier?.getChild('GroupingLabels') ?? null;
  const labels = grouping === null ? [] : labelNames(grouping, context);
  for (const { label, place } of labels) {
    if (!canHave(inner, label))
      context.report(
        place,
        `${modifier?.firstChild?.name === 'Without' ? 'without' : 'by'} (${label}): ${describe(inner)}`,
      );
  }
  if (grouping !== null)
    context.note({
      kind: modifier?.getChild('Without') === null ? 'by' : 'without',
      ...listOf(grouping, context),
      sides: [inner],
    });
  const names = labels.map(({ label }) => label);
  if (CHOOSING.has(name)) return inner;
  const kept =
    modifier === null ? NO_LABELS : modifier.getChild('Without') === null ? new Set(names) : without(inner, names);
  return name === 'count_values' ? union(kept, new Set([stringArgument(parameters[0], context)])) : kept;
}

function inspectFunction(node: SyntaxNode, context: InspectionContext): Labels {
  const name = textOf(node.getChild('FunctionIdentifier'), context);
  const parameters = argumentsOf(node);
  const labels = parameters.map((each) => context.visit(each));
  const vector = labels.find((each) => each !== 'none') ?? 'none';
  if (OF_COUNTERS.has(name)) checkCounters(name, node, context);
  if (NUMBERS.has(name)) return 'none';
  switch (name) {
    case 'vector':
      return NO_LABELS;
    case 'absent':
    case 'absent_over_time':
      return labelsOfAbsent(node, context);
    case 'histogram_quantile':
    case 'histogram_fraction':
      if (!canHave(vector, 'le') && !isNative(node, context))
        context.report(
          node,
          `${name} needs the label le: keep it in by (…), and ask for the series that end in _bucket`,
        );
      return without(vector, ['le']);
    case 'label_replace':
    case 'label_join':
      return union(vector, new Set([stringArgument(parameters[1], context)]));
    // These take the time of the evaluation where they get no argument.
    case 'minute':
    case 'hour':
    case 'month':
    case 'year':
    case 'day_of_week':
    case 'day_of_month':
    case 'day_of_year':
    case 'days_in_month':
      return parameters.length === 0 ? NO_LABELS : vector;
    default:
      return vector;
  }
}

/** Whether it reads native histograms, which have no le. */
function isNative(node: SyntaxNode, context: InspectionContext): boolean {
  return selectorsIn(node, context.text).every(
    ({ name }) => name !== undefined && context.metrics.native(name) !== undefined,
  );
}

function checkCounters(name: string, node: SyntaxNode, context: InspectionContext): void {
  for (const { name: metric, at } of selectorsIn(node, context.text)) {
    const type = metric === undefined ? undefined : context.metrics.metric(metric)?.type;
    if (type === 'gauge')
      context.report(
        { from: at },
        `${name}() of ${metric ?? ''}, which is a gauge and may fall: its result is nonsense`,
      );
  }
}

/** absent() makes its labels of the equalities in its selector. */
function labelsOfAbsent(node: SyntaxNode, context: InspectionContext): Labels {
  const labels = new Set<string>();
  const [argument] = argumentsOf(node);
  if (argument?.name === 'VectorSelector') {
    for (const { label, operator } of readSelector(argument, context.text).matchers)
      if (operator === '=') labels.add(label);
  }
  return labels;
}

/** The labels in a pair of parentheses after by, without, on, ignoring or group_left. */
export function labelNames(
  grouping: SyntaxNode,
  context: InspectionContext,
): { readonly label: string; readonly place: SyntaxNode }[] {
  return childrenOf(grouping)
    .filter(({ name }) => name === 'LabelName' || name === 'QuotedLabelName')
    .map((place) => ({
      label: place.name === 'LabelName' ? textOf(place, context) : unquote(textOf(place, context)),
      place,
    }));
}

/** Where such a list stands, and what it says between its parentheses. */
export function listOf(
  grouping: SyntaxNode,
  context: InspectionContext,
): { readonly at: number; readonly list: string } {
  return { at: grouping.from, list: textOf(grouping, context).replace(/^\(|\)$/g, '') };
}

export function describe(labels: Labels): string {
  return isKnown(labels) ? `what is there has the labels ${showLabels(labels)}` : 'what is there has no labels';
}

function argumentsOf(node: SyntaxNode): SyntaxNode[] {
  const body = node.getChild('FunctionCallBody');
  return body === null ? [] : expressionsIn(body);
}

function stringArgument(node: SyntaxNode | undefined, context: InspectionContext): string {
  return node?.name === 'StringLiteral' ? unquote(textOf(node, context)) : '';
}

function textOf(node: SyntaxNode | null, { text }: InspectionContext): string {
  return node === null ? '' : text.slice(node.from, node.to);
}
