// A task message as it waits in a queue (docs/protocol/envelopes.md#task-messages): whose it is, and from when
// on it could have run.
import { decodeBody } from './body.js';
import { isRecord, type Message } from './envelope.js';
import { isName } from './name.js';

export interface QueuedTask {
  readonly id: string;
  readonly name: string;
  /** ISO 8601, or null. */
  readonly eta: string | null;
}

/** Reads protocol 2 from the headers, protocol 1 from the body; undefined for a message of another producer. */
export function readTaskMessage(message: Message): QueuedTask | undefined {
  const fields =
    typeof message.headers['task'] === 'string' ? message.headers : decodeBody(message.body, message.contentType);
  if (!isRecord(fields)) return undefined;
  const { task, id, eta } = fields;
  if (!isName(task) || !isName(id)) return undefined;
  return { id, name: task, eta: isName(eta) ? eta : null };
}
