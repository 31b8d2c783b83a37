// Task ids: whatever Celery takes for one becomes a text that stands for it alone, so that its events can be matched.
import { createHash } from 'node:crypto';
import { isRecord } from './is-record.js';
import { MAX_NAME_LENGTH } from './name.js';

/** Before everything that is no text, so that the number 1 and the text "1" stay two tasks, as they are in Celery. */
const MARK = '\u0000';
const MAX_DIGITS = 100;

/**
 * The text that stands for a task id (docs/protocol/events.md#task-ids): a short text is itself, a long one its hash,
 * so that nothing long is kept. undefined for what no worker takes for an id: nothing, an empty text, a list.
 */
export function readTaskId(value: unknown): string | undefined {
  if (typeof value === 'string')
    return value === '' ? undefined : value.length <= MAX_NAME_LENGTH ? value : hashed('text', value);
  // 1 and 1.0 are one key to Python, and True is 1.
  if (typeof value === 'number' || typeof value === 'bigint') return numbered(String(value));
  if (typeof value === 'boolean') return numbered(String(Number(value)));
  return ArrayBuffer.isView(value) ? hashed('bytes', bytesOf(value)) : typed(value);
}

function numbered(digits: string): string {
  return digits.length <= MAX_DIGITS ? `${MARK}number ${digits}` : hashed('number', digits);
}

/** What kombu writes for an object since 5.3 (docs/protocol/envelopes.md#json-from-python). */
function typed(value: unknown): string | undefined {
  if (!isRecord(value) || typeof value['__type__'] !== 'string') return undefined;
  const content = value['__value__'];
  if (value['__type__'] === 'uuid' && isRecord(content)) {
    const { hex } = content;
    // Before 5.3 the same id was written as this text.
    if (typeof hex === 'string' && /^[0-9a-f]{32}$/.test(hex))
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }
  try {
    return hashed(value['__type__'], JSON.stringify([content]));
  } catch {
    // Nested too deeply to be written out.
    return undefined;
  }
}

/** UTF-16, since UTF-8 knows no lone surrogates: two ids would be one. */
function hashed(kind: string, content: string | Uint8Array): string {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf16le') : content;
  return `${MARK}${createHash('sha256').update(`${kind} `, 'utf16le').update(bytes).digest('base64')}`;
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
