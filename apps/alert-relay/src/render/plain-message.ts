// The last form of a message, for when nothing else can be made of it: names, summaries and counts, without templates
// and without cutting, and shrunk until it fits. It has to work where the rest of this room does not, so it leans on
// little of it.
import { bounded } from './bounded.js';
import { covers } from './cut.js';
import { wordsOf } from './languages.js';
import { cleanLine, escapeFor, shorten } from './markup.js';
import type { Words } from './words.js';
import type { Dresser, Markup, Part, Sections, Tone } from '../channels/channel.js';
import {
  compose,
  nameOf,
  notificationOf,
  ownAlert,
  ownGroup,
  type Message,
  type MessageAlert,
  type Notification,
  type PlannedPart,
  type StoredNotification,
} from '../notification/index.js';
import type { Locale } from '../settings/locale.js';
import type { MessageParts, PartsRequest } from './message-job.js';

/** Nobody reads more, and a server that shows all of them is rare. */
const MOST_LINES = 200;
const MOST = { name: 80, text: 200, title: 80, damaged: 300 };
/** Slack takes 3,000 characters in one block. */
const BLOCK = 2_400;

export interface PlainSettings {
  readonly markup: Markup;
  readonly locale: Locale;
  readonly dress: Dresser;
}

/**
 * Never throws for what is stored, damaged or not; only where the channel cannot dress even this. The plan of an
 * earlier attempt stays, so that what has arrived is not sent again.
 */
export function plainMessage(
  { notifications, composedAt, id, plan: before, possibleDuplicate, sentAt, most }: PartsRequest,
  { markup, locale, dress }: PlainSettings,
): MessageParts {
  const message = messageOf(notifications, composedAt);
  const words = wordsOf(locale);
  const alerts = message.alerts.length;
  const known = before !== undefined && covers(before, alerts) ? before : undefined;
  const plan: readonly PlannedPart[] = known ?? [{ from: 0, to: alerts, detail: 'folded', state: 'waiting' }];
  const parts = plan.map(({ from, to }, i) => {
    const partOf = (lines: number, withHead = true): Part => {
      const texts = textsOf(message, { from, to, lines, withHead, possibleDuplicate, words, locale });
      return {
        key: `${id}-${i + 1}`,
        title: titleOf(message, words, i + 1, plan.length),
        tone: toneOf(message),
        body: sectionsOf(texts, (text) => escapeFor(markup, text), markup === 'html' ? '<br>\n' : lineBreakOf(markup)),
        plain: sectionsOf(texts, (text) => text, '\n'),
        index: i + 1,
        total: plan.length,
        message,
        from,
        to,
        sentAt,
        possibleDuplicate,
      };
    };
    for (let lines = Math.min(to - from, MOST_LINES); lines > 0; lines = Math.floor(lines / 2)) {
      const made = dress(partOf(lines));
      if (made.size <= most) return made;
    }
    const headOnly = dress(partOf(0));
    return headOnly.size <= most ? headOnly : dress(partOf(0, false));
  });
  return { parts, plan, failures: [] };
}

/** What can be composed of it; in place of a notification that nobody can read stands an alert that says so. */
function messageOf(stored: readonly StoredNotification[], composedAt: number): Message {
  const read = stored.map((each) => readable(each, composedAt));
  const message = attempt(() => compose(read, composedAt)) ?? compose(stored.map(unreadable), composedAt);
  return attempt(() => bounded(message)) ?? message;
}

function readable(stored: StoredNotification, composedAt: number): Notification {
  const read = attempt(() => {
    const notification = notificationOf(stored);
    compose([notification], composedAt);
    return notification;
  });
  return read ?? unreadable(stored);
}

function unreadable({ json, acceptedAt, undelivered }: StoredNotification): Notification {
  const begin = shorten(cleanLine(json, MOST.damaged), MOST.damaged, '…');
  const alert = ownAlert({
    name: 'AlertRelayUnreadableAlert',
    status: 'firing',
    severity: 'critical',
    startsAt: acceptedAt,
    summary: {
      en: 'The relay cannot read a notification in its own store: look into AlertManager for what it told',
      zh: '中继无法读取其存储中的一条通知：请到 Alertmanager 查看其内容',
    },
    description: { en: `It begins with: ${begin}`, zh: `其开头为：${begin}` },
    labels: { accepted: String(acceptedAt) },
  });
  return {
    kind: 'news',
    group: ownGroup('AlertRelayUnreadableAlert'),
    episode: { id: `unreadable-${acceptedAt}`, opened: false },
    acceptedAt,
    changes: [alert],
    standing: { count: 0, alerts: [] },
    truncated: 0,
    ...(undelivered !== undefined && { undelivered }),
  };
}

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

