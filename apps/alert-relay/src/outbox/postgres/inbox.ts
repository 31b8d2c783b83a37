// The inbox of a PostgreSQL store: posts that come together share one transaction, and those of one group are taken one
// after the other, whichever relay they reach.
import { StoreUnavailable, type Held, type Inbox, type Intake, type KnownGroup } from '../outbox.js';
import { HELD_AT_ONCE } from '../rules.js';
import { ENQUEUE } from './arrivals.js';
import type { Database, Transaction } from './database.js';
import { failureOf, isOfContents } from './failures.js';
import { STATEMENT_MS } from './place.js';
import { hasRows, Recording, type GroupRow, type Outcome, type Post, type GroupStateRow } from './recording.js';
import { indexKey, plainText } from './texts.js';

/** Posts in one transaction at most, and transactions at once. */
const BATCH = 50;
const AT_ONCE = 4;

interface Pending extends Post {
  readonly resolve: (intake: Intake) => void;
  readonly reject: (error: unknown) => void;
  /** Milliseconds that only pass: when it came. */
  readonly since: number;
}

export interface QuarantineLimits {
  readonly quarantineKeep: number;
  readonly quarantineBytes: number;
}

const RECORD = 'record a post';

const LOCK_GROUPS = `
  INSERT INTO relay.alert_group (key, seen_at) SELECT key, 0 FROM unnest($1::text[]) AS key ORDER BY key COLLATE "C"
  ON CONFLICT (key) DO UPDATE SET seen_at = alert_group.seen_at RETURNING id, key, episode`;

const STATES = `
  SELECT alert_group, episode, firing, seen_at, told_at, starts_at, ended_at, held_until FROM relay.alert_state
  JOIN unnest($1::bigint[], $2::text[]) AS asked (alert_group, episode) USING (alert_group, episode)`;

const SAVE_GROUPS = `
  UPDATE relay.alert_group SET episode = changed.episode, seen_at = greatest(alert_group.seen_at, changed.seen_at)
  FROM unnest($1::bigint[], $2::text[], $3::float8[]) AS changed (id, episode, seen_at) WHERE alert_group.id = changed.id`;

const SAVE_STATES = `
  INSERT INTO relay.alert_state (alert_group, episode, firing, seen_at, told_at, starts_at, ended_at, held_until)
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::smallint[], $4::float8[], $5::float8[], $6::float8[], $7::float8[], $8::float8[])
  ON CONFLICT (alert_group, episode) DO UPDATE SET firing = excluded.firing, seen_at = excluded.seen_at,
    told_at = excluded.told_at, starts_at = excluded.starts_at, ended_at = excluded.ended_at, held_until = excluded.held_until`;

const SAVE_HELD = 'INSERT INTO relay.held (due_at, content) SELECT * FROM unnest($1::float8[], $2::text[])';

// Ids are drawn in the order of the posts, while their groups are locked.
const SAVE_NOTIFICATIONS = `
  WITH numbered AS MATERIALIZED (
    SELECT nextval('relay.notification_id_seq') AS id, * FROM unnest($1::text[], $2::text[], $3::text[],
      $4::float8[], $5::smallint[], $6::integer[], $7::bigint[], $8::text[], $9::text[])
      WITH ORDINALITY AS posted (group_key, group_name, episode, accepted_at, urgency, changes, bytes, about, content, place)),
  stored AS (
    INSERT INTO relay.notification (id, group_key, group_name, episode, accepted_at, urgency, changes, bytes, about, content)
    SELECT id, group_key, group_name, episode, accepted_at, urgency, changes, bytes, about, content FROM numbered),
  termed AS (
    INSERT INTO relay.term (term, accepted_at, notification) SELECT term, accepted_at, id
    FROM unnest($12::bigint[], $13::bigint[]) AS labels (place, term) JOIN numbered USING (place)),
  arriving AS (
    SELECT channel, group_key, id AS notification, urgency, changes, bytes, accepted_at AS since, accepted_at,
      NULL::text AS undelivered_channel, NULL::text AS undelivered_reason, goals.place
    FROM unnest($10::bigint[], $11::text[]) WITH ORDINALITY AS goals (post, channel, place)
    JOIN numbered ON numbered.place = goals.post),
  ${ENQUEUE}`;

const TRIM_QUARANTINE = `
  DELETE FROM relay.quarantine WHERE id IN (
    SELECT id FROM (SELECT id, row_number() OVER newest AS place, sum(size) OVER newest AS total FROM relay.quarantine WINDOW newest AS (ORDER BY id DESC)) AS kept
    WHERE place > 1 AND (place > $1 OR total > $2))`;

interface Recorded {
  readonly outcomes: readonly Outcome[];
  readonly channels: readonly string[];
}

export class PostgresInbox implements Inbox {
  readonly #db: Database;
  readonly #limits: QuarantineLimits;
  readonly #onStored: (channels: readonly string[]) => void;
  #posts: Pending[] = [];
  readonly #busy = new Set<string>();
  #running = 0;
  #onIdle: (() => void)[] = [];

  constructor(db: Database, limits: QuarantineLimits, onStored: (channels: readonly string[]) => void) {
    this.#db = db;
    this.#limits = limits;
    this.#onStored = onStored;
  }

  record<T extends Intake>(groupKey: string, alerts: readonly string[], decide: (known: KnownGroup) => T): Promise<T> {
    if (this.#db.away !== undefined) return Promise.reject(this.#db.unavailable(RECORD));
    return new Promise<T>((resolve, reject) => {
      this.#posts.push({
        groupKey,
        alerts,
        decide,
        resolve: resolve as (intake: Intake) => void,
        reject,
        since: performance.now(),
      });
      setImmediate(() => this.#startNext());
    });
  }

