// From a post to what the outbox must hold: for each alert whether it is news, a reminder or a duplicate, and what the
// channels that the routing tree names are told. Pure.
import {
  identityOf,
  rank,
  STANDING_SHOWN,
  urgencyOf,
  type Alert,
  type Group,
  type Notification,
} from '../notification/index.js';
import type { AlertState, Intake, KnownGroup } from '../outbox/outbox.js';
import { channelsFor, type Route } from '../route/route.js';
import { holdOf, judge, type AlertKind, type DedupWindow, type Judgement, type PostReason } from './judge.js';

/** A group's alerts as one post has them. */
export interface GroupPost {
  readonly group: Group;
  readonly alerts: readonly Alert[];
  readonly truncated: number;
  readonly reason?: PostReason | undefined;
  /** It was held back until then, and its time has come. */
  readonly heldUntil?: number;
}

/** `held` only where there are any. */
export type KindCounts = Readonly<Record<Exclude<AlertKind, 'held'>, number>> & { readonly held?: number };

export interface Admission extends Intake {
  readonly kinds: KindCounts;
}

export interface AdmitPolicy {
  readonly start: Route;
  readonly dedup: DedupWindow;
  /** Makes the id of a group's new episode. */
  readonly newId: () => string;
  /** Writes down what is held back. */
  readonly hold?: (post: GroupPost) => string;
}

interface Judged {
  readonly alert: Alert;
  readonly kind: AlertKind;
  readonly channels: readonly string[];
}

/** Stores of version 1 know an alert by this; the start is the sender's. */
export function formerKeyOf({ fingerprint, startsAt }: Alert): string {
  return `${fingerprint}@${startsAt ?? ''}`;
}

/** What a post changes. `now` in milliseconds since 1970. @param keys the identity of each alert */
export function admit(
  { group, alerts, truncated, reason, heldUntil }: GroupPost,
  known: KnownGroup,
  { start, dedup, newId, hold }: AdmitPolicy,
  now: number,
  keys: readonly string[] = alerts.map(identityOf),
): Admission {
  const states = new Map<string, AlertState>();
  const counts: Record<AlertKind, number> = { news: 0, reminder: 0, duplicate: 0, held: 0 };
  const held: Alert[] = [];
  const former = new Map(known.states);
  const judged = alerts.map((alert, place): Judged => {
    const key = keys[place] ?? identityOf(alert);
    const formerly = former.size === 0 ? undefined : taken(former, formerKeyOf(alert));
    // The same alert twice in one post is one alert and its duplicate.
    const previous = states.get(key) ?? known.states.get(key) ?? formerly;
    const judgement = judge(previous, alert, { ...dedup, now, reason, heldUntil });
    if (judgement.kind === 'held' && previous?.heldUntil === undefined) held.push(alert);
    states.set(key, judgement.state);
    counts[judgement.kind]++;
    return { alert: asTold(alert, judgement), kind: judgement.kind, channels: channelsFor(start, alert.labels) };
  });
  const episode = known.episode ?? newId();
  // AlertManager left alerts out (`max_alerts`): the group may still fire with one of those, so its episode stays open.
  const fires = truncated > 0 || [...states.values()].some(({ status }) => status === 'firing');
  const opened = known.episode === undefined && fires;
  const entries = audiences(judged).flatMap(({ channels, members }) => {
    const told = tell(members);
    if (told === undefined) return [];
    return [
      {
        channels,
        notification: {
          ...told,
          group,
          episode: { id: episode, opened },
          acceptedAt: now,
          truncated,
        } satisfies Notification,
      },
    ];
  });
  const { held: heldCount, ...kinds } = counts;
  return {
    states,
    // What was held back says nothing of the others of its group.
    episode: fires ? episode : heldUntil !== undefined ? known.episode : undefined,
    entries,
    kinds: heldCount === 0 ? kinds : counts,
    ...(held.length > 0 &&
      hold !== undefined && {
        held: { dueAt: now + holdOf(dedup), content: hold({ group, alerts: held, truncated: 0 }) },
      }),
  };
}

/** Of several alerts with one fingerprint an older program knew only the first. */
function taken(former: Map<string, AlertState>, key: string): AlertState | undefined {
  const state = former.get(key);
  former.delete(key);
  return state;
}

/** An alert with the times of its episode. */
function asTold(told: Alert, { state, endedBefore }: Judgement): Alert {
  const end = told.status === 'firing' ? undefined : (state.endedAt ?? told.endsAt);
  if (state.startsAt === told.startsAt && end === told.endsAt && endedBefore === undefined) return told;
  return {
    ...withoutTimes(told),
    ...(state.startsAt !== undefined && { startsAt: state.startsAt }),
    ...(end !== undefined && { endsAt: end }),
    ...(endedBefore !== undefined && { endedBefore }),
  };
}

function withoutTimes({ startsAt: _, endsAt: __, ...alert }: Alert): Omit<Alert, 'startsAt' | 'endsAt'> {
  return alert;
}

/** Channels that are to see the same alerts, and those alerts in the order of the post. */
function audiences(judged: readonly Judged[]): { channels: readonly string[]; members: readonly Judged[] }[] {
  const sets = judged.map(({ channels }) => channels.join('\n'));
  const [channels = []] = judged.map((each) => each.channels);
  // Nearly always all of a group go the same way.
  if (sets.every((each) => each === sets[0]))
    return channels.length === 0 ? [] : [{ channels: [...new Set(channels)], members: judged }];
  const byChannel = new Map<string, Set<string>>();
  const bySet = new Map<string, Judged[]>();
  for (const [place, each] of judged.entries()) {
    const set = sets[place] ?? '';
    const members = bySet.get(set);
    if (members) members.push(each);
    else bySet.set(set, [each]);
    for (const channel of each.channels) byChannel.set(channel, (byChannel.get(channel) ?? new Set()).add(set));
  }
  const found = new Map<string, { channels: string[]; sets: Set<string> }>();
  for (const [channel, sets] of byChannel) {
    const key = [...sets].join('\n\n');
    const audience = found.get(key);
    if (audience) audience.channels.push(channel);
    else found.set(key, { channels: [channel], sets });
  }
  return [...found.values()].map(({ channels, sets: wanted }) => ({
    channels,
    members:
      wanted.size === bySet.size
        ? [...judged].filter((each) => each.channels.length > 0)
        : judged.filter((_, place) => wanted.has(sets[place] ?? '')),
  }));
}

/**
 * A notification with news tells what changed and counts the rest as standing. Where nothing changed, a reminder tells
 * what still fires. Undefined: nothing to tell.
 */
function tell(members: readonly Judged[]): Pick<Notification, 'kind' | 'changes' | 'standing'> | undefined {
  const of = (kind: AlertKind): Judged[] => members.filter((each) => each.kind === kind);
  const news = of('news');
  const kind = news.length > 0 ? 'news' : 'reminder';
  const told = kind === 'news' ? news : of('reminder');
  if (told.length === 0) return undefined;
  const standing = members
    .filter((each) => each.kind !== kind && each.kind !== 'held' && each.alert.status === 'firing')
    .map((each) => each.alert);
  // A stable sort: among equals AlertManager's order stays.
  const shown = [...standing].sort((a, b) => rank(urgencyOf(a)) - rank(urgencyOf(b))).slice(0, STANDING_SHOWN);
  return { kind, changes: told.map((each) => each.alert), standing: { count: standing.length, alerts: shown } };
}
