// The queue in memory: the next message of a channel, and what becomes of it.
import type { PlannedPart, StoredNotification } from '../../notification/index.js';
import { interruptedAttempt } from '../history-rules.js';
import type { Attempt, Claim, ClaimRequest, Settlement, Waiting } from '../outbox.js';
import {
  ALONE,
  aloneAfter,
  boundedWait,
  givenUpByLosses,
  expiredBy,
  isAmbiguous,
  isDue,
  staysOne,
  unclearAfter,
  type DeadLetterCause,
} from '../rules.js';
import type { MemoryConversations } from './conversations.js';
import type { MemoryDeadLetters } from './dead-letters.js';
import { chosenOf, least, messageOf } from '../choice.js';
import { contentOf, type Delivery, type Held, type Backlog, type MemoryBacklogs } from './backlogs.js';

const NONE: ReadonlySet<Delivery> = new Set();

export class MemoryQueue {
  readonly #backlogs: MemoryBacklogs;
  readonly #dead: MemoryDeadLetters;
  readonly #conversations: MemoryConversations;
  readonly #newId: () => string;
  readonly #messages = new Map<string, Held>();
  readonly #onDelivered: (delivery: Delivery, at: number) => void;
  #token = 0;

  constructor(
    backlogs: MemoryBacklogs,
    dead: MemoryDeadLetters,
    conversations: MemoryConversations,
    newId: () => string,
    onDelivered: (delivery: Delivery, at: number) => void,
  ) {
    this.#backlogs = backlogs;
    this.#dead = dead;
    this.#conversations = conversations;
    this.#newId = newId;
    this.#onDelivered = onDelivered;
  }

  waiting(channel: string, now: number): Waiting {
    const free = [...this.#backlogs.of(channel)]
      .filter((backlog) => !backlog.held)
      .map(({ dueAt }) => ({ dueAt, groups: 1 }));
    const all = [...free, ...this.#of(channel).map(({ dueAt, backlogs }) => ({ dueAt, groups: backlogs.length }))];
    const due = all.filter((each) => isDue(each.dueAt, now));
    const later = all.filter((each) => !isDue(each.dueAt, now));
    return {
      groups: due.reduce((sum, each) => sum + each.groups, 0),
      nextAt: later.length === 0 ? undefined : least(later, (each) => each.dueAt),
    };
  }

  claim(channel: string, request: ClaimRequest): Claim | undefined {
    this.#giveUpLost(channel, request);
    const kept = this.#of(channel)
      .filter((each) => isDue(each.dueAt, request.now))
      .sort(byUrgency)[0];
    const backlogs = [...this.#backlogs.of(channel)]
      .filter((backlog) => !backlog.held && isDue(backlog.dueAt, request.now))
      .sort(byUrgency);
    const backlog = backlogs[0];
    if (kept !== undefined && (backlog === undefined || byUrgency(kept, backlog) <= 0))
      return this.#takeKept(kept, request);
    return (
      backlog &&
      this.#takeFree(
        channel,
        request.digest && backlog.alone === ALONE.no ? backlogs.filter((each) => each.alone === ALONE.no) : [backlog],
        request,
      )
    );
  }

  contents(claim: Claim): readonly StoredNotification[] | undefined {
    return this.#heldBy(claim)?.deliveries.map(contentOf);
  }

  progress(
    claim: Claim,
    plan: readonly PlannedPart[],
    leaseUntil: number,
    attempts: readonly Attempt[] | undefined,
  ): boolean {
    const held = this.#heldBy(claim);
    if (held === undefined) return false;
    this.#conversations.keep(held, attempts);
    held.plan = plan;
    held.dueAt = leaseUntil;
    return true;
  }

  settle(claim: Claim, settlement: Settlement, attempts: readonly Attempt[] | undefined): boolean {
    const held = this.#heldBy(claim);
    if (held === undefined) return false;
    this.#conversations.keep(held, attempts);
    switch (settlement.kind) {
      case 'delivered':
        this.#end(held, new Set(held.deliveries));
        for (const each of held.deliveries) {
          each.attempts = held.attempt;
          this.#onDelivered(each, settlement.at);
        }
        break;
      case 'retry': {
        const { at, expireBefore } = settlement;
        const notBefore = boundedWait(settlement.notBefore, at);
        const cause = expiredBy(settlement);
        const ended = new Set(held.deliveries.filter((each) => each.since < expireBefore).map(groupOf));
        const expired = held.deliveries.filter((each) => ended.has(groupOf(each)));
        held.unclear = unclearAfter(held.unclear, settlement);
        if (settlement.alone === true && !settlement.keep)
          for (const each of held.deliveries) each.alone = aloneAfter(held.backlogs.length);
        if (!settlement.keep) this.#retryFree(held, expired, notBefore, cause);
        else if (expired.length > 0) this.#giveUp(held, held.deliveries, cause);
        else this.#keep(held, notBefore, isAmbiguous(held.ambiguous, held.plan));
        break;
      }
      case 'dead':
        this.#giveUp(held, held.deliveries, settlement);
        break;
      case 'returned':
        if (!staysOne(held.kept, held.plan)) this.#end(held, NONE);
        else {
          this.#keep(held, 0, held.ambiguous);
          held.attempt -= 1;
        }
        break;
    }
    return true;
  }

  /** Frees everything that is claimed or kept for a channel: its holders lose their claims. */
  freeAll(channel: string, at: number): void {
    for (const held of this.#of(channel)) {
      interrupt(held, at);
      for (const each of held.deliveries) each.attempts = held.attempt;
      this.#end(held, NONE);
    }
  }

  /** Wherever such a message stands in the order: the claim that follows must not get it. */
  #giveUpLost(channel: string, { now, fallback }: ClaimRequest): void {
    for (const held of this.#of(channel)) {
      const cause = isDue(held.dueAt, now) ? givenUpByLosses(held.lost + Number(held.claimed)) : undefined;
      if (cause === undefined) continue;
      interrupt(held, now);
      this.#giveUp(held, held.deliveries, { at: now, fallback, ...cause });
    }
  }

  #of(channel: string): Held[] {
    return [...this.#messages.values()].filter((each) => each.channel === channel);
  }

  #heldBy({ messageId, token }: Claim): Held | undefined {
    const held = this.#messages.get(messageId);
    return held?.claimed === true && held.token === token ? held : undefined;
  }

