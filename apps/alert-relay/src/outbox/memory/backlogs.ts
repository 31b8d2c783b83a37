// What waits in memory: a backlog for each channel and group, with sums that make choosing fast.
import type { Notification, StoredNotification, PlannedPart, Reason } from '../../notification/index.js';
import type { KeptAttempt } from '../outbox.js';
import { least } from '../choice.js';
import { ALONE, CALM } from '../rules.js';

/** A notification in the order of acceptance, shared by its deliveries. */
export interface Stored {
  readonly id: number;
  readonly content: Notification;
  readonly urgency: number;
  readonly bytes: number;
}

export interface Delivery {
  readonly id: number;
  readonly stored: Stored;
  channel: string;
  readonly undelivered: { readonly channel: string; readonly reason: string } | undefined;
  since: number;
  attempts: number;
  unclear: number;
  alone: number;
  notBefore: number;
  /** While a message holds it. */
  message: Held | undefined;
  readonly sends: KeptAttempt[];
}

export interface Dead {
  readonly delivery: Delivery;
  readonly reason: Reason;
  readonly detail: string;
  readonly diedAt: number;
}

export interface Held {
  readonly uuid: string;
  token: number;
  readonly channel: string;
  readonly deliveries: readonly Delivery[];
  readonly backlogs: readonly Backlog[];
  readonly composedAt: number;
  attempt: number;
  unclear: number;
  ambiguous: boolean;
  claimed: boolean;
  /** Claims in a row that nobody settled. */
  lost: number;
  kept: boolean;
  dueAt: number;
  readonly urgency: number;
  readonly head: number;
  plan: readonly PlannedPart[] | undefined;
}

export interface Backlog {
  readonly channel: string;
  readonly groupKey: string;
  /** All pending deliveries, the oldest first, those that a message holds among them. */
  deliveries: Delivery[];
  held: boolean;
  urgency: number;
  head: number;
  dueAt: number;
  alone: number;
}

export class MemoryBacklogs {
  readonly #channels = new Map<string, Map<string, Backlog>>();
  #deliveries = 0;

  of(channel: string): Iterable<Backlog> {
    return this.#channels.get(channel)?.values() ?? [];
  }

  /** Channels for which something pends. */
  channels(): string[] {
    return [...this.#channels.keys()];
  }

  enqueue(channel: string, stored: Stored, since: number, undelivered?: Delivery['undelivered']): void {
    this.#deliveries += 1;
    this.join({
      id: this.#deliveries,
      stored,
      channel,
      undelivered,
      since,
      attempts: 0,
      unclear: 0,
      alone: ALONE.no,
      notBefore: 0,
      message: undefined,
      sends: [],
    });
  }

  join(delivery: Delivery): void {
    const { channel, stored } = delivery;
    let backlogs = this.#channels.get(channel);
    if (backlogs === undefined) this.#channels.set(channel, (backlogs = new Map<string, Backlog>()));
    const groupKey = stored.content.group.key;
    let backlog = backlogs.get(groupKey);
    if (backlog === undefined)
      backlogs.set(
        groupKey,
        (backlog = {
          channel,
          groupKey,
          deliveries: [],
          held: false,
          urgency: CALM,
          head: Infinity,
          dueAt: 0,
          alone: ALONE.no,
        }),
      );
    const place =
      backlog.deliveries.findLastIndex(
        (each) => each.stored.id < stored.id || (each.stored.id === stored.id && each.id < delivery.id),
      ) + 1;
    backlog.deliveries.splice(place, 0, delivery);
    backlog.urgency = Math.min(backlog.urgency, stored.urgency);
    backlog.head = Math.min(backlog.head, stored.id);
  }

  /**
   * Takes deliveries out of a backlog that no message holds any more and sums it up anew, or removes it where its last
   * delivery is gone.
   */
  release(backlog: Backlog, gone: ReadonlySet<Delivery>): void {
    backlog.held = false;
    backlog.deliveries = backlog.deliveries.filter((each) => !gone.has(each));
    backlog.urgency = least(backlog.deliveries, (each) => each.stored.urgency);
    backlog.head = least(backlog.deliveries, (each) => each.stored.id);
    backlog.dueAt = -least(backlog.deliveries, (each) => -each.notBefore);
    backlog.alone = backlog.deliveries.reduce<number>((most, each) => Math.max(most, each.alone), ALONE.no);
    if (backlog.deliveries.length > 0) return;
    const backlogs = this.#channels.get(backlog.channel);
    backlogs?.delete(backlog.groupKey);
    if (backlogs?.size === 0) this.#channels.delete(backlog.channel);
  }
}

/** The notification as a message takes it up. */
export function contentOf({ stored: { content }, undelivered = content.undelivered }: Delivery): StoredNotification {
  return {
    json: JSON.stringify(content),
    acceptedAt: content.acceptedAt,
    ...(undelivered !== undefined && { undelivered }),
  };
}
