// What the relay's generic webhook says, read into records: which alerts it accepted, and when.
import { type Accepted, keyOf, type Labels } from './records.js';

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