  #takeKept(held: Held, { now, leaseMs }: ClaimRequest): Claim {
    // Claimed already: its lease has ended, and nobody knows how far its holder got.
    interrupt(held, now);
    held.ambiguous ||= held.claimed;
    held.lost += Number(held.claimed);
    held.claimed = held.kept = true;
    held.attempt += 1;
    held.dueAt = now + leaseMs;
    held.token = this.#token += 1;
    return this.#claimOf(held);
  }

  #takeFree(channel: string, backlogs: readonly Backlog[], request: ClaimRequest): Claim {
    const chosen = chosenOf(request, inOrder(backlogs), backlogs[0]?.alone === ALONE.notification);
    const taken = new Set(chosen.map((each) => each.backlog));
    const deliveries = chosen.map((each) => each.delivery).sort((a, b) => a.stored.id - b.stored.id || a.id - b.id);
    for (const backlog of taken) backlog.held = true;
    const held: Held = {
      uuid: this.#newId(),
      token: (this.#token += 1),
      channel,
      deliveries,
      backlogs: [...taken],
      composedAt: request.now,
      ...messageOf(
        deliveries.map(({ attempts, unclear, stored }) => ({
          attempts,
          unclear,
          urgency: stored.urgency,
          notification: stored.id,
        })),
      ),
      ambiguous: false,
      claimed: true,
      lost: 0,
      kept: false,
      dueAt: request.now + request.leaseMs,
      plan: undefined,
    };
    this.#messages.set(held.uuid, held);
    for (const each of deliveries) each.message = held;
    return this.#claimOf(held);
  }

  #keep(held: Held, dueAt: number, ambiguous: boolean): void {
    Object.assign(held, { claimed: false, kept: true, lost: 0, ambiguous, dueAt });
  }

  #retryFree(held: Held, expired: readonly Delivery[], notBefore: number, cause: DeadLetterCause): void {
    const gone = new Set(expired);
    for (const each of held.deliveries)
      if (!gone.has(each)) Object.assign(each, { attempts: held.attempt, unclear: held.unclear, notBefore });
    this.#giveUp(held, expired, cause);
  }

  #giveUp(held: Held, deliveries: readonly Delivery[], cause: DeadLetterCause): void {
    this.#end(held, new Set(deliveries));
    for (const each of deliveries) {
      each.attempts = held.attempt;
      this.#dead.add(each, cause);
    }
  }

  #end(held: Held, gone: ReadonlySet<Delivery>): void {
    this.#messages.delete(held.uuid);
    for (const each of held.deliveries) each.message = undefined;
    for (const backlog of held.backlogs) this.#backlogs.release(backlog, gone);
  }

  #claimOf(held: Held): Claim {
    const { uuid, token, channel, deliveries, composedAt, attempt, unclear, ambiguous, plan } = held;
    return {
      messageId: uuid,
      token,
      channel,
      notifications: deliveries.map(contentOf),
      composedAt,
      attempt,
      unclear,
      ambiguous,
      plan,
      conversations: this.#conversations.of(held),
    };
  }
}

/** Somebody may have sent it, and nobody will say so any more. */
function interrupt({ claimed, uuid, channel, plan, deliveries }: Held, at: number): void {
  if (!claimed) return;
  const attempt = interruptedAttempt({ messageId: uuid, channel, plan }, at);
  for (const each of deliveries) each.sends.push(attempt);
}

function groupOf(delivery: Delivery): string {
  return delivery.stored.content.group.key;
}

function* inOrder(
  backlogs: readonly Backlog[],
): Iterable<{ backlog: Backlog; delivery: Delivery; changes: number; bytes: number }> {
  for (const backlog of backlogs)
    for (const delivery of backlog.deliveries) {
      const { content, bytes } = delivery.stored;
      yield { backlog, delivery, changes: content.changes.length, bytes };
    }
}

function byUrgency(
  a: { readonly urgency: number; readonly head: number },
  b: { readonly urgency: number; readonly head: number },
): number {
  return a.urgency - b.urgency || a.head - b.head;
}
