// What templates see of a whole message and of one part of it.
import {
  nameOf,
  rank,
  URGENCIES,
  urgencyOf,
  type Alert,
  type Group,
  type Message,
  type MessageAlert,
  type Urgency,
} from '../notification/index.js';
import {
  byMeaning,
  dashboardOf,
  distinguishingValue,
  markOf,
  silencePage,
  viewAlert,
  type LinkView,
  type ViewContext,
} from './alert-view.js';
import { isolate } from './isolate.js';
import { alertsUrl, cleanLine, cleanOwnLine, shorten, safeUrl } from './markup.js';
import type { Numeral } from './words.js';

export interface MessageView {
  readonly mark: string;
  /** [FIRING:2 critical], with what parts it from the next word */
  readonly tag: string;
  readonly what: string;
  readonly where: string;
  /** What an inbox shows of a mail: state, number and names first. */
  readonly subject: string;
  /** +2 new, 1 resolved, 5 still firing */
  readonly changes: string;
  /** What an inbox shows below the subject. */
  readonly lead: string;
  /** 10:36 Asia/Shanghai; with the date where it is sent on another day. */
  readonly asOf: string;
  /** What people should know of the delivery: late, possibly twice, given up elsewhere, incomplete. */
  readonly notes: readonly string[];
  /** The labels that all alerts of the message share; empty in a digest. */
  readonly group: readonly { readonly name: string; readonly value: string }[];
  /** How many labels the group has beside those: "and 12 more"; empty where there is none. */
  readonly groupMore: string;
  readonly receiver: string;
  readonly standing: string;
  /** Of all alerts, where it is no address. */
  readonly runbook: string;
  readonly links: readonly LinkView[];
  readonly status: 'firing' | 'resolved';
  readonly urgency: Urgency;
  readonly kind: Message['kind'];
}

const MOST = {
  groupLabels: 20,
  label: 120,
  name: 80,
  places: 5,
  standing: 5,
  standingName: 60,
  groups: 3,
  runbook: 300,
};
const SILENT_LABELS = new Set(['alertname', 'severity', 'component', 'job']);

export interface MessageViewOptions {
  readonly possibleDuplicate: boolean;
  /** When people get it: a message that is sent again is as it was composed, but says how late it comes. */
  readonly sentAt: number;
  readonly timezone: string;
  /** How many characters a text may have. */
  readonly most: number | undefined;
}

export function viewMessage(
  message: Message,
  context: ViewContext,
  { possibleDuplicate, sentAt, timezone, most = Infinity }: MessageViewOptions,
): MessageView {
  const { words, times, now } = context;
  const numeral = (n: number): Numeral => ({ n, text: times.count(n) });
  const { counts } = message;
  const group = message.groups.length === 1 ? message.groups[0] : undefined;
  const shared = Object.entries(group?.labels ?? {})
    .filter(([, value]) => value !== '')
    .sort(([a], [b]) => byMeaning(a, b));
  const more = shared.length - MOST.groupLabels + (group?.leftOut ?? 0);
  return {
    mark: markOf(message.told.status, message.told.urgency),
    tag: tagOf(message, context),
    ...subjectOf(message, context),
    subject: inboxLine(message, context),
    changes: changesOf(message, context),
    lead: leadOf(message, context),
    asOf: `${times.at(now, sentAt) ?? ''} ${timezone}`,
    notes: [
      message.undelivered !== undefined &&
        words.undelivered(
          shorten(cleanLine(message.undelivered.channel), MOST.label, '…'),
          reasonOf(message.undelivered.reason, context),
        ),
      sentAt - message.acceptedAt > LATE_MS &&
        words.late(times.at(message.acceptedAt, sentAt) ?? '?', times.span(sentAt - message.acceptedAt)),
      possibleDuplicate && words.possibleDuplicate,
      counts.truncated > 0 && words.truncated(numeral(counts.truncated)),
    ].filter((text) => text !== false),
    group: shared.slice(0, MOST.groupLabels).map(([name, value]) => ({
      name: labelText(name, Math.min(most, MOST.label)),
      value: labelText(value, Math.min(most, MOST.label)),
    })),
    groupMore: more <= 0 ? '' : words.andMore(numeral(more)),
    receiver: labelText(
      [...new Set(message.groups.map(({ receiver }) => receiver))].slice(0, MOST.groups).join(words.comma),
      most,
    ),
    standing: counts.standing > 0 ? standingOf(message, context) : '',
    runbook: most < Infinity ? '' : runbookOf(message, context),
    links: most < Infinity ? [] : linksOf(message, context),
    status: message.status,
    urgency: message.urgency,
    kind: message.kind,
  };
}

