// One number with a traffic light, as it is now: a stale number from earlier would lie.
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  ReduceDataOptionsBuilder,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import type { ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { DATASOURCE, limitedBy, linkTo, type PanelPlan, type Placeable, queryBuilder } from './query.js';
import { NEUTRAL, type Steps, thresholds } from './traffic-light.js';

export interface StatPlan extends PanelPlan {
  /** Default: the colour of what is neither good nor bad. */
  readonly steps?: Steps;
  /** The threshold of the rules from which on it is red; below it is green. Where the rules are not there, neither. */
  readonly limit?: string;
  /** Steps of single values, by their legend. */
  readonly stepsOf?: Readonly<Record<string, Steps>>;
  readonly mappings?: readonly ValueMapping[];
  /** Where a click leads. */
  readonly details?: { readonly title: string; readonly uid: string };
}

export function stat(plan: StatPlan): Placeable {
  const limit = plan.limit === undefined ? undefined : limitedBy(plan.limit, plan.queries.length, 'instant');
  const builder = new PanelBuilder()
    .title(plan.title)
    .description(plan.about)
    .datasource(DATASOURCE)
    .unit(plan.unit)
    .targets([
      ...plan.queries.map((query, i) => queryBuilder(query, i, 'instant')),
      ...(limit === undefined ? [] : [limit.target]),
    ])
    .transformations(limit === undefined ? [] : [limit.transformation])
    .thresholds(thresholds(plan.steps ?? NEUTRAL))
    .mappings([...(plan.mappings ?? [])])
    .noValue(plan.nothing)
    .colorMode(BigValueColorMode.Background)
    .graphMode(BigValueGraphMode.None)
    .textMode(plan.queries.length > 1 ? BigValueTextMode.ValueAndName : BigValueTextMode.Value)
    .orientation(VizOrientation.Vertical)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false).fields(''));
  if (plan.decimals !== undefined) builder.decimals(plan.decimals);
  if (plan.details) builder.links([linkTo(plan.details.title, plan.details.uid)]);
  for (const [legend, steps] of Object.entries(plan.stepsOf ?? {})) {
    builder.overrideByName(legend, [{ id: 'thresholds', value: thresholds(steps).build() }]);
  }
  return builder;
}
