// The whole door, beaten with spoiled messages: nothing throws, everything ends as events or as one named refusal,
// nothing is polluted.
import { LIMITS } from './limits.js';
import { describe, expect, it } from '@jest/globals';
import { encode } from '@msgpack/msgpack';
import { readActive, readActiveQueues, readReply, readStats, replyError } from '../control/reply.js';
import { decodeBody, parseJson } from './body.js';
import { EnvelopeReader } from './envelope.js';
import type { Message } from './message.js';
import { decodeEvents, type EventSink, type TaskEvent } from './event.js';
import { exceptionClass, unregisteredName } from './exception-class.js';
import { Refusal, REFUSAL_REASONS } from './refusal.js';
import { readTaskMessage } from './task-message.js';
import { capturedReplies, envelope, published, queuedMessages } from './testing-captures.js';
import { GOLDEN_EVENTS, GOLDEN_REPLIES } from './testing-golden.js';
import { Dice, spoilBytes, spoilJson } from './testing-mutations.js';

const KNOWN_REASONS: ReadonlySet<string> = new Set(REFUSAL_REASONS);

/** The first few messages of each channel of many captures, replies, and queued tasks. */
function corpus(): readonly Buffer[] {
  const files = [
    'redis-4.4.7-prefork',
    'redis-5.6.3-prefork',
    'redis-5.6.3-gevent',
    'redis-5.6.3-lifecycle',
    'redis-odd-values-old',
    'redis-opt-bodyenc-none',
    'redis-opt-msgpack-events',
    'redis-5.6.3-elect',
  ];
  const events = files.flatMap((file) => {
    const seen = new Map<string, number>();
    return published(`${file}.jsonl`)
      .filter(({ channel }) => {
        const times = (seen.get(channel) ?? 0) + 1;
        seen.set(channel, times);
        return times <= 6 && channel.includes('celery') && !channel.includes('-meta-');
      })
      .map(({ payload }) => payload);
  });
  return [...events, ...capturedReplies().map(({ payload }) => payload), ...queuedMessages()];
}

/** A sink that checks every promise of the event types, and counts. */
class Inspector implements EventSink {
  count = 0;
  task(event: TaskEvent): void {
    this.#base(event);
    check(isName(event.uuid), 'uuid');
    if (event.type === 'task-sent' || event.type === 'task-received') {
      check(
        isName(event.name) &&
          Number.isSafeInteger(event.retries) &&
          event.retries >= 0 &&
          (event.eta === null || isName(event.eta)),
        'name, retries or eta',
      );
    }
    if (event.type === 'task-sent') check(event.queue === null || isName(event.queue), 'queue');
    if (event.type === 'task-succeeded')
      check(Number.isNaN(event.runtime) || (event.runtime >= 0 && event.runtime < 1e11), 'runtime');
    if (event.type === 'task-rejected') check(typeof event.requeue === 'boolean', 'requeue');
    if (event.type === 'task-failed') {
      check(
        /^(unknown|[\p{L}_][\p{L}\p{N}\p{M}\p{Pc}]*)$/u.test(exceptionClass(event.exception, event.traceback)),
        'exception class',
      );
      const name = unregisteredName(event.exception);
      check(name === undefined || isName(name), 'unregistered name');
    }
  }
  worker(event: Parameters<EventSink['worker']>[0]): void {
    this.#base(event);
    for (const number of [event.freq, event.active, event.processed])
      check(number === undefined || (number >= 0 && number < 1e15), 'number of a worker');
    check(
      event.loadavg === undefined ||
        (event.loadavg.length === 3 && event.loadavg.every((part) => Number.isFinite(part))),
      'loadavg',
    );
    for (const text of [event.sw_ident, event.sw_sys, event.sw_ver])
      check(text === undefined || isName(text), 'text of a worker');
  }
  custom(event: Parameters<EventSink['custom']>[0]): void {
    this.#base({ ...event, timestamp: Number.isNaN(event.timestamp) ? 0 : event.timestamp });
  }
  refused(reason: string, detail: string): void {
    this.count++;
    checkRefusal({ reason, detail });
  }
  #base(event: { type: string; timestamp: number; hostname: string; pid: number }): void {
    this.count++;
    check(typeof event.type === 'string' && event.type !== '', 'type');
    check(event.timestamp >= 0 && event.timestamp < 1e11, 'timestamp');
    check(isName(event.hostname) && Number.isSafeInteger(event.pid), 'hostname or pid');
  }
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= 512;
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`broken promise: ${what}`);
}

