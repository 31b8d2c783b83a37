// All captures replayed: the events of each type must be exactly those that Python decoded from them.
import { describe, expect, it } from '@jest/globals';
import { readReply } from '../control/reply.js';
import { redisNames } from '../redis/names.js';
import { readTransportOptions } from '../redis/transport-options.js';
import { decodeBody } from './body.js';
import { EnvelopeReader } from './envelope.js';
import type { Message } from './message.js';
import { isRecord } from './is-record.js';
import { Refusal } from './refusal.js';
import {
  captureLines,
  collect,
  type Collector,
  count,
  delivered,
  documentedCounts,
  globMatches,
  published,
} from './testing-captures.js';

interface Setup {
  readonly db?: number;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly eventExchange?: string;
  readonly controlExchange?: string;
}

/**
 * How the workers of each Redis capture were configured: what a subscriber must be told
 * (docs/protocol/redis.md#channels).
 */
const REDIS: Readonly<Record<string, Setup>> = {
  'redis-4.4.7-prefork.jsonl': {},
  'redis-5.2.6-prefork.jsonl': {},
  'redis-5.6.3-cancelled.jsonl': { db: 9 },
  'redis-5.6.3-elect.jsonl': { db: 9 },
  'redis-5.6.3-gevent.jsonl': {},
  'redis-5.6.3-lifecycle.jsonl': {},
  'redis-5.6.3-prefork.jsonl': {},
  'redis-5.6.3-reconnect.jsonl': {},
  'redis-5.6.3-solo.jsonl': {},
  'redis-5.6.3-threads.jsonl': {},
  'redis-5.6.3-timezones.jsonl': {},
  'redis-odd-values-old.jsonl': { db: 9 },
  'redis-opt-bodyenc-none.jsonl': {
    options: { body_encoding: 'utf-8', sep: ':', priority_steps: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], unacked_key: 'un' },
  },
  'redis-opt-both-off.jsonl': { options: { fanout_prefix: false, fanout_patterns: false } },
  'redis-opt-db3.jsonl': { db: 3 },
  'redis-opt-exchanges.jsonl': { eventExchange: 'my.ev', controlExchange: 'myctl' },
  'redis-opt-fanoutpatterns-off.jsonl': { options: { fanout_patterns: false } },
  'redis-opt-fanoutprefix-off.jsonl': { options: { fanout_prefix: false } },
  'redis-opt-fanoutprefix-str.jsonl': { db: 2, options: { fanout_prefix: '/custom{db}.' } },
  'redis-opt-gkp.jsonl': { options: { global_keyprefix: 'pfx:' } },
  'redis-opt-msgpack-events.jsonl': {},
  'redis-opt-sentinel-gkp.jsonl': { db: 5, options: { global_keyprefix: 'pfx:', master_name: 'mymaster' } },
  'redis-opt-sentinel.jsonl': { db: 5, options: { master_name: 'mymaster' } },
};

const AMQP = [
  'amqp-5.6.3-prefork-rmq3.10.jsonl',
  'amqp-5.6.3-prefork-rmq4.0.jsonl',
  'amqp-5.7.0-exclusive-rmq4.3.jsonl',
  'amqp-5.7.0-priority-rmq3.10.jsonl',
  'amqp-5.7.0-quorum-delayed-rmq4.3.jsonl',
  'amqp-cancelled-new.jsonl',
];

/** Files that hold no stream of events. */
const OTHER_FILES = [
  'amqp-control-firehose-5.6.3.jsonl',
  'amqp-task-messages-in-queue-5.6.3.jsonl',
  'redis-control-replies-5.6.3.jsonl',
  'redis-task-messages-in-queue-5.6.3.jsonl',
];

/**
 * The README counts no msgpack events; these were decoded by python3-msgpack. It refuses one message as well: paths in
 * its traceback were replaced by shorter ones when the capture was made anonymous, and the length before the text still
 * is the old one.
 */
const MSGPACK_COUNTS = {
  'refused: bad_body application/x-msgpack: RangeError': 1,
  'mygroup-thing-happened': 1,
  'task-progress': 1,
  'task-received': 6,
  'task-sent': 12,
  'task-started': 5,
  'task-succeeded': 4,
  'worker-heartbeat': 3,
  'worker-offline': 1,
  'worker-online': 1,
};

