// What Grafana's own package of types, @grafana/schema, says of a dashboard, in a form that JSON can be held against:
// its types are made for code, where words are members of enums and every choice has been filled in.
import type {
  AnnotationQuery,
  Dashboard,
  DataQuery,
  DataSourceRef,
  FieldConfig,
  GraphFieldConfig,
  Panel,
  TableFieldOptions,
  TableOptions,
  VariableModel,
} from '@grafana/schema';
import type * as Heatmap from '@grafana/schema/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type * as Stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as TimeSeries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

/** A member of an enum as the word that JSON holds. */
type Word<T> = T extends string ? `${T}` : T;
type Json<T> = T extends string | number | boolean | null | undefined
  ? Word<T>
  : T extends readonly (infer Item)[]
    ? Json<Item>[]
    : T extends object
      ? { [Key in keyof T]: Json<T[Key]> }
      : T;
/** The same where Grafana fills in what is not said. */
type Said<T> = T extends string | number | boolean | null | undefined
  ? Word<T>
  : T extends readonly (infer Item)[]
    ? Said<Item>[]
    : T extends object
      ? { [Key in keyof T]?: Said<T[Key]> }
      : T;

/** Settings of all fields of a panel; those under `custom` belong to its kind. */
type Settings<Custom> = Omit<Said<FieldConfig>, 'custom' | 'links'> & { links?: FieldLink[]; custom?: Said<Custom> };
interface FieldLink {
  title: string;
  url: string;
  targetBlank?: boolean;
}

/** One setting of some fields: `unit`, or `custom.width`. */
type Setting<Custom, All = Required<Settings<unknown>>, Own = Required<Said<Custom>>> =
  | { [Key in keyof All & string]: { id: Exclude<Key, 'custom'>; value: All[Key] } }[keyof All & string]
  | { [Key in keyof Own & string]: { id: `custom.${Key}`; value: Own[Key] } }[keyof Own & string];

/** The matchers and transformations of @grafana/data that are in use here: its schema takes any word. */
interface FieldMatcher {
  id: 'byName';
  options: string;
}
type Transformation =
  | { id: 'merge'; options: Record<string, never> }
  | {
      id: 'organize';
      options: {
        excludeByName: Record<string, boolean>;
        indexByName: Record<string, number>;
        renameByName: Record<string, string>;
      };
    }
  | {
      id: 'configFromData';
      options: {
        configRefId: string;
        applyTo?: { id: 'byFrameRefID'; options: string };
        mappings: {
          fieldName: string;
          handlerKey: 'threshold1';
          handlerArguments: { threshold: { color: string } };
          reducerId: 'lastNotNull';
        }[];
      };
    };

/** Of a query of the Prometheus data source, which has a package of its own. */
interface PrometheusQuery extends Omit<DataQuery, 'datasource'> {
  expr: string;
  legendFormat: string;
  instant: boolean;
  range: boolean;
  format: 'time_series' | 'table' | 'heatmap';
  editorMode: 'code';
  datasource: DataSourceRef;
}

type PanelOf<Type extends string, Options, Custom> = Omit<
  Json<Panel>,
  'type' | 'options' | 'fieldConfig' | 'targets' | 'transformations'
> & {
  type: Type;
  options: Said<Options>;
  fieldConfig: {
    defaults: Settings<Custom>;
    overrides: { matcher: FieldMatcher; properties: Setting<Custom>[] }[];
  };
  targets: PrometheusQuery[];
  transformations?: Transformation[];
};

type AnyPanel =
  | PanelOf<'stat', Stat.Options, never>
  | PanelOf<'timeseries', TimeSeries.Options, GraphFieldConfig>
  | PanelOf<'table', TableOptions, TableFieldOptions>
  | PanelOf<'heatmap', Heatmap.Options, Heatmap.FieldConfig>
  | { type: 'row'; id: number; title: string; collapsed: boolean; gridPos: Json<Panel['gridPos']>; panels: never[] };

/** The data source of Prometheus asks for these of an annotation. */
interface PrometheusAnnotation extends Json<AnnotationQuery> {
  expr: string;
  step: string;
  titleFormat: string;
  textFormat: string;
  tagKeys: string;
  useValueForTime: boolean;
}

export interface CheckedDashboard extends Omit<Json<Dashboard>, 'panels' | 'annotations' | 'templating'> {
  uid: string;
  title: string;
  panels: AnyPanel[];
  annotations: { list: PrometheusAnnotation[] };
  templating: { list: Json<VariableModel>[] };
}
