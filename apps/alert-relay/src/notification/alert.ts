// What an alert and its group are to the relay, whatever AlertManager's version called it; and the alerts that the
// relay raises itself.
import { createHash } from 'node:crypto';

export type AlertStatus = 'firing' | 'resolved';

/** One alert of a post (docs/protocol/alertmanager.md#payload). */
export interface Alert {
  readonly status: AlertStatus;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. One episode is (fingerprint, startsAt). */
  readonly startsAt: number;
  /** Milliseconds since 1970; only a resolved alert has ended, the year 0001 that a firing one carries is no time. */
  readonly endsAt?: number;
  /** Prometheus's graph of the rule's expression; empty where the sender gave none. */
  readonly generatorURL: string;
  /** A hash of the labels alone: the same for every firing of that label set. */
  readonly fingerprint: string;
}

/** The group of a post (docs/protocol/alertmanager.md#payload). */
export interface Group {
  /** `receiver` and `groupKey` together: two sibling routes with equal matchers share a groupKey. */
  readonly key: string;
  /** Without the quoting that AlertManager puts before dots. */
  readonly receiver: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Where people reach AlertManager; empty where the sender gave none. */
  readonly externalURL: string;
}

/**
 * The three classes that decide order, colour and who is mentioned: everything that is neither critical nor a warning
 * is `info`.
 */
export type Urgency = 'critical' | 'warning' | 'info';
export const URGENCIES = ['critical', 'warning', 'info'] as const satisfies readonly Urgency[];

/** From the label `severity`, with the words that other rule sets use for the same. */
export function urgencyOf(alert: Alert): Urgency {
  const severity = alert.labels['severity']?.toLowerCase() ?? '';
  if (['critical', 'page', 'emergency', 'fatal', 'disaster', 'high'].includes(severity)) return 'critical';
  return ['info', 'none', 'information', 'low', 'debug', 'notice'].includes(severity) ? 'info' : 'warning';
}

/** The most urgent comes first: 0, 1, 2. */
export function rank(urgency: Urgency): number {
  return URGENCIES.indexOf(urgency);
}

/** The key of one episode of one alert. */
export function episodeKey(alert: Pick<Alert, 'fingerprint' | 'startsAt'>): string {
  return `${alert.fingerprint}@${alert.startsAt}`;
}

export function nameOf(alert: Alert): string {
  return alert.labels['alertname'] ?? 'alert';
}

/** An alert about the relay itself or the pipeline. It travels like any other: routed, stored and retried. */
export interface OwnAlert {
  readonly name:
    | 'AlertPipelineBroken'
    | 'AlertRelayUnreadablePost'
    | 'AlertRelayUnknownPost'
    | 'AlertRelayTruncatedPost'
    | 'AlertRelayTest';
  readonly status: AlertStatus;
  readonly severity: 'critical' | 'warning' | 'info';
  readonly startsAt: number;
  readonly endsAt?: number;
  readonly summary: { readonly en: string; readonly zh: string };
  readonly description: { readonly en: string; readonly zh: string };
  readonly labels?: Readonly<Record<string, string>>;
}

export function ownAlert(own: OwnAlert): Alert {
  const labels = { alertname: own.name, severity: own.severity, component: 'alert-relay', ...own.labels };
  return {
    status: own.status,
    labels,
    annotations: {
      summary: own.summary.en,
      summary_zh: own.summary.zh,
      description: own.description.en,
      description_zh: own.description.zh,
    },
    startsAt: own.startsAt,
    ...(own.status === 'resolved' && { endsAt: own.endsAt ?? own.startsAt }),
    generatorURL: '',
    fingerprint: createHash('sha256').update(JSON.stringify(labels)).digest('hex').slice(0, 16),
  };
}

/** Alerts of one name are one group. */
export function ownGroup(name: OwnAlert['name']): Group {
  return { key: `alert-relay\n${name}`, receiver: 'alert-relay', labels: { alertname: name }, externalURL: '' };
}
