// What a drop-in is: the words of another exporter (options, metrics, paths), served from our model in its place.
import type { MetricEntry } from '@celery-watch/celery-protocol';
import type { Family } from '@celery-watch/metrics';
import type { Amendment, Option, OptionsTable, OptionValues, Problem } from '@celery-watch/service';
import type { ConnectionState } from '../tracking/health.js';
import type { Model } from '../tracking/model.js';
import type { KombuTls } from './kombu-tls.js';

export const DROP_IN_NAMES = ['danihodovic', 'flower', 'ovalmoney'] as const;
export type DropInName = (typeof DROP_IN_NAMES)[number];

type Shape = Readonly<Record<string, Option<unknown>>>;
type Environment = Readonly<Record<string, string | undefined>>;

/** What a drop-in reads of one broker. */
export interface DropInParts {
  readonly model: Model;
  readonly connection: ConnectionState;
  /** Whether workers are asked what they consume. */
  readonly asksWorkers: boolean;
  /** Epoch seconds, of a clock that nobody sets. */
  readonly clock: () => number;
}

/** What is answered on a path: the page that `/metrics` has, or a short text. */
export type DropInRoute =
  'metrics' | ((isConnected: boolean) => { readonly status: number; readonly text: string; readonly type?: string });

/** Values of the exporter's own options that follow from theirs; by key, as an option gives them once it is read. */
export type Consequences = Readonly<Record<string, unknown>>;

/** A drop-in whose options are read. */
export interface ActiveDropIn {
  /** What of their options cannot be; the program then does not start. */
  readonly problems: readonly Problem[];
  /** What of their options has no effect here, or another one; sentences for the log. */
  readonly notices: readonly string[];
  readonly consequences: Consequences;
  /** What its options say of TLS besides. */
  readonly tls?: KombuTls;
  /** Buckets of a histogram of successful runs only, which the model then keeps beside its own. */
  readonly runtimeBuckets?: readonly number[];
  /** Buckets of the time until a task is picked up (TaskSeries.pickup), which the model then keeps beside its own. */
  readonly pickupBuckets?: readonly number[];
  /** Labels that every series bears, with their values. */
  readonly staticLabels?: Readonly<Record<string, string>>;
  /** More buckets in which the model counts waiting times, beside those that the page shows of it. */
  readonly waitBuckets?: readonly number[];
  /** Their metrics as this page names them: no metric of the user's own may have such a name. */
  readonly metrics: readonly MetricEntry[];
  readonly routes: Readonly<Record<string, DropInRoute>>;
  /**
   * Their families, of one broker. Called once for each broker, before anything is heard of it: here a drop-in puts its
   * tap among the model's, if it needs one. Families of ours that cannot stand on one page with
   * them, since they use the same names, are left out.
   */
  families(parts: DropInParts): readonly Family[];
}

/** Options of ours that a drop-in reads too, as ours read them. */
export interface OurSettings {
  readonly max_tasks: number;
  readonly task_ttl: number;
  readonly series_ttl: number;
  readonly worker_ttl: number;
}

/** All options as they were read, a drop-in's own among them. */
export type AllValues = Readonly<Record<string, unknown>> & OurSettings;

/** What the file of a drop-in says of it. */
export interface DropInDefinition<S extends Shape> {
  /** What it takes the place of, for people. */
  readonly title: string;
  /** How our own options change: defaults, and more names. */
  readonly amendments: Readonly<Record<string, Partial<Amendment>>>;
  /** Whether flags that it does not know have no effect there, and so have none here. */
  readonly ignoresUnknownFlags?: boolean;
  /** Options that ours have no counterpart for. */
  readonly options: S;
  /** Whether this environment is theirs: then the mode needs no option. Asked only where nothing of ours is set. */
  readonly isMeant?: (env: Environment) => boolean;
  readonly activate: (values: OptionValues<OptionsTable<S>>, ours: OurSettings) => ActiveDropIn;
}

/** One of the table: the type of its own options is known inside only. */
export interface DropIn {
  readonly title: string;
  readonly amendments: Readonly<Record<string, Partial<Amendment>>>;
  /** Whether flags that it does not know have no effect there, and so have none here. */
  readonly ignoresUnknownFlags?: boolean;
  readonly options: Shape;
  readonly isMeant: (env: Environment) => boolean;
  readonly activate: (values: AllValues) => ActiveDropIn;
}

/** A drop-in of the table, made of what its file says; `isMeant` is false where that has none. */
export function defineDropIn<const S extends Shape>(definition: DropInDefinition<S>): DropIn {
  const { activate, isMeant = () => false, ...rest } = definition;
  // The values were read with the options that stand here beside it.
  return { ...rest, isMeant, activate: (values) => activate(values as OptionValues<OptionsTable<S>>, values) };
}
