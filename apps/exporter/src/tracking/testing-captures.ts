// Recorded traffic of real workers, for tests: read from the captures and played to a model with the clock of the
// recorder.
import { readFileSync } from 'node:fs';
import {
  type ConsumedQueue,
  EnvelopeReader,
  type Message,
  readAmqpMessage,
  Refusal,
  TASK_STATES,
} from '@celery-watch/celery-protocol';
import type { Stage } from './testing.js';

const FOLDER = new URL('../../../../libs/celery-protocol/captures/', import.meta.url);

export interface Captured {
  /** Epoch seconds, by the recorder's clock. */
  readonly at: number;
  readonly message: Message | Refusal;
}

interface Line {
  readonly captured_at: number;
  readonly channel?: string;
  readonly payload?: string;
  readonly exchange?: string;
  readonly properties?: { readonly content_type: string; readonly application_headers?: Record<string, unknown> };
  readonly body?: string;
}

/**
 * The event messages of a capture; what else was on the wire (control, results, notes) is left out as a subscriber
 * would.
 */
export function readCapture(name: string): readonly Captured[] {
  const reader = new EnvelopeReader();
  return readFileSync(new URL(`${name}.jsonl`, FOLDER), 'utf8')
    .trimEnd()
    .split('\n')
    .flatMap((text) => {
      const line = JSON.parse(text) as Line;
      const { captured_at: at, channel, payload, exchange, properties, body } = line;
      if (payload !== undefined && channel !== undefined && /celeryev|my\.ev/.test(channel))
        return [{ at, message: reader.read(Buffer.from(payload)) }];
      if (exchange !== 'celeryev' || body === undefined || properties === undefined) return [];
      const { content_type: contentType, application_headers: headers } = properties;
      return [{ at, message: readAmqpMessage({ contentType, headers }, Buffer.from(body)) }];
    });
}

/**
 * Plays messages at their time, with a tick each second between them.
 * @param consumed what every worker answers at once when it is asked for its queues; undefined: none is asked
 */
export function replay(stage: Stage, captured: readonly Captured[], consumed?: readonly ConsumedQueue[]): void {
  stage.now = captured[0]?.at ?? stage.now;
  stage.model.listening(stage.now);
  let nextTick = stage.now + 1;
  for (const { at, message } of captured) {
    for (; nextTick <= at; nextTick++) stage.model.tick(nextTick);
    stage.now = Math.max(stage.now, at);
    if (message instanceof Refusal) stage.model.refused(message.reason, message.detail);
    else stage.model.receive(message, stage.now);
    if (consumed !== undefined) for (const worker of stage.model.workers) worker.queues ??= consumed;
  }
}

/**
 * Task events by state: those that came, and those that were counted, second ones included. Failures and rejections are
 * one: since 5.7 a rejection is announced by a task-failed, which counts as the rejection that it is
 * (docs/protocol/events.md#announced-rejection).
 */
export function account(stage: Stage): {
  readonly came: Record<string, number>;
  readonly counted: Record<string, number>;
} {
  const came: Record<string, number> = {};
  const counted: Record<string, number> = {};
  const pairs = Object.values(stage.all());
  for (const state of TASK_STATES) {
    const as = state === 'rejected' ? 'failed' : state;
    const of = pairs.reduce((sum, counts) => sum + (counts[state] ?? 0), stage.duplicates[state] ?? 0);
    came[as] = (came[as] ?? 0) + (stage.model.events.get(`task-${state}`) ?? 0);
    counted[as] = (counted[as] ?? 0) + of;
  }
  return { came, counted };
}
