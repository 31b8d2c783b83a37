// An outbox that lives as long as its process: for tests, and for trying things.
import { randomUUID } from 'node:crypto';
import { MemoryDeadLetters } from './dead-letters.js';
import { least } from '../choice.js';
import { MemoryBacklogs, type Delivery, type Backlog } from './backlogs.js';
import { MemoryConversations } from './conversations.js';
import { historyPage, historyRecord, type Told } from './history.js';
import { MemoryQuarantine } from './quarantine.js';
import { MemoryQueue } from './queue.js';
import {
  StoreUnavailable,
  type AlertState,
  type Held,
  type Intake,
  type KnownGroup,
  type NoteChange,
  type Outbox,
  type OutboxFigures,
} from '../outbox.js';
import { bytesOf, HELD_AT_ONCE, urgencyRank, channelRemoved } from '../rules.js';

export interface MemoryOutboxOptions {
  /** How many unparseable posts are kept; the newest. */
  readonly quarantineKeep?: number;
  /** The id of a new message. */
  readonly newId?: () => string;
}

/** After `close` everything rejects with `StoreUnavailable`, as with a database. */
export function openMemoryOutbox({ quarantineKeep = 100, newId = randomUUID }: MemoryOutboxOptions = {}): Outbox {
  const memory = new Memory(quarantineKeep, newId);
  let closed = false;
  // eslint-disable-next-line @typescript-eslint/require-await -- what fails must reject, not throw
  const run = async <T>(work: () => T): Promise<T> => {
    if (closed) throw new StoreUnavailable('the outbox is closed');
    return work();
  };
  const { queue, dead } = memory;
  return {
    record: (groupKey, alerts, decide) => run(() => memory.record(groupKey, alerts, decide)),
    knowsFormerKeys: () => run(() => memory.knowsFormerKeys()),
    held: () => run(() => memory.held()),
    dropHeld: (id) => run(() => memory.dropHeld(id)),
    quarantine: (bytes, reason, at) => run(() => memory.posts.add(bytes, reason, at)),
    waiting: (channel, now) => run(() => queue.waiting(channel, now)),
    claim: (channel, request) => run(() => queue.claim(channel, request)),
    contents: (claim) => run(() => queue.contents(claim)),
    progress: (claim, plan, leaseUntil, attempts) => run(() => queue.progress(claim, plan, leaseUntil, attempts)),
    settle: (claim, settlement, attempts) => run(() => queue.settle(claim, settlement, attempts)),
    listDead: (filter, limit) => run(() => dead.list(filter, limit)),
    replayDead: (filter, now, channel) => run(() => dead.replay(filter, now, channel)),
    discardDead: (filter) => run(() => dead.discard(filter)),
    giveUpRemovedChannels: (channels, at, fallback) => run(() => memory.giveUpRemovedChannels(channels, at, fallback)),
    history: (filter, limit, before) => run(() => historyPage(memory.told(), filter, limit, before)),
    historyOf: (id) => run(() => historyRecord(memory.told(), id)),
    listQuarantine: (limit) => run(() => memory.posts.list(limit)),
    quarantined: (id) => run(() => memory.posts.get(id)),
    dropQuarantined: (ids) => run(() => memory.posts.drop(ids)),
    figures: () => run(() => memory.figures()),
    prune: (limits) => run(() => memory.prune(limits)),
    note: (name, value) => run(() => memory.note(name, value)),
    changeNote: (name, change) => run(() => memory.changeNote(name, change)),
    time: () => run(() => undefined),
    onWork: () => undefined,
    lost: () => run(() => undefined),
    close: () => {
      closed = true;
      return Promise.resolve();
    },
  };
}

interface KnownStates {
  readonly states: Map<string, AlertState>;
  episode: string | undefined;
  seenAt: number;
}

