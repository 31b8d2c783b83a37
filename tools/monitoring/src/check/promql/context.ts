// What the inspection of an expression knows: which metrics there are, with which labels; and the inspection itself, as
// its parts see it.
import type { MetricType } from '@celery-watch/celery-protocol';
import type { Labels } from './labels.js';
import type { SyntaxNode } from '@lezer/common';

export interface KnownMetric {
  readonly labels: Labels;
  /** Undefined where the type is not known. */
  readonly type?: MetricType | undefined;
  /** The values that a label can have, where they are a closed list. */
  readonly values?: Readonly<Record<string, readonly string[]>> | undefined;
}

export interface MetricLookup {
  /** Undefined where there is no such metric. */
  metric(name: string): KnownMetric | undefined;
  /** What to say of a name that is not there, beyond that. */
  hint(name: string): string | undefined;
  /** A histogram in one series, as Prometheus 3 stores it when it converts them to native ones. */
  native(name: string): KnownMetric | undefined;
}

/** A list of labels by which an expression groups, or joins two sides. */
export interface Grouping {
  readonly kind: 'by' | 'without' | 'on' | 'ignoring';
  /** Offset of the list in the expression, and its text between the parentheses. */
  readonly at: number;
  readonly list: string;
  /** What can have which labels there: one for a grouping, two for a join. */
  readonly sides: readonly Labels[];
}

export interface InspectionContext {
  readonly text: string;
  readonly metrics: MetricLookup;
  visit(node: SyntaxNode): Labels;
  report(node: { readonly from: number }, text: string): void;
  note(grouping: Grouping): void;
}
