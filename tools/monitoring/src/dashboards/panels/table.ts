// One row for each task, queue or worker: labels to the left, a column for each query.
import { TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import {
  type DynamicConfigValue,
  MappingType,
  SpecialValueMatch,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { SCOPE } from '../alert-thresholds.js';
import { DATASOURCE, dashboardUrl, limitedBy, type Placeable, queryBuilder, refId } from './query.js';
import { type Steps, thresholds } from './traffic-light.js';

export interface LabelColumn {
  readonly label: string;
  readonly title: string;
  /** Where a click leads: the dashboard, and its variable that takes the value. */
  readonly details?: { readonly uid: string; readonly variable: string };
  /** Colours of single values. */
  readonly mappings?: readonly ValueMapping[];
  readonly width?: number;
}

export interface ValueColumn {
  readonly title: string;
  readonly expr: string;
  readonly unit: string;
  readonly decimals?: number;
  readonly steps?: Steps;
  /** The threshold of the rules from which on it is red. */
  readonly limit?: string;
  readonly mappings?: readonly ValueMapping[];
  readonly width?: number;
  /** Only brings labels along. */
  readonly hidden?: boolean;
}

export interface TablePlan {
  readonly title: string;
  readonly about: string;
  readonly labels: readonly LabelColumn[];
  readonly values: readonly ValueColumn[];
  readonly sortBy: { readonly title: string; readonly descending: boolean };
  readonly nothing: string;
}

/** The labels of the broker of each row; a click on one leads to that broker alone. */
export function scopeColumns(uid: string): LabelColumn[] {
  return SCOPE.map((label) => ({ label, title: capitalized(label), details: { uid, variable: label }, width: 120 }));
}

export function capitalized(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

const COLORED: DynamicConfigValue = { id: 'custom.cellOptions', value: { type: 'color-text' } };
/** Where a row has no value of a column that has colours: without this it would have the colour of what is well. */
const NOT_KNOWN: ValueMapping = {
  type: MappingType.SpecialValue,
  options: { match: SpecialValueMatch.NullAndNan, result: { text: '-', color: 'text', index: 9 } },
};
/** A row that lacks a label, such as an alert that names no queue, says nothing there. */
const NO_LABEL: DynamicConfigValue = { id: 'noValue', value: '' };

export function table(plan: TablePlan): Placeable {
  const limits = plan.values
    .flatMap(({ limit }, of) => (limit === undefined ? [] : [{ limit, of }]))
    .map(({ limit, of }, i) => limitedBy(limit, plan.values.length + i, 'instant', of));
  const builder = new PanelBuilder()
    .title(plan.title)
    .description(plan.about)
    .datasource(DATASOURCE)
    .unit('short')
    .noValue(plan.nothing)
    .targets([
      ...plan.values.map(({ expr, title }, i) => queryBuilder({ expr, legend: title }, i, 'table')),
      ...limits.map(({ target }) => target),
    ])
    // Limits while each query is still by itself; then rows with the same labels become one.
    .transformations([
      ...limits.map(({ transformation }) => transformation),
      { id: 'merge', options: {} },
      { id: 'organize', options: columns(plan) },
    ])
    .filterable(true)
    .showHeader(true)
    .sortBy([new TableSortByFieldStateBuilder().displayName(plan.sortBy.title).desc(plan.sortBy.descending)]);
  for (const { title, details, width, mappings } of plan.labels) {
    builder.overrideByName(title, [
      NO_LABEL,
      ...(details ? [{ id: 'links', value: [detailsLink(title, details)] }] : []),
      ...(mappings ? [{ id: 'mappings', value: mappings }, COLORED] : []),
      ...widthOf(width),
    ]);
  }
  for (const column of plan.values)
    if (column.hidden !== true) builder.overrideByName(column.title, appearance(column));
  return builder;
}

function columns({ labels, values }: TablePlan): Readonly<Record<string, unknown>> {
  // Grafana numbers the value columns only where there are several.
  const nameOf = (index: number): string => (values.length > 1 ? `Value #${refId(index)}` : 'Value');
  const order = [
    ...labels.map(({ label, title }) => [label, title] as const),
    ...values.map(({ title }, i) => [nameOf(i), title] as const),
  ];
  const hidden = values.flatMap((value, i) => (value.hidden === true ? [nameOf(i)] : []));
  return {
    excludeByName: Object.fromEntries(['Time', ...hidden].map((name) => [name, true])),
    indexByName: Object.fromEntries(order.map(([name], i) => [name, i])),
    renameByName: Object.fromEntries(order),
  };
}

function appearance({ unit, decimals, steps, limit, mappings, width }: ValueColumn): DynamicConfigValue[] {
  const colored = steps !== undefined || limit !== undefined || mappings !== undefined;
  return [
    { id: 'unit', value: unit },
    ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
    ...(colored ? [{ id: 'mappings', value: [...(mappings ?? []), NOT_KNOWN] }] : []),
    ...(steps === undefined ? [] : [{ id: 'thresholds', value: thresholds(steps).build() }]),
    ...(colored ? [COLORED] : []),
    ...widthOf(width),
  ];
}

function widthOf(width: number | undefined): DynamicConfigValue[] {
  return width === undefined ? [] : [{ id: 'custom.width', value: width }];
}

function detailsLink(
  title: string,
  { uid, variable }: NonNullable<LabelColumn['details']>,
): Readonly<Record<string, unknown>> {
  return {
    title: `${title} \${__value.raw}`,
    url: dashboardUrl(uid, `&var-${variable}=\${__value.raw:percentencode}`, variable),
    targetBlank: false,
  };
}
