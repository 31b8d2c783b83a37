// Remote-control requests: a malformed one kills workers, so its bytes are fixed here and compared with a real one.
import { describe, expect, it } from '@jest/globals';
import { EnvelopeReader } from '../wire/envelope.js';
import type { Message } from '../wire/message.js';
import { captureLines, published } from '../wire/testing-captures.js';
import {
  amqpControlMessage,
  CONTROL_METHODS,
  controlBody,
  type ControlRequest,
  redisControlPayload,
} from './request.js';

const REQUEST: ControlRequest = { method: 'ping', ticket: 'cb19dc97-0000', replyTo: 'celery-watch.replies.1' };
const TAG = 'b1e3a3f4-0000-4000-8000-000000000000';

interface Envelope {
  readonly body: string;
  readonly properties: Record<string, unknown>;
  readonly [key: string]: unknown;
}
const parsed = (request: ControlRequest, tag?: string): Envelope =>
  JSON.parse(redisControlPayload(request, tag)) as Envelope;
const bodyOf = (envelope: Envelope): Record<string, unknown> =>
  JSON.parse(Buffer.from(envelope.body, 'base64').toString()) as Record<string, unknown>;

describe('redisControlPayload', () => {
  it('is these bytes, exactly', () => {
    const body =
      '{"method":"ping","arguments":{},"destination":null,"pattern":null,"matcher":null,"ticket":"cb19dc97-0000","reply_to":{"exchange":"","routing_key":"celery-watch.replies.1"}}';
    expect(redisControlPayload(REQUEST, TAG)).toBe(
      `{"body":"${Buffer.from(body).toString('base64')}","content-encoding":"utf-8","content-type":"application/json","headers":{"clock":0,"expires":0},` +
        `"properties":{"delivery_mode":2,"delivery_info":{},"priority":0,"body_encoding":"base64","delivery_tag":"${TAG}"}}`,
    );
  });

  it('has the keys of every request that a real client sent, and no others', () => {
    const real = published('redis-5.6.3-prefork.jsonl')
      .filter(({ channel }) => channel === '/0.celery.pidbox')
      .map(({ payload }) => JSON.parse(payload.toString()) as Envelope);
    expect(real.length).toBeGreaterThan(1);
    const ours = parsed(REQUEST);
    for (const theirs of real) {
      expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
      expect(Object.keys(ours.properties).sort()).toEqual(Object.keys(theirs.properties).sort());
      for (const key of ['content-type', 'content-encoding']) expect(ours[key]).toBe(theirs[key]);
      for (const key of ['delivery_mode', 'priority', 'body_encoding'])
        expect(ours.properties[key]).toBe(theirs.properties[key]);
      expect(Object.keys(ours['headers'] as object).sort()).toEqual(Object.keys(theirs['headers'] as object).sort());
    }
    // A request without answer has no ticket; this one was an inspect call.
    const [inspect] = real.map(bodyOf).filter((body) => 'reply_to' in body);
    expect(Object.keys(bodyOf(ours)).sort()).toEqual(Object.keys(inspect ?? {}).sort());
  });

  it('has the body of a request that RabbitMQ carried, but for ticket and reply address', () => {
    const [ping] = captureLines('amqp-control-firehose-5.6.3.jsonl')
      .filter(({ trace_routing_key: key }) => key === 'publish.celery.pidbox')
      .map(({ body }) => JSON.parse(String(body)) as Record<string, unknown>);
    const ours = JSON.parse(controlBody(REQUEST)) as Record<string, unknown>;
    expect({ ...ours, ticket: ping?.['ticket'], reply_to: ping?.['reply_to'] }).toEqual(ping);
  });

  it('never lacks what workers die without', () => {
    const texts = [
      'x',
      'é漢😀',
      '"',
      '\\',
      '\u0000',
      '\ud800',
      ' ',
      '__proto__',
      'a'.repeat(10_000),
      '}',
      '{"delivery_tag":null}',
    ];
    const tags = new Set<unknown>();
    for (const method of CONTROL_METHODS) {
      for (const text of texts) {
        for (const destination of [undefined, [text], [text, 'w@h']]) {
          const envelope = parsed({ method, ticket: text, replyTo: text, ...(destination && { destination }) });
          expect(envelope['content-type']).toBe('application/json');
          expect(envelope['content-encoding']).toBe('utf-8');
          expect(envelope.properties['body_encoding']).toBe('base64');
          expect(envelope.properties['delivery_tag']).toMatch(/^[0-9a-f-]{36}$/);
          tags.add(envelope.properties['delivery_tag']);
          expect(bodyOf(envelope)).toEqual({
            method,
            arguments: {},
            destination: destination ?? null,
            pattern: null,
            matcher: null,
            ticket: text,
            reply_to: { exchange: '', routing_key: text },
          });
        }
      }
    }
    expect(tags.size).toBe(CONTROL_METHODS.length * texts.length * 3);
  });

  it('reads back as a message of Celery', () => {
    const message = new EnvelopeReader().read(Buffer.from(redisControlPayload(REQUEST))) as Message;
    expect([message.contentType, message.headers, message.body.toString()]).toEqual([
      'application/json',
      { clock: 0, expires: 0 },
      controlBody(REQUEST),
    ]);
  });

  it('throws for a delivery tag that is empty or none', () => {
    for (const tag of ['', null, 7]) expect(() => redisControlPayload(REQUEST, tag as string)).toThrow(TypeError);
  });
});