function namesOf(setup: Setup): ReturnType<typeof redisNames> {
  const { options, problems } = readTransportOptions(setup.options ?? {});
  if (problems.length > 0) throw new Error(problems.join('; '));
  return redisNames(options, setup.db ?? 0, {
    eventExchange: setup.eventExchange ?? 'celeryev',
    controlExchange: setup.controlExchange ?? 'celery',
  });
}

/**
 * What a subscriber with the right options gets of a capture: each event once, and what is said on the control channel.
 */
function replay(file: string, setup: Setup): { counts: Record<string, number>; collectors: Collector[] } {
  const names = namesOf(setup);
  const reader = new EnvelopeReader();
  const counts: Record<string, number> = {};
  const collectors: Collector[] = [];
  for (const { channel, payload } of published(file)) {
    const copies = names.eventPatterns.filter((pattern) => globMatches(pattern, channel)).length;
    for (let copy = 0; copy < copies; copy++) collectors.push(countEvents(opened(reader, payload), counts));
    if (channel === names.controlChannel) countControl(opened(reader, payload), counts);
  }
  return { counts, collectors };
}

function opened(reader: EnvelopeReader, payload: Buffer): Message {
  const message = reader.read(payload);
  if (message instanceof Refusal) throw new Error(`refused: ${message.reason} ${message.detail}`);
  return message;
}

function countEvents(message: Message, counts: Record<string, number>): Collector {
  const got = collect(message);
  if (got.size === 0) count(counts, 'EMPTY LIST');
  for (const event of got.events) count(counts, event.type);
  for (const refusal of got.refusals) count(counts, `refused: ${refusal.reason} ${refusal.detail}`);
  return got;
}

function countControl(message: Message, counts: Record<string, number>): void {
  const body = decodeBody(message.body, message.contentType);
  count(counts, `control:${isRecord(body) ? String(body['method']) : 'unreadable'}`);
}

