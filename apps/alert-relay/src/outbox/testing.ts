// Hands for tests of the outbox: notifications with a name, posts, claims.
import { notificationOf, type AlertStatus, type Notification } from '../notification/index.js';
import type { Claim, ClaimRequest, DeadLetter, Inbox, Intake, Settlement } from './outbox.js';

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

/** The name of the notification that is dead. */
export const nameOfLetter = (letter: DeadLetter): string => letter.alerts[0]?.name ?? '';

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

/** A claim that must be there. */
export function present(claim: Claim | undefined): Claim {
  if (claim === undefined) throw new Error('nothing could be claimed');
  return claim;
}
