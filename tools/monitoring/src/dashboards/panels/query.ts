// What every kind of panel is told, and its queries as Grafana stores them.
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type {
  DashboardLink,
  DataSourceRef,
  DataTransformerConfig,
  Panel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { SCOPE, threshold } from '../alert-thresholds.js';
import { DashboardLinkBuilder, DashboardLinkType } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat, QueryEditorMode } from '@grafana/grafana-foundation-sdk/prometheus';

export interface Query {
  readonly expr: string;
  /** Name of its series: short, with `{{label}}`. */
  readonly legend: string;
}

export interface PanelPlan {
  readonly title: string;
  /** What it means, and when to worry. */
  readonly about: string;
  readonly unit: string;
  readonly queries: readonly Query[];
  readonly decimals?: number;
  /** What stands there when the queries give nothing: what that means. */
  readonly nothing: string;
}

/** The legend of what has this name within its broker: the broker's labels stand behind it, as far as there are any. */
export function inScope(legend: string): string {
  return [legend, ...SCOPE.map((label) => `{{${label}}}`)].join(' ');
}

/** The builder of any kind of panel, as far as the grid needs it. */
export interface Placeable extends Builder<Panel> {
  id(id: number): this;
  gridPos(position: { x: number; y: number; w: number; h: number }): this;
}

export const DATASOURCE: DataSourceRef = { type: 'prometheus', uid: '${datasource}' };

export function queryBuilder(
  query: Query,
  index: number,
  kind: 'instant' | 'range' | 'table' | 'heatmap',
): Builder<Dataquery> {
  const builder = new DataqueryBuilder()
    .expr(query.expr)
    .legendFormat(query.legend)
    .refId(refId(index))
    .editorMode(QueryEditorMode.Code)
    .datasource(DATASOURCE);
  if (kind === 'table') return builder.instant().format(PromQueryFormat.Table);
  if (kind === 'heatmap') return builder.range().format(PromQueryFormat.Heatmap);
  return (kind === 'instant' ? builder.instant() : builder.range()).format(PromQueryFormat.TimeSeries);
}

export function refId(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}

/** A link to another of our dashboards that keeps the time and what is chosen. */
export function linkTo(title: string, uid: string, more = ''): Builder<DashboardLink> {
  return new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(dashboardUrl(uid, more));
}

/** @param but a variable that is not kept, since the link brings its own value */
export function dashboardUrl(uid: string, more = '', but = ''): string {
  const kept = ['datasource', ...SCOPE].filter((name) => name !== but).map((name) => `\${${name}:queryparam}`);
  return `/d/${uid}?${kept.join('&')}&\${__url_time_range}${more}`;
}

/** Name of the series that is no data but a limit. */
const LIMIT = 'threshold';

/**
 * A threshold of the alert rules as the limit of a panel: red from there on, or a red line. It is asked for, so that it
 * follows who edits the rules.
 * @param index among the queries of the panel
 * @param of the query whose values it limits; default: all
 */
export function limitedBy(
  name: string,
  index: number,
  kind: 'instant' | 'range',
  of?: number,
): { readonly target: Builder<Dataquery>; readonly transformation: DataTransformerConfig } {
  const legend = of === undefined ? LIMIT : `${LIMIT} ${refId(of)}`;
  return {
    target: queryBuilder({ expr: threshold(name), legend }, index, kind),
    transformation: {
      id: 'configFromData',
      options: {
        configRefId: refId(index),
        ...(of === undefined ? {} : { applyTo: { id: 'byFrameRefID', options: refId(of) } }),
        mappings: [
          {
            fieldName: legend,
            handlerKey: 'threshold1',
            handlerArguments: { threshold: { color: 'red' } },
            reducerId: 'lastNotNull',
          },
        ],
      },
    },
  };
}