describe('amqpControlMessage', () => {
  const real = captureLines('amqp-control-firehose-5.6.3.jsonl').filter(
    ({ trace_routing_key: key }) => key === 'publish.celery.pidbox',
  );

  it('has the properties of every request that RabbitMQ carried', () => {
    expect(real.length).toBeGreaterThan(1);
    const { contentType, contentEncoding, headers, deliveryMode, priority } = amqpControlMessage(REQUEST).options;
    for (const { trace_headers: trace } of real) {
      const { properties } = trace as { properties: { headers: Record<string, unknown> } };
      expect({
        ...properties,
        headers: Object.keys(properties.headers).sort(),
      }).toEqual({
        content_type: contentType,
        content_encoding: contentEncoding,
        headers: Object.keys(headers).sort(),
        delivery_mode: deliveryMode,
        priority,
      });
    }
  });

  it('has the body of every request as its bytes, and throws for what must not be sent', () => {
    expect(amqpControlMessage(REQUEST).content.toString()).toBe(controlBody(REQUEST));
    expect(() => amqpControlMessage({ ...REQUEST, destination: [] })).toThrow(TypeError);
  });
});

describe('controlBody', () => {
  it('is made for harmless commands only', () => {
    expect(CONTROL_METHODS).toEqual(['enable_events', 'active_queues', 'stats', 'active', 'ping']);
    for (const method of [
      'election',
      'shutdown',
      'pool_restart',
      'pool_grow',
      'revoke',
      'disable_events',
      'rate_limit',
      'heartbeat',
      'conf',
      '',
      'PING',
      'toString',
      '__proto__',
      undefined,
      null,
      7,
      ['ping'],
      {},
    ]) {
      expect(() => controlBody({ ...REQUEST, method: method as 'ping' })).toThrow(TypeError);
    }
  });

  it('throws where nobody, or everybody by mistake, would be asked', () => {
    for (const destination of [[], [''], ['w@h', ''], [null], [7], [undefined], ['w@h', ['v@h']]])
      expect(() => controlBody({ ...REQUEST, destination: destination as string[] })).toThrow(TypeError);
    expect(JSON.parse(controlBody({ ...REQUEST, destination: ['a@h', 'b@h'] }))).toEqual(
      expect.objectContaining({ destination: ['a@h', 'b@h'] }),
    );
  });

  it('throws without a ticket or an address for the replies', () => {
    for (const wrong of ['', undefined, null, 7, {}]) {
      expect(() => controlBody({ ...REQUEST, ticket: wrong as string })).toThrow(TypeError);
      expect(() => controlBody({ ...REQUEST, replyTo: wrong as string })).toThrow(TypeError);
    }
  });
});
