// A message as far as anybody can read it: of alerts and groups with thousands of labels the first, and how many there
// are beside them.
import { clip } from '@celery-watch/service/texts';
import type { Alert, Group, Message, MessageAlert } from '../notification/index.js';

type Texts = Readonly<Record<string, string>>;

/**
 * Labels or annotations of one alert, characters of them all, and of one where they are too many: far beyond what rules
 * of people have.
 */
const MOST = { texts: 200, characters: 200_000, text: 20_001 };

/** What a message is about; it stays whatever else is left out. Then comes the order of the post. */
const FIRST = [
  ...[
    'alertname',
    'severity',
    'namespace',
    'queue',
    'name',
    'task',
    'worker',
    'broker',
    'hostname',
    'channel',
    'instance',
    'job',
  ],
  ...['summary', 'summary_zh', 'description', 'description_zh', 'message', 'message_zh', 'value'],
  ...['runbook_url', 'runbook', 'dashboard_url', 'dashboard'],
];

/** The same message where nothing of it is too much. Takes time in proportion to the message, once for a rendering. */
export function bounded(message: Message): Message {
  const groups = new Map<Group, Group>();
  const groupOf = (group: Group): Group => {
    const known = groups.get(group) ?? boundedGroup(group);
    groups.set(group, known);
    return known;
  };
  return {
    ...message,
    groups: message.groups.map(groupOf),
    alerts: message.alerts.map((each) => boundedAlert(each, groupOf(each.group))),
    standing: message.standing.map((alert) => cutAlert(alert)?.alert ?? alert),
  };
}

function boundedGroup(group: Group): Group {
  const labels = cut(group.labels);
  return labels === undefined ? group : { ...group, labels: labels.kept, leftOut: labels.leftOut };
}

function boundedAlert(each: MessageAlert, group: Group): MessageAlert {
  const less = cutAlert(each.alert);
  if (less === undefined) return group === each.group ? each : { ...each, group };
  return { ...each, group, ...less };
}

function cutAlert(alert: Alert): Pick<MessageAlert, 'alert' | 'leftOut'> | undefined {
  const labels = cut(alert.labels);
  const annotations = cut(alert.annotations);
  if (labels === undefined && annotations === undefined) return undefined;
  return {
    alert: { ...alert, labels: labels?.kept ?? alert.labels, annotations: annotations?.kept ?? alert.annotations },
    leftOut: { labels: labels?.leftOut ?? 0, annotations: annotations?.leftOut ?? 0 },
  };
}

/** Undefined where nothing has to go. */
function cut(texts: Texts): { readonly kept: Texts; readonly leftOut: number } | undefined {
  const names = Object.keys(texts);
  let characters = 0;
  if (
    names.length <= MOST.texts &&
    names.every((name) => (characters += name.length + (texts[name]?.length ?? 0)) <= MOST.characters)
  )
    return undefined;
  const first = FIRST.filter((name) => Object.hasOwn(texts, name));
  // Without a prototype: a label may be called `__proto__`.
  const kept = Object.create(null) as Record<string, string>;
  let room = MOST.characters;
  let count = 0;
  for (const name of new Set([...first, ...names.slice(0, MOST.texts)])) {
    const text = clip(texts[name] ?? '', MOST.text);
    const size = name.length + text.length;
    if (count === MOST.texts || size > room) continue;
    kept[name] = text;
    room -= size;
    count++;
  }
  return { kept, leftOut: names.length - count };
}
