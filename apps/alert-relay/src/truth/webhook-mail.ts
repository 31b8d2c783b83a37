// What a server of the generic webhook was told, read as its user would.
import type { ReceivedMessage, Receiver } from '@celery-watch/testbed';
import { waitFor } from '@celery-watch/testbed';

export interface Told {
  readonly kind: 'news' | 'reminder' | 'digest';
  readonly title: string;
  readonly text: string;
  /** `queue-a firing`: the alert's name and state, in the order of the message. */
  readonly alerts: readonly string[];
  readonly counts: {
    readonly firing: number;
    readonly resolved: number;
    readonly reminded: number;
    readonly standing: number;
    readonly truncated: number;
  };
  readonly undelivered?: { readonly channel: string; readonly reason: string };
  readonly receiver: string | undefined;
}

interface Body {
  readonly title: string;
  readonly text: string;
  readonly message: Pick<Told, 'kind' | 'counts' | 'undelivered'>;
  readonly groups: readonly { readonly receiver: string }[];
  readonly alerts: readonly {
    readonly alert: { readonly status: string; readonly labels: Readonly<Record<string, string>> };
  }[];
}

/** Everything that people saw, in its order. An alert is named by its label `id`, or else by its name. */
export function toldTo(receiver: Receiver): readonly Told[] {
  return receiver.received.filter(({ accepted }) => accepted).map(readTold);
}

export function readTold({ raw }: ReceivedMessage): Told {
  const { title, text, message, alerts, groups } = JSON.parse(raw) as Body;
  return {
    ...message,
    title,
    text,
    alerts: alerts.map(({ alert: { status, labels } }) => `${labels['id'] ?? labels['alertname'] ?? ''} ${status}`),
    receiver: groups[0]?.receiver,
  };
}

/** Awaits so many messages. */
export async function messages(receiver: Receiver, count: number, within = 30_000): Promise<readonly Told[]> {
  await waitFor(() => toldTo(receiver).length >= count, {
    within,
    what: `${count} messages; there are ${toldTo(receiver).length}`,
  });
  return toldTo(receiver);
}
