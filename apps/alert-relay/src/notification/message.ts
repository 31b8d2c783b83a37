// What one message says: notifications that wait together, merged so that nothing unsent is overwritten.
import { episodeKey, nameOf, rank, urgencyOf, type Alert, type AlertStatus, type Urgency } from './alert.js';
import type { Group, GroupEpisode, Notification } from './notification.js';

/** One alert of a message, as it stands now, with what happened to it since people last heard. */
export interface MessageAlert {
  readonly alert: Alert;
  readonly urgency: Urgency;
  readonly group: Group;
  /** Every change that this message tells, in the order in which they were accepted: more than one where the earlier was never sent. */
  readonly story: readonly { readonly status: AlertStatus; readonly at: number }[];
  readonly reminder: boolean;
}

/** A message before it is rendered: the same for every channel, locale and time zone. */
export interface Message {
  /** `digest`: more than one group in one message, because the channel's budget did not allow one each. */
  readonly kind: 'news' | 'reminder' | 'digest';
  /** The order in which people should read: firing before resolved, critical first, the oldest first. */
  readonly alerts: readonly MessageAlert[];
  readonly counts: { readonly firing: number; readonly resolved: number; readonly reminded: number; readonly standing: number; readonly truncated: number };
  readonly groups: readonly Group[];
  readonly episode: GroupEpisode;
  /** Fires anything that it tells of, or anything else in its groups? */
  readonly status: AlertStatus;
  /** The highest urgency of what fires; of everything where nothing fires. */
  readonly urgency: Urgency;
  /** The first few of what fires on without a change. */
  readonly standing: readonly Alert[];
  /** Milliseconds since 1970. */
  readonly acceptedAt: number;
  readonly composedAt: number;
  readonly undelivered?: { readonly channel: string; readonly reason: string };
}

/**
 * One message from the notifications that were claimed together, oldest first. Of each alert the newest state leads and the older
 * unsent ones stay in its story: "fired 10:02, resolved 10:04". `composedAt` is kept with the claim, so that a resend says the same.
 */
export function compose(notifications: readonly Notification[], composedAt: number): Message {
  const first = notifications[0];
  if (first === undefined) throw new Error('a message needs at least one notification');
  const groups = new Map(notifications.map((each) => [each.group.key, each.group]));
  const alerts = [...mergeAlerts(notifications).values()].sort(byUrgency);
  const standing = standingOf(notifications, alerts);
  const firing = alerts.filter(({ alert, reminder }) => alert.status === 'firing' && !reminder).length;
  const reminded = alerts.filter(({ alert, reminder }) => alert.status === 'firing' && reminder).length;
  const burning = alerts.filter(({ alert }) => alert.status === 'firing');
  const undelivered = notifications.find((each) => each.undelivered !== undefined)?.undelivered;
  return {
    kind: groups.size > 1 ? 'digest' : notifications.every((each) => each.kind === 'reminder') ? 'reminder' : 'news',
    alerts,
    counts: { firing, resolved: alerts.length - burning.length, reminded, standing: standing.count, truncated: lastOfGroups(notifications).reduce((sum, each) => sum + each.truncated, 0) },
    groups: [...groups.values()],
    episode: notifications.find((each) => each.episode.opened)?.episode ?? first.episode,
    status: burning.length + standing.count > 0 ? 'firing' : 'resolved',
    urgency: mostUrgent((burning.length > 0 ? burning : alerts).map((each) => each.urgency)),
    standing: standing.alerts,
    acceptedAt: Math.min(...notifications.map((each) => each.acceptedAt)),
    composedAt,
    ...(undelivered !== undefined && { undelivered }),
  };
}

/** Alerts by group and fingerprint: episodes of one alert that follow each other unsent are one entry with a longer story. */
function mergeAlerts(notifications: readonly Notification[]): Map<string, MessageAlert> {
  const merged = new Map<string, MessageAlert>();
  for (const { kind, group, changes } of notifications) {
    for (const alert of changes) {
      const key = `${group.key}\n${alert.fingerprint}`;
      const before = merged.get(key);
      const step = { status: alert.status, at: alert.status === 'firing' ? alert.startsAt : (alert.endsAt ?? alert.startsAt) };
      const repeats = before !== undefined && before.alert.status === alert.status && episodeKey(before.alert) === episodeKey(alert);
      merged.set(key, {
        alert,
        urgency: urgencyOf(alert),
        group,
        story: before === undefined ? [step] : repeats ? before.story : [...before.story, step],
        reminder: kind === 'reminder' && (before === undefined || before.reminder),
      });
    }
  }
  return merged;
}

/** Of each group only its newest notification knows what stands, and what this message tells does not stand beside it. */
function standingOf(notifications: readonly Notification[], told: readonly MessageAlert[]): { count: number; alerts: Alert[] } {
  const firing = new Map(told.filter(({ alert }) => alert.status === 'firing').map((each) => [`${each.group.key}\n${each.alert.fingerprint}`, each]));
  let count = 0;
  const alerts: Alert[] = [];
  for (const { group, standing, changes } of lastOfGroups(notifications)) {
    // What fires in this message was counted as standing by the newest post, unless that post itself tells of it.
    const news = new Set(changes.map((alert) => alert.fingerprint));
    const elsewhere = [...firing.values()].filter((each) => each.group.key === group.key && !news.has(each.alert.fingerprint)).length;
    count += Math.max(0, standing.count - elsewhere);
    alerts.push(...standing.alerts.filter((alert) => !firing.has(`${group.key}\n${alert.fingerprint}`)));
  }
  return { count, alerts };
}

function lastOfGroups(notifications: readonly Notification[]): Notification[] {
  return [...new Map(notifications.map((each) => [each.group.key, each])).values()];
}

function mostUrgent(urgencies: readonly Urgency[]): Urgency {
  return urgencies.reduce((best, each) => (rank(each) < rank(best) ? each : best), 'info');
}

function byUrgency(a: MessageAlert, b: MessageAlert): number {
  const status = Number(a.alert.status === 'resolved') - Number(b.alert.status === 'resolved');
  return status || rank(a.urgency) - rank(b.urgency) || Number(a.reminder) - Number(b.reminder) || a.alert.startsAt - b.alert.startsAt || (nameOf(a.alert) < nameOf(b.alert) ? -1 : 1);
}
