// The message that a queue gives next, whatever it is: one that cannot be read can still be told from the one after it,
// so that it is known since when it has been next.
import { createHash } from 'node:crypto';
import { openEnvelope } from './envelope.js';
import { MAX_MESSAGE_BYTES } from './message.js';
import { Refusal } from './refusal.js';
import { readTaskMessage } from './task-message.js';

export interface QueueHead {
  /** Of a task what stands for its id, of anything else a hash of its bytes. */
  readonly id: string;
  /** ISO 8601, for `etaSeconds`; null for none, and where it cannot be read. */
  readonly eta: string | null;
  /** Why it cannot be read, for people, without a word of the message; undefined where it can. */
  readonly unread?: string;
  /** Told by its beginning alone: another that is as long and begins alike has the same id. */
  readonly isCut?: true;
}

/** Reads the head of a queue. Two messages of the same bytes are one to it; kombu gives each a tag of its own. */
export function readQueueHead(payload: Buffer): QueueHead {
  if (payload.length > MAX_MESSAGE_BYTES) return readCutHead(payload.length, payload.subarray(0, CUT_BYTES));
  const envelope = openEnvelope(payload);
  const task = envelope instanceof Refusal ? envelope : readTaskMessage(envelope, () => openEnvelope(payload, 'exact'));
  if (task !== undefined && !(task instanceof Refusal)) return { id: task.id, eta: task.eta };
  return unreadHead(payload, task === undefined ? 'not a task message of Celery' : task.detail);
}

/** How much is looked at of a message that is too large to be read. */
export const CUT_BYTES = 64 * 1024;

/** The head of a queue of which only the beginning was fetched: as `readQueueHead` gives it for the whole. */
export function readCutHead(bytes: number, start: Buffer): QueueHead {
  // kombu writes the body first and what tells two tasks apart, their ids and tags, behind it
  // (docs/protocol/envelopes.md#envelope).
  const head = unreadHead(Buffer.concat([Buffer.from(`${String(bytes)} `), start]), `${String(bytes)} bytes`);
  return { ...head, isCut: true };
}

function unreadHead(identity: Buffer, unread: string): QueueHead {
  return { id: `\u0000message ${createHash('sha256').update(identity).digest('base64')}`, eta: null, unread };
}
