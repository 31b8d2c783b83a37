// What one message says: notifications that wait together, merged so that nothing unsent is overwritten. And how it was
// cut into parts.
import {
  identityOf,
  mostUrgent,
  nameOf,
  rank,
  urgencyOf,
  type Alert,
  type AlertStatus,
  type Group,
  type Urgency,
} from './alert.js';
import type { GroupEpisode, Notification } from './notification.js';
import type { Receipt } from './receipt.js';

/** One alert of a message, as it stands now, with what happened to it since people last heard. */
export interface MessageAlert {
  readonly alert: Alert;
  readonly urgency: Urgency;
  readonly group: Group;
  /**
   * Every change that this message tells, in the order in which they were accepted: more than one where the earlier was
   * never sent.
   */
  readonly story: readonly { readonly status: AlertStatus; readonly at: number }[];
  readonly reminder: boolean;
  /** How many labels and annotations it has beside those that are here; absent: none. */
  readonly leftOut?: { readonly labels: number; readonly annotations: number };
}

/** A message before it is rendered: the same for every channel, locale and time zone. */
export interface Message {
  /** `digest`: more than one group in one message, because the channel's budget did not allow one each. */
  readonly kind: 'news' | 'reminder' | 'digest';
  /**
   * The order in which people should read: firing before resolved, critical first, the oldest first; in a digest alerts
   * of one name and group stand together.
   */
  readonly alerts: readonly MessageAlert[];
  readonly counts: {
    readonly firing: number;
    readonly resolved: number;
    readonly reminded: number;
    readonly standing: number;
    readonly truncated: number;
  };
  readonly groups: readonly Group[];
  readonly episode: GroupEpisode;
  /** Fires anything that it tells of, or anything else in its groups? */
  readonly status: AlertStatus;
  /** The highest urgency of what fires; of everything where nothing fires. */
  readonly urgency: Urgency;
  /**
   * The same of its alerts alone, without what stands: it decides how urgent the message looks. A message about an
   * alert of low urgency does not look critical because another alert is.
   */
  readonly told: { readonly status: AlertStatus; readonly urgency: Urgency };
  /** The first few of what fires on without a change, the most urgent first. */
  readonly standing: readonly Alert[];
  /** Milliseconds since 1970. */
  readonly acceptedAt: number;
  readonly composedAt: number;
  readonly undelivered?: { readonly channel: string; readonly reason: string };
}

/** How much of each alert a part shows: everything, one line each, or names with numbers. */
export type DetailLevel = 'full' | 'lines' | 'folded';

/** How a message was cut, kept while it is on its way: a resend cuts it the same way and skips what arrived. */
export interface PlannedPart {
  /** The alerts of the message in this part: `from` up to but without `to`. */
  readonly from: number;
  readonly to: number;
  readonly detail: DetailLevel;
  /** Texts of an alert longer than this are visibly shortened, in characters; absent: nothing is. */
  readonly clip?: number;
  /** `ambiguous`: sent, and the answer was lost. */
  readonly state: 'waiting' | 'delivered' | 'ambiguous';
  /** Of a delivered one, where the server gave one. */
  readonly receipt?: Receipt;
}

/**
 * One message from the notifications that were claimed together, oldest first. Of each alert the newest state leads and
 * the older unsent ones stay in its story: "fired 10:02, resolved 10:04". `composedAt` is kept with the claim, so that
 * a resend says the same.
 */
export function compose(claimed: readonly Notification[], composedAt: number): Message {
  const notifications = inOrder(claimed);
  const last = notifications.at(-1);
  if (last === undefined) throw new Error('a message needs at least one notification');
  const groups = new Map(notifications.map((each) => [each.group.key, each.group]));
  const alerts = [...mergeAlerts(notifications).values()].sort(groups.size > 1 ? byUrgencyAndName : byUrgency);
  const standing = standingOf(notifications, alerts);
  const firing = alerts.filter(({ alert, reminder }) => alert.status === 'firing' && !reminder).length;
  const reminded = alerts.filter(({ alert, reminder }) => alert.status === 'firing' && reminder).length;
  const allFiring = alerts.filter(({ alert }) => alert.status === 'firing');
  const truncated = lastOfGroups(notifications).reduce((sum, each) => sum + each.truncated, 0);
  const undelivered = notifications.find((each) => each.undelivered !== undefined)?.undelivered;
  return {
    kind: groups.size > 1 ? 'digest' : notifications.every((each) => each.kind === 'reminder') ? 'reminder' : 'news',
    alerts,
    counts: { firing, resolved: alerts.length - allFiring.length, reminded, standing: standing.count, truncated },
    groups: [...groups.values()],
    episode: episodeOf(notifications, last),
    // AlertManager left alerts out (`max_alerts`): what fires may be among those.
    status: allFiring.length + standing.count + truncated > 0 ? 'firing' : 'resolved',
    urgency: mostUrgent(
      allFiring.length + standing.count > 0
        ? [...allFiring.map((each) => each.urgency), ...standing.alerts.map(urgencyOf)]
        : alerts.map((each) => each.urgency),
    ),
    told: {
      status: allFiring.length > 0 ? 'firing' : 'resolved',
      urgency: mostUrgent((allFiring.length > 0 ? allFiring : alerts).map((each) => each.urgency)),
    },
    standing: standing.alerts,
    acceptedAt: notifications.reduce((oldest, each) => Math.min(oldest, each.acceptedAt), Infinity),
    composedAt,
    ...(undelivered !== undefined && { undelivered }),
  };
}