class Memory {
  readonly #groups = new Map<string, KnownStates>();
  readonly #backlogs = new MemoryBacklogs();
  #delivered: { readonly delivery: Delivery; readonly at: number }[] = [];
  readonly #notes = new Map<string, string>();
  readonly #conversations = new MemoryConversations();
  readonly posts: MemoryQuarantine;
  readonly dead = new MemoryDeadLetters(this.#backlogs);
  readonly queue: MemoryQueue;
  #notifications = 0;
  #held: (Held & { readonly id: number })[] = [];
  #heldIds = 0;

  constructor(quarantineKeep: number, newId: () => string) {
    this.posts = new MemoryQuarantine(quarantineKeep);
    this.queue = new MemoryQueue(this.#backlogs, this.dead, this.#conversations, newId, (delivery, at) =>
      this.#delivered.push({ delivery, at }),
    );
  }

  record<T extends Intake>(groupKey: string, alerts: readonly string[], decide: (known: KnownGroup) => T): T {
    const known = this.#groups.get(groupKey) ?? {
      states: new Map<string, AlertState>(),
      episode: undefined,
      seenAt: 0,
    };
    const asked = new Set(alerts);
    const intake = decide({
      states: new Map([...known.states].filter(([key]) => asked.has(key))),
      episode: known.episode,
    });
    for (const [key, state] of intake.states) known.states.set(key, state);
    known.episode = intake.episode;
    const times = [
      ...[...intake.states.values()].map((each) => each.seenAt),
      ...intake.entries.map((each) => each.notification.acceptedAt),
    ];
    known.seenAt = Math.max(known.seenAt, -least(times, (at) => -at));
    this.#groups.set(groupKey, known);
    for (const { notification, channels } of intake.entries) {
      const stored = {
        id: (this.#notifications += 1),
        content: notification,
        urgency: urgencyRank(notification),
        bytes: bytesOf(JSON.stringify(notification)),
      };
      for (const channel of new Set(channels)) this.#backlogs.enqueue(channel, stored, notification.acceptedAt);
    }
    if (intake.held !== undefined) this.#held.push({ ...intake.held, id: (this.#heldIds += 1) });
    return intake;
  }

  knowsFormerKeys(): boolean {
    return [...this.#groups.values()].some(({ states }) => [...states.keys()].some((key) => key.includes('@')));
  }

  held(): readonly (Held & { readonly id: number })[] {
    return this.#held.toSorted((a, b) => a.dueAt - b.dueAt || a.id - b.id).slice(0, HELD_AT_ONCE);
  }

  dropHeld(id: number): void {
    this.#held = this.#held.filter((each) => each.id !== id);
  }

  giveUpRemovedChannels(channels: readonly string[], at: number, fallback: string | undefined): number {
    const cause = channelRemoved(at, fallback);
    const gone: Backlog[] = this.#backlogs
      .channels()
      .filter((each) => !channels.includes(each))
      .flatMap((channel) => {
        this.queue.freeAll(channel, at);
        return [...this.#backlogs.of(channel)];
      });
    const deliveries = gone.flatMap((backlog) => {
      const all = backlog.deliveries;
      this.#backlogs.release(backlog, new Set(all));
      return all;
    });
    for (const each of deliveries.sort((a, b) => a.stored.id - b.stored.id || a.id - b.id)) this.dead.add(each, cause);
    return deliveries.length;
  }

  figures(): OutboxFigures {
    const pending = this.#backlogs.channels().map((channel) => {
      const all = [...this.#backlogs.of(channel)].flatMap((backlog) => backlog.deliveries);
      return [channel, { notifications: all.length, oldestAcceptedAt: least(all, (each) => each.since) }] as const;
    });
    return { pending: new Map(pending), dead: this.dead.count(), quarantined: this.posts.size };
  }

  told(): Told[] {
    const waiting = this.#backlogs
      .channels()
      .flatMap((channel) => [...this.#backlogs.of(channel)].flatMap(({ deliveries }) => deliveries));
    return [
      ...waiting.map((delivery): Told => ({ delivery, state: 'waiting' })),
      ...this.#delivered.map(({ delivery, at }): Told => ({ delivery, state: 'delivered', endedAt: at })),
      ...Array.from(this.dead.all(), (letter): Told => ({
        delivery: letter.delivery,
        state: 'dead',
        endedAt: letter.diedAt,
        letter,
      })),
    ];
  }

  /** Everything is one slice here. */
  prune({ deliveredBefore, seenBefore }: { readonly deliveredBefore: number; readonly seenBefore: number }): number {
    const kept = this.#delivered.filter((each) => each.at >= deliveredBefore);
    let forgotten = this.#delivered.length - kept.length;
    this.#delivered = kept;
    forgotten += this.posts.prune(deliveredBefore);
    forgotten += this.#conversations.prune(deliveredBefore, (channel, group) =>
      [...this.#backlogs.of(channel)].some(({ groupKey }) => groupKey === group),
    );
    for (const [groupKey, group] of this.#groups) {
      for (const [key, { seenAt }] of group.states) if (seenAt < seenBefore && group.states.delete(key)) forgotten += 1;
      if (group.states.size === 0 && group.seenAt < seenBefore && this.#groups.delete(groupKey)) forgotten += 1;
    }
    return forgotten;
  }

  note(name: string, value?: string): string | undefined {
    if (value !== undefined) this.#notes.set(name, value);
    return this.#notes.get(name);
  }

  changeNote<T>(name: string, change: (value: string | undefined) => NoteChange<T>): T {
    const { value, result } = change(this.#notes.get(name));
    if (value !== undefined) this.#notes.set(name, value);
    return result;
  }
}
