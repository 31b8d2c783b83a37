// Lines over time.
import {
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { type DashboardLink, FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { UIDS } from '../dashboard.js';
import { DATASOURCE, dashboardUrl, limitedBy, type PanelPlan, type Placeable, queryBuilder } from './query.js';
import { thresholds } from './traffic-light.js';

export interface LinesPlan extends PanelPlan {
  /** A threshold of the rules as a red dashed line: where an alert begins. It does not stretch the axis. */
  readonly limit?: string;
  readonly max?: number;
  /** Axis goes below zero. */
  readonly signed?: boolean;
  readonly drawn?: 'lines' | 'stacked' | 'bars' | 'steps';
  /** A table with the last and the highest value of each series, for many series in a wide panel. */
  readonly legend?: 'list' | 'table';
  readonly colors?: Readonly<Record<string, string>>;
}

export function lines(plan: LinesPlan): Placeable {
  const { drawn = 'lines', legend = 'list' } = plan;
  const limit = plan.limit === undefined ? undefined : limitedBy(plan.limit, plan.queries.length, 'range');
  const builder = new PanelBuilder()
    .title(plan.title)
    .description(plan.about)
    .datasource(DATASOURCE)
    .unit(plan.unit)
    .noValue(plan.nothing)
    .targets([
      ...plan.queries.map((query, i) => queryBuilder(query, i, 'range')),
      ...(limit === undefined ? [] : [limit.target]),
    ])
    .transformations(limit === undefined ? [] : [limit.transformation])
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic))
    .drawStyle(drawn === 'bars' ? GraphDrawStyle.Bars : GraphDrawStyle.Line)
    .lineWidth(drawn === 'stacked' ? 1 : 2)
    .fillOpacity({ lines: 5, stacked: 40, bars: 70, steps: 15 }[drawn])
    .showPoints(VisibilityMode.Never)
    .spanNulls(false)
    .stacking(
      new StackingConfigBuilder()
        .mode(drawn === 'stacked' || drawn === 'bars' ? StackingMode.Normal : StackingMode.None)
        .group('A'),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .legend(
      legend === 'table'
        ? new VizLegendOptionsBuilder()
            .showLegend(true)
            .displayMode(LegendDisplayMode.Table)
            .placement(LegendPlacement.Right)
            .calcs(['lastNotNull', 'max'])
            .sortBy('Last *')
            .sortDesc(true)
        : new VizLegendOptionsBuilder()
            .showLegend(true)
            .displayMode(LegendDisplayMode.List)
            .placement(LegendPlacement.Bottom)
            .calcs([]),
    );
  if (plan.signed !== true) builder.min(0);
  if (plan.max !== undefined) builder.max(plan.max);
  if (plan.decimals !== undefined) builder.decimals(plan.decimals);
  if (limit !== undefined) {
    builder
      .thresholds(thresholds([{ value: null, color: 'transparent' }]))
      .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed));
  }
  // A click on a series that is a task opens it.
  if (plan.queries.every(({ legend }) => legend.startsWith('{{name}}'))) builder.dataLinks([taskLink]);
  for (const [name, color] of Object.entries(plan.colors ?? {})) {
    builder.overrideByName(name, [{ id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor: color } }]);
  }
  return builder;
}

/** The SDK's type of a link of data is that of dashboards. */
const taskLink = {
  build: () =>
    ({
      title: 'Task ${__field.labels.name}',
      url: dashboardUrl(UIDS.task, '&var-task=${__field.labels.name:percentencode}', 'task'),
      targetBlank: false,
    }) as DashboardLink,
};
