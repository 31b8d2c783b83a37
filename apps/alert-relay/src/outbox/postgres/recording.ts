// What posts that came together change, as rows: each decides on what is known after those before it.
import type { Notification } from '../../notification/index.js';
import { termsOf } from '../history-rules.js';
import type { AlertState, Held, Intake, KnownGroup } from '../outbox.js';
import { stateOf, type StateRow } from '../rows.js';
import { bytesOf, summaryOf, urgencyRank } from '../rules.js';
import { indexKey, nameWhereNoKey, plainText } from './texts.js';

export interface Post<T extends Intake = Intake> {
  readonly groupKey: string;
  readonly alerts: readonly string[];
  readonly decide: (known: KnownGroup) => T;
}

/** A group as the store knows it. */
export interface GroupRow {
  readonly id: number;
  readonly key: string;
  readonly episode: string | null;
}

/** What is remembered of an alert of a group. */
export interface GroupStateRow extends StateRow {
  readonly alert_group: number;
  readonly episode: string;
}

interface Group {
  readonly id: number;
  episode: string | undefined;
  seenAt: number;
  readonly states: Map<string, AlertState>;
  readonly changed: Set<string>;
}

/** A notification that goes to somebody, with the channels' names. */
interface Entry {
  readonly content: Notification;
  readonly json: string;
  readonly channels: readonly string[];
}

/** The outcome of a post. `undecided`: what its decision threw. */
export type Outcome =
  | { readonly intake: Intake }
  | { readonly undecided: unknown; readonly failure?: undefined }
  | { readonly failure: unknown; readonly undecided?: undefined };

export class Recording {
  readonly #groups = new Map<string, Group>();
  readonly #entries: Entry[] = [];
  readonly #held: Held[] = [];

  constructor(groups: readonly GroupRow[], states: readonly GroupStateRow[]) {
    const byId = new Map<number, Group>();
    for (const { id, key, episode } of groups) {
      const group: Group = { id, episode: episode ?? undefined, seenAt: 0, states: new Map(), changed: new Set() };
      this.#groups.set(key, group);
      byId.set(id, group);
    }
    for (const row of states) byId.get(row.alert_group)?.states.set(row.episode, stateOf(row));
  }

  /** A post that fails changes nothing, and takes no other along. */
  add({ groupKey, alerts, decide }: Post): Outcome {
    const group = this.#groups.get(indexKey(groupKey));
    if (group === undefined) return { failure: new Error('the group was not locked') };
    const known = new Map<string, AlertState>();
    for (const alert of alerts) {
      const state = group.states.get(indexKey(alert));
      if (state !== undefined) known.set(alert, state);
    }
    let intake: Intake;
    try {
      intake = decide({ states: known, episode: group.episode });
    } catch (undecided) {
      return { undecided };
    }
    try {
      const entries = intake.entries
        .filter(({ channels }) => channels.length > 0)
        .map(({ notification, channels }) => ({
          content: notification,
          json: JSON.stringify(notification),
          channels: [...new Set(channels)],
        }));
      this.#entries.push(...entries);
      this.#take(group, intake);
      return { intake };
    } catch (failure) {
      return { failure };
    }
  }

  #take(group: Group, { states, episode, entries, held }: Intake): void {
    group.episode = episode;
    for (const [alert, state] of states) {
      const key = indexKey(alert);
      group.states.set(key, state);
      group.changed.add(key);
      group.seenAt = Math.max(group.seenAt, state.seenAt);
    }
    for (const { notification } of entries) group.seenAt = Math.max(group.seenAt, notification.acceptedAt);
    if (held !== undefined) this.#held.push(held);
  }

  /** The values of `groups`. */
  get groups(): readonly (readonly unknown[])[] {
    const all = [...this.#groups.values()];
    return columns(all, [(each) => each.id, (each) => each.episode ?? null, (each) => each.seenAt]);
  }

  /** The values of `states`, in the order of the table. */
  get states(): readonly (readonly unknown[])[] {
    const all = [...this.#groups.values()].flatMap(({ id, changed, states }) =>
      [...changed].sort().map((key) => ({ id, key, state: states.get(key) as AlertState })),
    );
    return columns(all, [
      ({ id }) => id,
      ({ key }) => key,
      ({ state }) => (state.status === 'firing' ? 1 : 0),
      ({ state }) => state.seenAt,
      ({ state }) => state.toldAt,
      ({ state }) => state.startsAt ?? null,
      ({ state }) => state.endedAt ?? null,
      ({ state }) => state.heldUntil ?? null,
    ]);
  }

  get held(): readonly (readonly unknown[])[] {
    return columns(this.#held, [(each) => each.dueAt, (each) => plainText(each.content)]);
  }

  get notifications(): readonly (readonly unknown[])[] {
    return columns(this.#entries, [
      ({ content }) => indexKey(content.group.key),
      ({ content }) => nameWhereNoKey(content.group.key),
      ({ content }) => plainText(content.episode.id),
      ({ content }) => content.acceptedAt,
      ({ content }) => urgencyRank(content),
      ({ content }) => content.changes.length,
      ({ json }) => bytesOf(json),
      ({ content }) => JSON.stringify(summaryOf(content)),
      ({ json }) => json,
    ]);
  }

  /** Which of the notifications, counted from 1, go where. */
  get arrivals(): readonly (readonly unknown[])[] {
    const all = this.#entries.flatMap(({ channels }, i) => channels.map((channel) => ({ at: i + 1, channel })));
    return columns(all, [({ at }) => at, ({ channel }) => channel]);
  }

  /** By which labels the notifications are found. */
  get terms(): readonly (readonly unknown[])[] {
    const all = this.#entries.flatMap(({ content }, i) => termsOf(content).map((term) => ({ at: i + 1, term })));
    return columns(all, [({ at }) => at, ({ term }) => term]);
  }

  get channels(): readonly string[] {
    return [...new Set(this.#entries.flatMap(({ channels }) => channels))];
  }
}

export function hasRows(values: readonly (readonly unknown[])[]): boolean {
  return (values[0]?.length ?? 0) > 0;
}

function columns<T>(rows: readonly T[], values: readonly ((row: T) => unknown)[]): readonly (readonly unknown[])[] {
  return values.map((value) => rows.map(value));
}
