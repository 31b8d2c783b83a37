// Checks every query of a dashboard, and that its legend shows labels that the result has.
import type { Problem } from '../problem.js';
import { inspectPromql } from '../promql/inspect.js';
import { canHave, isKnown, showLabels } from '../promql/labels.js';
import type { MetricLookup } from '../promql/context.js';
import { readDashboard } from '../sources/dashboard.js';

/** @param text the JSON file */
export function checkDashboard(file: string, text: string, metrics: MetricLookup): Problem[] {
  let dashboard: unknown;
  try {
    dashboard = JSON.parse(text);
  } catch (error) {
    return [{ file, text: `no JSON: ${(error as Error).message}` }];
  }
  const queries = readDashboard(dashboard);
  if (queries.length === 0) return [{ file, text: 'has no query' }];
  return queries.flatMap(({ expr, where, legendLabels, label }) => {
    const { labels, problems } = inspectPromql(expr, metrics);
    const wanted = [
      ...legendLabels.map((each) => [each, 'the legend shows']),
      ...(label === undefined ? [] : [[label, 'the variable asks for']]),
    ] as [string, string][];
    return [
      ...problems.map(({ text: problem }) => ({ file, where, text: `${problem} — in ${oneLine(expr)}` })),
      ...wanted
        .filter(([each]) => each !== '__name__' && !canHave(labels, each))
        .map(([each, what]) => ({
          file,
          where,
          text:
            `${what} ${each}, and the result has the labels ${isKnown(labels) ? showLabels(labels) : 'none'} — in ` +
            oneLine(expr),
        })),
    ];
  });
}

function oneLine(expr: string): string {
  return expr.replace(/\s+/g, ' ').trim();
}