/** +2 new, 1 resolved, 5 still firing */
function changesOf(message: Message, context: ViewContext): string {
  const { words, times } = context;
  const { counts } = message;
  const numeral = (n: number): Numeral => ({ n, text: times.count(n) });
  const again = message.alerts.filter(
    ({ alert, reminder }) => alert.status === 'firing' && !reminder && alert.endedBefore !== undefined,
  ).length;
  return [
    counts.firing > again && words.changes.fresh(numeral(counts.firing - again)),
    again > 0 && words.changes.again(numeral(again)),
    counts.resolved > 0 && words.changes.resolved(numeral(counts.resolved)),
    counts.standing + counts.reminded > 0 &&
      stillFiringOf(message, context) +
        (counts.reminded > 0 && counts.firing + counts.resolved === 0 ? ` (${words.changes.reminder})` : ''),
  ]
    .filter((text) => text !== false)
    .join(words.clause);
}

/** State, number and names, as the subject has them; what changed; then a description, or what the first few say. */
function leadOf(message: Message, context: ViewContext): string {
  const views = message.alerts.slice(0, 3).map((each) => viewAlert(each, context, 100));
  const [first] = views;
  const said =
    views.length === 1 && first !== undefined
      ? first.description.replace(/\s+/g, ' ').trim() || first.headline
      : views.map(({ headline, status }) => (status === 'resolved' ? headline : isolate(headline))).join(' · ');
  return [`${tagOf(message, context)}${namesOf(message, context)}`, changesOf(message, context), said]
    .filter((text) => text !== '')
    .join(' · ');
}

/** The names of what a message tells, as the rules call it. */
function namesOf(message: Message, context: ViewContext): string {
  const { words, times } = context;
  const { groups } = message;
  const names = [...new Set(subjectsOf(message).map(({ alert }) => nameOf(alert) || words.unnamed))];
  const listedNames = listed(names, groups.length > 1 ? ROOM.digest : ROOM.names, context);
  return groups.length > 1
    ? `${words.groups({ n: groups.length, text: times.count(groups.length) })}${words.colon}${listedNames}`
    : listedNames;
}

/** Longer ones are cut by every inbox. */
const SUBJECT = 150;

/**
 * The subject of a mail. Gmail begins another conversation where it changes, and so with the state; other mail programs
 * go by `References`.
 */
function inboxLine(message: Message, context: ViewContext): string {
  const { what, where } = subjectOf(message, context);
  const names = namesOf(message, context);
  const [first] = message.alerts;
  const summary = message.alerts.length === 1 && first !== undefined && what !== nameOf(first.alert) ? what : '';
  const text = [`${inboxTag(message, context)}${names}`, summary, where].filter((each) => each !== '').join(' · ');
  return cleanOwnLine(shorten(text, SUBJECT, '…'));
}

/** While something fires its urgency comes first; what is over begins with that. */
function inboxTag(message: Message, context: ViewContext): string {
  const { words, times } = context;
  const { counts, status, told, urgency } = message;
  if (status === 'resolved') return tagOf(message, context);
  const [most, state] =
    counts.firing > 0
      ? [told.urgency, words.inbox.firing(times.count(counts.firing + counts.reminded))]
      : counts.resolved > 0
        ? [urgency, words.inbox.partlyResolved(times.count(counts.resolved), standingNumber(message, context))]
        : [told.urgency, words.inbox.stillFiring(times.count(counts.reminded))];
  return `[${most.toUpperCase()}] ${state} · `;
}

