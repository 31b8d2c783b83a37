// Pieces of PromQL made from catalogue entries: a metric or a label that does not exist does not compile.
import {
  BROKER_LABEL,
  type MetricEntry,
  PROCESS_METRICS,
  RELAY_METRIC_CATALOGUE,
  STORE_METRICS,
} from '@celery-watch/celery-protocol';
import { SCOPE } from './alert-thresholds.js';

declare const LABELS: unique symbol;
/** PromQL text whose result carries the labels L. Plain text is none: `raw` says what it carries. */
export type Expr<L extends string> = string & { readonly [LABELS]: L };

export interface Matcher {
  readonly operator: '=' | '=~' | '!=' | '!~';
  readonly value: string;
}
export type Match<L extends string> = Partial<Readonly<Record<L, string | Matcher>>>;

/** Labels that together are one broker; what they are called, the rule file says. */
export type Scope = 'job';
/** Labels that Prometheus adds to whatever it scrapes. */
export type Target = Scope | 'instance';

export const SCOPE_LABELS = SCOPE as readonly Scope[];
/** Those that a target has: what is of a process and not of one of its brokers has no other. */
const TARGET_SCOPE = SCOPE_LABELS.filter((label: string) => label !== BROKER_LABEL);
export const EXPORTER_LABELS: readonly Target[] = [...TARGET_SCOPE, 'instance'];
/** Labels by which one exporter is joined with itself. */
export const EXPORTER_KEY = EXPORTER_LABELS.join(', ');
/** One of what is called so, such as a queue: names of two brokers are two. */
export function ofEach<L extends string>(...labels: readonly L[]): readonly (L | Scope)[] {
  return [...SCOPE_LABELS, ...labels];
}
/** The brokers that the head of the page chose; a label that is nowhere is matched, too. */
export const CHOSEN_BROKERS: Match<Scope> = chosenBy(SCOPE_LABELS);
/** The exporters of the chosen brokers. */
export const CHOSEN_EXPORTERS: Match<Scope> = chosenBy(TARGET_SCOPE);
/** What is said of the chosen brokers, or of a whole exporter, which has no name of a broker. */
export const CHOSEN_OR_WHOLE: Match<Scope> = {
  ...CHOSEN_BROKERS,
  ...(SCOPE.includes(BROKER_LABEL) ? { [BROKER_LABEL]: re(`$${BROKER_LABEL}|`) } : {}),
};

/** Grafana's window for rates: at least four scrapes, wider when the picture is. */
const RATE_WINDOW = '$__rate_interval';
/** Seconds from the start of an exporter until its first page is read, at most: older ones may have counted before. */
const SCRAPED_WITHIN = 120;

/** Where `$name` stands in it, what is chosen there, each value as a literal of the regular expression. */
export function re(value: string): Matcher {
  return { operator: '=~', value: value.replace(/\$(\w+)/g, '$${$1:regex}') };
}

/** Just the value that is chosen, of a variable that lets choose one. */
export function only(variable: string): Matcher {
  return { operator: '=', value: `\${${variable}:raw}` };
}

export function raw<L extends string = never>(text: string): Expr<L> {
  return text as Expr<L>;
}

/** The series of a metric in the chosen jobs. */
export function series<L extends string>(
  entry: MetricEntry<L>,
  match: Match<NoInfer<L> | Target> = {},
): Expr<L | Target> {
  return select<L | Target>(entry.name, { ...chosen(entry), ...match });
}

/** The buckets of a histogram. */
export function buckets<L extends string>(
  entry: MetricEntry<L>,
  match: Match<NoInfer<L> | Target> = {},
): Expr<L | Target | 'le'> {
  if (entry.type !== 'histogram') throw new TypeError(`${entry.name} is no histogram`);
  return select(`${entry.name}_bucket`, { ...chosen(entry), ...match } as Match<L | Target | 'le'>);
}

export function select<L extends string>(name: string, match: Match<L>): Expr<L> {
  const matchers = Object.entries(match as Record<string, string | Matcher>).map(([label, value]) =>
    typeof value === 'string' ? `${label}="${value}"` : `${label}${value.operator}${quoted(value.value)}`,
  );
  return raw(`${name}{${matchers.join(', ')}}`);
}

/**
 * What Grafana fills in stands in a raw string, with a format of its own: left to itself its Prometheus data source
 * escapes for a plain string, and forgets quotes, so that a name with one breaks the query.
 */
