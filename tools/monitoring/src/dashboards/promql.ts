// Pieces of PromQL made from catalogue entries: a metric or a label that does not exist does not compile.
import { type MetricEntry, RELAY_METRIC_CATALOGUE } from '@celery-watch/celery-protocol';

declare const LABELS: unique symbol;
/** PromQL text whose result carries the labels L. Plain text is none: `raw` says what it carries. */
export type Expr<L extends string> = string & { readonly [LABELS]: L };

export interface Matcher {
  readonly operator: '=~' | '!=' | '!~';
  readonly value: string;
}
export type Match<L extends string> = Partial<Readonly<Record<L, string | Matcher>>>;

/** Labels that Prometheus adds to whatever it scrapes. */
export type Target = 'job' | 'instance';

/** Grafana's window for rates: at least four scrapes, wider when the picture is. */
const RATE_WINDOW = '$__rate_interval';

export function re(value: string): Matcher {
  return { operator: '=~', value };
}

export function raw<L extends string = never>(text: string): Expr<L> {
  return text as Expr<L>;
}

/** The series of a metric in the chosen jobs. */
export function series<L extends string>(
  entry: MetricEntry<L>,
  match: Match<NoInfer<L> | Target> = {},
): Expr<L | Target> {
  return select(entry.name, { job: jobOf(entry), ...match });
}

/** The buckets of a histogram. */
export function buckets<L extends string>(
  entry: MetricEntry<L>,
  match: Match<NoInfer<L> | Target> = {},
): Expr<L | Target | 'le'> {
  if (entry.type !== 'histogram') throw new TypeError(`${entry.name} is no histogram`);
  return select(`${entry.name}_bucket`, { job: jobOf(entry), ...match } as Match<L | Target | 'le'>);
}

export function select<L extends string>(name: string, match: Match<L>): Expr<L> {
  const matchers = Object.entries(match as Record<string, string | Matcher>).map(([label, value]) =>
    typeof value === 'string' ? `${label}="${value}"` : `${label}${value.operator}"${value.value}"`,
  );
  return raw(`${name}{${matchers.join(', ')}}`);
}

export function rate<L extends string>(counter: Expr<L>, window = RATE_WINDOW): Expr<L> {
  return raw(`rate(${counter}[${window}])`);
}

export function increase<L extends string>(counter: Expr<L>, window = RATE_WINDOW): Expr<L> {
  return raw(`increase(${counter}[${window}])`);
}

export function sum<L extends string, By extends L>(by: readonly By[], vector: Expr<L>): Expr<By> {
  return raw(`sum${grouping(by)}(${vector})`);
}

export function max<L extends string, By extends L>(by: readonly By[], vector: Expr<L>): Expr<By> {
  return raw(`max${grouping(by)}(${vector})`);
}

/** Sum of a gauge that several exporters of one broker show alike: of each series only one counts. */
export function total<L extends string, By extends L | 'job'>(
  by: readonly By[],
  gauge: MetricEntry<L>,
  match: Match<NoInfer<L> | Target> = {},
): Expr<By> {
  return once(by, gauge, series(gauge, match));
}

/** Rate of a counter, by these labels; what several exporters of one broker saw alike counts once. */
export function perSecond<L extends string, By extends L | 'job'>(
  by: readonly By[],
  counter: MetricEntry<L>,
  match: Match<NoInfer<L> | Target> = {},
  window = RATE_WINDOW,
): Expr<By> {
  return once(by, counter, rate(series(counter, match), window));
}

/** The same as a number of events within the window. */
export function counted<L extends string, By extends L | 'job'>(
  by: readonly By[],
  counter: MetricEntry<L>,
  match: Match<NoInfer<L> | Target> = {},
  window = RATE_WINDOW,
): Expr<By> {
  return once(by, counter, increase(series(counter, match), window));
}

function once<L extends string, By extends L | 'job'>(
  by: readonly By[],
  entry: MetricEntry<L>,
  vector: Expr<L | Target>,
): Expr<By> {
  // Relays of one job share nothing: each has its own outbox and its own posts.
  if (RELAY_METRIC_CATALOGUE.includes(entry)) return sum(by as readonly (By & (L | Target))[], vector);
  const own: Expr<L | 'job'> = max<L | Target, L | 'job'>(['job', ...entry.labels], vector);
  return sum(by as readonly (By & (L | 'job'))[], own);
}

export function topk<L extends string>(count: number, vector: Expr<L>): Expr<L> {
  return raw(`topk(${count}, ${vector})`);
}

/** A quantile over the rate of a histogram's buckets; nothing, rather than NaN, where nothing was observed. */
export function quantile<L extends string, By extends L>(
  q: number,
  by: readonly By[],
  histogram: Expr<L | 'le'>,
  window = RATE_WINDOW,
): Expr<By> {
  return known(raw(`histogram_quantile(${q}, ${sum<L | 'le', By | 'le'>([...by, 'le'], rate(histogram, window))})`));
}

/** Without NaN: what is a time or a count is never below zero. */
export function known<L extends string>(vector: Expr<L>): Expr<L> {
  return raw(`${vector} >= 0`);
}

/** Part of a whole; nothing where the whole is nothing, since 0 / 0 would say neither good nor bad. */
export function ratio<L extends string>(part: Expr<L>, whole: Expr<L>): Expr<L> {
  return raw(`${part} / (${whole} > 0)`);
}

/** The value, or 0 where no series has one. Only for results without labels. */
export function orZero(vector: Expr<never>): Expr<never> {
  return raw(`${vector} or vector(0)`);
}

/** The relay runs as a job of its own. */
function jobOf(entry: MetricEntry): Matcher {
  return re(RELAY_METRIC_CATALOGUE.includes(entry) ? '$relay' : '$job');
}

function grouping(by: readonly string[]): string {
  return by.length === 0 ? '' : ` by (${by.join(', ')}) `;
}
