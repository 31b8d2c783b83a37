// What an alert and its group are to the relay, whatever AlertManager's version called it; and the alerts that the
// relay raises itself.
import { hash } from 'node:crypto';

export type AlertStatus = 'firing' | 'resolved';

/** One alert of a post (docs/protocol/alertmanager.md#payload). */
export interface Alert {
  readonly status: AlertStatus;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /**
   * Milliseconds since 1970; absent where nobody knows. Of what fires it is the start of the episode, which is told the
   * same as long as it fires: the sender's own may move.
   */
  readonly startsAt?: number;
  /** Milliseconds since 1970; only a resolved alert has ended, the year 0001 that a firing one carries is no time. */
  readonly endsAt?: number;
  /** Prometheus's graph of the rule's expression; empty where the sender gave none. */
  readonly generatorURL: string;
  /** The sender's hash of the labels. It is a hint for people's own programs: two alerts may carry the same. */
  readonly fingerprint: string;
  /** What makes two alerts the same, where that does not follow from the labels that are here: see `identityOf`. */
  readonly identity?: string;
  /** It fires again: when it had ended, in milliseconds since 1970. */
  readonly endedBefore?: number;
  /** What was measured, in words, where the sender says so beside the annotations. */
  readonly value?: string;
  /** The sender's own pages for this alert. */
  readonly links?: AlertLinks;
}

export interface AlertLinks {
  readonly silence?: string;
  readonly dashboard?: string;
  readonly panel?: string;
  readonly image?: string;
}

/** The group of a post (docs/protocol/alertmanager.md#payload). */
export interface Group {
  /** `receiver` and `groupKey` together: two sibling routes with equal matchers share a groupKey. */
  readonly key: string;
  /** Without the quoting that AlertManager puts before dots. */
  readonly receiver: string;
  readonly labels: Readonly<Record<string, string>>;
  /** How many it has beside those that are here; absent: none. */
  readonly leftOut?: number;
  /** Where people reach AlertManager; empty where the sender gave none. */
  readonly externalURL: string;
  /** Absent: AlertManager, or what has its pages. Grafana has pages of its own at `externalURL`. */
  readonly sender?: 'grafana';
}

/**
 * The three classes that decide order, colour and who is mentioned: everything that is neither critical nor a warning
 * is `info`.
 */
export type Urgency = 'critical' | 'warning' | 'info';
export const URGENCIES = ['critical', 'warning', 'info'] as const satisfies readonly Urgency[];

/** From the label `severity`. */
export function urgencyOf(alert: Pick<Alert, 'labels'>): Urgency {
  return urgencyNamed(alert.labels['severity'] ?? '');
}

const CRITICAL = new Set([
  ...['critical', 'crit', 'page', 'emergency', 'emerg', 'fatal', 'disaster', 'high', '紧急', '严重', '致命'],
]);
const INFO = new Set(['info', 'none', 'information', 'informational', 'low', 'debug', 'notice', '信息', '提示']);

/** With the words that other rule sets use for the same, however they are written. */
export function urgencyNamed(severity: string): Urgency {
  const word = severity.trim().toLowerCase();
  if (CRITICAL.has(word)) return 'critical';
  return INFO.has(word) ? 'info' : 'warning';
}

export function mostUrgent(urgencies: readonly Urgency[]): Urgency {
  return urgencies.reduce((best, each) => (rank(each) < rank(best) ? each : best), 'info');
}

/** The most urgent comes first: 0, 1, 2. */
export function rank(urgency: Urgency): number {
  return URGENCIES.indexOf(urgency);
}

/** What makes two alerts of a group the same: all of their labels, whatever the sender's fingerprint says. */
export function identityOf(alert: Pick<Alert, 'identity' | 'labels'>): string {
  return alert.identity ?? hashOfLabels(alert.labels);
}

/** A label without a value is none (docs/protocol/alertmanager.md#matchers). */
export function hashOfLabels(labels: Readonly<Record<string, string>>): string {
  const names = Object.keys(labels)
    .filter((name) => labels[name] !== '')
    .sort();
  return hash('sha256', JSON.stringify(names.map((name) => [name, labels[name]]))).slice(0, 32);
}

export function nameOf(alert: Alert): string {
  return alert.labels['alertname'] ?? 'alert';
}

/** An alert about the relay itself or the pipeline. It travels like any other: routed, stored and retried. */
export interface OwnAlert {
  readonly name:
    | 'AlertPipelineBroken'
    | 'AlertRelayStoreLost'
    | 'AlertRelayUnreadablePost'
    | 'AlertRelayUnreadableAlert'
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
  const labels = { ...own.labels, alertname: own.name, severity: own.severity, component: 'alert-relay' };
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
    // AlertManager does not know it: a silence there would change nothing.
    links: { silence: '' },
    fingerprint: hashOfLabels(labels).slice(0, 16),
  };
}

/** Alerts of one name are one group. */
export function ownGroup(name: OwnAlert['name']): Group {
  return { key: `alert-relay\n${name}`, receiver: 'alert-relay', labels: { alertname: name }, externalURL: '' };
}
