// Deletes deliveries with all that only they needed: what was sent for them, and their contents.
import type { Transaction } from './database.js';

// One after the other: two that delete the last deliveries of one message, or of one notification, at the same moment
// would each leave what the other's still seems to need.
const TAKE_TURNS = "SELECT pg_advisory_xact_lock(hashtext('alert-relay forget'), hashtext('relay.delivery'))";
const FORGET = `
  WITH gone AS (DELETE FROM relay.delivery WHERE id = ANY($1::bigint[]) AND state = $2 RETURNING id, notification)
  SELECT (SELECT count(*) FROM gone)::int AS count, ARRAY(SELECT DISTINCT notification FROM gone) AS notifications,
    ARRAY(SELECT DISTINCT message FROM relay.sending WHERE delivery IN (SELECT id FROM gone)) AS messages`;
const FORGET_CONTENTS =
  'DELETE FROM relay.notification WHERE id = ANY($1::bigint[]) AND NOT EXISTS (SELECT FROM relay.delivery WHERE delivery.notification = notification.id)';
const FORGET_ATTEMPTS =
  'DELETE FROM relay.attempt WHERE message = ANY($1::bigint[]) AND NOT EXISTS (SELECT FROM relay.sending WHERE sending.message = attempt.message)';

/** How many of them were there in this state, and went. */
export async function forgetThese(
  tx: Transaction,
  state: 'dead' | 'delivered',
  deliveries: readonly number[],
): Promise<number> {
  if (deliveries.length === 0) return 0;
  await tx.run(TAKE_TURNS);
  const gone = await tx.get<{ count: number; notifications: number[]; messages: number[] }>(FORGET, [
    deliveries,
    state,
  ]);
  if (gone === undefined || gone.count === 0) return 0;
  await Promise.all([tx.run(FORGET_CONTENTS, [gone.notifications]), tx.run(FORGET_ATTEMPTS, [gone.messages])]);
  return gone.count;
}
