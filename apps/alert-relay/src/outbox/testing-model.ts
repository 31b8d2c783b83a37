// A plain account of what an outbox was told and what it answered, which refuses every answer that breaks a promise.
import { expect } from '@jest/globals';
import type { Notification, PlannedPart } from '../notification/index.js';
import type { Claim, ClaimRequest, DeadLetter, OutboxFigures, Settlement, Waiting } from './outbox.js';
import { ALONE, aloneAfter, bytesOf, givenUpByLosses, isAmbiguous, isUnderway, urgencyRank } from './rules.js';
import { contentsOf, nameOf, nameOfLetter } from './testing.js';

interface Entry {
  readonly notification: Notification;
  /** The order of acceptance. */
  readonly order: number;
  channel: string;
  state: 'waiting' | 'held' | 'delivered' | 'dead' | 'discarded';
  since: number;
  attempts: number;
  unclear: number;
  alone: number;
  notBefore: number;
}

interface Message {
  readonly entries: readonly Entry[];
  readonly claim: Claim;
  claimed: boolean;
  lost: number;
  kept: boolean;
  dueAt: number;
  attempt: number;
  unclear: number;
  ambiguous: boolean;
  plan: readonly PlannedPart[] | undefined;
}

/**
 * Each recorded (notification, channel) is at every moment exactly one of: waiting, held by one message, delivered,
 * dead, discarded.
 */
export class OutboxModel {
  readonly #entries: Entry[] = [];
  readonly #messages = new Map<string, Message>();
  readonly #ids = new Set<string>();
  #lastToken = 0;
  #orders = 0;

  get size(): number {
    return this.#entries.length;
  }

  recorded(notification: Notification, channels: readonly string[]): void {
    this.#orders += 1;
    for (const channel of new Set(channels)) this.#enter(notification, this.#orders, channel, notification.acceptedAt);
  }