/** Nothing is known of what AlertManager left out. */
function standingNumber({ counts }: Message, { times }: ViewContext): string {
  const firing = counts.reminded + counts.standing;
  return firing === 0 ? '?' : times.count(firing);
}

/** Later than this after the relay took it, people are told. */
const LATE_MS = 2 * 60_000;

function labelText(text: string, most: number): string {
  return shorten(cleanLine(text, 4 * MOST.runbook), Math.min(MOST.runbook, most), '…');
}

function reasonOf(reason: string, { words }: ViewContext): string {
  const known = Object.entries(words.reasons).find(([name]) => name === reason)?.[1];
  return known ?? shorten(cleanLine(reason), MOST.label, '…');
}

/**
 * What fires on, each urgency with its number, the most urgent first; of what the message does not know by name only
 * the number is known.
 */
function stillFiringOf({ alerts, standing, counts }: Message, { words, times }: ViewContext): string {
  const known = [
    ...alerts.filter(({ alert, reminder }) => reminder && alert.status === 'firing').map((each) => each.urgency),
    ...standing.map(urgencyOf),
  ];
  const byUrgency = Map.groupBy(known, (each) => each);
  const urgencies = URGENCIES.flatMap((each) =>
    byUrgency.has(each) ? [words.counted.firing(times.count(byUrgency.get(each)?.length ?? 0), each)] : [],
  );
  const n = counts.standing + counts.reminded;
  return words.changes.stillFiring({ n, text: times.count(n) }, urgencies, known.length >= n);
}

/** Its numbers and its urgency are those of what the message tells. */
function tagOf(message: Message, context: ViewContext): string {
  const { counts, status, told } = message;
  const { words, times } = context;
  if (status === 'resolved') return words.tag.resolved(times.count(counts.resolved));
  if (counts.firing > 0) return words.tag.firing(times.count(counts.firing + counts.reminded), told.urgency);
  if (counts.resolved > 0)
    return words.tag.partlyResolved(times.count(counts.resolved), standingNumber(message, context));
  return words.tag.stillFiring(times.count(counts.reminded), told.urgency);
}

/**
 * What it is about, and where: a single alert says it itself, several are called by their names and by what tells them
 * apart.
 */
function subjectOf(message: Message, context: ViewContext): { what: string; where: string } {
  const [first, second] = message.alerts;
  if (first !== undefined && second === undefined) {
    const alone = viewAlert(first, { ...context, mixed: true }, 200);
    return {
      what: alone.status === 'resolved' ? alone.headline : isolate(alone.headline),
      where: alone.where,
    };
  }
  return {
    what: namesOf(message, context),
    where: message.groups.length > 1 ? '' : whereOf(message, subjectsOf(message), context),
  };
}

/** What fires, or where nothing does, what has ended. */
function subjectsOf({ alerts }: Message): readonly MessageAlert[] {
  const firing = alerts.filter(({ alert }) => alert.status === 'firing');
  return firing.length > 0 ? firing : alerts;
}

function whereOf({ groups }: Message, subject: readonly MessageAlert[], context: ViewContext): string {
  const shared = Object.entries(groups[0]?.labels ?? {}).filter(
    ([name, value]) => !SILENT_LABELS.has(name) && value !== '',
  );
  // A title holds fewer.
  if (shared.length > 0)
    return shared
      .sort(([a], [b]) => byMeaning(a, b))
      .slice(0, MOST.groupLabels)
      .map(([name, value]) => `${isolate(labelText(name, MOST.label))}=${isolate(labelText(value, MOST.label))}`)
      .join(' ');
  // What each alert's first label says: w1, w2, w3. Of more than a few, the number in front says enough.
  if (subject.length > MOST.places) return '';
  const common = commonLabels(subject);
  const values = new Set(subject.flatMap(({ alert }) => distinguishingValue(alert, common)));
  return listed([...values], ROOM.places, context);
}

