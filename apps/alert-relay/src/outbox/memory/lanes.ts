// What waits in memory: a lane for each channel and group, with sums that make choosing fast.
import type { Notification, PlannedPart, Reason } from '../../notification/index.js';
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
  readonly lanes: readonly Lane[];
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

export interface Lane {
  readonly channel: string;
  readonly groupKey: string;
  /** Oldest first; all that pend, held ones too. */
  deliveries: Delivery[];
  held: boolean;
  urgency: number;
  head: number;
  dueAt: number;
  alone: number;
}

export class MemoryLanes {
  readonly #channels = new Map<string, Map<string, Lane>>();
  #deliveries = 0;

  of(channel: string): Iterable<Lane> {
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
    });
  }

  join(delivery: Delivery): void {
    const { channel, stored } = delivery;
    let lanes = this.#channels.get(channel);
    if (lanes === undefined) this.#channels.set(channel, (lanes = new Map<string, Lane>()));
    const groupKey = stored.content.group.key;
    let lane = lanes.get(groupKey);
    if (lane === undefined)
      lanes.set(
        groupKey,
        (lane = {
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
      lane.deliveries.findLastIndex(
        (each) => each.stored.id < stored.id || (each.stored.id === stored.id && each.id < delivery.id),
      ) + 1;
    lane.deliveries.splice(place, 0, delivery);
    lane.urgency = Math.min(lane.urgency, stored.urgency);
    lane.head = Math.min(lane.head, stored.id);
  }

  /**
   * Takes deliveries out of a lane that no message holds any more, and sums it up anew; its last delivery takes it
   * along.
   */
  release(lane: Lane, gone: ReadonlySet<Delivery>): void {
    lane.held = false;
    lane.deliveries = lane.deliveries.filter((each) => !gone.has(each));
    lane.urgency = least(lane.deliveries, (each) => each.stored.urgency);
    lane.head = least(lane.deliveries, (each) => each.stored.id);
    lane.dueAt = -least(lane.deliveries, (each) => -each.notBefore);
    lane.alone = lane.deliveries.reduce<number>((most, each) => Math.max(most, each.alone), ALONE.no);
    if (lane.deliveries.length > 0) return;
    const lanes = this.#channels.get(lane.channel);
    lanes?.delete(lane.groupKey);
    if (lanes?.size === 0) this.#channels.delete(lane.channel);
  }
}

/** The notification as its channel is to tell it. */
export function contentOf({ stored, undelivered }: Delivery): Notification {
  return undelivered === undefined ? stored.content : { ...stored.content, undelivered };
}

export function least<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((best, each) => Math.min(best, value(each)), Infinity);
}
