// A message of Celery as every transport brings it: what it says of itself, and a body that nobody has decoded yet.
import { LIMITS } from './limits.js';

/** A message, its body still encoded by its serializer: on Redis it comes in an envelope, on AMQP with properties. */
export interface Message {
  readonly contentType: string;
  /** Message headers; events carry `hostname`, replies `ticket`, tasks `task` and `id`. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** Far above any event or reply that Celery makes, far below what would stall the process. */
export const MAX_MESSAGE_BYTES = LIMITS.bytes;
