// What templates see of one alert, and of many that are only counted: texts of one language, in the order of their
// weight, not escaped yet.
import {
  nameOf,
  URGENCIES,
  type Alert,
  type AlertStatus,
  type Group,
  type MessageAlert,
  type Urgency,
} from '../notification/index.js';
import type { Locale } from '../settings/locale.js';
import type { Times } from './languages.js';
import { isolate } from './isolate.js';
import { cleanLine, cleanText, shorten, safeUrl, silenceUrl } from './markup.js';
import type { Words } from './words.js';

export interface LabelView {
  /** As people know it: `task` for `name`. */
  readonly name: string;
  readonly value: string;
}

export interface LinkView {
  readonly text: string;
  /** Safe to link, but not escaped. */
  readonly url: string;
}

export interface AlertView {
  readonly status: AlertStatus;
  readonly urgency: Urgency;
  /** For colours: the urgency, or `resolved`. */
  readonly tone: Urgency | 'resolved';
  readonly reminder: boolean;
  readonly mark: string;
  /** Critical; Resolved; Still firing · Critical */
  readonly state: string;
  readonly name: string;
  readonly summary: string;
  /** The summary where no word of the state stands before it: of what has ended, with a word that it is over. */
  readonly headline: string;
  /** Empty where it says no more than the summary, and for resolved alerts: it describes a state that is over. */
  readonly description: string;
  readonly time: string;
  /** What the summary does not say already, the first few. */
  readonly labels: readonly LabelView[];
  /** How many labels there are beside those: "and 12 more"; empty where there is none. */
  readonly more: string;
  /** Their values in one line. */
  readonly where: string;
  readonly value: string;
  readonly links: readonly LinkView[];
  /** A runbook that is no address: a path in some repository. */
  readonly runbook: string;
  /** Everything that came, cleaned: `all.labels.queue`, `all.annotations.team`. */
  readonly all: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
}

/** What is the same for all alerts of a message. */
export interface ViewContext {
  readonly locale: Locale;
  readonly words: Words;
  readonly times: Times;
  readonly now: number;
  /** The labels of the group are said once, unless groups are mixed. */
  readonly mixed: boolean;
  /** Addresses and runbooks that the message shows once for all of its alerts. */
  readonly shared: ReadonlySet<string>;
}

const MARKS: Record<Urgency, string> = { critical: '🔴', warning: '🟠', info: '🔵' };
const RESOLVED_MARK = '✅';
/** By meaning: first what is in trouble and where to look, at last where it was measured and what is the same nearly
 * everywhere; what is not named here stands between them, by name. */
const FIRST = [
  ...['alertname', 'name', 'task', 'task_name', 'queue', 'worker', 'broker'],
  ...['namespace', 'deployment', 'statefulset', 'daemonset', 'cronjob', 'job_name', 'pod'],
  ...['hostname', 'host', 'node', 'nodename', 'channel'],
];
const LAST = [
  ...['service', 'container', 'uid', 'instance'],
  ...['env', 'environment', 'stage', 'cluster', 'zone', 'datacenter', 'dc', 'region'],
];
/** What says how the alert came here rather than what is wrong. */
const NOISE = new Set([
  'alertname',
  'severity',
  'component',
  'job',
  'prometheus',
  'prometheus_replica',
  'replica',
  'monitor',
  'endpoint',
  'le',
]);
const MOST = { summary: 1_000, description: 20_000, label: 300, labels: 8, where: 160, steps: 4 };

export function markOf(status: AlertStatus, urgency: Urgency): string {
  return status === 'resolved' ? RESOLVED_MARK : MARKS[urgency];
}

