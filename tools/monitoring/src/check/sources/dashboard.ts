// All PromQL of a Grafana dashboard: of panels, annotations and variables; without Grafana's own variables, which
// Prometheus never sees.
import { isRecord } from '@celery-watch/celery-protocol';
import { listIn, recordIn, textIn } from './plain.js';

export interface DashboardQuery {
  /** PromQL, without Grafana's variables. */
  readonly expr: string;
  /** Panel and query, for people. */
  readonly where: string;
  /** Labels that the legend shows. */
  readonly legendLabels: readonly string[];
  /** Label whose values are asked for, with label_values(). */
  readonly label?: string | undefined;
}

export function readDashboard(dashboard: unknown): DashboardQuery[] {
  return [
    ...queriesIn(dashboard, 'dashboard'),
    ...listIn(recordIn(dashboard, 'templating'), 'list').flatMap(readVariable),
  ];
}

/** Every object that has a text called expr, wherever it is. */
function queriesIn(value: unknown, where: string): DashboardQuery[] {
  if (Array.isArray(value)) return value.flatMap((item) => queriesIn(item, where));
  if (!isRecord(value)) return [];
  const title = textIn(value, 'title') ?? textIn(value, 'name');
  const place = title === undefined || title === '' ? where : `"${title}"`;
  const expr = textIn(value, 'expr');
  const nested = Object.values(value).flatMap((item) => queriesIn(item, place));
  if (expr === undefined || expr.trim() === '') return nested;
  const refId = textIn(value, 'refId');
  const legendLabels = [...(textIn(value, 'legendFormat') ?? '').matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(
    ([, label = '']) => label,
  );
  return [
    { expr: withoutVariables(expr), where: refId === undefined ? place : `${place} ${refId}`, legendLabels },
    ...nested,
  ];
}

/**
 * A variable that is filled by a query: label_values(series, label), query_result(expr), or nothing that can be
 * checked.
 */
function readVariable(variable: unknown): DashboardQuery[] {
  if (textIn(variable, 'type') !== 'query') return [];
  const where = `variable ${textIn(variable, 'name') ?? ''}`;
  const text = textIn(variable, 'query') ?? textIn(recordIn(variable, 'query'), 'query') ?? '';
  const values = /^\s*label_values\(([^]*),\s*(\w+)\s*\)\s*$/.exec(text);
  const result = /^\s*query_result\(([^]*)\)\s*$/.exec(text);
  const expr = values?.[1] ?? result?.[1];
  return expr === undefined ? [] : [{ expr: withoutVariables(expr), where, legendLabels: [], label: values?.[2] }];
}

const DURATIONS = /\$(?:\{__(?:rate_interval|interval|range)(?::\w+)?\}|__(?:rate_interval|interval|range)\b)/g;
const NUMBERS =
  /\$(?:\{__(?:interval_ms|range_ms|range_s|from|to)(?::\w+)?\}|__(?:interval_ms|range_ms|range_s|from|to)\b)/g;
const VARIABLE = /\$(?:\{\w+(?::\w+)?\}|\w+)|\[\[\w+(?::\w+)?\]\]/g;

/** The query with something of the same kind in place of each variable. Inside quotes they stay: they are values. */
export function withoutVariables(expr: string): string {
  const known = expr.replace(NUMBERS, '300').replace(DURATIONS, '5m');
  return known.replace(VARIABLE, (variable, at: number) => {
    const before = known.slice(0, at);
    if (isInQuotes(before)) return variable;
    if (/\[[^\]]*$/.test(before) || /offset\s+-?$/.test(before)) return '5m';
    if (/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*$/.test(before)) return 'job';
    return '1';
  });
}

function isInQuotes(before: string): boolean {
  let quote: string | undefined;
  for (let i = 0; i < before.length; i++) {
    const character = before[i];
    if (quote !== undefined && character === '\\') i++;
    else if (quote === undefined && (character === '"' || character === "'" || character === '`')) quote = character;
    else if (character === quote) quote = undefined;
  }
  return quote !== undefined;
}
