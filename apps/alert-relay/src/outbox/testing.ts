// Hands for tests of the outbox: notifications with a name, posts, claims.
import { notificationOf, type AlertStatus, type Notification } from '../notification/index.js';
import type { Attempt, Claim, ClaimRequest, Inbox, Intake, NotificationSummary, Settlement } from './outbox.js';

export interface Sample {
  readonly group?: string;
  readonly at?: number;
  readonly severity?: string;
  readonly status?: AlertStatus;
  /** How many alerts changed. */
  readonly changes?: number;
}

/** A notification that is known by its name: that of its episode. */
export function sample(
  name: string,
  { group = 'g', at = 1000, severity = 'warning', status = 'firing', changes = 1 }: Sample = {},
): Notification {
  return {
    kind: 'news',
    group: { key: group, receiver: 'relay', labels: { alertname: group }, externalURL: '' },
    episode: { id: name, opened: true },
    acceptedAt: at,
    changes: Array.from({ length: changes }, (_, i) => ({
      status,
      labels: { alertname: name, severity },
      annotations: { summary: '队列 "default" ❯ 1000\u0000' },
      startsAt: at,
      ...(status === 'resolved' && { endsAt: at }),
      generatorURL: '',
      fingerprint: `${name}-${i}`,
      identity: `${name}-${i}`,
    })),
    standing: { count: 0, alerts: [] },
    truncated: 0,
  };
}

export const nameOf = (notification: Notification): string => notification.episode.id;

/** The name of the notification that is summed up. */
export const nameOfLetter = (letter: NotificationSummary): string => letter.alerts[0]?.name ?? '';

export const namesOf = (claim: Claim | undefined): string[] | undefined => claim && contentsOf(claim).map(nameOf);

export const contentsOf = (claim: Claim | undefined): Notification[] =>
  (claim?.notifications ?? []).map(notificationOf);

/** A post that stores one notification for some channels. */
export async function put(outbox: Inbox, notification: Notification, channels: readonly string[]): Promise<void> {
  await outbox.record(notification.group.key, [], () => intake({ entries: [{ notification, channels }] }));
}

export function intake(some: Partial<Intake> = {}): Intake {
  return { states: new Map(), episode: undefined, entries: [], ...some };
}

export const request = (now: number, some: Partial<ClaimRequest> = {}): ClaimRequest => ({
  now,
  leaseMs: 10_000,
  digest: false,
  maxChanges: 100,
  maxBytes: 1e9,
  ...some,
});

type Retry = Extract<Settlement, { kind: 'retry' }>;
type Death = Extract<Settlement, { kind: 'dead' }>;

export const retry = (at: number, notBefore: number, some: Partial<Retry> = {}): Retry => ({
  kind: 'retry',
  at,
  notBefore,
  reason: 'server_error',
  detail: '503',
  keep: false,
  unclear: false,
  expireBefore: 0,
  fallback: undefined,
  ...some,
});

export const dead = (at: number, some: Partial<Death> = {}): Death => ({
  kind: 'dead',
  at,
  reason: 'address',
  detail: '404',
  fallback: undefined,
  ...some,
});

/** A request that the server did not take; its part is known by its key. */
export const refused = (key: string, at = 0, some: Partial<Attempt> = {}): Attempt => ({
  at,
  latencyMs: 12.5,
  part: 1,
  parts: 1,
  key,
  verdict: 'retry',
  reason: 'server_error',
  detail: '503 busy',
  sent: `the text of ${key}`,
  ...some,
});

/** One that was answered with a receipt. */
export const delivered = (key: string, at = 0, some: Partial<Attempt> = {}): Attempt =>
  refused(key, at, {
    verdict: 'delivered',
    reason: 'ok',
    detail: '200',
    receipt: { kind: 'slack', channel: 'C1', ts: key },
    ...some,
  });

/** A claim that must be there. */
export function present(claim: Claim | undefined): Claim {
  if (claim === undefined) throw new Error('nothing could be claimed');
  return claim;
}