/** `most`: how many characters a text may have; undefined for what is sensible. Long texts are read when asked for. */
export function viewAlert(told: MessageAlert, context: ViewContext, most?: number): AlertView {
  const { alert, urgency, group, reminder } = told;
  const { words } = context;
  const room = (limit: number): number => Math.min(limit, most ?? limit);
  const short = (text: string, limit: number): string => shorten(text, room(limit), words.shortened);
  const line = (text: string, limit: number): string => short(cleanLine(text, read(limit)), limit);
  const text = (given: string): string => short(cleanText(given), MOST.description);
  const named = line(nameOf(alert), MOST.label) || words.unnamed;
  const summary = line(annotation(told, context.locale, 'summary'), MOST.summary);
  const described = annotation(told, context.locale, 'description', 'message');
  const describe = once(() => text(described));
  // A description alone is its own summary.
  const alone = summary === '' ? describe() : '';
  const first = summary || (alone.includes('\n') || alone === '' ? named : alone);
  const said = context.mixed || (summary === '' && alone === '') ? {} : group.labels;
  const matter = labelsThatMatter(alert.labels, said);
  const { labels, looked } = unsaidOf(matter, first, (given) => line(given, MOST.label), words);
  const more = matter.length - looked + (told.leftOut?.labels ?? 0);
  const isOver = alert.status === 'resolved' && first !== named;
  const runbook = alert.annotations['runbook_url'] ?? alert.annotations['runbook'];
  const links = once(() => linksOf(told, context, runbook, most));
  return {
    status: alert.status,
    urgency,
    tone: alert.status === 'resolved' ? 'resolved' : urgency,
    reminder,
    mark: markOf(alert.status, urgency),
    state:
      alert.status === 'resolved'
        ? words.resolved
        : reminder
          ? `${words.stillFiring} · ${words.urgency[urgency]}`
          : words.urgency[urgency],
    name: named,
    summary: first,
    headline: isOver ? words.over(isolate(first)) : first,
    get description() {
      return alert.status === 'resolved' || described === '' || first === describe() ? '' : describe();
    },
    time: timeOf(told, context),
    labels,
    more: more === 0 ? '' : words.andMore({ n: more, text: context.times.count(more) }),
    where: shorten(labels.map(({ value }) => isolate(value)).join(' · '), room(MOST.where), '…'),
    value: alert.status === 'resolved' ? '' : line(alert.annotations['value'] ?? alert.value ?? '', MOST.label),
    get links() {
      return links();
    },
    runbook:
      runbook === undefined ||
      alert.status === 'resolved' ||
      context.shared.has(runbook) ||
      safeUrl(runbook) !== undefined
        ? ''
        : line(runbook, MOST.label),
    all: {
      get labels() {
        return each(alert.labels, (given) => line(given, MOST.label));
      },
      get annotations() {
        return each(alert.annotations, text);
      },
    },
  };
}

/** How much is read of a text of which `limit` characters are shown: enough, also where much of it is cleaned away. */
function read(limit: number): number {
  return 4 * limit + 1_000;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** The first labels whose values `text` does not say already, and how many were looked at for them. */
function unsaidOf(
  matter: readonly (readonly [string, string])[],
  text: string,
  line: (given: string) => string,
  words: Words,
): { readonly labels: readonly LabelView[]; readonly looked: number } {
  const labels: LabelView[] = [];
  let looked = 0;
  for (const [name, given] of matter) {
    if (labels.length === MOST.labels) break;
    looked++;
    const value = line(given);
    // A label may have the name of a property that every object has (`constructor`).
    const known = Object.hasOwn(words.labels, name) ? words.labels[name] : undefined;
    if (!says(text, value)) labels.push({ name: known ?? line(name), value });
  }
  return { labels, looked };
}

/** In the language of the channel where it is there, else in the other one. */
function annotation({ alert }: MessageAlert, locale: Locale, ...names: readonly string[]): string {
  for (const name of names) {
    const [first, second] = locale === 'zh-CN' ? [`${name}_zh`, name] : [name, `${name}_zh`];
    const text = [alert.annotations[first], alert.annotations[second]].find(
      (each) => each !== undefined && each.trim() !== '',
    );
    if (text !== undefined) return text;
  }
  return '';
}

/**
 * What tells an alert apart from others of its name: at most one value. `shared`: what it has in common with all of
 * them, and so does not.
 */
export function distinguishingValue({ labels }: Alert, shared: Readonly<Record<string, string>> = {}): string[] {
  const own = labelsThatMatter(labels, shared);
  return (own.length > 0 ? own : labelsThatMatter(labels, {})).slice(0, 1).map(([, value]) => value);
}

/** Compares names of labels by what they mean to people. */
export function byMeaning(a: string, b: string): number {
  return weightOf(a) - weightOf(b) || (a < b ? -1 : 1);
}

function weightOf(name: string): number {
  if (FIRST.includes(name)) return FIRST.indexOf(name);
  return LAST.includes(name) ? FIRST.length + 1 + LAST.indexOf(name) : FIRST.length;
}

function labelsThatMatter(
  labels: Readonly<Record<string, string>>,
  said: Readonly<Record<string, string>>,
): [string, string][] {
  return Object.entries(labels)
    .filter(
      ([name, value]) => !NOISE.has(name) && !name.startsWith('__') && said[name] !== value && value.trim() !== '',
    )
    .sort(([a], [b]) => byMeaning(a, b));
}

/** Whether a text says a value where people read it first, not only as a part of another word. */
function says(text: string, value: string): boolean {
  const read = text.slice(0, MOST.summary);
  const inWord = (before: string, after: string): boolean => /^\w\w$/.test(before + after);
  for (let at = read.indexOf(value); at !== -1; at = read.indexOf(value, at + 1)) {
    const end = at + value.length;
    if (
      !inWord(read.slice(Math.max(0, at - 1), at), value.slice(0, 1)) &&
      !inWord(value.slice(-1), text.slice(end, end + 1))
    )
      return true;
  }
  return false;
}

function timeOf({ alert, story }: MessageAlert, { words, times, now }: ViewContext): string {
  const { startsAt, endsAt } = alert;
  const from = startsAt === undefined ? undefined : times.at(startsAt, now);
  // What began after its end has times of different clocks: how long it lasted is not known.
  const end = alert.status === 'firing' ? now : endsAt;
  const span =
    from === undefined || startsAt === undefined || end === undefined || startsAt > end
      ? undefined
      : times.span(end - startsAt);
  const first = story[0];
  if (story.length > MOST.steps && first !== undefined) {
    const often = words.changedOften(
      { n: story.length, text: times.count(story.length) },
      times.at(first.at, now) ?? '?',
    );
    const last = alert.status === 'firing' ? from : times.at(endsAt ?? NaN, now);
    return last === undefined ? often : `${often}${words.clause}${words.step[alert.status](last)}`;
  }
  if (story.length > 1) {
    const steps = story.map(({ status, at }) => words.step[status](times.at(at, now) ?? '?')).join(words.clause);
    return span === undefined ? steps : `${steps}${words.lasted(span)}`;
  }
  if (alert.status === 'firing') {
    const since = from === undefined ? '' : words.since(from, span ?? times.span(0));
    return alert.endedBefore === undefined
      ? since
      : [words.again(times.span(now - alert.endedBefore)), since].filter((text) => text !== '').join(words.clause);
  }
  const to = endsAt === undefined ? undefined : times.at(endsAt, now);
  return words.ended(from, to, to === undefined ? undefined : span);
}

const LONG_GRAPH = 300;

function linksOf(
  { alert, group, leftOut }: MessageAlert,
  { words, shared, mixed }: ViewContext,
  runbook: string | undefined,
  most: number | undefined,
): LinkView[] {
  if (alert.status === 'resolved') return [];
  const candidates: (readonly [string, string | undefined])[] = [
    [words.links.runbook, runbook],
    // Prometheus writes the whole expression into it: many of them leave no room for what matters.
    [words.links.graph, mixed && alert.generatorURL.length > LONG_GRAPH ? undefined : alert.generatorURL],
    [words.links.dashboard, dashboardOf(alert)],
    [words.links.panel, alert.links?.panel],
    [words.links.image, alert.links?.image],
    // With labels missing it would silence other alerts, too.
    [
      words.links.silence,
      (leftOut?.labels ?? 0) > 0 ? undefined : (alert.links?.silence ?? silencePage(group, alert.labels)),
    ],
  ];
  return candidates.flatMap(([text, address]) => {
    const url = safeUrl(address);
    // A shortened alert keeps its links where they are not the reason why it is too large.
    return url === undefined || shared.has(url) || (most !== undefined && url.length > Math.max(400, most * 2))
      ? []
      : [{ text, url }];
  });
}

/** What the rule's author names, else what the sender does. */
export function dashboardOf({ annotations, links }: Alert): string | undefined {
  return annotations['dashboard_url'] ?? annotations['dashboard'] ?? links?.dashboard;
}

/** AlertManager's form, where the sender has AlertManager's pages. */
export function silencePage({ externalURL, sender }: Group, labels: Alert['labels']): string | undefined {
  return sender === undefined ? silenceUrl(externalURL, labels) : undefined;
}

function each(texts: Readonly<Record<string, string>>, change: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, change(text)]));
}