function checkRefusal({ reason, detail }: { reason: string; detail: string }): void {
  check(KNOWN_REASONS.has(reason), `reason ${reason}`);
  check(detail !== '' && detail.length < 300, `detail of ${String(detail.length)} characters`);
}

/** Puts one message through every reader. */
function throughTheDoor(message: Message): void {
  const inspector = new Inspector();
  decodeEvents(message, inspector);
  const body = decodeBody(message.body, message.contentType, 'plain', LIMITS.values);
  check(inspector.count === (Array.isArray(body) ? body.length : 1), `${String(inspector.count)} outcomes`);
  const reply = readReply(message);
  if (reply instanceof Refusal) {
    checkRefusal(reply);
  } else {
    check(isName(reply.nodename) && typeof reply.ticket === 'string', 'reply');
    replyError(reply.result);
    for (const queue of readActiveQueues(reply.result) ?? [])
      check(isName(queue.name) && typeof queue.exchange === 'string', 'queue of a worker');
    for (const id of readActive(reply.result) ?? []) check(isName(id), 'active id');
    const stats = readStats(reply.result);
    check(
      stats === undefined ||
        (Number.isSafeInteger(stats.pid) &&
          (stats.processes === undefined || (Number.isSafeInteger(stats.processes) && stats.processes >= 0)) &&
          stats.pool.length <= 512),
      'stats',
    );
  }
  const envelope = { contentType: message.contentType, headers: message.headers, body: () => message.body };
  const task = readTaskMessage(envelope, () => envelope);
  check(
    task === undefined ||
      task instanceof Refusal ||
      (isName(task.id) && isName(task.name) && (task.eta === null || isName(task.eta))),
    'task message',
  );
}

/** Reads a payload with a reader that remembers and, after a space, with one that does not: both must say the same. */
function readTwice(reader: EnvelopeReader, payload: Buffer): Message | Refusal {
  const message = reader.read(payload);
  const plain = reader.read(Buffer.concat([Buffer.from(' '), payload]));
  // A control character in the delivery tag is let pass when it is remembered.
  const isLetPass = plain instanceof Refusal && payload.subarray(-39).some((byte) => byte < 0x20);
  if (message instanceof Refusal || plain instanceof Refusal) {
    check(
      isLetPass || (message instanceof Refusal && plain instanceof Refusal && message.reason === plain.reason),
      'remembered like plain, refused',
    );
  } else {
    check(message.contentType === plain.contentType && message.body.equals(plain.body), 'remembered like plain');
  }
  return message;
}

function putThrough(reader: EnvelopeReader, payload: Buffer): boolean {
  const message = readTwice(reader, payload);
  if (message instanceof Refusal) checkRefusal(message);
  else throughTheDoor(message);
  return !(message instanceof Refusal);
}

/** Runs a number of cases; a failure tells the seed and the case, so that it can be had again: FUZZ_SEED=… */
function fuzz(cases: number, one: (dice: Dice) => boolean): void {
  const wanted = process.env['FUZZ_SEED'];
  for (const seed of wanted === undefined ? [20261123, Date.now() % 2 ** 32] : [Number(wanted)]) {
    const dice = new Dice(seed);
    let read = 0;
    for (let i = 0; i < cases; i++) {
      try {
        if (one(dice)) read++;
      } catch (cause) {
        throw new Error(`FUZZ_SEED=${String(seed)}, case ${String(i)}: ${String(cause)}`, { cause });
      }
    }
    // Cases that are all refused at the first step would test that step only.
    expect(read).toBeGreaterThan(cases / 20);
  }
}

