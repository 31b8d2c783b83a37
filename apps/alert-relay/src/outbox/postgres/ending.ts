// How a message ends, and how deliveries become dead letters; in the same transaction the fallback channel gets its
// copies.
import { fallbackFor, type DeadLetterCause } from '../rules.js';
import { ENQUEUE, RELEASE } from './arrivals.js';
import type { Sender } from './attempts.js';
import type { Transaction } from './database.js';
import { plainText } from './texts.js';

/** A message whose row, and the rows of whose lanes, the transaction has locked. */
export interface HeldMessage extends Sender {
  readonly attempt: number;
  readonly unclear: number;
  readonly ambiguous: number;
  readonly claimed: number;
  readonly lost: number;
  readonly kept: number;
  readonly plan: string | null;
  readonly lane_ids: readonly number[];
}

/**
 * Locks a message and its lanes, with those that the fallback channel $1 has of the same groups, in the order that all
 * transactions keep. Which lanes is found first, as an array: a row that changed while its lock was waited for is looked
 * at again by PostgreSQL, and with a nested loop such a second look at a join finds nothing.
 * @param where which message, with values from $2 on
 */
export const hold = (where: string): string => `
  WITH held AS MATERIALIZED (SELECT * FROM relay.message WHERE ${where} FOR UPDATE),
  own AS (SELECT lane.id, lane.group_key FROM relay.lane JOIN held ON lane.message = held.id),
  locked AS MATERIALIZED (
    SELECT id, message FROM relay.lane
    WHERE id = ANY (ARRAY(SELECT id FROM own UNION ALL SELECT other.id FROM own JOIN relay.lane AS other ON other.channel = $1 AND other.group_key = own.group_key))
    ORDER BY channel, group_key FOR UPDATE)
  SELECT held.id, uuid, channel, attempt, unclear, ambiguous, claimed, lost, kept, plan,
    ARRAY(SELECT locked.id FROM locked WHERE locked.message = held.id) AS lane_ids
  FROM held`;

/** Cause: $1 at, $2 reason, $3 detail, $4 the fallback channel, $5 attempts or null. @param where from $6 on */
const bury = (where: string): string => `
  WITH doomed AS (
    UPDATE relay.delivery SET state = 'dead', lane = NULL, message = NULL, attempts = coalesce($5::integer, attempts), ended_at = $1::float8, reason = $2::text, detail = $3::text
    WHERE ${where} RETURNING id, channel, notification, urgency, changes, bytes, accepted_at, undelivered_channel),
  arriving AS (
    SELECT $4::text AS channel, group_key, notification, doomed.urgency, doomed.changes, doomed.bytes, $1::float8 AS since, doomed.accepted_at,
      doomed.channel AS undelivered_channel, $2::text AS undelivered_reason, row_number() OVER (ORDER BY notification, doomed.id) AS place
    FROM doomed JOIN relay.notification ON notification.id = doomed.notification WHERE $4::text IS NOT NULL AND undelivered_channel IS NULL),
  ${ENQUEUE}`;

const BURY_OF_MESSAGE = bury(
  'message = $6 AND lane IN (SELECT lane FROM relay.delivery WHERE message = $6 AND since < $7::float8)',
);
const BURY_THESE = bury("id = ANY($6::bigint[]) AND state = 'pending' AND message IS NULL");

/**
 * Those of a message whose groups have something in it that has been waiting since before a time; `Infinity`: all.
 * Callers hold the message, and end it afterwards.
 */
export function buryOlder(tx: Transaction, held: HeldMessage, before: number, cause: DeadLetterCause): Promise<number> {
  return tx.run(BURY_OF_MESSAGE, [...valuesOf(cause, held.channel), held.attempt, held.id, before]);
}

/** Those of one channel that no message holds. Callers have locked their lanes, and release them afterwards. */
export function buryThese(
  tx: Transaction,
  channel: string,
  ids: readonly number[],
  cause: DeadLetterCause,
): Promise<number> {
  return tx.run(BURY_THESE, [...valuesOf(cause, channel), null, ids]);
}

function valuesOf({ at, reason, detail, fallback }: DeadLetterCause, channel: string): readonly unknown[] {
  return [at, reason, plainText(detail), fallbackFor(channel, fallback, false) ?? null];
}

/** Callers have locked the lanes, which no message holds any more. */
export function release(tx: Transaction, lanes: readonly number[]): Promise<number> {
  return tx.run(`WITH ${RELEASE}`, [lanes]);
}

const REMOVE = `WITH gone AS (DELETE FROM relay.message WHERE id = $2), ${RELEASE}`;

/** The message is gone and its lanes are free. Before, each of its deliveries was ended or set free. */
export function remove(tx: Transaction, { id, lane_ids: lanes }: HeldMessage): Promise<number> {
  return tx.run(REMOVE, [lanes, id]);
}

/** All of a message becomes dead letters. */
export async function giveUp(tx: Transaction, held: HeldMessage, cause: DeadLetterCause): Promise<void> {
  await Promise.all([buryOlder(tx, held, Infinity, cause), remove(tx, held)]);
}
