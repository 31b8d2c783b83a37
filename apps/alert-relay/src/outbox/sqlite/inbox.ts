// The inbox: what a post changes, stored in one transaction; posts that came together share one commit.
import type { Notification } from '../../notification/index.js';
import type { AlertState, Held, Inbox, Intake, KnownGroup } from '../outbox.js';
import { stateOf, type StateRow } from '../rows.js';
import { bytesOf, HELD_AT_ONCE, summaryOf, urgencyRank } from '../rules.js';
import type { SqliteBacklogs } from './backlogs.js';
import { keyOf, type Query, type Store } from './store.js';
import type { SqliteSubjects } from './subjects.js';

/** At most so many posts in one transaction: the event loop is free again in between. */
const BATCH = 50;

interface Post {
  readonly work: () => void;
  readonly stored: () => void;
  readonly failed: (error: unknown) => void;
}

const RECORD = 'record a post';

export class SqliteInbox implements Omit<Inbox, 'quarantine'> {
  readonly #store: Store;
  readonly #backlogs: SqliteBacklogs;
  readonly #subjects: SqliteSubjects;
  #posts: Post[] = [];
  readonly #savepoint: Query;
  readonly #release: Query;
  readonly #group: Query<{ id: number; episode: string | null }>;
  readonly #state: Query<StateRow>;
  readonly #saveGroup: Query<{ id: number }>;
  readonly #saveState: Query;
  readonly #former: Query<{ found: number }>;
  readonly #saveHeld: Query;
  readonly #held: Query<Held & { readonly id: number }>;
  readonly #dropHeld: Query;
  readonly #saveNotification: Query;

