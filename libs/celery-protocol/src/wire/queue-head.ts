// The message that a queue gives next, whatever it is: one that cannot be read can still be told from the one after it,
// so that it is known since when it has been next.
import { createHash } from 'node:crypto';
import { openEnvelope } from './envelope.js';
import { Refusal } from './refusal.js';
import { readTaskMessage } from './task-message.js';

export interface QueueHead {
  /** Of a task what stands for its id, of anything else a hash of its bytes. */
  readonly id: string;
  /** ISO 8601, for `etaSeconds`; null for none, and where it cannot be read. */
  readonly eta: string | null;
  /** Why it cannot be read, for people, without a word of the message; undefined where it can. */
  readonly unread?: string;
}

/** Reads the head of a queue. Two messages of the same bytes are one to it; kombu gives each a tag of its own. */
export function readQueueHead(payload: Buffer): QueueHead {
  const envelope = openEnvelope(payload);
  const task = envelope instanceof Refusal ? envelope : readTaskMessage(envelope, () => openEnvelope(payload, 'exact'));
  if (task !== undefined && !(task instanceof Refusal)) return { id: task.id, eta: task.eta };
  return {
    id: `\u0000message ${createHash('sha256').update(payload).digest('base64')}`,
    eta: null,
    unread: task === undefined ? 'not a task message of Celery' : task.detail,
  };
}
