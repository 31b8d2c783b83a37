// What one metric of the catalogue is: the only place where its name, type, labels and buckets are said.

export type MetricType = 'counter' | 'gauge' | 'histogram';

export interface MetricEntry<Label extends string = string> {
  /** The full Prometheus name; counters end in `_total`, units are base units and stand in the name. */
  readonly name: string;
  readonly type: MetricType;
  /** One sentence for the person who reads `/metrics` or a query editor. */
  readonly help: string;
  /** Label names, in the order in which values are given. */
  readonly labels: readonly Label[];
  /** Upper bounds of a histogram, ascending, without +Inf. Seconds. */
  readonly buckets?: readonly number[];
  /** Bounds are spelled as in OpenMetrics (`1.0`, `10.0`) in the text format too, as clients in Python do. */
  readonly floatBounds?: boolean;
}

/** Declares an entry and keeps its label names as a type, so that a wrong label does not compile. */
export function metric<const Label extends string>(
  type: MetricType,
  name: string,
  help: string,
  labels: readonly Label[],
  buckets?: readonly number[],
): MetricEntry<Label> {
  return Object.freeze({ name, type, help, labels, ...(buckets && { buckets }) });
}
