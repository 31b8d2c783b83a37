// A task message as it waits in a queue (docs/protocol/envelopes.md#task-messages): whose it is, and from when
// on it could have run.
import { decodeBody } from './body.js';
import type { Envelope } from './envelope.js';
import { isRecord } from './is-record.js';
import { isName, readName } from './name.js';
import type { Numbers } from './numbers.js';
import { Refusal } from './refusal.js';
import { restoreNumbers } from './numbers.js';
import { readTaskId } from './task-id.js';

export interface QueuedTask {
  /** What stands for the task's id: see `readTaskId`. */
  readonly id: string;
  readonly name: string;
  /** ISO 8601, for `etaSeconds`; or null. */
  readonly eta: string | null;
}

/**
 * Reads protocol 2 from the headers, without a look at the body, and protocol 1 from the body. A Refusal where that
 * cannot be opened; undefined for a message of another producer. Never throws.
 * @param openExactly opens it again, with exact numbers: only asked for where an id needs them
 */
export function readTaskMessage(
  envelope: Envelope,
  openExactly: () => Envelope | Refusal,
): QueuedTask | Refusal | undefined {
  const fields = fieldsOf(envelope, 'plain');
  if (fields instanceof Refusal) return fields;
  if (!isRecord(fields)) return undefined;
  restoreNumbers(
    [fields],
    () => ['id'],
    () => {
      const exact = openExactly();
      return [exact instanceof Refusal ? undefined : fieldsOf(exact, 'exact')];
    },
  );
  const [name, id, eta] = [readName(fields['task']), readTaskId(fields['id']), fields['eta']];
  if (name === undefined || id === undefined) return undefined;
  return { id, name, eta: isName(eta) ? eta : null };
}

function fieldsOf({ contentType, headers, body }: Envelope, numbers: Numbers): unknown {
  if (typeof headers['task'] === 'string') return headers;
  const bytes = body();
  return bytes instanceof Refusal ? bytes : decodeBody(bytes, contentType, numbers);
}
