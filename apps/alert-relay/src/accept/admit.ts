// From a post to what the outbox must hold: for each alert whether it is news, a reminder or a duplicate, and what the
// channels that the routing tree names are told. Pure.
import {
  episodeKey,
  rank,
  STANDING_SHOWN,
  urgencyOf,
  type Alert,
  type AlertStatus,
  type Group,
  type Notification,
} from '../notification/index.js';
import type { AlertState, Intake, KnownGroup } from '../outbox/outbox.js';
import { channelsFor, type Route } from '../route/route.js';

/** A group's alerts as one post has them. */
export interface GroupPost {
  readonly group: Group;
  readonly alerts: readonly Alert[];
  readonly truncated: number;
}

export interface Admission extends Intake {
  readonly kinds: Readonly<Record<AlertKind, number>>;
}

export interface AdmitPolicy {
  readonly start: Route;
  readonly dedup: DedupWindow;
  /** Makes the id of a group's new episode. */
  readonly newId: () => string;
}

interface Judged {
  readonly alert: Alert;
  readonly kind: AlertKind;
  readonly channels: readonly string[];
}

/** What a post changes. `now` in milliseconds since 1970. */
export function admit(
  { group, alerts, truncated }: GroupPost,
  known: KnownGroup,
  { start, dedup, newId }: AdmitPolicy,
  now: number,
): Admission {
  const states = new Map<string, AlertState>();
  const kinds: Record<AlertKind, number> = { news: 0, reminder: 0, duplicate: 0 };
  const judged = alerts.map((alert): Judged => {
    const key = episodeKey(alert);
    // The same episode twice in one post is one alert and its duplicate.
    const previous = states.get(key) ?? known.states.get(key);
    const kind = decide(previous, alert.status, now, dedup);
    states.set(key, nextState(previous, kind, alert.status, now));
    kinds[kind]++;
    return { alert, kind, channels: channelsFor(start, alert.labels) };
  });
  const episode = known.episode ?? newId();
  // AlertManager left alerts out (`max_alerts`): the group may still fire with one of those, so its episode stays open.
  const fires = truncated > 0 || alerts.some((alert) => alert.status === 'firing');
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
  return { states, episode: fires ? episode : undefined, entries, kinds };
}

/** Channels that are to see the same alerts, and those alerts in the order of the post. */
function audiences(judged: readonly Judged[]): { channels: string[]; members: Judged[] }[] {
  const byChannel = new Map<string, Set<string>>();
  const bySet = new Map<string, Judged[]>();
  for (const each of judged) {
    const set = each.channels.join('\n');
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
  return [...found.values()].map(({ channels, sets }) => ({
    channels,
    members:
      sets.size === bySet.size
        ? [...judged].filter((each) => each.channels.length > 0)
        : judged.filter((each) => sets.has(each.channels.join('\n'))),
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
    .filter((each) => each.kind !== kind && each.alert.status === 'firing')
    .map((each) => each.alert);
  // A stable sort: among equals AlertManager's order stays.
  const shown = [...standing].sort((a, b) => rank(urgencyOf(a)) - rank(urgencyOf(b))).slice(0, STANDING_SHOWN);
  return { kind, changes: told.map((each) => each.alert), standing: { count: standing.length, alerts: shown } };
}

export type AlertKind = 'news' | 'reminder' | 'duplicate';

export interface DedupWindow {
  /**
   * A post that differs in nothing from the last one is a duplicate within this time: AlertManager's own retry, or the
   * same post from another member of its cluster (docs/protocol/alertmanager.md#twins). Milliseconds.
   */
  readonly windowMs: number;
  /** Duplicates in a row are suppressed for no longer than this. Milliseconds. */
  readonly longestMs: number;
}

/**
 * The decision for one alert of a post, given what was stored of its episode. Where the clock has jumped and nothing
 * can be known, people are told.
 */
export function decide(
  previous: AlertState | undefined,
  status: AlertStatus,
  now: number,
  { windowMs, longestMs }: DedupWindow,
): AlertKind {
  if (previous === undefined || previous.status !== status) return 'news';
  const sinceSeen = Math.abs(now - previous.seenAt);
  const sinceTold = Math.abs(now - previous.toldAt);
  return sinceSeen <= windowMs && sinceTold <= longestMs ? 'duplicate' : 'reminder';
}

/** What is stored after the decision. */
export function nextState(
  previous: AlertState | undefined,
  kind: AlertKind,
  status: AlertStatus,
  now: number,
): AlertState {
  return { status, seenAt: now, toldAt: kind === 'duplicate' ? (previous?.toldAt ?? now) : now };
}