/** The labels that all of several alerts share. */
function commonLabels(subject: readonly MessageAlert[]): Readonly<Record<string, string>> {
  const [first, ...others] = subject;
  return Object.fromEntries(
    Object.entries(first?.alert.labels ?? {}).filter(([name, value]) =>
      others.every(({ alert }) => alert.labels[name] === value),
    ),
  );
}

/** How many characters of a title lists may take. */
const ROOM = { names: 60, digest: 36, places: 40 };

/** As many as there is room for, at least one, and how many more there are. */
function listed(names: readonly string[], room: number, { words, times }: ViewContext): string {
  let text = isolate(shorten(cleanLine(names[0] ?? ''), MOST.name, '…'));
  for (let n = 1; n < names.length; n++) {
    const longer = `${text}${words.comma}${isolate(shorten(cleanLine(names[n] ?? ''), MOST.name, '…'))}`;
    if (longer.length > room)
      return `${text}${words.andOthers({ n: names.length - n, text: times.count(names.length - n) })}`;
    text = longer;
  }
  return text;
}

/** The most urgent of what fires on, by name. */
function standingOf({ counts, standing }: Message, context: ViewContext): string {
  const { words, times } = context;
  const group = { key: '', receiver: '', labels: {}, externalURL: '' };
  const names = [...standing]
    .sort((a, b) => rank(urgencyOf(a)) - rank(urgencyOf(b)))
    .slice(0, MOST.standing)
    .map((alert: Alert) => {
      const view = viewAlert(
        { alert, urgency: urgencyOf(alert), group, story: [], reminder: false },
        context,
        MOST.standingName,
      );
      return `${view.mark} ${isolate(view.summary)}`;
    });
  const more = counts.standing - names.length;
  const list = `${names.join(words.comma)}${more > 0 && names.length > 0 ? `${words.clause}${words.andMore({ n: more, text: times.count(more) })}` : ''}`;
  const title = words.standing({ n: counts.standing, text: times.count(counts.standing) });
  return list === '' ? title : `${title}${words.colon}${list}`;
}

function runbookOf({ alerts, status }: Message, { shared }: ViewContext): string {
  const annotations = alerts[0]?.alert.annotations ?? {};
  const runbook = annotations['runbook_url'] ?? annotations['runbook'] ?? '';
  return status === 'firing' && shared.has(runbook) && safeUrl(runbook) === undefined
    ? labelText(runbook, MOST.runbook)
    : '';
}

function linksOf(message: Message, { words, shared }: ViewContext): LinkView[] {
  const found: LinkView[] = [];
  const add = (text: string, url: string | undefined): void => {
    if (url !== undefined) found.push({ text, url });
  };
  const [first] = message.alerts;
  const once = (text: string, address: string | undefined): void => {
    const url = safeUrl(address);
    if (url !== undefined && shared.has(url) && message.status === 'firing') found.push({ text, url });
  };
  once(words.links.runbook, first?.alert.annotations['runbook_url'] ?? first?.alert.annotations['runbook']);
  once(words.links.graph, first?.alert.generatorURL);
  if (first !== undefined) once(words.links.dashboard, dashboardOf(first.alert));
  once(words.links.panel, first?.alert.links?.panel);
  once(words.links.image, first?.alert.links?.image);
  once(words.links.silence, first?.alert.links?.silence);
  const pages = new Map(message.groups.map((each) => [each.externalURL, each]));
  const listOf = (each: Group, labels: Group['labels']): void => {
    if (each.sender === 'grafana') add(words.links.grafana, safeUrl(each.externalURL));
    else add(words.links.alertmanager, alertsUrl(each.externalURL, labels));
  };
  const [group] = message.groups;
  if (group !== undefined && message.groups.length === 1) {
    // With labels missing it would silence other groups, too.
    const labels = group.leftOut === undefined ? group.labels : {};
    if (message.status === 'firing' && message.alerts.length > 1 && Object.keys(labels).length > 0)
      add(words.links.silenceGroup, silencePage(group, labels));
    listOf(group, labels);
  } else {
    for (const each of [...pages.values()].slice(0, MOST.groups)) listOf(each, {});
  }
  return found;
}
