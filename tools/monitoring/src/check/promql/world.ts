// What an expression may speak of: which metrics there are, with which labels.
import type { MetricType } from '@celery-watch/celery-protocol';
import type { Labels } from './labels.js';

export interface KnownMetric {
  readonly labels: Labels;
  /** Undefined where the type is not known. */
  readonly type?: MetricType | undefined;
  /** The values that a label can have, where they are a closed list. */
  readonly values?: Readonly<Record<string, readonly string[]>> | undefined;
}

export interface World {
  /** Undefined where there is no such metric. */
  metric(name: string): KnownMetric | undefined;
  /** What to say of a name that is not there, beyond that. */
  hint(name: string): string | undefined;
}
