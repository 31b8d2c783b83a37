// Reads an expression as Prometheus would, with label names in place of values: which labels its result can have, and
// what can never work.
import type { SyntaxNode } from '@lezer/common';
import { inspectBinary } from './binary.js';
import { inspectCall } from './call.js';
import { canHave, type Labels, NO_LABELS, without } from './labels.js';
import { type Expression, expressionsIn, isSyntaxProblem, parsePromql, type SyntaxProblem } from './parse.js';
import { accepts, type Matcher, readSelector } from './selector.js';
import type { Grouping, InspectionContext, KnownMetric, MetricLookup } from './context.js';

export type ExpressionProblem = SyntaxProblem;

export interface Inspection {
  readonly labels: Labels;
  readonly problems: readonly ExpressionProblem[];
  readonly groupings: readonly Grouping[];
}

export function inspectPromql(text: string, metrics: MetricLookup): Inspection {
  const parsed = parsePromql(text);
  if (isSyntaxProblem(parsed)) return { labels: 'unknown', problems: [parsed], groupings: [] };
  return inspectExpression(parsed, metrics);
}

export function inspectExpression({ text, root }: Expression, metrics: MetricLookup): Inspection {
  const problems: ExpressionProblem[] = [];
  const groupings: Grouping[] = [];
  const context: InspectionContext = {
    text,
    metrics,
    visit: (node) => visit(node, context),
    report: (node, problem) => {
      problems.push({ at: node.from, text: problem });
    },
    note: (grouping) => {
      groupings.push(grouping);
    },
  };
  const labels = context.visit(root);
  return { labels, problems, groupings };
}

function visit(node: SyntaxNode, context: InspectionContext): Labels {
  switch (node.name) {
    case 'VectorSelector':
      return visitSelector(node, context);
    case 'AggregateExpr':
    case 'FunctionCall':
      return inspectCall(node, context);
    case 'BinaryExpr':
      return inspectBinary(node, context);
    case 'NumberDurationLiteral':
    case 'StringLiteral':
      return 'none';
    default: {
      // Parentheses, ranges, offsets and signs change no label.
      const [inner] = expressionsIn(node);
      return inner === undefined ? 'unknown' : context.visit(inner);
    }
  }
}

function visitSelector(node: SyntaxNode, context: InspectionContext): Labels {
  const { name, matchers } = readSelector(node, context.text);
  if (name === undefined) {
    context.report(node, 'a selector without a metric name cannot be checked, and reads everything there is');
    return 'any';
  }
  const metric = context.metrics.metric(name) ?? nativeTwin(name, context);
  if (metric === undefined) {
    const hint = context.metrics.hint(name);
    context.report(node, `there is no metric ${name}${hint === undefined ? '' : `: ${hint}`}`);
    return 'any';
  }
  for (const matcher of matchers) checkMatcher(name, metric, matcher, context);
  const absent = matchers.filter(({ operator, value }) => operator === '=' && value === '').map(({ label }) => label);
  return without(metric.labels === 'none' ? NO_LABELS : metric.labels, absent);
}

/** A native histogram is there for some only: an expression that reads it reads the classic series as well. */
function nativeTwin(name: string, { text, metrics }: InspectionContext): KnownMetric | undefined {
  const classic = ['_bucket', '_sum', '_count'].some((ending) => text.includes(name + ending));
  return classic ? metrics.native(name) : undefined;
}

function checkMatcher(
  name: string,
  { labels, values }: KnownMetric,
  matcher: Matcher,
  context: InspectionContext,
): void {
  const place = { from: matcher.at };
  if (!canHave(labels, matcher.label)) return context.report(place, `${name} has no label ${matcher.label}`);
  const known = values?.[matcher.label];
  if (known === undefined || isVariable(matcher.value)) return;
  const told = matcher.operator === '=' || matcher.operator === '!=' ? [matcher.value] : alternatives(matcher.value);
  for (const value of told ?? [])
    if (value !== '' && !known.includes(value))
      context.report(place, `${matcher.label} of ${name} is never "${value}", but one of ${known.join(', ')}`);
  if (told === undefined && !known.some((value) => accepts(matcher, value)))
    context.report(place, `no ${matcher.label} of ${name} matches "${matcher.value}"`);
}

/** A value that a dashboard fills in. */
function isVariable(value: string): boolean {
  return value.includes('$');
}

/** The values that a pattern lists, such as succeeded|failed; undefined for a pattern that is more than a list. */
function alternatives(pattern: string): readonly string[] | undefined {
  const parts = pattern.split('|');
  return parts.every((part) => /^[\w-]*$/.test(part)) ? parts : undefined;
}
