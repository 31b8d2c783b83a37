// The door for events: what is let in, what is put right, what is refused with the name of the field.
import { describe, expect, it } from '@jest/globals';
import { decodeEvents, EVENT_TYPES, readEvent } from './event.js';
import { REFUSAL_REASONS } from './refusal.js';
import { readTaskId } from './task-id.js';
import { Collector } from './testing-captures.js';

const BASE = { timestamp: 1795451526.5, hostname: 'w@h', pid: 7 };
const UUID = '0f1fe962-e9d5-4218-be66-38dbf0436c6c';

function read(...values: unknown[]): Collector {
  const collector = new Collector();
  for (const value of values) readEvent(value, collector);
  return collector;
}

function decode(text: string): Collector {
  const collector = new Collector();
  decodeEvents({ contentType: 'application/json', headers: {}, body: Buffer.from(text) }, collector);
  return collector;
}

/** The first task event, field by field. */
function task(fields: Record<string, unknown>): Record<string, unknown> {
  const { tasks, refusals } = read({ ...BASE, uuid: UUID, ...fields });
  if (tasks[0] === undefined) throw new Error(`refused: ${String(refusals[0]?.detail)}`);
  return { ...tasks[0] };
}

describe('decodeEvents', () => {
  it('takes one event, and lists of 0, 1, 3 and 15', () => {
    const one = JSON.stringify({ ...BASE, type: 'task-started', uuid: UUID });
    expect(decode(one).tasks).toHaveLength(1);
    for (const length of [0, 1, 3, 15])
      expect(decode(`[${Array.from({ length }, () => one).join(',')}]`).tasks).toHaveLength(length);
    expect(decode('[]').size).toBe(0);
  });

  it('lets the good events of a list in and refuses each bad one', () => {
    const good = { ...BASE, type: 'task-started', uuid: UUID };
    const got = decode(JSON.stringify([good, null, { ...good, uuid: [1] }, [good], good, 'x', {}]));
    expect(got.tasks).toHaveLength(2);
    expect(got.refusals.map(({ reason }) => reason)).toEqual([
      'not_an_event',
      'bad_event',
      'not_an_event',
      'not_an_event',
      'bad_event',
    ]);
  });

  it('refuses a body that is no event once', () => {
    for (const [text, reason] of [
      ['null', 'not_an_event'],
      ['7', 'not_an_event'],
      ['"x"', 'not_an_event'],
      ['{', 'not_json'],
      ['', 'not_json'],
      ['{}', 'bad_event'],
    ] as const) {
      expect(decode(text).refusals.map((refusal) => refusal.reason)).toEqual([reason]);
    }
    expect(decode('['.repeat(40_000) + ']'.repeat(40_000)).refusals.map(({ reason }) => reason)).toEqual([
      'not_an_event',
    ]);
  });

  it('takes an event with __proto__, constructor and twice the same key for what it is', () => {
    const got = decode(
      `{"type":"worker-online","type":"task-started","__proto__":{"uuid":"no"},"constructor":{"prototype":{"x":1}},"uuid":"${UUID}","timestamp":1,"hostname":"h","pid":1}`,
    );
    expect(got.tasks[0]?.type).toBe('task-started');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    expect(
      decode('{"__proto__":{"type":"task-started","uuid":"u","timestamp":1,"hostname":"h"}}').refusals,
    ).toHaveLength(1);
  });

  it('refuses bytes that came as MessagePack where an event should be', () => {
    const collector = new Collector();
    decodeEvents(
      {
        contentType: 'application/x-msgpack',
        headers: {},
        body: Buffer.from([0x92, 0xc4, 1, 1, 0xd6, 0xff, 0, 0, 0, 1]),
      },
      collector,
    );
    expect(collector.refusals.map(({ reason }) => reason)).toEqual(['not_an_event', 'bad_event']);
  });
});

