// Replies to remote control (docs/protocol/remote-control.md#replies): one message for each worker,
// `{nodename: result}`.
import { decodeBody } from '../wire/body.js';
import type { Message } from '../wire/message.js';
import { isRecord } from '../wire/is-record.js';
import { isName, readName } from '../wire/name.js';
import { Refusal } from '../wire/refusal.js';
import { restoreNumbers } from '../wire/numbers.js';
import { readTaskId } from '../wire/task-id.js';
import { readStatedBroker, type StatedBroker } from './stated-broker.js';

export interface ControlReply {
  readonly ticket: string;
  readonly nodename: string;
  readonly result: unknown;
}

/**
 * Opens a reply message. Workers answer in their own task_serializer since 5.1, pickle included, which is refused
 * (docs/protocol/remote-control.md#reply-serializer).
 */
export function readReply(message: Message): ControlReply | Refusal {
  const body = decodeBody(message.body, message.contentType);
  if (body instanceof Refusal) return body;
  const ticket = message.headers['ticket'];
  if (!isRecord(body) || typeof ticket !== 'string')
    return new Refusal('bad_body', 'not a reply: no ticket, or the body is not an object');
  const [key = ''] = Object.keys(body);
  const nodename = readName(key);
  if (nodename === undefined) return new Refusal('bad_body', 'not a reply: no worker in it');
  const result = body[key];
  // What `active` lists are tasks, with their ids.
  if (Array.isArray(result)) {
    restoreNumbers(
      result,
      () => ['id'],
      () => {
        const exact = decodeBody(message.body, message.contentType, 'exact');
        return isRecord(exact) ? exact[key] : undefined;
      },
    );
  }
  return { ticket, nodename, result };
}

/**
 * The error that a worker answered instead of a result (docs/protocol/remote-control.md#replies); undefined where it
 * did not.
 */
export function replyError(result: unknown): string | undefined {
  return isRecord(result) && typeof result['error'] === 'string' ? result['error'] : undefined;
}

export interface ConsumedQueue {
  readonly name: string;
  /** Name of the exchange that the queue is bound to; empty for the default exchange. */
  readonly exchange: string;
  /** The routing keys by which messages come to it, bindings included; absent where that is its name alone. */
  readonly routingKeys?: readonly string[];
  /** Whether its messages go to every worker (kombu's Broadcast): on Redis they never wait in a list. */
  readonly isBroadcast?: true;
}

/**
 * active_queues (docs/protocol/remote-control.md#commands): the queues that the worker consumes; undefined for anything
 * else.
 */
export function readActiveQueues(result: unknown): readonly ConsumedQueue[] | undefined {
  if (!Array.isArray(result)) return undefined;
  const queues: ConsumedQueue[] = [];
  for (const item of result) {
    const name = isRecord(item) ? readName(item['name']) : undefined;
    if (!isRecord(item) || name === undefined) return undefined;
    const exchange = isRecord(item['exchange']) ? item['exchange'] : {};
    const routingKeys = readRoutingKeys(item);
    queues.push({
      name,
      exchange: readName(exchange['name']) ?? '',
      ...(routingKeys.some((key) => key !== name) && { routingKeys }),
      ...(exchange['type'] === 'fanout' && { isBroadcast: true }),
    });
  }
  return queues;
}

/** Most keys of one queue that are kept. */
const MOST_KEYS = 100;

/** The key that the queue itself has, and those of its further bindings; empty where it says none. */
function readRoutingKeys(queue: Record<string, unknown>): readonly string[] {
  const bindings: readonly unknown[] = Array.isArray(queue['bindings']) ? queue['bindings'].slice(0, MOST_KEYS) : [];
  const keys = [queue, ...bindings].map((each) => (isRecord(each) ? each['routing_key'] : undefined));
  return [...new Set(keys.filter(isName))];
}

export interface WorkerStats {
  readonly pid: number;
  /**
   * prefork, threads, gevent, eventlet, solo, or what the implementation's module is called; empty where nothing tells
   * it.
   */
  readonly pool: string;
  /** How many tasks can run at once; undefined where it says no number. */
  readonly processes: number | undefined;
  /** How many it lets the pool grow to by itself; absent where it does not. */
  readonly autoscale?: number;
  /** Undefined where it says nothing of it that is understood. */
  readonly broker?: StatedBroker;
}

/** stats (docs/protocol/remote-control.md#commands): pool and broker of the worker; undefined for anything else. */
export function readStats(result: unknown): WorkerStats | undefined {
  if (!isRecord(result) || !isCount(result['pid'])) return undefined;
  // "N/A" is what a worker says that has no pool to tell of.
  const pool = result['pool'] === 'N/A' ? {} : result['pool'];
  if (!isRecord(pool)) return undefined;
  const { pid } = result;
  const limit = pool['max-concurrency'];
  // Prefork lists its live processes. Its limit is what it began with, also where it grows. Solo lists itself.
  const processes = Array.isArray(pool['processes']) ? pool['processes'].length : isCount(limit) ? limit : undefined;
  const autoscale = isRecord(result['autoscaler']) ? result['autoscaler']['max'] : undefined;
  const broker = readStatedBroker(result['broker']);
  return {
    pid,
    pool: poolName(pool, pid),
    processes,
    ...(isCount(autoscale) && { autoscale }),
    ...(broker !== undefined && { broker }),
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/**
 * "celery.concurrency.prefork:TaskPool" → "prefork". Up to 5.2 most pools leave it out, and their other fields tell
 * them apart.
 */
function poolName(pool: Record<string, unknown>, pid: number): string {
  const { implementation, processes, threads } = pool;
  if (isName(implementation)) {
    const module = implementation.split(':')[0]?.split('.').at(-1) ?? '';
    return module === 'thread' ? 'threads' : module;
  }
  if (threads !== undefined) return 'threads';
  if (!Array.isArray(processes)) return '';
  return processes.length === 1 && processes[0] === pid ? 'solo' : 'prefork';
}

/**
 * active (docs/protocol/remote-control.md#commands): what stands for the ids of the tasks that are executing, as in
 * events; undefined for anything else.
 */
export function readActive(result: unknown): readonly string[] | undefined {
  if (!Array.isArray(result)) return undefined;
  return result.flatMap((item) => (isRecord(item) ? (readTaskId(item['id']) ?? []) : []));
}

export interface ActiveTask {
  /** As in events. */
  readonly id: string;
  readonly name: string;
  /** What it was delivered by; undefined where the worker does not say. */
  readonly routingKey: string | undefined;
}

/** The same with what the tasks are called; those without a name are left out. */
export function readActiveTasks(result: unknown): readonly ActiveTask[] {
  if (!Array.isArray(result)) return [];
  return result.flatMap((item): readonly ActiveTask[] => {
    if (!isRecord(item)) return [];
    const [id, name, delivery] = [readTaskId(item['id']), readName(item['name']), item['delivery_info']];
    if (id === undefined || name === undefined || name === '') return [];
    const key = isRecord(delivery) ? delivery['routing_key'] : undefined;
    return [{ id, name, routingKey: isName(key) ? key : undefined }];
  });
}
