// Dead letters in memory.
import type { DeadFilter, DeadLetter } from '../outbox.js';
import { ALONE, boundedLimit, summaryOf, fallbackFor, type DeadLetterCause } from '../rules.js';
import { type Dead, type Delivery, type MemoryBacklogs } from './backlogs.js';

export class MemoryDeadLetters {
  readonly #backlogs: MemoryBacklogs;
  readonly #dead = new Map<number, Dead>();

  constructor(backlogs: MemoryBacklogs) {
    this.#backlogs = backlogs;
  }

  /** How many by channel. */
  count(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { delivery } of this.#dead.values())
      counts.set(delivery.channel, (counts.get(delivery.channel) ?? 0) + 1);
    return counts;
  }

  all(): Iterable<Dead> {
    return this.#dead.values();
  }

  /** For a delivery that has left its backlog. */
  add(delivery: Delivery, { at, reason, detail, fallback }: DeadLetterCause): void {
    this.#dead.set(delivery.id, { delivery, reason, detail, diedAt: at });
    const target = fallbackFor(delivery.channel, fallback, delivery.undelivered !== undefined);
    if (target !== undefined)
      this.#backlogs.enqueue(target, delivery.stored, at, { channel: delivery.channel, reason });
  }

  list(filter: DeadFilter, limit: number): DeadLetter[] {
    return this.#find(filter)
      .sort((a, b) => b.diedAt - a.diedAt || b.delivery.id - a.delivery.id)
      .slice(0, boundedLimit(limit))
      .map(letterOf);
  }

  replay(filter: DeadFilter, now: number, channel?: string): number {
    const found = this.#find(filter);
    for (const { delivery } of found) {
      this.#dead.delete(delivery.id);
      Object.assign(delivery, {
        channel: channel ?? delivery.channel,
        since: now,
        attempts: 0,
        unclear: 0,
        alone: ALONE.no,
        notBefore: 0,
      });
      this.#backlogs.join(delivery);
    }
    return found.length;
  }

  discard(filter: DeadFilter): number {
    const found = this.#find(filter);
    for (const { delivery } of found) this.#dead.delete(delivery.id);
    return found.length;
  }

  #find({ ids, channel }: DeadFilter): Dead[] {
    const wanted = ids && new Set(ids);
    return [...this.#dead.values()].filter(
      ({ delivery }) => (channel === undefined || delivery.channel === channel) && (wanted?.has(delivery.id) ?? true),
    );
  }
}

function letterOf({ delivery, reason, detail, diedAt }: Dead): DeadLetter {
  const { content } = delivery.stored;
  const { undelivered } = delivery;
  return {
    ...summaryOf(content),
    ...(undelivered && { undelivered }),
    id: delivery.id,
    channel: delivery.channel,
    changes: content.changes.length,
    reason,
    detail,
    attempts: delivery.attempts,
    diedAt,
  };
}
