// Celery's events as typed values, and where they are checked (docs/protocol/events.md).
import { decodeBody } from './body.js';
import { isRecord, type Message } from './envelope.js';
import { isName } from './name.js';
import { Refusal, type RefusalReason } from './refusal.js';

/** What every event has (docs/protocol/events.md#base-fields). */
export interface EventBase {
  /** When the event object was made: epoch seconds, true UTC whatever `utcoffset` says. */
  readonly timestamp: number;
  /** Nodename of the emitter (celery@host), `gen<pid>@host` for clients. */
  readonly hostname: string;
  /** Process that made the event: the worker's main process, a client, or 0 where none was sent. */
  readonly pid: number;
}

/**
 * worker-online, worker-heartbeat, worker-offline. Short heartbeats (docs/protocol/events.md#short-heartbeat) lack
 * active, processed and loadavg; other senders may lack any of the fields.
 */
export interface WorkerEvent extends EventBase {
  readonly type: 'worker-online' | 'worker-heartbeat' | 'worker-offline';
  /** Seconds between heartbeats. */
  readonly freq?: number;
  readonly active?: number;
  /** Tasks started since the process began. */
  readonly processed?: number;
  readonly loadavg?: readonly number[];
  readonly sw_ident?: string;
  readonly sw_ver?: string;
  readonly sw_sys?: string;
}

interface TaskEventBase extends EventBase {
  readonly uuid: string;
}

export interface TaskSent extends TaskEventBase {
  readonly type: 'task-sent';
  readonly name: string;
  /** What the client believed; null where it knew no queue (docs/protocol/events.md#names-and-queues). */
  readonly queue: string | null;
  readonly retries: number;
  /** ISO 8601 with offset. */
  readonly eta: string | null;
}
export interface TaskReceived extends TaskEventBase {
  readonly type: 'task-received';
  readonly name: string;
  readonly retries: number;
  readonly eta: string | null;
}
export interface TaskSucceeded extends TaskEventBase {
  readonly type: 'task-succeeded';
  /** Seconds of execution; NaN where the event has none. */
  readonly runtime: number;
}
export interface TaskFailed extends TaskEventBase {
  readonly type: 'task-failed';
  /** Python repr of the exception. */
  readonly exception: string;
  /** Empty for an unregistered task. */
  readonly traceback: string;
}
export interface TaskRejected extends TaskEventBase {
  readonly type: 'task-rejected';
  /** Whether the message went back to its queue. */
  readonly requeue: boolean;
}
export interface TaskPlain extends TaskEventBase {
  readonly type: 'task-started' | 'task-retried' | 'task-revoked' | 'task-cancelled';
}
/** The events of a task's life that Celery defines (docs/protocol/events.md#event-types). */
export type TaskEvent = TaskSent | TaskReceived | TaskSucceeded | TaskFailed | TaskRejected | TaskPlain;

/** Anything else: task.send_event("task-progress"), gossip elections, events of other programs. */
export interface CustomEvent extends EventBase {
  readonly type: string;
}

/** Where decoded events go. */
export interface EventSink {
  task(event: TaskEvent): void;
  worker(event: WorkerEvent): void;
  custom(event: CustomEvent): void;
  refused(reason: RefusalReason, detail: string): void;
}

/**
 * Decodes a message: one event, or the list of a `task.multi` message, which may be empty
 * (docs/protocol/events.md#batches). Never throws.
 */
export function decodeEvents(message: Message, sink: EventSink): void {
  const body = decodeBody(message.body, message.contentType);
  if (Array.isArray(body)) {
    for (const item of body) readEvent(item, sink);
  } else {
    readEvent(body, sink);
  }
}

/** Checks one decoded value: to the sink as what it is, or refused with the field that is wrong. */
export function readEvent(value: unknown, sink: EventSink): void {
  if (value instanceof Refusal) return sink.refused(value.reason, value.detail);
  if (!isRecord(value)) return sink.refused('not_an_event', 'neither an event nor a list of events');
  const wrong = wrongBaseField(value);
  if (wrong !== undefined) return sink.refused('bad_event', `${wrong} is missing or of a wrong type`);
  if (value['pid'] === undefined) value['pid'] = 0;
  const type = value['type'] as string;
  const reader = READERS.get(type);
  if (reader === undefined) return sink.custom(value as unknown as CustomEvent);
  reader(value, sink);
}

