// For tests: what was recorded from real workers (captures/README.md), read as a subscriber would have met it.
import { readFileSync } from 'node:fs';
import { readAmqpMessage } from './amqp-message.js';
import { decodeEvents, type CustomEvent, type EventSink, type TaskEvent, type WorkerEvent } from './event.js';
import type { Message } from './message.js';
import { isRecord } from './is-record.js';
import { Refusal, type RefusalReason } from './refusal.js';

const FOLDER = new URL('../../captures/', import.meta.url);

/** One line of a Redis capture: what was published, and where. Lines with notes of the recorder are left out. */
export interface Published {
  readonly channel: string;
  readonly payload: Buffer;
  readonly capturedAt: number;
}

export function captureLines(file: string): readonly Record<string, unknown>[] {
  const lines = readFileSync(new URL(file, FOLDER), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

export function published(file: string): readonly Published[] {
  return captureLines(file).flatMap(({ channel, payload, captured_at: capturedAt }) =>
    typeof channel === 'string' && typeof payload === 'string'
      ? [{ channel, payload: Buffer.from(payload), capturedAt: Number(capturedAt) }]
      : [],
  );
}

/** One line of an AMQP capture. */
export interface Delivered {
  readonly exchange: string;
  readonly message: Message;
  readonly capturedAt: number;
}

export function delivered(file: string): readonly Delivered[] {
  return captureLines(file).flatMap(({ exchange, properties, body, captured_at: capturedAt }) => {
    // The recorder's notes.
    if (!isRecord(properties)) return [];
    const { content_type: contentType, application_headers: headers } = properties;
    const message = readAmqpMessage({ contentType, headers }, Buffer.from(String(body)));
    if (message instanceof Refusal) throw new Error(`${file}: ${message.detail}`);
    return [{ exchange: String(exchange), message, capturedAt: Number(capturedAt) }];
  });
}

/** The raw list items of redis-control-replies-5.6.3.jsonl, and what Python made of them. */
export function capturedReplies(): readonly {
  readonly command: string;
  readonly payload: Buffer;
  readonly decoded: Record<string, unknown>;
}[] {
  return captureLines('redis-control-replies-5.6.3.jsonl').map(
    ({ command, reply_list_item: item, decoded_body: decoded }) => ({
      command: String(command),
      payload: Buffer.from(JSON.stringify(item)),
      decoded: decoded as Record<string, unknown>,
    }),
  );
}

/** The task messages that waited in lists: redis-task-messages-in-queue-5.6.3.jsonl. */
export function queuedMessages(): readonly Buffer[] {
  return captureLines('redis-task-messages-in-queue-5.6.3.jsonl').flatMap(({ value }) =>
    typeof value === 'string' ? [Buffer.from(value)] : [],
  );
}

/** What the captures' README says was decoded from each file, by type; empty where it says that nothing was. */
export function documentedCounts(): ReadonlyMap<string, Readonly<Record<string, number>>> {
  const counts = new Map<string, Record<string, number>>();
  for (const section of readFileSync(new URL('README.md', FOLDER), 'utf8').split(/^## /m).slice(1)) {
    const file = /^\S+/.exec(section)?.[0] ?? '';
    const decoded = /^Decoded: (.*)$/m.exec(section)?.[1];
    if (decoded === undefined) continue;
    const parts = decoded.startsWith('(') ? [] : decoded.split(', ');
    counts.set(
      file,
      Object.fromEntries(
        parts.map((part): [string, number] => {
          const end = part.lastIndexOf(' ');
          return [part.slice(0, end), Number(part.slice(end + 1))];
        }),
      ),
    );
  }
  return counts;
}

/** A sink that keeps all it gets. */
export class Collector implements EventSink {
  readonly tasks: TaskEvent[] = [];
  readonly workers: WorkerEvent[] = [];
  readonly customs: CustomEvent[] = [];
  readonly refusals: { readonly reason: RefusalReason; readonly detail: string }[] = [];

  task(event: TaskEvent): void {
    this.tasks.push(event);
  }
  worker(event: WorkerEvent): void {
    this.workers.push(event);
  }
  custom(event: CustomEvent): void {
    this.customs.push(event);
  }
  refused(reason: RefusalReason, detail: string): void {
    this.refusals.push({ reason, detail });
  }

  get events(): readonly { readonly type: string }[] {
    return [...this.tasks, ...this.workers, ...this.customs];
  }

  /** How many things arrived, events and refusals together. */
  get size(): number {
    return this.tasks.length + this.workers.length + this.customs.length + this.refusals.length;
  }
}

export function collect(message: Message): Collector {
  const collector = new Collector();
  decodeEvents(message, collector);
  return collector;
}

export function count(counts: Record<string, number>, type: string): void {
  counts[type] = (counts[type] ?? 0) + 1;
}

/** A message as kombu puts it on Redis, with `changes` laid over its parts. */
export function envelope(body: string | Buffer, changes: Readonly<Record<string, unknown>> = {}): Buffer {
  return Buffer.from(
    JSON.stringify({
      body: Buffer.from(body).toString('base64'),
      'content-encoding': 'utf-8',
      'content-type': 'application/json',
      headers: { hostname: 'w@h' },
      properties: {
        delivery_mode: 1,
        delivery_info: { exchange: 'celeryev', routing_key: 'task.multi' },
        priority: 0,
        body_encoding: 'base64',
        delivery_tag: '86ea4ee2-0000-4000-8000-000000000000',
      },
      ...changes,
    }),
  );
}

/** Whether a channel matches a pattern, by the rules of Redis' PSUBSCRIBE. */
export function globMatches(pattern: string, channel: string): boolean {
  const source = pattern.replace(
    /\\(.)|\[(\^?)((?:\\.|[^\]])*)\]|([*?])|[^]/gu,
    (found, escaped?: string, not?: string, set?: string, wild?: string) => {
      if (set !== undefined) return `[${not ?? ''}${set.replace(/[[\]]/g, '\\$&')}]`;
      if (wild !== undefined) return wild === '*' ? '[^]*' : '[^]';
      return (escaped ?? found).replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    },
  );
  return new RegExp(`^${source}$`).test(channel);
}
