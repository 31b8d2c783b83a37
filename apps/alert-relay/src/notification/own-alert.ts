// Alerts that the relay raises about itself and the pipeline: they travel like any other, so they are routed, stored
// and retried.
import { createHash } from 'node:crypto';
import type { Alert, AlertStatus } from './alert.js';
import type { Group } from './notification.js';

export interface OwnAlert {
  readonly name: 'AlertPipelineBroken' | 'AlertRelayUnreadablePost' | 'AlertRelayUnknownPost' | 'AlertRelayTest';
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
