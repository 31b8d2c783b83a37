// How deliveries join the queue of a PostgreSQL store: the end of a statement that has found or stored them.

/**
 * The end of a WITH: `arriving` has the rows (channel, group_key, notification, urgency, changes, bytes, since,
 * accepted_at, undelivered_channel, undelivered_reason, place). What waits for one channel and group is summed up in
 * its lane; lanes are locked in the order that all transactions keep.
 */
export const ENQUEUE = `
  joined AS (
    INSERT INTO relay.lane (channel, group_key, size, urgency, head, since, due_at)
    SELECT channel, group_key, count(*), min(urgency), min(notification), min(since), 0 FROM arriving
    GROUP BY channel, group_key ORDER BY channel, group_key
    ON CONFLICT (channel, group_key) DO UPDATE SET
      size = lane.size + excluded.size, urgency = least(lane.urgency, excluded.urgency),
      head = least(lane.head, excluded.head), since = least(lane.since, excluded.since)
    RETURNING id, channel, group_key)
  INSERT INTO relay.delivery (notification, channel, lane, state, since, accepted_at, urgency, changes, bytes, attempts,
    not_before, undelivered_channel, undelivered_reason)
  SELECT notification, channel, joined.id, 'pending', since, accepted_at, urgency, changes, bytes, 0, 0,
    undelivered_channel, undelivered_reason
  FROM arriving JOIN joined USING (channel, group_key) ORDER BY place`;

/**
 * Sums up anew the lanes $1, which no message holds any more and whose rows the transaction has locked, and removes
 * those of which the last delivery is gone.
 */
export const RELEASE = `
  summed AS (
    SELECT lane, count(*) AS size, max(alone) AS alone, min(urgency) AS urgency, min(notification) AS head,
      min(since) AS since, coalesce(max(not_before) FILTER (WHERE message IS NULL), 0) AS due_at
    FROM relay.delivery WHERE lane = ANY($1::bigint[]) GROUP BY lane),
  emptied AS (
    DELETE FROM relay.lane WHERE id = ANY($1::bigint[]) AND id NOT IN (SELECT lane FROM summed))
  UPDATE relay.lane SET message = NULL, size = summed.size, urgency = summed.urgency, head = summed.head,
    since = summed.since, due_at = summed.due_at, alone = summed.alone
  FROM summed WHERE lane.id = summed.lane`;