/** Names the first of the fields that every event has and this one lacks. */
function wrongBaseField(value: Record<string, unknown>): string | undefined {
  if (typeof value['type'] !== 'string' || value['type'] === '') return 'type';
  if (!isQuantity(value['timestamp'], 1e11)) return 'timestamp';
  if (!isName(value['hostname'])) return 'hostname';
  const pid = value['pid'];
  return pid === undefined || Number.isSafeInteger(pid) ? undefined : 'pid';
}

/** A number that can be added up. JSON's 1e999 is Infinity, and a sum that took it once has it for ever. */
function isQuantity(value: unknown, limit: number): value is number {
  return typeof value === 'number' && value >= 0 && value < limit;
}

type Reader = (value: Record<string, unknown>, sink: EventSink) => void;

/** A task event is checked in place and handed on as it is: this runs for every event, so nothing is copied. */
function task(complete: (value: Record<string, unknown>) => string | undefined): Reader {
  return (value, sink) => {
    const wrong = isName(value['uuid']) ? complete(value) : 'uuid';
    if (wrong !== undefined)
      return sink.refused('bad_event', `${wrong} of ${String(value['type'])} is missing or of a wrong type`);
    sink.task(value as unknown as TaskEvent);
  };
}

function named(value: Record<string, unknown>): string | undefined {
  if (!isName(value['name'])) return 'name';
  if (!isQuantity(value['retries'], 1e15) || !Number.isInteger(value['retries'])) value['retries'] = 0;
  if (!isName(value['eta'])) value['eta'] = null;
  return undefined;
}

function sent(value: Record<string, unknown>): string | undefined {
  if (!isName(value['queue'])) value['queue'] = null;
  return named(value);
}

function succeeded(value: Record<string, unknown>): undefined {
  if (!isQuantity(value['runtime'], 1e11)) value['runtime'] = NaN;
}

function failed(value: Record<string, unknown>): undefined {
  if (typeof value['exception'] !== 'string') value['exception'] = '';
  if (typeof value['traceback'] !== 'string') value['traceback'] = '';
}

function rejected(value: Record<string, unknown>): undefined {
  if (typeof value['requeue'] !== 'boolean') value['requeue'] = false;
}

const plain = task(() => undefined);

/** Worker events are few, so what they may lack is sorted out in a copy. */
const worker: Reader = (value, sink) => {
  const { type, timestamp, hostname, pid, loadavg } = value as unknown as WorkerEvent;
  const hasLoad = Array.isArray(loadavg) && loadavg.length === 3 && loadavg.every((part) => Number.isFinite(part));
  sink.worker({
    type,
    timestamp,
    hostname,
    pid,
    ...only(value, ['freq', 'active', 'processed'], (field) => isQuantity(field, 1e15)),
    ...only(value, ['sw_ident', 'sw_ver', 'sw_sys'], isName),
    ...(hasLoad && { loadavg }),
  });
};

function only(
  value: Record<string, unknown>,
  fields: readonly string[],
  isRight: (field: unknown) => boolean,
): Partial<WorkerEvent> {
  return Object.fromEntries(fields.filter((field) => isRight(value[field])).map((field) => [field, value[field]]));
}

const READERS: ReadonlyMap<string, Reader> = new Map([
  ['task-sent', task(sent)],
  ['task-received', task(named)],
  ['task-started', plain],
  ['task-succeeded', task(succeeded)],
  ['task-failed', task(failed)],
  ['task-retried', plain],
  ['task-rejected', task(rejected)],
  ['task-revoked', plain],
  ['task-cancelled', plain],
  ['worker-online', worker],
  ['worker-heartbeat', worker],
  ['worker-offline', worker],
]);

/** The event types that Celery defines for tasks and workers; anything else is a custom event. */
export const EVENT_TYPES: readonly string[] = [...READERS.keys()];
