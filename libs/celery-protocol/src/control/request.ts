// Remote-control requests. A malformed one kills or deafens every worker that hears it
// (docs/protocol/remote-control.md#fatal-mistakes), so all of them are built here, and nothing else in the project
// publishes to a worker.
import { randomUUID } from 'node:crypto';

/**
 * The only commands that are ever sent (docs/protocol/remote-control.md#commands): all of them read, but enable_events,
 * which is harmless.
 */
export const CONTROL_METHODS = ['enable_events', 'active_queues', 'stats', 'active', 'ping'] as const;
export type ControlMethod = (typeof CONTROL_METHODS)[number];

export interface ControlRequest {
  readonly method: ControlMethod;
  /** Nodenames; absent for everybody. An empty list would mean everybody too, so it is refused. */
  readonly destination?: readonly string[];
  /** Comes back in the header of each reply. */
  readonly ticket: string;
  /** The bare name of the list (Redis) or the queue (AMQP) that the replies come to. */
  readonly replyTo: string;
}

/**
 * The body of a request (docs/protocol/remote-control.md#request): the same for Redis and AMQP. Throws TypeError for a
 * request that must not be sent.
 */
export function controlBody(request: ControlRequest): string {
  if (!CONTROL_METHODS.includes(request.method))
    throw new TypeError(`remote control: ${request.method} is none of ${CONTROL_METHODS.join(', ')}`);
  if (!isFilled(request.ticket) || !isFilled(request.replyTo))
    throw new TypeError('remote control: ticket and replyTo must not be empty');
  const { destination } = request;
  if (destination !== undefined && (destination.length === 0 || !destination.every(isFilled))) {
    throw new TypeError('remote control: destination must name workers; an empty list would reach everybody');
  }
  return JSON.stringify({
    method: request.method,
    arguments: {},
    destination: destination ?? null,
    pattern: null,
    matcher: null,
    ticket: request.ticket,
    // The empty exchange makes the worker push straight to the list or queue, with no binding to leave behind
    // (docs/protocol/remote-control.md#reply-list).
    reply_to: { exchange: '', routing_key: request.replyTo },
  });
}

/** What TypeScript promises is looked at again: a field that JSON leaves out is as bad as a wrong one. */
function isFilled(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

/**
 * The payload to PUBLISH on Redis: delivery_tag, content-type and body_encoding are what workers die without
 * (docs/protocol/remote-control.md#fatal-mistakes).
 */
export function redisControlPayload(request: ControlRequest, deliveryTag: string = randomUUID()): string {
  if (!isFilled(deliveryTag)) throw new TypeError('remote control: a request without a delivery tag kills the workers');
  return JSON.stringify({
    body: Buffer.from(controlBody(request), 'utf8').toString('base64'),
    'content-encoding': 'utf-8',
    'content-type': 'application/json',
    headers: { clock: 0, expires: 0 },
    properties: {
      delivery_mode: 2,
      delivery_info: {},
      priority: 0,
      body_encoding: 'base64',
      delivery_tag: deliveryTag,
    },
  });
}

/** What to publish on AMQP, in the words of amqplib: to the fanout exchange of remote control, any routing key. */
export interface AmqpControlMessage {
  readonly content: Buffer;
  readonly options: {
    readonly contentType: 'application/json';
    readonly contentEncoding: 'utf-8';
    readonly headers: Readonly<Record<string, number>>;
    readonly deliveryMode: 2;
    readonly priority: 0;
  };
}

/**
 * The same request on AMQP, as kombu sends it (docs/protocol/rabbitmq.md#control-requests): no envelope, and no
 * delivery tag, since the broker gives one to each delivery.
 */
export function amqpControlMessage(request: ControlRequest): AmqpControlMessage {
  return {
    content: Buffer.from(controlBody(request), 'utf8'),
    options: {
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      headers: { clock: 0, expires: 0 },
      deliveryMode: 2,
      priority: 0,
    },
  };
}
