// Celery's events as typed values, and where they are checked (docs/protocol/events.md).
import { decodeBody } from './body.js';
import { LIMITS } from './limits.js';
import type { Message } from './message.js';
import { isRecord } from './is-record.js';
import { isName, MAX_NAME_LENGTH, readName } from './name.js';
import { Refusal, type RefusalReason } from './refusal.js';
import { restoreNumbers } from './numbers.js';
import { readTaskId } from './task-id.js';

/** What every event has (docs/protocol/events.md#base-fields). */
export interface EventBase {
  /**
   * When the event object was made: epoch seconds, true UTC whatever `utcoffset` says. NaN in a custom event whose
   * sender wrote something else.
   */
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
  /** What stands for the task's id, which need not be a text: see `readTaskId`. */
  readonly uuid: string;
}

export interface TaskSent extends TaskEventBase {
  readonly type: 'task-sent';
  readonly name: string;
  /** What the client believed; null where it knew no queue (docs/protocol/events.md#names-and-queues). */
  readonly queue: string | null;
  readonly retries: number;
  /** ISO 8601, for `etaSeconds`; the sender may have left the offset out. */
  readonly eta: string | null;
  /** Where it was published to, of any type: for `delayedRoutingKey`. */
  readonly exchange?: unknown;
  readonly routing_key?: unknown;
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

/**
 * Anything else: task.send_event("task-progress"), gossip elections, events of other programs. In its own fields whole
 * numbers beyond 2^53 are BigInt.
 */
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
  const body = decodeBody(message.body, message.contentType, 'plain', LIMITS.values);
  const events: readonly unknown[] = Array.isArray(body) ? body : [body];
  restoreNumbers(events, exactFieldsOf, () => {
    const exact = decodeBody(message.body, message.contentType, 'exact', LIMITS.values);
    return Array.isArray(body) ? exact : [exact];
  });
  for (const event of events) readEvent(event, sink);
}

const ID_ONLY = ['uuid'];

/** Two ids, or two values of a label, that differ in their last digit would be one. */
function exactFieldsOf(event: Record<string, unknown>): readonly string[] {
  const { type } = event;
  return typeof type === 'string' && READERS.has(type) ? ID_ONLY : Object.keys(event);
}

/** Checks one decoded value: to the sink as what it is, or refused with the field that is wrong. */
export function readEvent(value: unknown, sink: EventSink): void {
  if (value instanceof Refusal) return sink.refused(value.reason, value.detail);
  if (!isRecord(value)) return sink.refused('not_an_event', 'neither an event nor a list of events');
  const reader = typeof value['type'] === 'string' ? READERS.get(value['type']) : undefined;
  // A custom event may bring a timestamp of its own, of any type (docs/protocol/events.md#base-fields).
  if (reader === undefined && !isQuantity(value['timestamp'], 1e11)) value['timestamp'] = NaN;
  const wrong = wrongBaseField(value, reader === undefined);
  if (wrong !== undefined) return sink.refused('bad_event', `${wrong} is missing or of a wrong type`);
  if (reader === undefined) return sink.custom(value as unknown as CustomEvent);
  reader(value, sink);
}

/** Names the first of the fields that every event has and this one lacks; puts right what can be. */
function wrongBaseField(value: Record<string, unknown>, isCustom: boolean): string | undefined {
  if (typeof value['type'] !== 'string' || value['type'] === '') return 'type';
  if (!isCustom && !isQuantity(value['timestamp'], 1e11)) return 'timestamp';
  if (!isName(value['hostname'])) {
    value['hostname'] = readName(value['hostname']);
    if (value['hostname'] === undefined) return 'hostname';
  }
  value['pid'] ??= 0;
  return Number.isSafeInteger(value['pid']) ? undefined : 'pid';
}

/** A number that can be added up. JSON's 1e999 is Infinity, and a sum that took it once has it for ever. */
function isQuantity(value: unknown, limit: number): value is number {
  return typeof value === 'number' && value >= 0 && value < limit;
}

type Reader = (value: Record<string, unknown>, sink: EventSink) => void;

/** A task event is checked in place and handed on as it is: this runs for every event, so nothing is copied. */
function task(complete: (value: Record<string, unknown>) => string | undefined): Reader {
  return (value, sink) => {
    const wrong = hasId(value) ? complete(value) : 'uuid';
    if (wrong !== undefined)
      return sink.refused('bad_event', `${wrong} of ${String(value['type'])} is missing or of a wrong type`);
    sink.task(value as unknown as TaskEvent);
  };
}

/** Nearly every id is a short text, and stays as it is. */
function hasId(value: Record<string, unknown>): boolean {
  const id = value['uuid'];
  if (typeof id === 'string' && id.length <= MAX_NAME_LENGTH) return id !== '';
  return (value['uuid'] = readTaskId(id)) !== undefined;
}

function named(value: Record<string, unknown>): string | undefined {
  if (!isName(value['name'])) {
    value['name'] = readName(value['name']);
    if (value['name'] === undefined) return 'name';
  }
  if (!isQuantity(value['retries'], 1e15) || !Number.isInteger(value['retries'])) value['retries'] = 0;
  if (!isName(value['eta'])) value['eta'] = null;
  return undefined;
}

function sent(value: Record<string, unknown>): string | undefined {
  if (!isName(value['queue'])) value['queue'] = readName(value['queue']) ?? null;
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
