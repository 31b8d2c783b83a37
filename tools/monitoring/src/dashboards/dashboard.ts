// What all our dashboards have in common: variables, annotations of alerts, links to each other, times.
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  type AnnotationQuery,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  type RowPanel,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { place, type Section } from './grid.js';
import { DATASOURCE } from './panels/query.js';
import { CHOSEN_OR_WHOLE, select } from './promql.js';
import { datasourceVariable, scopeVariables, type VariableName, VARIABLES } from './variables.js';

/** What Grafana 10 wrote: later ones read it and bring it up to their own, earlier ones do not. */
const SCHEMA_VERSION = 39;
const TAG = 'celery';

export const UIDS = {
  overview: 'celery-overview',
  tasks: 'celery-tasks',
  task: 'celery-task',
  queuesWorkers: 'celery-queues-workers',
  brokers: 'celery-brokers',
  exporterRelay: 'celery-exporter-relay',
} as const;
export type Uid = (typeof UIDS)[keyof typeof UIDS];

export interface DashboardPlan {
  readonly uid: Uid;
  readonly title: string;
  readonly about: string;
  readonly variables: readonly VariableName[];
  readonly hours: 1 | 6;
  /** Firing alerts on the relay are marked too. */
  readonly relay?: boolean;
  readonly sections: readonly Section[];
}

export function dashboard(plan: DashboardPlan): Dashboard {
  const built = new DashboardBuilder(plan.title)
    .uid(plan.uid)
    .description(plan.about)
    .tags([TAG])
    .variables([datasourceVariable(), ...scopeVariables(), ...plan.variables.map((name) => VARIABLES[name]())])
    .annotations([
      alertMarks(
        'Alerts on Celery',
        select('ALERTS', { alertstate: 'firing', component: 'celery', ...CHOSEN_OR_WHOLE }),
        'red',
      ),
      ...(plan.relay === true
        ? [alertMarks('Alerts on the relay', 'ALERTS{alertstate="firing", component="alert-relay"}', 'orange')]
        : []),
    ])
    .link(
      new DashboardLinkBuilder('Celery')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(false)
        .includeVars(true)
        .keepTime(true)
        .icon('external link'),
    )
    .time({ from: `now-${plan.hours}h`, to: 'now' })
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .build();
  return {
    ...built,
    // None of any Grafana's own: an import gives the next number, and finds what is there by the uid.
    id: null,
    version: 1,
    schemaVersion: SCHEMA_VERSION,
    templating: { list: (built.templating.list ?? []).map(asQuery) },
    panels: place(plan.sections).map(asOfNow),
  };
}

/** The SDK gives each variable what only one of intervals has. */
function asQuery(variable: VariableModel): VariableModel {
  return without(variable, 'auto', 'auto_min', 'auto_count') as unknown as VariableModel;
}

/** The SDK writes the footer of tables where Grafana 12 had it; without one there is none in any version. */
function asOfNow<Placed extends Panel | RowPanel>(panel: Placed): Placed {
  if (!('options' in panel) || panel.type !== 'table') return panel;
  return { ...panel, options: without(panel.options as object, 'footer') };
}

function without(from: object | undefined, ...keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(from ?? {}).filter(([key]) => !keys.includes(key)));
}

/** The SDK's builder does not know the fields that give an annotation its text. */
function alertMarks(name: string, expr: string, color: string): Builder<AnnotationQuery> {
  const annotation = {
    name,
    datasource: DATASOURCE,
    enable: true,
    hide: false,
    iconColor: color,
    expr,
    step: '30s',
    titleFormat: '{{alertname}}',
    textFormat: '{{severity}} {{name}} {{queue}} {{worker}} {{channel}} {{namespace}} {{broker}}',
    tagKeys: 'severity',
    useValueForTime: false,
  };
  return { build: () => annotation };
}
