// Where a task goes that RabbitMQ keeps until it is due: its task-sent names no queue, and a routing key that begins
// with the time in binary digits (docs/protocol/rabbitmq.md#native-delayed-delivery).
import { isName } from './name.js';

/** The exchange that all of them are sent to, under any prefix of kombu's. */
const EXCHANGE = /(?:^|_)celery_delayed_27$/;
const SECONDS = /^(?:[01]\.){28}/;
/** 28 digits and as many dots, and a name. */
const LONGEST = 56 + 512;

/** What a task-sent says of its way; any type may stand there. */
export interface SentBy {
  readonly exchange?: unknown;
  readonly routing_key?: unknown;
}

/** The routing key under which the task comes out again; undefined for one that is not kept by the broker. */
export function delayedRoutingKey({ exchange, routing_key: key }: SentBy): string | undefined {
  if (typeof exchange !== 'string' || !EXCHANGE.test(exchange)) return undefined;
  if (typeof key !== 'string' || key.length > LONGEST || !SECONDS.test(key)) return undefined;
  const real = key.slice(56);
  return isName(real) ? real : undefined;
}
