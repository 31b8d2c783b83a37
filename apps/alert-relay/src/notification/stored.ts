// A notification as the store has it: text, which is read only by whoever composes the message from it.
import type { Notification } from './notification.js';

/** Many of them are megabytes: a thread that does nothing else may read them. */
export interface StoredNotification {
  /** JSON of the `Notification` as it was recorded; what stands beside it here is newer than the same in it. */
  readonly json: string;
  /** Milliseconds since 1970. */
  readonly acceptedAt: number;
  readonly undelivered?: Notification['undelivered'];
}

/** Throws a SyntaxError where it is no JSON: the store wrote it, so it is damaged then. */
export function notificationOf({ json, acceptedAt, undelivered }: StoredNotification): Notification {
  const notification = JSON.parse(json) as Notification;
  return { ...notification, acceptedAt, ...(undelivered !== undefined && { undelivered }) };
}