function quoted(value: string): string {
  return value.includes('${') ? `\`${value}\`` : `"${value}"`;
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

/** Sum of a gauge that several exporters of one broker, or relays of one store, show alike: each series counts once. */
export function total<L extends string, By extends L | Scope>(
  by: readonly By[],
  gauge: MetricEntry<L>,
  match: Match<NoInfer<L> | Target> = {},
): Expr<By> {
  return once(by, gauge, series(gauge, match));
}

/** Rate of a counter, by these labels; what several exporters of one broker saw alike counts once. */
export function perSecond<L extends string, By extends L | Scope>(
  by: readonly By[],
  counter: MetricEntry<L>,
  match: Match<NoInfer<L> | Target> = {},
  window = RATE_WINDOW,
): Expr<By> {
  return once(by, counter, rate(series(counter, match), window));
}

/** The same as a number of events within the window, those included that a series was born with. */
export function counted<L extends string, By extends L | Scope>(
  by: readonly By[],
  counter: MetricEntry<L>,
  match: Match<NoInfer<L> | Target> = {},
  window = RATE_WINDOW,
): Expr<By> {
  const all = series(counter, match);
  // What was not there at the begin of the window, although the page was read then or the process began later, has no
  // step that increase() sees. Where just that scrape failed, the pages of the 5 minutes before it are compared.
  const read = `up offset ${window} == 1`;
  const began = `min_over_time((time() - process_start_time_seconds)[${window}:]) < ${SCRAPED_WITHIN}`;
  const born = `${all} unless ${all} offset ${window} and on (${EXPORTER_KEY}) (${read} or ${began})`;
  const bornInHole =
    `${all} unless last_over_time(${all}[5m] offset ${window}) ` +
    `and on (${EXPORTER_KEY}) (max_over_time(up[5m] offset ${window}) == 1 unless ${read})`;
  return once(by, counter, raw(`${born} or ${bornInHole} or ${increase(all, window)}`));
}

function once<L extends string, By extends L | Scope>(
  by: readonly By[],
  entry: MetricEntry<L>,
  vector: Expr<L | Target>,
): Expr<By> {
  // Each relay counts its own posts and attempts. What is in a store is shown alike by all relays that share it, and
  // relays of one job share theirs: the rules rest on that, too.
  if (RELAY_METRIC_CATALOGUE.includes(entry) && !STORE_METRICS.includes(entry))
    return sum(by as readonly (By & (L | Target))[], vector);
  return sum(
    by as readonly (By & (L | Scope))[],
    max<L | Target, L | Scope>([...(isOfBroker(entry) ? SCOPE_LABELS : TARGET_SCOPE), ...entry.labels], vector),
  );
}

export function topk<L extends string>(count: number, vector: Expr<L>): Expr<L> {
  return raw(`topk(${count}, ${vector})`);
}

/**
 * A quantile over the rate of a histogram, from its classic buckets or, where Prometheus 3 converts them, from the
 * native histogram; nothing, rather than NaN, where nothing was observed.
 */
export function quantile<L extends string, By extends L | Target>(
  q: number,
  by: readonly By[],
  histogram: MetricEntry<L>,
  match: Match<NoInfer<L> | Target> = {},
  window = RATE_WINDOW,
): Expr<By> {
  const classic = sum<L | Target | 'le', By | 'le'>([...by, 'le'], rate(buckets(histogram, match), window));
  const native = sum<L | Target, By>(by, rate(series(histogram, match), window));
  return known(raw(`(histogram_quantile(${q}, ${classic}) or histogram_quantile(${q}, ${native}))`));
}

/** How many observations fell into which bucket; a native histogram says it in one series. */
export function distribution<L extends string>(
  histogram: MetricEntry<L>,
  match: Match<NoInfer<L> | Target> = {},
): Expr<'le'> {
  const own: Expr<L | Scope | 'le'> = max<L | Target | 'le', L | Scope | 'le'>(
    [...SCOPE_LABELS, ...histogram.labels, 'le'],
    increase(buckets(histogram, match)),
  );
  return raw(`${sum<L | Scope | 'le', 'le'>(['le'], own)} or ${sum([], increase(series(histogram, match)))}`);
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

/** The relay runs as a job of its own, which may be in another namespace. */
function chosen(entry: MetricEntry): Match<Scope> {
  if (RELAY_METRIC_CATALOGUE.includes(entry)) return { job: re('$relay') };
  return isOfBroker(entry) ? CHOSEN_BROKERS : CHOSEN_EXPORTERS;
}

/** Of a broker, and not of the process of an exporter or a relay. */
function isOfBroker(entry: MetricEntry): boolean {
  return entry.name.startsWith('celery') && !PROCESS_METRICS.includes(entry);
}

function chosenBy(labels: readonly Scope[]): Match<Scope> {
  return Object.fromEntries(labels.map((label) => [label, re(`$${label}`)]));
}

function grouping(by: readonly string[]): string {
  return by.length === 0 ? '' : ` by (${by.join(', ')}) `;
}
