// What an alert is to the relay, whatever AlertManager's version called it.

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

/**
 * The three classes that decide order, colour and who is woken: everything that is neither critical nor a warning is
 * `info`.
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
