// A histogram over time: each column shows how many observations fell into which bucket.
import { HeatmapCellLayout, TooltipDisplayMode, AxisPlacement } from '@grafana/grafana-foundation-sdk/common';
import {
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  PanelBuilder,
  RowsHeatmapOptionsBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { DATASOURCE, type PanelPlan, type Placeable, queryBuilder } from './query.js';

export function heat(plan: PanelPlan): Placeable {
  return (
    new PanelBuilder()
      .title(plan.title)
      .description(plan.about)
      .datasource(DATASOURCE)
      .unit('short')
      .noValue(plan.nothing)
      .targets(plan.queries.map((query, i) => queryBuilder(query, i, 'heatmap')))
      // Few wide columns: with one for each pixel most are empty.
      .maxDataPoints(60)
      .calculate(false)
      .color(
        new HeatmapColorOptionsBuilder()
          .mode(HeatmapColorMode.Scheme)
          .scheme('Oranges')
          .exponent(0.5)
          .steps(64)
          .reverse(false)
          .fill('dark-orange'),
      )
      .rowsFrame(new RowsHeatmapOptionsBuilder().layout(HeatmapCellLayout.Auto))
      .yAxis(new YAxisConfigBuilder().unit(plan.unit).axisPlacement(AxisPlacement.Left))
      .cellGap(1)
      .mode(TooltipDisplayMode.Single)
      .showLegend()
  );
}