interface TextsRequest {
  readonly from: number;
  readonly to: number;
  /** How many alerts have one. */
  readonly lines: number;
  readonly withHead: boolean;
  readonly possibleDuplicate: boolean;
  readonly words: Words;
  readonly locale: Locale;
}

interface Texts {
  readonly head: readonly string[];
  readonly lines: readonly string[];
  readonly foot: readonly string[];
}

function textsOf(
  { alerts, counts, undelivered }: Message,
  { from, to, lines, withHead, possibleDuplicate, words, locale }: TextsRequest,
): Texts {
  const numeral = (n: number): { n: number; text: string } => ({ n, text: String(n) });
  const more = to - from - lines;
  return {
    head: withHead
      ? [
          words.plainForm,
          ...(undelivered === undefined
            ? []
            : [words.undelivered(line(undelivered.channel, MOST.name), line(undelivered.reason, MOST.text))]),
          ...(possibleDuplicate ? [words.possibleDuplicate] : []),
          ...(counts.truncated > 0 ? [words.truncated(numeral(counts.truncated))] : []),
        ]
      : [],
    lines: alerts.slice(from, from + lines).map((each) => lineOf(each, words, locale)),
    foot: [
      ...(more > 0 ? [words.andMore(numeral(more))] : []),
      ...(withHead && counts.standing > 0 ? [words.standing(numeral(counts.standing))] : []),
    ],
  };
}

function lineOf({ alert, urgency }: MessageAlert, words: Words, locale: Locale): string {
  const state = alert.status === 'resolved' ? words.resolved : words.urgency[urgency];
  const said = attempt(() => {
    const { annotations, labels } = alert;
    const summary = (locale === 'zh-CN' ? annotations['summary_zh'] : undefined) ?? annotations['summary'];
    const others = Object.entries(labels).filter(([name]) => name !== 'alertname' && name !== 'severity');
    return line(summary ?? others.map(([name, value]) => `${name}=${value}`).join(', '), MOST.text);
  });
  return `${state} · ${line(nameOf(alert), MOST.name)}${said === undefined || said === '' ? '' : `${words.colon}${said}`}`;
}

function titleOf({ alerts, told, counts }: Message, words: Words, index: number, total: number): string {
  const [fire, end] = [counts.firing + counts.reminded, counts.resolved];
  const tag =
    fire === 0
      ? words.tag.resolved(String(end))
      : end > 0
        ? words.tag.partlyResolved(String(end), String(fire))
        : words.tag.firing(String(fire), told.urgency);
  const names = [...new Set(alerts.slice(0, MOST_LINES).map(({ alert }) => line(nameOf(alert), MOST.name)))];
  const suffix = total > 1 ? ` (${index}/${total})` : '';
  return `${shorten(`${tag} ${names.join(words.comma)}`, MOST.title - suffix.length - 1, '…')}${suffix}`;
}

function toneOf({ told }: Message): Tone {
  return told.status === 'resolved' ? 'resolved' : told.urgency;
}

function sectionsOf({ head, lines, foot }: Texts, escape: (text: string) => string, lineBreak: string): Sections {
  const blocks: string[] = [];
  for (const text of lines.map(escape)) {
    const last = blocks.at(-1);
    if (last === undefined || last.length + text.length > BLOCK) blocks.push(text);
    else blocks[blocks.length - 1] = `${last}${lineBreak}${text}`;
  }
  const joined = (texts: readonly string[]): string => texts.map(escape).join(lineBreak);
  return { head: joined(head), blocks, foot: joined(foot) };
}

/** DingTalk breaks a line only after two spaces. */
function lineBreakOf(markup: Markup): string {
  return markup === 'dingtalk' ? '  \n' : '\n';
}

function line(text: string, most: number): string {
  return shorten(cleanLine(text, most * 4), most, '…');
}