  claimed(channel: string, request: ClaimRequest, claim: Claim | undefined): void {
    const { now } = request;
    for (const each of this.#of(channel)) {
      if (each.dueAt <= now && givenUpByLosses(each.lost + Number(each.claimed)) !== undefined)
        this.#giveUp(each, each.entries, now, request.fallback);
    }
    const backlogs = this.#dueBacklogs(channel, now);
    const messages = this.#of(channel).filter((each) => each.dueAt <= now);
    if (claim === undefined) return expect([backlogs.length, messages.length]).toEqual([0, 0]);
    expect(claim.token).toBeGreaterThan(this.#lastToken);
    this.#lastToken = claim.token;
    const places = [...backlogs, ...messages.map((each) => each.entries)].map(placeOf).sort((a, b) => a - b);
    const known = this.#messages.get(claim.messageId);
    if (known === undefined) this.#claimedAnew(channel, request, claim, backlogs, places[0]);
    else this.#claimedAgain(known, request, claim, places[0]);
  }

  /** Whether a holder's word counts. */
  isCurrent(claim: Claim): boolean {
    const message = this.#messages.get(claim.messageId);
    return message?.claimed === true && message.claim.token === claim.token;
  }

  progressed(claim: Claim, plan: readonly PlannedPart[], leaseUntil: number, answer: boolean): void {
    expect(answer).toBe(this.isCurrent(claim));
    if (answer) Object.assign(this.#messages.get(claim.messageId) ?? {}, { plan, dueAt: leaseUntil });
  }

  settled(claim: Claim, settlement: Settlement, answer: boolean): void {
    expect(answer).toBe(this.isCurrent(claim));
    const message = this.#messages.get(claim.messageId);
    if (!answer || message === undefined) return;
    const { entries } = message;
    if (settlement.kind === 'delivered') this.#end(message, () => 'delivered');
    else if (settlement.kind === 'dead') this.#giveUp(message, entries, settlement.at, settlement.fallback);
    else if (settlement.kind === 'returned') {
      if (message.kept || isUnderway(message.plan))
        Object.assign(message, { claimed: false, kept: true, lost: 0, dueAt: 0, attempt: message.attempt - 1 });
      else this.#end(message, () => 'waiting');
    } else {
      if (settlement.unclear) message.unclear += 1;
      const groups = new Set(entries.filter((each) => each.since < settlement.expireBefore).map(groupOf));
      const old = entries.filter((each) => groups.has(groupOf(each)));
      if (!settlement.keep) {
        if (settlement.alone === true)
          for (const each of entries) each.alone = aloneAfter(new Set(entries.map(groupOf)).size);
        for (const each of entries)
          Object.assign(each, { attempts: message.attempt, unclear: message.unclear, notBefore: settlement.notBefore });
        this.#giveUp(message, old, settlement.at, settlement.fallback);
      } else if (old.length > 0) this.#giveUp(message, entries, settlement.at, settlement.fallback);
      else
        Object.assign(message, {
          claimed: false,
          kept: true,
          lost: 0,
          dueAt: settlement.notBefore,
          ambiguous: isAmbiguous(message.ambiguous, message.plan),
        });
    }
  }

  replayed(channel: string | undefined, to: string | undefined, now: number, count: number): void {
    const dead = this.#entries.filter(
      (each) => each.state === 'dead' && (channel === undefined || each.channel === channel),
    );
    expect(count).toBe(dead.length);
    for (const each of dead)
      Object.assign(each, {
        state: 'waiting',
        channel: to ?? each.channel,
        since: now,
        attempts: 0,
        unclear: 0,
        alone: ALONE.no,
        notBefore: 0,
      });
  }

  discarded(channel: string, count: number): void {
    const dead = this.#entries.filter((each) => each.state === 'dead' && each.channel === channel);
    expect(count).toBe(dead.length);
    for (const each of dead) each.state = 'discarded';
  }

  buried(known: readonly string[], at: number, fallback: string | undefined, count: number): void {
    for (const message of this.#messages.values()) {
      if (known.includes(message.claim.channel)) continue;
      for (const each of message.entries) each.attempts = message.attempt;
      this.#end(message, () => 'waiting');
    }
    const gone = this.#entries.filter((each) => each.state === 'waiting' && !known.includes(each.channel));
    expect(count).toBe(gone.length);
    for (const each of gone) this.#makeDead(each, at, fallback);
  }

  /** The outbox was opened again: nobody holds what was claimed. */
  reopened(): void {
    for (const message of this.#messages.values())
      if (message.claimed)
        Object.assign(message, { claimed: false, kept: true, lost: message.lost + 1, ambiguous: true, dueAt: 0 });
  }

  check(figures: OutboxFigures, letters: readonly DeadLetter[]): void {
    const pending = Map.groupBy(
      this.#entries.filter((each) => each.state === 'waiting' || each.state === 'held'),
      (each) => each.channel,
    );
    const dead = Map.groupBy(
      this.#entries.filter((each) => each.state === 'dead'),
      (each) => each.channel,
    );
    expect(sorted(figures.pending)).toEqual(
      sorted(
        new Map(
          [...pending].map(([channel, all]) => [
            channel,
            { notifications: all.length, oldestAcceptedAt: Math.min(...all.map((each) => each.since)) },
          ]),
        ),
      ),
    );
    expect(sorted(figures.dead)).toEqual(sorted(new Map([...dead].map(([channel, all]) => [channel, all.length]))));
    const told = letters
      .map((each) => `${each.channel} ${nameOfLetter(each)} ${each.undelivered?.channel ?? ''} ${each.attempts}`)
      .sort();
    expect(told).toEqual(
      [...dead.values()]
        .flat()
        .map((each) => `${each.channel} ${keyOf(each.notification)} ${each.attempts}`)
        .sort(),
    );
  }

  checkWaiting(channel: string, now: number, waiting: Waiting): void {
    const backlogs = this.#backlogs(channel).map((all) => ({
      dueAt: Math.max(...all.map((each) => each.notBefore)),
      groups: 1,
    }));
    const messages = this.#of(channel).map((each) => ({
      dueAt: each.dueAt,
      groups: new Set(each.entries.map(groupOf)).size,
    }));
    const due = [...backlogs, ...messages].filter((each) => each.dueAt <= now);
    const later = [...backlogs, ...messages].filter((each) => each.dueAt > now).map((each) => each.dueAt);
    expect(waiting).toEqual({
      groups: due.reduce((sum, each) => sum + each.groups, 0),
      nextAt: later.length === 0 ? undefined : Math.min(...later),
    });
  }

  unended(): number {
    return this.#entries.filter((each) => each.state === 'waiting' || each.state === 'held').length;
  }

  #claimedAnew(
    channel: string,
    { now, leaseMs, digest, maxChanges, maxBytes }: ClaimRequest,
    claim: Claim,
    backlogs: readonly (readonly Entry[])[],
    best: number | undefined,
  ): void {
    expect(this.#ids.has(claim.messageId)).toBe(false);
    this.#ids.add(claim.messageId);
    const entries = contentsOf(claim).map((each) => this.#hold(channel, each));
    expect(entries.map((each) => each.order)).toEqual(entries.map((each) => each.order).sort((a, b) => a - b));
    const changes = contentsOf(claim).reduce((sum, each) => sum + each.changes.length, 0);
    if (entries.length > 1) expect(changes).toBeLessThanOrEqual(maxChanges);
    if (entries.length > 1)
      expect(
        contentsOf(claim).reduce((sum, each) => sum + bytesOf(JSON.stringify({ ...each, undelivered: undefined })), 0),
      ).toBeLessThanOrEqual(maxBytes);
    const taken = backlogs.filter((backlog) => backlog.some((each) => entries.includes(each)));
    // Every one of its groups was free, and was taken from its oldest on.
    expect(taken.flat().filter((each) => entries.includes(each))).toHaveLength(entries.length);
    for (const backlog of taken) {
      const newest = Math.max(...backlog.filter((each) => entries.includes(each)).map((each) => each.order));
      for (const left of backlog.filter((each) => !entries.includes(each)))
        expect(left.order).toBeGreaterThanOrEqual(newest);
    }
    expect(Math.min(...taken.map(placeOf))).toBe(best);
    const alone = Math.max(...taken.flat().map((each) => each.alone));
    if (!digest || alone > ALONE.no) expect(taken).toHaveLength(1);
    if (alone === ALONE.notification) expect(entries).toHaveLength(1);
    const attempt = 1 + Math.max(...entries.map((each) => each.attempts));
    const unclear = Math.max(...entries.map((each) => each.unclear));
    expect(claim).toMatchObject({ channel, attempt, unclear, ambiguous: false, composedAt: now, plan: undefined });
    this.#messages.set(claim.messageId, {
      entries,
      claim,
      claimed: true,
      lost: 0,
      kept: false,
      dueAt: now + leaseMs,
      attempt,
      unclear,
      ambiguous: false,
      plan: undefined,
    });
  }

  #claimedAgain(message: Message, { now, leaseMs }: ClaimRequest, claim: Claim, best: number | undefined): void {
    expect(message.dueAt).toBeLessThanOrEqual(now);
    expect(placeOf(message.entries)).toBe(best);
    Object.assign(message, {
      attempt: message.attempt + 1,
      lost: message.lost + Number(message.claimed),
      ambiguous: message.ambiguous || message.claimed,
      claimed: true,
      kept: true,
      dueAt: now + leaseMs,
    });
    const { attempt, unclear, ambiguous, plan } = message;
    expect(claim).toEqual({ ...message.claim, token: claim.token, attempt, unclear, ambiguous, plan });
    Object.assign(message, { claim });
  }

  #giveUp(message: Message, dying: readonly Entry[], at: number, fallback: string | undefined): void {
    this.#end(message, () => 'waiting');
    for (const each of dying) {
      each.attempts = message.attempt;
      this.#makeDead(each, at, fallback);
    }
  }

  #makeDead(entry: Entry, at: number, fallback: string | undefined): void {
    entry.state = 'dead';
    if (fallback === undefined || fallback === entry.channel || entry.notification.undelivered !== undefined) return;
    this.#enter(
      { ...entry.notification, undelivered: { channel: entry.channel, reason: '' } },
      entry.order,
      fallback,
      at,
    );
  }

  #enter(notification: Notification, order: number, channel: string, since: number): void {
    this.#entries.push({
      notification,
      order,
      channel,
      since,
      state: 'waiting',
      attempts: 0,
      unclear: 0,
      alone: ALONE.no,
      notBefore: 0,
    });
  }

  #end(message: Message, state: () => Entry['state']): void {
    for (const each of message.entries) each.state = state();
    this.#messages.delete(message.claim.messageId);
  }

  /** The first that waits under this name: a replay that dies again makes a second copy. */
  #hold(channel: string, notification: Notification): Entry {
    const found = this.#entries.find(
      (each) =>
        each.channel === channel && each.state === 'waiting' && keyOf(each.notification) === keyOf(notification),
    );
    if (found === undefined) throw new Error(`${channel} was given ${keyOf(notification)}, which does not wait for it`);
    found.state = 'held';
    return found;
  }

  #of(channel: string): Message[] {
    return [...this.#messages.values()].filter((each) => each.claim.channel === channel);
  }

  /** What waits in groups of which nothing is held, oldest first. */
  #backlogs(channel: string): Entry[][] {
    const held = new Set(this.#of(channel).flatMap((each) => each.entries.map(groupOf)));
    const waiting = this.#entries.filter(
      (each) => each.channel === channel && each.state === 'waiting' && !held.has(groupOf(each)),
    );
    return [...Map.groupBy(waiting, groupOf).values()].map((backlog) => backlog.sort((a, b) => a.order - b.order));
  }

  #dueBacklogs(channel: string, now: number): Entry[][] {
    return this.#backlogs(channel).filter((backlog) => backlog.every((each) => each.notBefore <= now));
  }
}

const groupOf = (entry: Entry): string => entry.notification.group.key;

const keyOf = (notification: Notification): string =>
  `${nameOf(notification)} ${notification.undelivered?.channel ?? ''}`;

const urgencyOf = (entries: readonly Entry[]): number =>
  Math.min(...entries.map((each) => urgencyRank(each.notification)));

/** Sorts by urgency, then by age. */
const placeOf = (entries: readonly Entry[]): number =>
  urgencyOf(entries) * 1e9 + Math.min(...entries.map((each) => each.order));

const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
