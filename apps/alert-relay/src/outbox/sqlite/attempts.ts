// What was sent and what came back, for each delivery of the message; and what each channel was told of each incident
// where its server gave receipts.
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Conversation, SentPart } from '../../notification/index.js';
import { endsOf, interruptedAttempt, keptAttempt } from '../history-rules.js';
import type { Attempt, KeptAttempt } from '../outbox.js';
import { keptOf, planOf, type AttemptRow } from '../rows.js';
import { textOf, type Query, type Store } from './store.js';

/** A message as far as its attempts need it. */
export interface SentMessage {
  readonly id: number;
  readonly uuid: string;
  readonly channel: string;
}

interface PackedRow extends AttemptRow {
  readonly uuid: string;
  readonly sent: Uint8Array;
}

interface IncidentRow {
  readonly group_key: string;
  readonly episode: string;
}

/** Callers hold a transaction. */
export class SqliteAttempts {
  readonly #save: Query;
  readonly #link: Query;
  readonly #ofDelivery: Query<PackedRow>;
  readonly #incidents: Query<IncidentRow>;
  readonly #converse: Query;
  readonly #conversation: Query<{ root: string; last: string }>;
  readonly #messagesOf: Query<{ message: number }>;
  readonly #unlink: Query;
  readonly #forget: Query;

  constructor(store: Store) {
    this.#save = store.query(`
      INSERT INTO attempt (message, uuid, channel, at, latency_ms, part, parts, key, verdict, reason, detail, receipt, sent_bytes, sent)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#link = store.query(
      'INSERT OR IGNORE INTO told (delivery, message) SELECT id, message FROM delivery WHERE message = ?',
    );
    this.#ofDelivery = store.query(`
      SELECT uuid, channel, at, latency_ms, part, parts, key, verdict, reason, detail, receipt, sent_bytes, sent
      FROM told CROSS JOIN attempt ON attempt.message = told.message WHERE told.delivery = ? ORDER BY attempt.id`);
    // Of what an older version accepted, only the content names the episode.
    this.#incidents = store.query(`
      SELECT group_key, coalesce(episode, content ->> '$.episode.id', '') AS episode
      FROM delivery CROSS JOIN notification ON notification.id = delivery.notification CROSS JOIN subject ON subject.notification = notification.id
      WHERE delivery.message = ? ORDER BY notification.id, delivery.id`);
    this.#converse = store.query(`
      INSERT INTO conversation (channel, group_key, episode, root, last, last_at) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET last = excluded.last, last_at = excluded.last_at`);
    this.#conversation = store.query(
      'SELECT root, last FROM conversation WHERE channel = ? AND group_key = ? AND episode = ?',
    );
    this.#messagesOf = store.query('SELECT message FROM told WHERE delivery = ?');
    this.#unlink = store.query('DELETE FROM told WHERE delivery = ?');
    this.#forget = store.query(
      'DELETE FROM attempt WHERE message = ?1 AND NOT EXISTS (SELECT 1 FROM told WHERE message = ?1)',
    );
  }

  /** While the message holds its deliveries. */
  keep(message: SentMessage, attempts: readonly Attempt[] | undefined): void {
    const of = { messageId: message.uuid, channel: message.channel };
    this.#keep(
      message,
      (attempts ?? []).map((each) => keptAttempt(each, of)),
    );
    const ends = endsOf(attempts);
    if (ends === undefined) return;
    const [root, last] = [JSON.stringify(ends.first), JSON.stringify(ends.last)];
    for (const { group_key: group, episode } of this.#incidentsOf(message))
      this.#converse.run(message.channel, group, episode, root, last, ends.last.at);
  }

  /** That somebody tried whose claim is not settled, and not theirs any more. */
  interrupted(message: SentMessage & { readonly plan: string | null }, at: number): void {
    const { uuid: messageId, channel } = message;
    this.#keep(message, [interruptedAttempt({ messageId, channel, plan: planOf(message) }, at)]);
  }

  conversations(message: SentMessage): Conversation[] {
    return this.#incidentsOf(message).flatMap(({ group_key: group, episode }) => {
      const found = this.#conversation.get(message.channel, group, episode);
      if (found === undefined) return [];
      const [root, last] = [JSON.parse(found.root) as SentPart, JSON.parse(found.last) as SentPart];
      return [{ group: textOf(group), episode: textOf(episode), root, last }];
    });
  }

  ofDelivery(delivery: number): KeptAttempt[] {
    return this.#ofDelivery.all(delivery).map(attemptOf);
  }

  /** What was sent for this delivery alone. */
  forget(delivery: number): void {
    const messages = this.#messagesOf.all(delivery);
    if (messages.length === 0) return;
    this.#unlink.run(delivery);
    for (const { message } of messages) this.#forget.run(message);
  }

  #keep(message: SentMessage, attempts: readonly KeptAttempt[]): void {
    if (attempts.length === 0) return;
    this.#link.run(message.id);
    for (const each of attempts)
      this.#save.run(
        message.id,
        message.uuid,
        message.channel,
        each.at,
        each.latencyMs ?? null,
        each.part,
        each.parts,
        each.key,
        each.verdict,
        each.reason,
        each.detail,
        each.receipt === undefined ? null : JSON.stringify(each.receipt),
        each.sentBytes ?? null,
        deflateRawSync(each.sent, { level: 1 }),
      );
  }

  /** Each once, in the order of the notifications. */
  #incidentsOf(message: SentMessage): readonly IncidentRow[] {
    const rows = this.#incidents.all(message.id);
    return [...new Map(rows.map((each) => [JSON.stringify([each.group_key, each.episode]), each])).values()];
  }
}

function attemptOf(row: PackedRow): KeptAttempt {
  return keptOf(row, row.uuid, inflateRawSync(row.sent).toString());
}
