// How a message looks to a webhook of the user's own: the whole of it as JSON and as text.
import type { MessageAlert } from '../notification/index.js';
import type { Dressed, Look, Part } from './channel.js';
import { dressed } from './dressed.js';
import { bytes, pieces, titleLine } from './wording.js';

/** Groups and standing alerts of one body. */
const SHOWN = 20;

export const WEBHOOK_LOOK: Look<{ readonly max_bytes: number }> = {
  markup: 'plain',
  dresser:
    ({ max_bytes: max }) =>
    (part) =>
      dress(part, max),
};

function dress(part: Part, max: number): Dressed {
  const count = part.to - part.from;
  const whole =
    part.body.blocks.length < count
      ? undefined
      : writeBody(
          part,
          part.message.alerts.slice(part.from, part.to).map((each) => told(each).json),
        );
  // One alert alone that is too large as data cannot be cut any further.
  const content = whole === undefined || (count === 1 && bytes(whole) > max) ? writeCondensed(part, max) : whole;
  return dressed(part, content, bytes(content));
}

/**
 * Alerts that do not fit as texts do not fit as data either: the first that fit, without their annotations, and the
 * number of those that are left out.
 */
function writeCondensed(part: Part, max: number): string {
  const alerts: string[] = [];
  let room = max - bytes(writeBody(part, [])) - 1000;
  for (const each of part.message.alerts.slice(part.from, part.to)) {
    const short = shortOf(each);
    room -= short.size + 1;
    if (room < 0) break;
    alerts.push(short.json);
  }
  return writeBody(part, alerts);
}

interface Written {
  readonly json: string;
  readonly size: number;
}

/** A message of thousands of alerts is measured many times while it is cut: each alert is written once. */
const told = onceForEach((each) => tell(each));
const shortOf = onceForEach((each) => tell({ ...each, alert: { ...each.alert, annotations: {} } }));

function onceForEach(write: (each: MessageAlert) => string): (each: MessageAlert) => Written {
  const all = new WeakMap<MessageAlert, Written>();
  return (each) => {
    const known = all.get(each);
    if (known !== undefined) return known;
    const json = write(each);
    const written = { json, size: bytes(json) };
    all.set(each, written);
    return written;
  };
}

function tell({ group, ...rest }: MessageAlert): string {
  return JSON.stringify({ ...rest, group: group.key });
}

/** Groups and standing alerts are cut to what a body can hold: a digest may speak of thousands of groups. */
function writeBody(
  { key, tone, index, total, from, to, possibleDuplicate, plain, message, ...part }: Part,
  alerts: readonly string[],
): string {
  const { kind, status, urgency, counts, episode, groups, standing, acceptedAt, composedAt, undelivered } = message;
  const title = titleLine(part.title);
  const named = new Set(message.alerts.slice(from, to).map(({ group }) => group.key));
  const before = JSON.stringify({
    version: '1',
    id: key,
    part: { index, total },
    possibleDuplicate,
    tone,
    title,
    text: [title, ...pieces(plain)].join('\n\n'),
    message: {
      kind,
      status,
      urgency,
      counts,
      episode,
      acceptedAt,
      composedAt,
      ...(undelivered !== undefined && { undelivered }),
    },
    groups: groups.filter((group) => named.has(group.key)).slice(0, SHOWN),
  });
  const after = JSON.stringify({ alertsLeftOut: to - from - alerts.length, standing: standing.slice(0, SHOWN) });
  return `${before.slice(0, -1)},"alerts":[${alerts.join(',')}],${after.slice(1)}`;
}