describe('the captures', () => {
  const documented = documentedCounts();

  it('are all replayed here or known to hold no events', () => {
    expect([...documented.keys()].sort()).toEqual([...Object.keys(REDIS), ...AMQP, ...OTHER_FILES].sort());
    for (const file of OTHER_FILES) expect(documented.get(file)).toEqual({});
  });

  for (const [file, setup] of Object.entries(REDIS)) {
    it(`${file} gives exactly the documented events`, () => {
      const documentedHere = { ...documented.get(file) };
      const more = file === 'redis-opt-msgpack-events.jsonl' ? MSGPACK_COUNTS : {};
      expect(Object.keys(documentedHere).length).toBeGreaterThan(2);
      expect(replay(file, setup).counts).toEqual({ ...documentedHere, ...more });
    });
  }

  for (const file of AMQP) {
    it(`${file} gives exactly the documented events`, () => {
      const counts: Record<string, number> = {};
      for (const { exchange, message } of delivered(file)) {
        if (exchange === 'celeryev') countEvents(message, counts);
        else countControl(message, counts);
      }
      expect(documented.get(file)).toBeDefined();
      expect(counts).toEqual(documented.get(file));
    });
  }

  it('hold nothing but events, control, and what result backends and Sentinels say, which no pattern matches', () => {
    let foreign = 0;
    for (const [file, setup] of Object.entries(REDIS)) {
      const names = namesOf(setup);
      for (const { channel } of published(file)) {
        const matches = names.eventPatterns.filter((pattern) => globMatches(pattern, channel)).length;
        const isForeign = /^celery-task(set)?-meta-|^__sentinel__:hello$/.test(channel);
        if (isForeign) foreign++;
        if (matches + Number(channel === names.controlChannel) + Number(isForeign) !== 1)
          throw new Error(`${file}: ${channel}`);
      }
    }
    expect(foreign).toBe(640);
  });

  it('give the same events with body_encoding base64 and utf-8', () => {
    const shapes = ['redis-opt-bodyenc-none.jsonl', 'redis-opt-db3.jsonl'].map((file) => {
      const { collectors } = replay(file, REDIS[file] ?? {});
      return new Set(
        collectors.flatMap((got) => got.events.map((event) => `${event.type}: ${Object.keys(event).sort().join(' ')}`)),
      );
    });
    expect(shapes[0]).toEqual(shapes[1]);
  });

  it('hold one msgpack message with a wrong length, which decodes once the length is put right', () => {
    const reader = new EnvelopeReader();
    const broken = published('redis-opt-msgpack-events.jsonl')
      .map(({ payload }) => opened(reader, payload))
      .find(({ body }) => body.includes('task-failed'));
    const body = broken?.body ?? Buffer.alloc(0);
    const [start, end] = [body.indexOf('Traceback'), body.indexOf('\xa9timestamp', 0, 'latin1')];
    expect([body.readUInt16BE(start - 2), end - start]).toEqual([616, 598]);
    body.writeUInt16BE(end - start, start - 2);
    const [event] = collect({ contentType: 'application/x-msgpack', headers: {}, body }).tasks;
    expect(event).toEqual(
      expect.objectContaining({
        type: 'task-failed',
        exception: "ValueError('kaboom é 漢字')",
        hostname: 'worker1@example',
      }),
    );
  });

  it('carry true epoch seconds whatever the time zone of the worker is', () => {
    const names = namesOf({});
    const reader = new EnvelopeReader();
    let seen = 0;
    for (const { channel, payload, capturedAt } of published('redis-5.6.3-timezones.jsonl')) {
      if (!names.eventPatterns.some((pattern) => globMatches(pattern, channel))) continue;
      const got = collect(opened(reader, payload));
      for (const event of [...got.tasks, ...got.workers]) {
        seen++;
        expect(Math.abs(event.timestamp - capturedAt)).toBeLessThan(1);
      }
    }
    expect(seen).toBe(55);
  });

  it('hold short heartbeats, whose missing numbers stay missing', () => {
    const beats = replay('redis-5.6.3-lifecycle.jsonl', {}).collectors.flatMap((got) =>
      got.workers.filter((event) => event.type === 'worker-heartbeat'),
    );
    const short = beats.filter((beat) => beat.active === undefined);
    expect(short.length).toBeGreaterThan(0);
    expect(short.length).toBeLessThan(beats.length);
    for (const beat of short) {
      expect(beat.freq).toBe(5);
      expect('processed' in beat || 'loadavg' in beat).toBe(false);
      expect(beat.sw_ident).toBe('py-celery');
    }
    for (const beat of beats.filter((each) => !short.includes(each))) {
      expect(beat.freq).toBe(2);
      expect([typeof beat.active, typeof beat.processed, beat.loadavg?.length]).toEqual(['number', 'number', 3]);
    }
  });

  it('replayed from the middle, start with events of unknown tasks, all well-formed', () => {
    const collectors = replay('redis-5.6.3-prefork.jsonl', {}).collectors;
    const named = new Set<string>();
    let unknown = 0;
    for (const got of collectors.slice(Math.floor(collectors.length / 2))) {
      for (const event of got.tasks) {
        if (event.type === 'task-sent' || event.type === 'task-received') named.add(event.uuid);
        else if (!named.has(event.uuid)) unknown++;
      }
      expect(got.refusals).toEqual([]);
    }
    expect(unknown).toBeGreaterThan(0);
  });

  it('hold one custom event with every odd value, which stays one custom event', () => {
    const { collectors } = replay('redis-odd-values-old.jsonl', REDIS['redis-odd-values-old.jsonl'] ?? {});
    const [odd] = collectors.flatMap((got) => got.customs);
    expect(odd).toEqual(
      expect.objectContaining({
        type: 'task-odd',
        hostname: 'odd@example',
        pid: 16247,
        nan: null,
        inf: Infinity,
        big: 2n ** 70n,
        sur: '\ud800x',
        ctl: '\u0000\n',
      }),
    );
  });

  it('hold the replies that RabbitMQ carried, and all of them open', () => {
    let replies = 0;
    for (const { trace_routing_key: key, trace_headers: trace, body } of captureLines(
      'amqp-control-firehose-5.6.3.jsonl',
    )) {
      if (key !== 'publish.reply.celery.pidbox') continue;
      const { properties } = trace as { properties: { content_type: string; headers: Record<string, unknown> } };
      const reply = readReply({
        contentType: properties.content_type,
        headers: properties.headers,
        body: Buffer.from(String(body)),
      });
      if (reply instanceof Refusal) throw new Error(reply.detail);
      expect(reply.nodename).toMatch(/^worker\d@example$/);
      expect(reply.ticket).toHaveLength(36);
      replies++;
    }
    expect(replies).toBeGreaterThan(5);
  });
});
