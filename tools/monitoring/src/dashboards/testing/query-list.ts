// Every query of a dashboard, with Grafana's variables replaced as Grafana replaces them.
import {
  type Dashboard,
  type Panel,
  type RowPanel,
  type VariableModel,
  VariableType,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { SCOPE } from '../alert-thresholds.js';

export interface ListedQuery {
  readonly dashboard: string;
  /** Panel title and query id, or what else asks. */
  readonly where: string;
  readonly expr: string;
  readonly kind: 'instant' | 'range' | 'values';
  /** Labels that the legend or the columns show. */
  readonly shown: readonly string[];
}

interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly instant: boolean;
  readonly format: string;
}

export function panelsOf(dashboard: Dashboard): Panel[] {
  return (dashboard.panels ?? []).flatMap((panel) => (isRow(panel) ? panel.panels : [panel]));
}

export function targetsOf(panel: Panel): Target[] {
  return (panel.targets ?? []) as unknown as Target[];
}

export function queriesOf(dashboard: Dashboard): ListedQuery[] {
  const name = dashboard.uid ?? '';
  return [
    ...queryVariables(dashboard).map((variable): ListedQuery => ({
      dashboard: name,
      where: `variable ${variable.name}`,
      expr: variableQuery(variable),
      kind: 'values',
      shown: [],
    })),
    ...(dashboard.annotations.list ?? []).map((annotation): ListedQuery => ({
      dashboard: name,
      where: `annotation ${annotation.name}`,
      expr: annotation.expr ?? '',
      kind: 'range',
      shown: ['alertname', 'severity'],
    })),
    ...panelsOf(dashboard).flatMap((panel) =>
      targetsOf(panel).map((target): ListedQuery => ({
        dashboard: name,
        where: `${panel.title ?? ''} ${target.refId}`,
        expr: target.expr,
        kind: target.instant ? 'instant' : 'range',
        shown:
          target.format === 'table'
            ? []
            : [...target.legendFormat.matchAll(/\{\{(\w+)\}\}/g)]
                .map(([, label]) => label ?? '')
                // A target may lack the labels of its broker.
                .filter((label) => !SCOPE.includes(label)),
      })),
    ),
  ];
}

export function queryVariables(dashboard: Dashboard): VariableModel[] {
  return (dashboard.templating.list ?? []).filter(({ type }) => type === VariableType.Query);
}

export function variableQuery({ query }: VariableModel): string {
  return typeof query === 'string' ? query : String(query?.['query']);
}

/** Values chosen for each variable; none of them means All, where there is such a thing. */
export type Choice = ReadonlyMap<string, readonly string[]>;

export function filledIn(expr: string, choice: Choice): string {
  return expr
    .replaceAll('$__rate_interval', '15s')
    .replaceAll('$__range', '2m')
    .replaceAll('$__interval', '5s')
    .replace(/\$\{(\w+):(regex|raw)\}/g, (_, name: string, format: string) => {
      const values = choice.get(name) ?? [];
      if (format === 'raw') return values[0] ?? '';
      if (values.length === 0) return '.*';
      const literals = values.map((value) => value.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&'));
      return literals.length === 1 ? (literals[0] ?? '') : `(${literals.join('|')})`;
    });
}

function isRow(panel: Panel | RowPanel): panel is RowPanel {
  return panel.type === 'row';
}
