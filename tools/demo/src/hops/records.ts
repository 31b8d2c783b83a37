// What the demo has seen happen, as plain records: the timeline is worked out from these alone. Times are milliseconds
// since 1970.
import type { ReceivedMessage } from '@celery-watch/testbed';
import type { ChannelName } from '../parts/channels.js';

export type Labels = Readonly<Record<string, string>>;

/** One press of a button, and what became of it. */
export interface CauseRecord {
  readonly id: number;
  readonly title: string;
  /** Names of the alerts that it should raise. */
  readonly alerts: readonly string[];
  readonly at: number;
  /** What was done, for people. */
  readonly done: string;
  /** When and how its effect showed on the exporter's page. */
  readonly seen?: Sighting;
  readonly repairedAt?: number;
  readonly repair?: string;
  readonly mended?: Sighting;
}

export interface Sighting {
  readonly at: number;
  /** The metric and its value. */
  readonly what: string;
}

/** One episode of one alert as Prometheus's API shows it. */
export interface Episode {
  readonly key: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  /** When its condition became true. */
  readonly activeAt: number;
  readonly firingAt?: number;
  /** When it was no longer there. */
  readonly goneAt?: number;
  /** AlertManager keeps it back, since a more urgent one fires. */
  readonly inhibited?: boolean;
}

/** An alert that the relay accepted. */
export interface Accepted {
  readonly key: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly status: 'firing' | 'resolved';
  /** When Prometheus said so by its own clock: the start or the end. */
  readonly saidAt: number;
  readonly acceptedAt: number;
}

/** A message that came to a channel, refused or not. */
export interface InboxMessage {
  readonly id: number;
  readonly channel: ChannelName;
  readonly message: ReceivedMessage;
}

export interface Records {
  readonly causes: readonly CauseRecord[];
  readonly episodes: readonly Episode[];
  readonly accepted: readonly Accepted[];
  readonly messages: readonly InboxMessage[];
}

/** Equal label sets have equal keys. */
export function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface Body {
  readonly message: { readonly acceptedAt: number };
  readonly alerts: readonly {
    readonly reminder?: boolean;
    readonly alert: {
      readonly status: 'firing' | 'resolved';
      readonly labels: Labels;
      readonly annotations?: Labels;
      readonly startsAt: number;
      readonly endsAt?: number;
    };
  }[];
}

/** `body`: as the relay's channel `webhook` sends it. Reminders are no news, and are left out. */
export function readJournal(body: string): readonly Accepted[] {
  const { message, alerts } = JSON.parse(body) as Body;
  return alerts
    .filter(({ reminder }) => reminder !== true)
    .map(({ alert: { status, labels, annotations = {}, startsAt, endsAt } }) => ({
      key: keyOf(labels),
      labels,
      annotations,
      status,
      saidAt: status === 'firing' ? startsAt : (endsAt ?? message.acceptedAt),
      acceptedAt: message.acceptedAt,
    }));
}