/** What is said of alerts that have no line of their own: how many, how urgent, and of which names. */
export interface FoldView {
  /** … and 4,312 more (12 critical, 4,300 warning) */
  readonly summary: string;
  /** HighCeleryQueueLength × 4,000 */
  readonly names: readonly string[];
}

const MOST_NAMES = 12;
const NAME_LENGTH = 80;

/** The numbers of all names add up to the number of alerts. `most`: how long a name may be. */
export function viewFold(alerts: readonly MessageAlert[], { words, times }: ViewContext, most = NAME_LENGTH): FoldView {
  const byName = new Map<string, number>();
  const byState = new Map<string, number>();
  for (const { alert, urgency } of alerts) {
    const name = nameOf(alert) || words.unnamed;
    byName.set(name, (byName.get(name) ?? 0) + 1);
    const state = alert.status === 'resolved' ? 'resolved' : urgency;
    byState.set(state, (byState.get(state) ?? 0) + 1);
  }
  const states = [
    ...URGENCIES.flatMap((urgency) =>
      byState.has(urgency) ? [words.counted.firing(times.count(byState.get(urgency) ?? 0), urgency)] : [],
    ),
    ...(byState.has('resolved') ? [words.counted.resolved(times.count(byState.get('resolved') ?? 0))] : []),
  ];
  const sorted = [...byName].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const shown = sorted.slice(0, most < NAME_LENGTH ? 4 : MOST_NAMES);
  const others = sorted.slice(shown.length);
  const rest = others.reduce((sum, [, n]) => sum + n, 0);
  return {
    summary: words.folded({ n: alerts.length, text: times.count(alerts.length) }, states.join(words.comma)),
    names: [
      ...shown.map(([name, n]) => `${shorten(cleanLine(name), Math.min(most, NAME_LENGTH), '…')} × ${times.count(n)}`),
      ...(others.length > 0
        ? [`${words.otherNames({ n: others.length, text: times.count(others.length) })} × ${times.count(rest)}`]
        : []),
    ],
  };
}
