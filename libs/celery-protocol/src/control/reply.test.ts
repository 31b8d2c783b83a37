// Replies of workers: every captured one, every kind of pool, and whatever else may lie in the list.
import { describe, expect, it } from '@jest/globals';
import { encode } from '@msgpack/msgpack';
import { EnvelopeReader } from '../wire/envelope.js';
import type { Message } from '../wire/message.js';
import { Refusal } from '../wire/refusal.js';
import { capturedReplies, envelope } from '../wire/testing-captures.js';
import { DEFAULT_TRANSPORT_OPTIONS } from '../redis/transport-options.js';
import { readTaskId } from '../wire/task-id.js';
import {
  type ControlReply,
  readActive,
  readActiveQueues,
  readActiveTasks,
  readReply,
  readStats,
  replyError,
} from './reply.js';

const message = (body: unknown, headers: Record<string, unknown> = { ticket: 't' }): Message => ({
  contentType: 'application/json',
  headers,
  body: Buffer.from(JSON.stringify(body)),
});

function captured(command: string): unknown {
  const reply = capturedReplies().find((each) => each.command === command);
  return reply && Object.values(reply.decoded)[0];
}

describe('readReply', () => {
  for (const [index, { command, payload, decoded }] of capturedReplies().entries()) {
    it(`opens captured reply ${String(index + 1)}, to ${command}`, () => {
      const reply = readReply(new EnvelopeReader().read(payload) as Message) as ControlReply;
      expect(reply.ticket).toMatch(/^[0-9a-f-]{36}$/);
      expect({ [reply.nodename]: reply.result }).toEqual(decoded);
      expect(replyError(reply.result)).toBeUndefined();
    });
  }

  it('has read fourteen replies', () => {
    expect(capturedReplies().map(({ command }) => command)).toEqual([
      'enable_events',
      'enable_events',
      'active_queues',
      'stats',
      'active',
      'reserved',
      'scheduled',
      'registered',
      'conf',
      'revoked',
      'clock',
      'hello',
      'disable_events',
      'disable_events',
    ]);
  });

  it('gives the first worker of several, and null and false for what they are', () => {
    expect(readReply(message({ 'a@h': null, 'b@h': 1 }))).toEqual({ ticket: 't', nodename: 'a@h', result: null });
    expect(readReply(message({ 'a@h': false }))).toEqual({ ticket: 't', nodename: 'a@h', result: false });
    expect(readReply({ ...message({}), body: Buffer.from('{"__proto__":{"ok":"pong"}}') })).toEqual({
      ticket: 't',
      nodename: '__proto__',
      result: { ok: 'pong' },
    });
  });

  it('refuses what is no reply', () => {
    for (const body of [null, [], [{ 'w@h': 1 }], 'x', 7, {}, { '': 1 }])
      expect(readReply(message(body))).toEqual(expect.objectContaining({ reason: 'bad_body' }));
    for (const headers of [{}, { ticket: null }, { ticket: 7 }, { ticket: ['t'] }])
      expect(readReply(message({ 'w@h': 1 }, headers))).toEqual(expect.objectContaining({ reason: 'bad_body' }));
    expect(readReply({ ...message({}), body: Buffer.from('{') })).toEqual(
      expect.objectContaining({ reason: 'not_json' }),
    );
  });

  it('refuses millions of bytes that came as MessagePack, at once', () => {
    const start = performance.now();
    const body = Buffer.from(encode(new Uint8Array(10_000_000)));
    const reply = readReply(
      new EnvelopeReader().read(
        envelope(body, { 'content-type': 'application/x-msgpack', headers: { ticket: 't' } }),
      ) as Message,
    );
    expect(reply).toBeInstanceOf(Refusal);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe('replyError', () => {
  it('is the text that the worker sent instead of a result', () => {
    expect(replyError({ error: "KeyError('nosuch')" })).toBe("KeyError('nosuch')");
    for (const result of [undefined, null, [], 'error', { ok: 'pong' }, { error: null }, { error: {} }])
      expect(replyError(result)).toBeUndefined();
  });
});

describe('readActiveQueues', () => {
  it('reads the captured answer', () => {
    expect(readActiveQueues(captured('active_queues'))).toEqual([
      { name: 'celery', exchange: 'celery' },
      { name: 'high', exchange: 'high' },
      { name: 'low', exchange: 'low' },
    ]);
  });

  it('reads no queue, a queue of the default exchange, and one whose exchange is missing', () => {
    expect(readActiveQueues([])).toEqual([]);
    expect(
      readActiveQueues([
        { name: 'a', exchange: { name: '' } },
        { name: 'b', exchange: null },
        { name: 'c' },
        { name: 'd', exchange: { name: 7 } },
      ]),
    ).toEqual(['a', 'b', 'c', 'd'].map((name) => ({ name, exchange: '' })));
  });

  it('tells the routing keys of a queue and of its bindings, where they are others than its name', () => {
    const keys = (routing_key: unknown, bindings?: unknown) =>
      readActiveQueues([{ name: 'q', exchange: { name: 'x' }, routing_key, bindings }])?.[0]?.routingKeys;
    expect(keys('eu.q')).toEqual(['eu.q']);
    // As Celery tells a queue that is bound in two ways: it has no key of its own.
    expect(keys('', [{ exchange: {}, routing_key: 'o2' }, { routing_key: 'orders.#' }])).toEqual(['o2', 'orders.#']);
    expect(keys('q', [{ routing_key: 'other' }, { routing_key: 'other' }])).toEqual(['q', 'other']);
    for (const none of ['q', '', null, undefined, 7, {}]) expect(keys(none, none)).toBeUndefined();
    expect(keys('a', [null, 7, 'x', {}, { routing_key: 7 }])).toEqual(['a']);
    expect(
      keys(
        'a',
        Array.from({ length: 1000 }, (_, i) => ({ routing_key: String(i) })),
      ),
    ).toHaveLength(101);
  });

  it('gives nothing for anything else', () => {
    for (const result of [
      undefined,
      null,
      {},
      'x',
      { error: 'x' },
      { ok: 'x' },
      [null],
      [{}],
      [{ name: '' }],
      [{ name: 7 }],
      [[]],
      [{ name: 'a' }, 'b'],
    ])
      expect(readActiveQueues(result)).toBeUndefined();
  });
});

it('readActiveQueues tells the queues of Broadcast from the others', () => {
  const of = (type: unknown) => readActiveQueues([{ name: 'q', exchange: { name: 'x', type } }]);
  expect(of('fanout')).toEqual([{ name: 'q', exchange: 'x', isBroadcast: true }]);
  for (const type of ['direct', 'topic', undefined]) expect(of(type)).toEqual([{ name: 'q', exchange: 'x' }]);
});

describe('readStats', () => {
  it('reads the captured answer', () => {
    expect(readStats(captured('stats'))).toEqual({
      pid: 2732,
      pool: 'prefork',
      processes: 2,
      broker: { options: DEFAULT_TRANSPORT_OPTIONS, keepsUnacked: true },
    });
  });

  const base = { 'max-concurrency': 4 };
  it.each([
    [
      'prefork 5.6',
      { ...base, implementation: 'celery.concurrency.prefork:TaskPool', processes: [11, 12, 13, 14] },
      'prefork',
      4,
    ],
    [
      'prefork, scaled down',
      { ...base, implementation: 'celery.concurrency.prefork:TaskPool', processes: [11] },
      'prefork',
      1,
    ],
    [
      'prefork 5.2',
      { ...base, processes: [11, 12, 13, 14], 'max-tasks-per-child': 'N/A', timeouts: [0, 0], writes: {} },
      'prefork',
      4,
    ],
    ['prefork 5.2 with one child', { 'max-concurrency': 1, processes: [11], timeouts: [0, 0] }, 'prefork', 1],
    [
      'prefork with no child just now',
      { ...base, implementation: 'celery.concurrency.prefork:TaskPool', processes: [] },
      'prefork',
      0,
    ],
    [
      'asynpool of prefork',
      { ...base, implementation: 'celery.concurrency.asynpool:AsynPool', processes: [11, 12] },
      'asynpool',
      2,
    ],
    ['threads 5.6', { ...base, implementation: 'celery.concurrency.thread:TaskPool', threads: 2 }, 'threads', 4],
    ['threads 5.2', { ...base, threads: 0 }, 'threads', 4],
    ['gevent 5.6', { ...base, implementation: 'celery.concurrency.gevent:TaskPool' }, 'gevent', 4],
    ['gevent 5.2', base, '', 4],
    [
      'eventlet 5.6',
      { ...base, implementation: 'celery.concurrency.eventlet:TaskPool', 'free-threads': 4, 'running-threads': 0 },
      'eventlet',
      4,
    ],
    [
      'solo 5.6',
      { 'max-concurrency': 1, implementation: 'celery.concurrency.solo:TaskPool', processes: [7], timeouts: [] },
      'solo',
      1,
    ],
    ['solo 5.2', { 'max-concurrency': 1, processes: [7], 'max-tasks-per-child': null, timeouts: [] }, 'solo', 1],
    ["a pool of somebody's own", { ...base, implementation: 'mypool:Pool' }, 'mypool', 4],
    ['nothing known', {}, '', undefined],
    ['no pool at all', 'N/A', '', undefined],
    ['numbers that are none', { 'max-concurrency': '4', implementation: 7 }, '', undefined],
    ['endless concurrency', { 'max-concurrency': Infinity }, '', undefined],
    ['half a process', { 'max-concurrency': 1.5 }, '', undefined],
    ['negative concurrency', { 'max-concurrency': -1 }, '', undefined],
  ])('knows pool and size of %s', (_what, pool, name, processes) => {
    expect(readStats({ pid: 7, pool })).toEqual({ pid: 7, pool: name, processes });
  });

  it.each([
    [{ current: 3, max: 10, min: 3, qty: 0 }, 10],
    [{ max: '10' }, undefined],
    [undefined, undefined],
  ])('knows how far the pool grows by itself: %j', (autoscaler, most) => {
    const stats = readStats({ pid: 7, pool: { 'max-concurrency': 3, processes: [1, 2, 3] }, autoscaler });
    expect([stats?.processes, stats?.autoscale]).toEqual([3, most]);
  });

  const said = (broker: unknown) => readStats({ pid: 7, pool: {}, broker })?.broker;

  it('reads the transport options that decide about names, and keeps no secret', () => {
    const transport_options = {
      priority_steps: [0, 1],
      sep: ':',
      unacked_key: 'held',
      visibility_timeout: 60,
      sentinel_kwargs: { password: 'hunter2' },
    };
    const broker = said({ transport: 'sentinel', userid: 'u', transport_options });
    expect(broker).toMatchObject({
      options: { prioritySteps: [0, 1], sep: ':', unackedKey: 'held' },
      keepsUnacked: true,
    });
    expect(JSON.stringify(broker)).not.toContain('hunter2');
    expect(said({ transport: 'redis', transport_options: { ack_emulation: false } })?.keepsUnacked).toBe(false);
  });

  it('knows no options of another transport, of malformed ones, or where nothing is said', () => {
    for (const broker of [
      undefined,
      'N/A',
      { transport: 'amqp', transport_options: {} },
      { transport: 'redis' },
      { transport: 'redis', transport_options: { priority_steps: 'many' } },
      { transport: 'redis', transport_options: { sep: '' } },
    ])
      expect(said(broker)).toBeUndefined();
  });

  it('gives nothing for anything else', () => {
    for (const result of [
      undefined,
      null,
      [],
      {},
      { pid: 7 },
      { pool: {} },
      { pid: '7', pool: {} },
      { pid: NaN, pool: {} },
      { pid: 1.5, pool: {} },
      { pid: 7, pool: [] },
      { pid: 7, pool: null },
      { error: 'x' },
      { pid: 7, pool: 'none' },
    ]) {
      expect(readStats(result)).toBeUndefined();
    }
  });
});

describe('readActive', () => {
  it('reads the captured answers', () => {
    expect(readActive(captured('active'))).toHaveLength(2);
    for (const id of readActive(captured('active')) ?? []) expect(id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('reads what the tasks are called and were delivered by, and leaves out what has no name', () => {
    expect(readActiveTasks(captured('active')).map(({ name, routingKey }) => [name, routingKey])).toEqual([
      ['facts.slow', 'celery'],
      ['facts.slow', 'celery'],
    ]);
    const odd = [{ id: 'a' }, { id: 'b', name: 7 }, { id: '', name: 'x' }, { id: 'c', name: '' }, null, 'x'];
    expect(readActiveTasks([...odd, { id: 7, name: 'x', delivery_info: { routing_key: 7 } }])).toEqual([
      { id: readTaskId(7), name: 'x', routingKey: undefined },
    ]);
    for (const result of [undefined, null, {}, 'x', { error: 'x' }]) expect(readActiveTasks(result)).toEqual([]);
  });

  it('gives the same for an id as the events do, whatever Celery took for one', () => {
    const ids = [7, -1, 1.5, true, 'x'.repeat(513), '\ud800', { __type__: 'uuid', __value__: { hex: 'f'.repeat(32) } }];
    expect(readActive(ids.map((id) => ({ id })))).toEqual(ids.map(readTaskId));
  });

  it('tells numbers apart that only their last digits tell apart', () => {
    const text = '{"w@h":[{"id":9007199254740993,"args":[NaN]},{"id":9007199254740992,"args":[]}]}';
    const reply = readReply({ ...message({}), body: Buffer.from(text) }) as ControlReply;
    expect(readActive(reply.result)).toEqual([9007199254740993n, 9007199254740992n].map(readTaskId));
  });

  it('leaves out what has no id, and gives nothing for anything else', () => {
    expect(readActive([])).toEqual([]);
    expect(readActive([{ id: 'a', args: NaN }, {}, null, { id: [7] }, { id: '' }, 'b', { id: 'c' }])).toEqual([
      'a',
      'c',
    ]);
    for (const result of [undefined, null, {}, 'x', { error: 'x' }]) expect(readActive(result)).toBeUndefined();
  });
});