  constructor(store: Store, backlogs: SqliteBacklogs, subjects: SqliteSubjects) {
    this.#store = store;
    this.#backlogs = backlogs;
    this.#subjects = subjects;
    this.#savepoint = store.query('SAVEPOINT post');
    this.#release = store.query('RELEASE post');
    this.#group = store.query('SELECT id, episode FROM alert_group WHERE key = ?');
    this.#state = store.query(`
      SELECT firing, seen_at, told_at, starts_at, ended_at, held_until FROM alert_state WHERE alert_group = ? AND episode = ?`);
    this.#saveGroup = store.query(`
      INSERT INTO alert_group (key, episode, seen_at) VALUES (?, ?, ?)
      ON CONFLICT (key) DO UPDATE SET episode = excluded.episode, seen_at = max(seen_at, excluded.seen_at) RETURNING id`);
    this.#saveState = store.query(`
      INSERT INTO alert_state (alert_group, episode, firing, seen_at, told_at, starts_at, ended_at, held_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET firing = excluded.firing, seen_at = excluded.seen_at, told_at = excluded.told_at,
        starts_at = excluded.starts_at, ended_at = excluded.ended_at, held_until = excluded.held_until`);
    // The keys of this version are hexadecimal.
    this.#former = store.query("SELECT EXISTS (SELECT 1 FROM alert_state WHERE instr(episode, '@') > 0) AS found");
    this.#saveHeld = store.query('INSERT INTO held (due_at, content) VALUES (?, ?)');
    this.#held = store.query(`SELECT id, due_at AS dueAt, content FROM held ORDER BY due_at, id LIMIT ${HELD_AT_ONCE}`);
    this.#dropHeld = store.query('DELETE FROM held WHERE id = ?');
    this.#saveNotification = store.query(
      'INSERT INTO notification (group_key, urgency, changes, bytes, about, content) VALUES (?, ?, ?, ?, ?, ?)',
    );
  }

  record<T extends Intake>(groupKey: string, alerts: readonly string[], decide: (known: KnownGroup) => T): Promise<T> {
    if (this.#store.closed) return Promise.reject(this.#store.unavailable(RECORD));
    return new Promise<T>((resolve, reject) => {
      let intake: T;
      const work = (): void => {
        intake = decideOn(this.#known(groupKey, alerts), decide);
        this.#save(groupKey, intake);
      };
      this.#posts.push({ work, stored: () => resolve(intake), failed: reject });
      if (this.#posts.length === 1) setImmediate(() => this.#commitNext());
    });
  }

  knowsFormerKeys(): Promise<boolean> {
    return this.#store.read('look for what an older version knew', () => this.#former.get()?.found === 1);
  }

  held(): Promise<readonly (Held & { readonly id: number })[]> {
    return this.#store.read('read what is held back', () => this.#held.all());
  }

  dropHeld(id: number): Promise<void> {
    return this.#store.write('forget what was held back', () => {
      this.#dropHeld.run(id);
    });
  }

  /** Stores what still waits for its commit. */
  flush(): void {
    while (this.#posts.length > 0) this.#commit(this.#posts.splice(0, BATCH));
  }

  #commitNext(): void {
    this.#commit(this.#posts.splice(0, BATCH));
    if (this.#posts.length > 0) setImmediate(() => this.#commitNext());
  }

  /**
   * Answers nobody before the commit. A post that fails by itself takes no other along; what ends the whole transaction
   * fails all in it.
   */
  #commit(posts: readonly Post[]): void {
    const stored: Post[] = [];
    try {
      this.#store.begin();
      for (const post of posts) if (this.#isDone(post)) stored.push(post);
      this.#store.commit();
    } catch (error) {
      this.#store.rollBack();
      for (const post of posts) post.failed(this.#store.unavailable(RECORD, error));
      return;
    }
    // It is told all the same; but who posted it must try again, until what is stored stays.
    const lost = this.#store.lost();
    for (const post of stored)
      if (lost === undefined) post.stored();
      else post.failed(this.#store.notToStay(RECORD, lost));
  }

  #isDone(post: Post): boolean {
    this.#savepoint.run();
    try {
      post.work();
      this.#release.run();
      return true;
    } catch (error) {
      if (!this.#store.inTransaction) throw error;
      this.#store.exec('ROLLBACK TO post; RELEASE post');
      post.failed(error instanceof Undecided ? error.cause : this.#store.unavailable(RECORD, error));
      return false;
    }
  }

  #known(groupKey: string, alerts: readonly string[]): KnownGroup {
    const group = this.#group.get(keyOf(groupKey));
    const states = new Map<string, AlertState>();
    if (group === undefined) return { states, episode: undefined };
    for (const alert of alerts) {
      const row = this.#state.get(group.id, keyOf(alert));
      if (row !== undefined) states.set(alert, stateOf(row));
    }
    return { states, episode: group.episode ?? undefined };
  }

  #save(groupKey: string, { states, episode, entries, held }: Intake): void {
    const seenAt = [...states.values()].reduce((latest, state) => Math.max(latest, state.seenAt), 0);
    const acceptedAt = entries.reduce((latest, { notification }) => Math.max(latest, notification.acceptedAt), 0);
    const { id } = this.#saveGroup.get(keyOf(groupKey), episode ?? null, Math.max(seenAt, acceptedAt)) as {
      id: number;
    };
    // In the order of the table, so that its pages are filled to their end.
    for (const [key, state] of [...states].sort(byKey))
      this.#saveState.run(
        id,
        keyOf(key),
        state.status === 'firing' ? 1 : 0,
        state.seenAt,
        state.toldAt,
        state.startsAt ?? null,
        state.endedAt ?? null,
        state.heldUntil ?? null,
      );
    if (held !== undefined) this.#saveHeld.run(held.dueAt, held.content);
    for (const { notification, channels } of entries)
      if (channels.length > 0) this.#enqueue(notification, new Set(channels));
  }

  #enqueue(content: Notification, channels: ReadonlySet<string>): void {
    const groupKey = content.group.key;
    const urgency = urgencyRank(content);
    const changes = content.changes.length;
    const json = JSON.stringify(content);
    const bytes = bytesOf(json);
    const notification = this.#saveNotification.insert(
      keyOf(groupKey),
      urgency,
      changes,
      bytes,
      JSON.stringify(summaryOf(content)),
      json,
    );
    this.#subjects.save(notification, content);
    const { acceptedAt } = content;
    for (const channel of channels)
      this.#backlogs.enqueue({
        channel,
        groupKey,
        notification,
        acceptedAt,
        urgency,
        changes,
        bytes,
        since: acceptedAt,
      });
  }
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** What `decide` threw: its caller gets that, not a failure of the store. */
class Undecided extends Error {
  override readonly name = 'Undecided';
}

function decideOn<T>(known: KnownGroup, decide: (known: KnownGroup) => T): T {
  try {
    return decide(known);
  } catch (cause) {
    throw new Undecided('the decision failed', { cause });
  }
}
