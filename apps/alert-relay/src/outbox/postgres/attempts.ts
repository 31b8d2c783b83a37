// What a message brought: its attempts are kept for all that it holds, and the receipts among them as the conversation.
import type { Conversation, Receipt, SentPart } from '../../notification/index.js';
import { endsOf, interruptedAttempt, keptAttempt } from '../history-rules.js';
import type { Attempt, KeptAttempt } from '../outbox.js';
import { planOf } from '../rows.js';
import type { Transaction } from './database.js';
import { plainText } from './texts.js';

/** A message that somebody holds or held. */
export interface Sender {
  readonly id: number;
  readonly uuid: string;
  readonly channel: string;
}

// A caller that lost the connection at COMMIT gives the same ones again.
const KEEP = `
  WITH kept AS (
    INSERT INTO relay.attempt (message, at, latency_ms, sent_bytes, part, parts, message_id, channel, key, verdict, reason, detail, receipt, sent)
    SELECT $1, at, latency_ms, sent_bytes, part, parts, $2, $3, key, verdict, reason, detail, receipt, sent
    FROM unnest($4::float8[], $5::float8[], $6::bigint[], $7::integer[], $8::integer[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::bytea[])
      WITH ORDINALITY AS given (at, latency_ms, sent_bytes, part, parts, key, verdict, reason, detail, receipt, sent, place)
    WHERE NOT EXISTS (SELECT FROM relay.attempt AS known WHERE known.message = $1 AND known.at = given.at AND known.key = given.key
      AND known.verdict = given.verdict AND known.part = given.part AND known.reason = given.reason)
    ORDER BY place)
  INSERT INTO relay.sending (delivery, message) SELECT id, $1 FROM relay.delivery WHERE message = $1 ON CONFLICT DO NOTHING`;

const CONVERSE = `
  INSERT INTO relay.conversation (channel, group_key, episode, root_at, root_key, root_receipt, last_at, last_key, last_receipt)
  SELECT DISTINCT $2::text, group_key, episode, $3::float8, $4::text, $5::text, $6::float8, $7::text, $8::text
  FROM relay.delivery JOIN relay.notification ON notification.id = delivery.notification WHERE message = $1
  ON CONFLICT (channel, group_key, episode) DO UPDATE SET last_at = excluded.last_at, last_key = excluded.last_key, last_receipt = excluded.last_receipt`;

/** Of the deliveries $1, in their order; once for each incident. */
export const CONVERSATIONS = `
  SELECT coalesce(group_name, '') AS group_name, conversation.*
  FROM (
    SELECT delivery.channel, group_key, episode, min(group_name) AS group_name, min(notification.id) AS place
    FROM relay.delivery JOIN relay.notification ON notification.id = delivery.notification
    WHERE delivery.id = ANY($1::bigint[]) GROUP BY delivery.channel, group_key, episode) AS told
  JOIN relay.conversation USING (channel, group_key, episode) ORDER BY place`;

export interface ConversationRow {
  readonly group_name: string;
  readonly group_key: string;
  readonly episode: string;
  readonly root_at: number;
  readonly root_key: string;
  readonly root_receipt: string;
  readonly last_at: number;
  readonly last_key: string;
  readonly last_receipt: string;
}

/** To be called while the message holds its deliveries. */
export async function keepAttempts(tx: Transaction, sender: Sender, attempts: readonly Attempt[] = []): Promise<void> {
  if (attempts.length === 0) return;
  const of = { messageId: sender.uuid, channel: sender.channel };
  const ends = endsOf(attempts);
  await Promise.all([
    keep(
      tx,
      sender,
      attempts.map((each) => keptAttempt(each, of)),
    ),
    ...(ends === undefined
      ? []
      : [tx.run(CONVERSE, [sender.id, sender.channel, ...sentPart(ends.first), ...sentPart(ends.last)])]),
  ]);
}

/** Of a claim that its holder has lost. @param at when that was noticed */
export function keepInterrupted(
  tx: Transaction,
  sender: Sender & { readonly plan: string | null },
  at: number,
): Promise<void> {
  const { uuid: messageId, channel } = sender;
  return keep(tx, sender, [interruptedAttempt({ messageId, channel, plan: planOf(sender) }, at)]);
}

async function keep(tx: Transaction, { id, uuid, channel }: Sender, attempts: readonly KeptAttempt[]): Promise<void> {
  await tx.run(KEEP, [
    id,
    uuid,
    channel,
    attempts.map((each) => each.at),
    attempts.map((each) => each.latencyMs ?? null),
    attempts.map((each) => each.sentBytes ?? null),
    attempts.map((each) => each.part),
    attempts.map((each) => each.parts),
    attempts.map((each) => plainText(each.key)),
    attempts.map((each) => each.verdict),
    attempts.map((each) => each.reason),
    attempts.map((each) => plainText(each.detail)),
    attempts.map((each) => (each.receipt === undefined ? null : JSON.stringify(each.receipt))),
    attempts.map((each) => Buffer.from(each.sent)),
  ]);
}

function sentPart({ at, key, receipt }: SentPart): readonly unknown[] {
  return [at, plainText(key), JSON.stringify(receipt)];
}

export function conversationOf(row: ConversationRow): Conversation {
  const part = (at: number, key: string, receipt: string): SentPart => ({
    at,
    key,
    receipt: JSON.parse(receipt) as Receipt,
  });
  return {
    group: row.group_name === '' ? row.group_key : (JSON.parse(row.group_name) as string),
    episode: row.episode,
    root: part(row.root_at, row.root_key, row.root_receipt),
    last: part(row.last_at, row.last_key, row.last_receipt),
  };
}