describe('readEvent', () => {
  it('knows the types that Celery sends, and takes every other for a custom one', () => {
    expect(EVENT_TYPES).toEqual([
      'task-sent',
      'task-received',
      'task-started',
      'task-succeeded',
      'task-failed',
      'task-retried',
      'task-rejected',
      'task-revoked',
      'task-cancelled',
      'worker-online',
      'worker-heartbeat',
      'worker-offline',
    ]);
    const others = [
      'task-progress',
      'worker-elect',
      'task',
      'constructor',
      '__proto__',
      'toString',
      'TASK-STARTED',
      'x'.repeat(10_000),
    ];
    expect(read(...others.map((type) => ({ ...BASE, type }))).customs.map(({ type }) => type)).toEqual(others);
  });

  const wrong: Readonly<Record<string, readonly unknown[]>> = {
    type: [undefined, null, '', 7, ['task-started'], {}],
    timestamp: [undefined, null, '1795451526.5', NaN, Infinity, -1, 1e11, 1e308, true, [1], new Date()],
    hostname: [undefined, null, '', 7, {}],
    pid: ['7', 1.5, NaN, Infinity, 2 ** 53, true, []],
  };
  for (const [field, values] of Object.entries(wrong)) {
    it(`refuses an event whose ${field} is not one, and names it`, () => {
      for (const value of values) {
        for (const type of ['task-started', 'worker-heartbeat', 'task-progress']) {
          if (field === 'timestamp' && type === 'task-progress') continue;
          const { refusals, events } = read({ ...BASE, type, uuid: UUID, [field]: value });
          expect([events, refusals]).toEqual([
            [],
            [{ reason: 'bad_event', detail: `${field} is missing or of a wrong type` }],
          ]);
        }
      }
    });
  }

  it('takes a custom event whatever its sender gave it for a timestamp', () => {
    for (const timestamp of wrong['timestamp'] ?? []) {
      const { customs, refusals } = read({ ...BASE, type: 'task-progress', timestamp });
      expect([customs.map((event) => event.timestamp), refusals]).toEqual([[NaN], []]);
    }
    expect(read({ ...BASE, type: 'task-progress' }).customs[0]?.timestamp).toBe(BASE.timestamp);
  });

  it('takes a node name that is long or holds what UTF-8 has not: Python gives such bytes of a command line', () => {
    const names = [`${'x'.repeat(600)}@h`, 'w\udcff@h', 'w\udcfe@h'].map(
      (hostname) => read({ ...BASE, type: 'worker-online', hostname }).workers[0]?.hostname ?? '',
    );
    expect(names.slice(1)).toEqual([String.raw`w\udcff@h`, String.raw`w\udcfe@h`]);
    expect(names[0]).toHaveLength(512);
  });

  it('takes an event without pid for one of process 0', () => {
    expect(read({ ...BASE, pid: null, type: 'task-started', uuid: UUID }).tasks[0]?.pid).toBe(0);
    expect(read({ ...BASE, pid: undefined, type: 'task-started', uuid: UUID }).tasks[0]?.pid).toBe(0);
    expect(decode('{"type":"task-started","uuid":"u","hostname":"h","timestamp":1}').tasks[0]?.pid).toBe(0);
  });

  it('refuses every kind of task event without an id that can be kept', () => {
    for (const type of EVENT_TYPES.filter((each) => each.startsWith('task-'))) {
      for (const uuid of [undefined, null, '', {}, [7], { __type__: 7 }]) {
        expect(read({ ...BASE, type, uuid, name: 'n' }).refusals).toEqual([
          { reason: 'bad_event', detail: `uuid of ${type} is missing or of a wrong type` },
        ]);
      }
    }
  });

  it('takes every id that Celery takes, in every kind of task event', () => {
    for (const type of EVENT_TYPES.filter((each) => each.startsWith('task-'))) {
      for (const uuid of [7, -1, 1.5, true, 'x'.repeat(513), '\ud800', { __type__: 'uuid', __value__: { hex: 'x' } }])
        expect(task({ type, uuid, name: 'n' })['uuid']).toBe(readTaskId(uuid));
    }
  });

  it('refuses task-sent and task-received without a name', () => {
    for (const type of ['task-sent', 'task-received']) {
      for (const name of [undefined, null, '', 7])
        expect(read({ ...BASE, type, uuid: UUID, name }).refusals[0]?.detail).toContain('name');
      for (const length of [512, 513, 100_000])
        expect(task({ type, name: 'x'.repeat(length) })['name']).toHaveLength(512);
    }
  });

  it('knows no queue where the client knew none', () => {
    for (const queue of [undefined, null, '', 7, {}])
      expect(task({ type: 'task-sent', name: 'n', queue })['queue']).toBeNull();
    expect(task({ type: 'task-sent', name: 'n', queue: 'celery' })['queue']).toBe('celery');
    expect(task({ type: 'task-sent', name: 'n', queue: 'x'.repeat(513) })['queue']).toHaveLength(512);
  });

  it('takes retries and eta only for what they are', () => {
    for (const retries of [undefined, null, '1', NaN, Infinity, -1, 1.5, 1e300])
      expect(task({ type: 'task-received', name: 'n', retries })['retries']).toBe(0);
    for (const eta of [undefined, null, '', 7, {}, 'x'.repeat(513)])
      expect(task({ type: 'task-received', name: 'n', eta })['eta']).toBeNull();
    expect(task({ type: 'task-received', name: 'n', retries: 3, eta: '2026-11-23T16:29:53+09:00' })).toEqual(
      expect.objectContaining({ retries: 3, eta: '2026-11-23T16:29:53+09:00' }),
    );
  });

  it('gives NaN for a run time that cannot be added up', () => {
    for (const runtime of [undefined, null, '1', NaN, -1, Infinity, -Infinity, 1e11, 1e308])
      expect(task({ type: 'task-succeeded', runtime })['runtime']).toBeNaN();
    expect(
      decode(`{"type":"task-succeeded","uuid":"u","hostname":"h","pid":1,"timestamp":1,"runtime":1e999}`).tasks[0],
    ).toEqual(expect.objectContaining({ runtime: NaN }));
    for (const runtime of [0, 1e-7, 3600]) expect(task({ type: 'task-succeeded', runtime })['runtime']).toBe(runtime);
  });

  it('gives empty texts and false where task-failed and task-rejected lack theirs', () => {
    expect(task({ type: 'task-failed', exception: null, traceback: 7 })).toEqual(
      expect.objectContaining({ exception: '', traceback: '' }),
    );
    expect(task({ type: 'task-failed', exception: 'e', traceback: 't' })).toEqual(
      expect.objectContaining({ exception: 'e', traceback: 't' }),
    );
    for (const requeue of [undefined, null, 'true', 1])
      expect(task({ type: 'task-rejected', requeue })['requeue']).toBe(false);
    expect(task({ type: 'task-rejected', requeue: true })['requeue']).toBe(true);
  });

  it('takes task-revoked with its signal as a number and as text, as 4.4.7 sends it', () => {
    for (const signum of [15, '15', null])
      expect(task({ type: 'task-revoked', terminated: true, signum, expired: false })['type']).toBe('task-revoked');
  });

  it('gives a worker event its right fields only', () => {
    const right = {
      type: 'worker-heartbeat',
      ...BASE,
      freq: 2,
      active: 0,
      processed: 1e6,
      loadavg: [0, 0.5, 1],
      sw_ident: 'py-celery',
      sw_ver: '5.6.3',
      sw_sys: 'Linux',
    };
    expect(read({ ...right, utcoffset: 5, clock: 9, extra: 'x'.repeat(1e6) }).workers).toEqual([right]);
    for (const bad of [null, '1', NaN, Infinity, -1, 1e15, true, []]) {
      expect(
        read({
          ...right,
          freq: bad,
          active: bad,
          processed: bad,
          loadavg: bad,
          sw_ident: bad === '1' ? 7 : bad,
          sw_ver: '',
          sw_sys: 'x'.repeat(513),
        }).workers,
      ).toEqual([{ type: right.type, ...BASE }]);
    }
    for (const loadavg of [[], [1, 2], [1, 2, 3, 4], [1, 2, NaN], [1, 2, null], ['1', 2, 3], { length: 3 }])
      expect(read({ ...right, loadavg }).workers[0]).not.toHaveProperty('loadavg');
  });
});

describe('the reasons of refusals', () => {
  it('are different label values in one style', () => {
    expect(new Set(REFUSAL_REASONS).size).toBe(REFUSAL_REASONS.length);
    for (const reason of REFUSAL_REASONS) expect(reason).toMatch(/^[a-z]+(_[a-z]+)*$/);
  });
});
