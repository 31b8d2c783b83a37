// Why something that came off a socket could not be read: a closed list, which is also a metric label.

export const REFUSAL_REASONS = [
  /** The message, or what must be JSON inside it, is not JSON. */
  'not_json',
  /** JSON, but without the parts that kombu gives every message. */
  'bad_envelope',
  /** Compressed with a method that is not supported. */
  'compression',
  /** Python pickle: never decoded, since decoding it runs code. */
  'pickle',
  /** A content type that no serializer here reads. */
  'content_type',
  /** The body does not decode as its content type says. */
  'bad_body',
  /** Decoded, but not an event or a list of events. */
  'not_an_event',
  /** An event that lacks a field which Celery always sends, or has it in a type that Celery never writes. */
  'bad_event',
  /** Larger than any message that Celery sends. */
  'too_large',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** A counted refusal: `detail` is for the log and holds no payload text. */
export class Refusal {
  readonly reason: RefusalReason;
  readonly detail: string;
  constructor(reason: RefusalReason, detail: string) {
    this.reason = reason;
    this.detail = detail;
  }
}