describe('the door', () => {
  const payloads = corpus();
  const bodies = payloads.flatMap((payload) => {
    const message = new EnvelopeReader().read(payload);
    return message instanceof Refusal ? [] : [message];
  });
  const before = [Object.prototype, Array.prototype, Function.prototype].map((prototype) =>
    Object.getOwnPropertyNames(prototype).sort(),
  );

  it('has enough to be beaten with', () => {
    expect(bodies).toHaveLength(payloads.length);
    expect(bodies.length).toBeGreaterThan(150);
    expect(new Set(bodies.map(({ contentType }) => contentType)).size).toBe(3);
  });

  it('stands when bytes of the envelope are spoiled', () => {
    const reader = new EnvelopeReader();
    for (const payload of payloads) putThrough(reader, payload);
    fuzz(3000, (dice) => putThrough(reader, spoilBytes(dice.pick(payloads), dice)));
  });

  it('stands when values of the envelope are spoiled', () => {
    const reader = new EnvelopeReader();
    const parsed = payloads.map((payload) => JSON.parse(payload.toString()) as unknown);
    fuzz(2500, (dice) => putThrough(reader, Buffer.from(spoilJson(dice.pick(parsed), dice))));
  });

  it('stands when bytes of the body are spoiled', () => {
    const golden = [...Object.values(GOLDEN_EVENTS), ...Object.values(GOLDEN_REPLIES)].map((each) => ({
      headers: { ticket: 't' },
      ...each,
    }));
    fuzz(2000, (dice) => {
      const message = dice.pick(dice.below(3) === 0 ? golden : bodies);
      throughTheDoor({ ...message, body: spoilBytes(message.body, dice) });
      return true;
    });
  });

  it("stands when values of the body are spoiled, in a message in kombu's layout", () => {
    const reader = new EnvelopeReader();
    const values = bodies
      .filter(({ contentType }) => contentType === 'application/json')
      .map(({ body }) => parseJson(body.toString()));
    fuzz(4000, (dice) =>
      putThrough(
        reader,
        envelope(spoilJson(dice.pick(values), dice), dice.below(4) === 0 ? { headers: { ticket: 't' } } : {}),
      ),
    );
  });

  it('stands when values are spoiled and sent as MessagePack', () => {
    const values = bodies
      .filter(({ contentType }) => contentType === 'application/json')
      .map(({ body }) => parseJson(body.toString()));
    fuzz(1500, (dice) => {
      const value = parseJson(spoilJson(dice.pick(values), dice));
      let body: Buffer;
      try {
        body = Buffer.from(encode(value));
      } catch {
        // Nested deeper than the encoder goes.
        return false;
      }
      throughTheDoor({
        contentType: 'application/x-msgpack',
        headers: { ticket: 't' },
        body: dice.below(2) === 0 ? body : spoilBytes(body, dice),
      });
      return true;
    });
  });

  it('stands when it gets noise', () => {
    const reader = new EnvelopeReader();
    const types = [
      'application/json',
      'application/x-msgpack',
      'application/x-yaml',
      'application/x-python-serialize',
      'x',
    ];
    const alphabets = ['{}[]":,\\ntrue0-1.eNaInfity ', '-?:[]{},&*!|>\'"%@` \n\tab', undefined];
    fuzz(1500, (dice) => {
      const alphabet = dice.pick(alphabets);
      const noise = Buffer.from(
        Array.from({ length: dice.below(80) }, () =>
          alphabet === undefined ? dice.below(256) : alphabet.charCodeAt(dice.below(alphabet.length)),
        ),
      );
      putThrough(reader, noise);
      throughTheDoor({ contentType: dice.pick(types), headers: { ticket: 't' }, body: noise });
      return true;
    });
  });

  it('has not changed a prototype in all this', () => {
    expect(
      [Object.prototype, Array.prototype, Function.prototype].map((prototype) =>
        Object.getOwnPropertyNames(prototype).sort(),
      ),
    ).toEqual(before);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
