// Keeps what was seen, and tells everybody who looks when there is more.
import type { ReceivedMessage } from '@celery-watch/testbed';
import type { ChannelName } from '../parts/channels.js';
import { type Journey, journeysOf } from './journeys.js';
import type { Accepted, CauseRecord, Episode, InboxMessage, Records } from './records.js';

/** Of each kind; what is older is forgotten, so that a demo may run for days. */
const KEPT = 300;

export class RecordStore {
  readonly #causes: CauseRecord[] = [];
  readonly #episodes: Episode[] = [];
  readonly #accepted: Accepted[] = [];
  readonly #messages: InboxMessage[] = [];
  readonly #readers = new Set<() => void>();
  #numbers = 0;

  get records(): Records {
    return { causes: this.#causes, episodes: this.#episodes, accepted: this.#accepted, messages: this.#messages };
  }

  journeys(): readonly Journey[] {
    return journeysOf(this.records);
  }

  /** Called after each change; gives what ends it. */
  onChange(reader: () => void): () => void {
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  }

  cause(cause: Omit<CauseRecord, 'id'>): number {
    const id = this.#next();
    this.#keep(this.#causes, { ...cause, id });
    return id;
  }

  /** Adds to what is known of a cause. */
  causeChanged(id: number, news: Partial<Omit<CauseRecord, 'id'>>): void {
    this.#change(this.#causes, (each) => each.id === id, news);
  }

  episode(episode: Episode): void {
    this.#keep(this.#episodes, episode);
  }

  episodeChanged({ key, activeAt }: Pick<Episode, 'key' | 'activeAt'>, news: Partial<Episode>): void {
    this.#change(this.#episodes, (each) => each.key === key && each.activeAt === activeAt, news);
  }

  accepted(alerts: readonly Accepted[]): void {
    for (const each of alerts) this.#keep(this.#accepted, each);
  }

  message(channel: ChannelName, message: ReceivedMessage): void {
    this.#keep(this.#messages, { id: this.#next(), channel, message });
  }

  #keep<T>(list: T[], entry: T): void {
    list.push(entry);
    if (list.length > KEPT) list.shift();
    this.#tell();
  }

  #change<T extends object>(list: T[], which: (entry: T) => boolean, news: Partial<NoInfer<T>>): void {
    const index = list.findLastIndex(which);
    const entry = list[index];
    if (entry === undefined) return;
    list[index] = { ...entry, ...news };
    this.#tell();
  }

  #tell(): void {
    for (const reader of this.#readers) reader();
  }

  #next(): number {
    this.#numbers += 1;
    return this.#numbers;
  }
}