/** What another channel gave up is older than what waited here, whenever it came into this channel's queue. */
function inOrder(claimed: readonly Notification[]): readonly Notification[] {
  return claimed.some((each) => each.undelivered !== undefined)
    ? [...claimed].sort((a, b) => a.acceptedAt - b.acceptedAt)
    : claimed;
}

/**
 * The newest one: whatever follows belongs to it. It is opened by this message if the notification that opened it is
 * part of it.
 */
function episodeOf(notifications: readonly Notification[], last: Notification): GroupEpisode {
  const { id } = last.episode;
  return { id, opened: notifications.some(({ episode }) => episode.id === id && episode.opened) };
}

/**
 * Alerts by group and identity: episodes of one alert that follow each other unsent are one entry with a longer
 * story.
 */
function mergeAlerts(notifications: readonly Notification[]): Map<string, MessageAlert> {
  const merged = new Map<string, MessageAlert>();
  for (const { kind, group, changes, acceptedAt } of notifications) {
    for (const alert of changes) {
      const key = keyOf(group, alert);
      const before = merged.get(key);
      const step = {
        status: alert.status,
        at: (alert.status === 'firing' ? alert.startsAt : alert.endsAt) ?? acceptedAt,
      };
      const repeats =
        before !== undefined && before.alert.status === alert.status && before.alert.startsAt === alert.startsAt;
      merged.set(key, {
        alert,
        urgency: urgencyOf(alert),
        group,
        story: before === undefined ? [step] : repeats ? [...before.story.slice(0, -1), step] : [...before.story, step],
        reminder: kind === 'reminder' && (before === undefined || before.reminder),
      });
    }
  }
  return merged;
}

/**
 * Of each group only its newest notification knows what stands, and what this message tells does not stand beside it.
 */
function standingOf(
  notifications: readonly Notification[],
  told: readonly MessageAlert[],
): { count: number; alerts: Alert[] } {
  const firing = new Map(
    told.filter(({ alert }) => alert.status === 'firing').map((each) => [keyOf(each.group, each.alert), each]),
  );
  const firingOf = Map.groupBy(firing.values(), (each) => each.group.key);
  let count = 0;
  const alerts: Alert[] = [];
  for (const { group, standing, changes } of lastOfGroups(notifications)) {
    // What fires in this message was counted as standing by the newest post, unless that post itself tells of it. Where
    // it carries all of them, they are known by name.
    const news = new Set(changes.map(identityOf));
    const others = standing.alerts.filter((alert) => !firing.has(keyOf(group, alert)));
    alerts.push(...others);
    if (standing.count <= standing.alerts.length) count += others.length;
    else
      count += Math.max(
        others.length,
        standing.count - (firingOf.get(group.key) ?? []).filter((each) => !news.has(identityOf(each.alert))).length,
      );
  }
  return { count, alerts: alerts.sort((a, b) => rank(urgencyOf(a)) - rank(urgencyOf(b))) };
}

function lastOfGroups(notifications: readonly Notification[]): Notification[] {
  return [...new Map(notifications.map((each) => [each.group.key, each])).values()];
}

function byUrgency(a: MessageAlert, b: MessageAlert): number {
  return byWeight(a, b) || startOf(a) - startOf(b) || compareTexts(nameOf(a.alert), nameOf(b.alert));
}

function byUrgencyAndName(a: MessageAlert, b: MessageAlert): number {
  return (
    byWeight(a, b) ||
    compareTexts(nameOf(a.alert), nameOf(b.alert)) ||
    compareTexts(a.group.key, b.group.key) ||
    startOf(a) - startOf(b)
  );
}

function byWeight(a: MessageAlert, b: MessageAlert): number {
  const status = Number(a.alert.status === 'resolved') - Number(b.alert.status === 'resolved');
  return status || rank(a.urgency) - rank(b.urgency) || Number(a.reminder) - Number(b.reminder);
}

function startOf({ alert }: MessageAlert): number {
  return alert.startsAt ?? 0;
}

function keyOf(group: Group, alert: Alert): string {
  return `${group.key}\n${identityOf(alert)}`;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
