// The generator's messages against those that real workers sent: same shape, same order of fields, same spacing.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RedisServer, Testbed, waitFor } from '@celery-watch/testbed';
import { Redis } from 'ioredis';
import type { MessageKind } from './event-stream.js';
import { Session } from './session.js';

interface Heard {
  readonly channel: string;
  readonly payload: string;
}

interface Envelope {
  readonly body: string;
  readonly headers: { readonly hostname: string };
  readonly properties: { readonly delivery_info: { readonly routing_key: string } };
}

type Event = Readonly<Record<string, unknown>> & {
  readonly type: string;
  readonly uuid: string;
  readonly timestamp: number;
  readonly hostname: string;
};

const CAPTURES = new URL('../../../../libs/celery-protocol/captures/', import.meta.url);
const ENOUGH = 4_000;

const envelopeOf = ({ payload }: Heard): Envelope => JSON.parse(payload) as Envelope;
const bodyOf = (heard: Heard): string => Buffer.from(envelopeOf(heard).body, 'base64').toString('utf8');
const eventsOf = (heard: Heard): Event[] => [JSON.parse(bodyOf(heard)) as Event | Event[]].flat();

/** The names of all fields in their order, levels below included. */
function shape(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.entries(value).map(([key, part]) => [key, shape(part)]);
}

function captured(file: string): Heard[] {
  const lines = readFileSync(new URL(file, CAPTURES), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Heard).filter(({ channel }) => channel.startsWith('/0.celeryev/'));
}

/** By event type, how real workers wrote it. */
function realShapes(): Map<string, string> {
  const shapes = new Map<string, string>();
  for (const file of ['redis-5.6.3-prefork.jsonl', 'redis-5.6.3-gevent.jsonl']) {
    for (const event of captured(file).flatMap(eventsOf)) shapes.set(event.type, JSON.stringify(shape(event)));
  }
  return shapes;
}

/** Text as Python writes it: a space after each comma and colon outside of strings, and none elsewhere. */
function withoutStrings(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"/g, '""');
}

describe.each<MessageKind>(['single', 'multi'])('a stream of %s messages', (kind) => {
  const bed = new Testbed();
  const heard: Heard[] = [];
  let redis: RedisServer;
  let subscriber: Redis;
  let session: Session;

  beforeAll(async () => {
    redis = await bed.redis();
    subscriber = new Redis(redis.url);
    subscriber.on('pmessage', (_pattern: string, channel: string, payload: string) => {
      heard.push({ channel, payload });
    });
    await subscriber.psubscribe('/0.celeryev/*');
    session = await Session.open({ host: redis.host, port: redis.port, kind, workers: 20, names: 40 });
    await session.send(ENOUGH);
    await waitFor(() => session.sent.counts['worker-heartbeat'] > 2, { within: 20_000, what: 'heartbeats' });
    await session.quiet();
    await waitFor(() => heard.length === session.sent.messages, { within: 10_000, what: 'all messages' });
  });

  afterAll(async () => {
    session.close();
    subscriber.disconnect();
    await bed.close();
  });

  it("has envelopes with the fields of kombu's, in their order and with its spacing", () => {
    const [real] = captured('redis-5.6.3-prefork.jsonl') as [Heard];
    for (const each of heard) {
      expect(shape(envelopeOf(each))).toEqual(shape(envelopeOf(real)));
      expect(withoutStrings(each.payload)).toBe(withoutStrings(real.payload));
      expect(each.channel).toBe(`/0.celeryev/${envelopeOf(each).properties.delivery_info.routing_key}`);
    }
  });

  it("has events with the fields of Celery's, in their order", () => {
    const real = realShapes();
    for (const event of heard.flatMap(eventsOf)) expect(JSON.stringify(shape(event))).toBe(real.get(event.type));
  });

  it('has bodies with the spacing of json.dumps, from the emitter that the header names', () => {
    for (const each of heard) {
      expect(withoutStrings(bodyOf(each))).not.toMatch(/[,:](?! )|[,:] {2}| [,:}\]]/);
      for (const event of eventsOf(each)) expect(event.hostname).toBe(envelopeOf(each).headers.hostname);
    }
  });

  it('counts what it sends', () => {
    const counts: Record<string, number> = {};
    for (const { type } of heard.flatMap(eventsOf)) counts[type] = (counts[type] ?? 0) + 1;
    expect(session.sent.counts).toEqual({ 'task-failed': 0, 'task-retried': 0, ...counts });
    expect(session.sent.strays).toBe(0);
  });

  it('brings lists of one to six events or single ones, as its kind says', () => {
    const sizes = new Set(
      heard.filter(({ channel }) => channel.endsWith('task.multi')).map((each) => eventsOf(each).length),
    );
    expect([...sizes].toSorted((a, b) => a - b)).toEqual(kind === 'multi' ? [1, 2, 3, 4, 5, 6] : []);
  });

  it('tells whole lives: each task in order, with its own id, at the time of now', () => {
    const seen = new Map<string, string[]>();
    for (const event of heard.flatMap(eventsOf)) {
      expect(Math.abs(event.timestamp - Date.now() / 1000)).toBeLessThan(60);
      if (event.type.startsWith('task-'))
        seen.set(event.uuid, [...(seen.get(event.uuid) ?? []), event.type.slice('task-'.length)]);
    }
    for (const [uuid, life] of seen) {
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
      expect(life.join(' ')).toMatch(
        /^sent( received( started( retried sent( received( started( succeeded| failed)?)?)?| succeeded| failed)?)?)?$/,
      );
    }
  });
});
