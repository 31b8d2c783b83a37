// Task messages in queues: both protocols, every captured message, and what other producers leave there.
import { describe, expect, it } from '@jest/globals';
import { EnvelopeReader } from './envelope.js';
import type { Message } from './message.js';
import { captureLines, queuedMessages } from './testing-captures.js';
import { readTaskId } from './task-id.js';
import { Refusal } from './refusal.js';
import { type QueuedTask, readTaskMessage } from './task-message.js';

const read = ({ contentType, headers, body }: Message): ReturnType<typeof readTaskMessage> => {
  const envelope = { contentType, headers, body: () => body };
  return readTaskMessage(envelope, () => envelope);
};
const opened = (payload: Buffer): Message => new EnvelopeReader().read(payload) as Message;
const message = (headers: Record<string, unknown>, body: unknown = null): Message => ({
  contentType: 'application/json',
  headers,
  body: Buffer.from(JSON.stringify(body)),
});

/**
 * What Python read from the eleven messages, in the order of the capture; the second is of protocol 1, with a
 * countdown.
 */
const IDS = [
  '08a8b3e7-636a-46a9-ae10-a15b592f8cc0',
  '62136fef-9699-43f1-90cb-ef04f8e97c31',
  'a2e42bb0-51f8-4209-ac40-554d852732ac',
  'f457bc41-191c-449c-be5a-66279732149f',
  '78ac12da-321f-4805-9abf-86fecce33ab4',
  '6defeddf-ca22-4561-a6b3-829fb82f15f7',
  '91ef1c0a-dee2-4afb-8e7e-5589e3c39318',
  '99a5d4ae-8496-4354-b6be-b65b62ae208e',
  'c1fd91f5-164e-44c6-8ed6-09e8db193e5b',
  'c6acfb3b-7cdc-4550-98f5-b744d1b6599e',
  'abcedd85-b8bb-4540-a77a-93d9246fc7f5',
];
const ETAS: Readonly<Record<number, string>> = {
  1: '2026-11-23T16:54:33.392630+00:00',
  5: '2026-11-23T16:55:23.387601+00:00',
};

describe('readTaskMessage', () => {
  it('reads every message of the Redis capture: pickled and compressed, protocol 1 and 2', () => {
    const tasks = queuedMessages().map((payload) => read(opened(payload)));
    expect(tasks).toEqual(IDS.map((id, i): QueuedTask => ({ id, name: 'facts.add', eta: ETAS[i] ?? null })));
  });

  it('reads every message of the AMQP capture', () => {
    const tasks = captureLines('amqp-task-messages-in-queue-5.6.3.jsonl').map(
      ({ properties, body, body_b64: base64 }) => {
        const { contentType, headers } = properties as Omit<Message, 'body'>;
        return read({
          contentType,
          headers,
          body: typeof base64 === 'string' ? Buffer.from(base64, 'base64') : Buffer.from(String(body)),
        });
      },
    );
    expect(tasks).toHaveLength(7);
    expect(tasks.map((task) => (task as QueuedTask).name)).toEqual(tasks.map(() => 'facts.add'));
    expect(new Set(tasks.map((task) => (task as QueuedTask).id)).size).toBe(7);
    expect(tasks.filter((task) => (task as QueuedTask).id === '8a8eb572-7626-4fd8-ad8f-91704e12a8ea')).toHaveLength(1);
  });

  it('does not open the body of protocol 2', () => {
    expect(
      read({ ...message({ task: 't', id: 'i', eta: null }), contentType: 'application/x-python-serialize' }),
    ).toEqual({ id: 'i', name: 't', eta: null });
  });

  it.each([
    1,
    -3,
    1.5,
    true,
    'x'.repeat(2000),
    'é中😀',
    '\ud800',
    { __type__: 'uuid', __value__: { hex: 'a'.repeat(32) } },
  ])('takes any id that Celery takes, in both protocols (%#)', (id) => {
    const task = { id: readTaskId(id), name: 't', eta: null };
    expect(read(message({ task: 't', id }))).toEqual(task);
    expect(read(message({}, { task: 't', id }))).toEqual(task);
  });

  it('takes a name of any length', () => {
    expect(read(message({ task: 'x'.repeat(513), id: 'i' }))).toMatchObject({ id: 'i' });
  });

  it('takes an eta that is a text only', () => {
    for (const eta of [undefined, null, 7, '', {}, 'x'.repeat(1000)])
      expect(read(message({ task: 't', id: 'i', eta }))).toMatchObject({ eta: null });
    expect(read(message({}, { task: 't', id: 'i', eta: '2026-01-02T00:00:00' }))).toMatchObject({
      eta: '2026-01-02T00:00:00',
    });
  });

  it.each([
    [{}, null],
    [{}, []],
    [{}, [[], {}, {}]],
    [{}, { task: 't' }],
    [{}, { id: 'i' }],
    [{}, { task: 7, id: 'i' }],
    [{}, { task: '', id: 'i' }],
    [{ task: 't' }, null],
    [
      { task: 't', id: [7] },
      { task: 't', id: 'i' },
    ],
    [{ task: '', id: 'i' }, null],
  ])('gives nothing for the message of another producer (%#)', (headers, body) => {
    expect(read(message(headers, body))).toBeUndefined();
  });

  it('says why where a body cannot be opened', () => {
    for (const contentType of [
      'application/json',
      'application/x-yaml',
      'application/x-msgpack',
      'application/x-python-serialize',
      'text/plain',
    ]) {
      expect(read({ contentType, headers: {}, body: Buffer.from('{[') })).toBeInstanceOf(Refusal);
    }
  });
});