  /** Resolves when every post has its answer. */
  idle(): Promise<void> {
    return this.#posts.length + this.#running === 0
      ? Promise.resolve()
      : new Promise((done) => this.#onIdle.push(done));
  }

  #startNext(): void {
    while (this.#running < AT_ONCE) {
      const posts = this.#takeFree();
      if (posts.length === 0) break;
      this.#running += 1;
      const groups = posts.map((each) => each.groupKey);
      for (const group of groups) this.#busy.add(group);
      void this.#store(posts).finally(() => {
        this.#running -= 1;
        for (const group of groups) this.#busy.delete(group);
        this.#startNext();
      });
    }
    if (this.#posts.length + this.#running === 0) for (const idle of this.#onIdle.splice(0)) idle();
  }

  /**
   * The first posts whose groups no transaction of ours has. Whoever posted does not wait for longer than one
   * transaction may take: it may be posted to another relay.
   */
  #takeFree(): Pending[] {
    const latest = performance.now() - STATEMENT_MS;
    for (const late of this.#posts.filter(({ since }) => since < latest))
      late.reject(this.#db.unavailable(RECORD, new Error('it waited too long for others')));
    this.#posts = this.#posts.filter(({ since }) => since >= latest);
    const taken: Pending[] = [];
    const left: Pending[] = [];
    for (const post of this.#posts) (taken.length < BATCH && !this.#busy.has(post.groupKey) ? taken : left).push(post);
    this.#posts = left;
    return taken;
  }

  async #store(posts: readonly Pending[]): Promise<void> {
    try {
      const { outcomes, channels } = await this.#db.write(RECORD, (tx) => this.#record(tx, posts));
      if (channels.length > 0) this.#onStored(channels);
      outcomes.forEach((outcome, i) => {
        if ('intake' in outcome) posts[i]?.resolve(outcome.intake);
        else posts[i]?.reject(outcome.undecided ?? this.#db.unavailable(RECORD, outcome.failure));
      });
    } catch (error) {
      // One that the database refuses for what it holds must take no other along. What would fail for each of them, a
      // lock that somebody else has for example, would make them wait one after the other.
      const failure = failureOf(error instanceof StoreUnavailable ? error.cause : error);
      if (posts.length > 1 && this.#db.away === undefined && isOfContents(failure))
        for (const post of posts) await this.#store([post]);
      else for (const post of posts) post.reject(error);
    }
  }

  async #record(tx: Transaction, posts: readonly Post[]): Promise<Recorded> {
    const keys = [...new Set(posts.map((each) => indexKey(each.groupKey)))];
    const groups = await tx.all<GroupRow>(LOCK_GROUPS, [keys]);
    const ids = new Map(groups.map(({ key, id }) => [key, id]));
    const asked = new Map(
      posts.flatMap(({ groupKey, alerts }) => {
        const id = ids.get(indexKey(groupKey)) ?? -1;
        return alerts.map((alert) => [`${id} ${indexKey(alert)}`, [id, indexKey(alert)]] as const);
      }),
    );
    const states =
      asked.size === 0
        ? []
        : await tx.all<GroupStateRow>(STATES, [
            [...asked.values()].map(([id]) => id),
            [...asked.values()].map(([, key]) => key),
          ]);
    const recording = new Recording(groups, states);
    const outcomes = posts.map((post) => recording.add(post));
    await Promise.all([
      tx.run(SAVE_GROUPS, recording.groups),
      ...(hasRows(recording.states) ? [tx.run(SAVE_STATES, recording.states)] : []),
      ...(hasRows(recording.held) ? [tx.run(SAVE_HELD, recording.held)] : []),
      ...(hasRows(recording.notifications)
        ? [tx.run(SAVE_NOTIFICATIONS, [...recording.notifications, ...recording.arrivals, ...recording.terms])]
        : []),
    ]);
    return { outcomes, channels: recording.channels };
  }

  async knowsFormerKeys(): Promise<boolean> {
    // The keys of this version are hexadecimal.
    const [row] = await this.#db.read<{ found: boolean }>(
      'look for what an older version knew',
      "SELECT EXISTS (SELECT FROM relay.alert_state WHERE position('@' in episode) > 0) AS found",
    );
    return row?.found === true;
  }

  held(): Promise<readonly (Held & { readonly id: number })[]> {
    return this.#db.read<Held & { readonly id: number }>(
      'read what is held back',
      `SELECT id, due_at AS "dueAt", content FROM relay.held ORDER BY due_at, id LIMIT ${HELD_AT_ONCE}`,
    );
  }

  async dropHeld(id: number): Promise<void> {
    await this.#db.read('forget what was held back', 'DELETE FROM relay.held WHERE id = $1', [id]);
  }

  quarantine(bytes: Uint8Array, reason: string, at: number): Promise<void> {
    return this.#db.write('keep what could not be parsed', async (tx) => {
      await Promise.all([
        tx.run('INSERT INTO relay.quarantine (at, reason, size, bytes) VALUES ($1, $2, $3, $4)', [
          at,
          plainText(reason),
          bytes.length,
          Buffer.from(bytes),
        ]),
        tx.run(TRIM_QUARANTINE, [this.#limits.quarantineKeep, this.#limits.quarantineBytes]),
      ]);
    });
  }
}
