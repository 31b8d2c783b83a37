// Figures for the metrics, deleting what is old, small notes: the upkeep of the file.
import type { NoteChange, OutboxFigures } from '../outbox.js';
import type { SqliteForgetting, Gone } from './forgetting.js';
import type { Query, Store } from './store.js';
import type { SqliteSubjects } from './subjects.js';

/** Rows of each kind in one slice, and pages given back to the disk after it (4 KB each). */
const SLICE = 1000;
/** Deliveries are fewer: each has its attempts and its content. */
const DELIVERIES = 250;
const PAGES = 1000;
/** Free pages below this share of the file are kept: they are used again soon. */
const FREE_SHARE = 0.25;

export class SqliteUpkeep {
  readonly #store: Store;
  readonly #subjects: SqliteSubjects;
  readonly #forgetting: SqliteForgetting;
  readonly #pending: Query<{ channel: string; notifications: number; since: number }>;
  readonly #dead: Query<{ channel: string; letters: number }>;
  readonly #quarantined: Query<{ posts: number }>;
  readonly #delivered: Query<Gone>;
  readonly #forgetPosts: Query;
  readonly #forgetConversations: Query;
  readonly #forgetStates: Query;
  readonly #forgetGroups: Query;
  readonly #pages: Query<{ pages: number; free: number }>;
  readonly #note: Query<{ value: string }>;
  readonly #writeNote: Query;

  constructor(store: Store, subjects: SqliteSubjects, forgetting: SqliteForgetting) {
    this.#store = store;
    this.#subjects = subjects;
    this.#forgetting = forgetting;
    this.#pending = store.query(
      'SELECT channel, sum(size) AS notifications, min(since) AS since FROM lane GROUP BY channel',
    );
    this.#dead = store.query(
      "SELECT channel, count(*) AS letters FROM delivery INDEXED BY delivery_history_channel WHERE state = 'dead' " +
        'GROUP BY channel',
    );
    this.#quarantined = store.query('SELECT count(*) AS posts FROM quarantine');
    this.#delivered = store.query(
      "SELECT id, notification FROM delivery INDEXED BY delivery_delivered WHERE state = 'delivered' AND ended_at < ? " +
        `ORDER BY ended_at LIMIT ${DELIVERIES}`,
    );
    this.#forgetPosts = store.query('DELETE FROM quarantine WHERE at < ?');
    this.#forgetConversations = store.query(`
      DELETE FROM conversation WHERE (channel, group_key, episode) IN (
        SELECT channel, group_key, episode FROM conversation WHERE last_at < ?
          AND NOT EXISTS (SELECT 1 FROM lane WHERE lane.channel = conversation.channel AND lane.group_key = conversation.group_key)
        ORDER BY last_at LIMIT ${SLICE})`);
    this.#forgetStates = store.query(`
      DELETE FROM alert_state WHERE (alert_group, episode) IN (SELECT alert_group, episode FROM alert_state WHERE seen_at < ? ORDER BY seen_at LIMIT ${SLICE})`);
    this.#forgetGroups = store.query(`
      DELETE FROM alert_group WHERE id IN (
        SELECT id FROM alert_group WHERE seen_at < ? AND NOT EXISTS (SELECT 1 FROM alert_state WHERE alert_group = alert_group.id) ORDER BY seen_at LIMIT ${SLICE})`);
    this.#pages = store.query(
      'SELECT page_count AS pages, freelist_count AS free FROM pragma_page_count, pragma_freelist_count',
    );
    this.#note = store.query('SELECT value FROM note WHERE name = ?');
    this.#writeNote = store.query(
      'INSERT INTO note (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    );
  }

  figures(): Promise<OutboxFigures> {
    return this.#store.read('count what it holds', () => ({
      pending: new Map(
        this.#pending
          .all()
          .map(({ channel, notifications, since }) => [channel, { notifications, oldestAcceptedAt: since }]),
      ),
      dead: new Map(this.#dead.all().map(({ channel, letters }) => [channel, letters])),
      quarantined: this.#quarantined.get()?.posts ?? 0,
    }));
  }

  async prune(limits: { readonly deliveredBefore: number; readonly seenBefore: number }): Promise<number> {
    const doing = 'forget what is old';
    await this.#subjects.index();
    const forgotten = await this.#store.write(doing, () => {
      const delivered = this.#delivered.all(limits.deliveredBefore);
      this.#forgetting.deliveries(delivered);
      return [
        delivered.length,
        this.#forgetPosts.run(limits.deliveredBefore),
        this.#forgetConversations.run(limits.deliveredBefore),
        this.#forgetStates.run(limits.seenBefore),
        this.#forgetGroups.run(limits.seenBefore),
      ].reduce((sum, each) => sum + each, 0);
    });
    await this.#store.read(doing, () => this.#giveBack());
    return forgotten;
  }

  note(name: string, value?: string): Promise<string | undefined> {
    if (value === undefined) return this.#store.read('read a note', () => this.#note.get(name)?.value);
    return this.#store.write('write a note', () => {
      this.#writeNote.run(name, value);
      return value;
    });
  }

  changeNote<T>(name: string, change: (value: string | undefined) => NoteChange<T>): Promise<T> {
    return this.#store.write('change a note', () => {
      const { value, result } = change(this.#note.get(name)?.value);
      if (value !== undefined) this.#writeNote.run(name, value);
      return result;
    });
  }

  /** Moves free pages to the end of the file and cuts them off. */
  #giveBack(): void {
    const { pages, free } = this.#pages.get() ?? { pages: 0, free: 0 };
    if (free > PAGES && free > pages * FREE_SHARE) this.#store.exec(`PRAGMA incremental_vacuum(${PAGES})`);
  }
}
