// Transport options: what is taken over, and that no malformed value becomes a default in silence.
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_TRANSPORT_OPTIONS, readTransportOptions } from './transport-options.js';

const TEXTS_ONLY = [null, 7, true, [], {}, ['x']];
const FILLED_ONLY = [...TEXTS_ONLY, ''];

describe('readTransportOptions', () => {
  it("gives kombu's defaults for nothing", () => {
    expect(readTransportOptions({})).toEqual({ options: DEFAULT_TRANSPORT_OPTIONS, problems: [] });
    expect(DEFAULT_TRANSPORT_OPTIONS).toEqual(
      expect.objectContaining({
        globalKeyprefix: '',
        fanoutPrefix: true,
        fanoutPatterns: true,
        prioritySteps: [0, 3, 6, 9],
        sep: '\x06\x16',
        unackedKey: 'unacked',
        unackedIndexKey: 'unacked_index',
      }),
    );
  });

  it('takes every option over', () => {
    const { options, problems } = readTransportOptions({
      global_keyprefix: 'p:',
      fanout_prefix: '/x{db}.',
      fanout_patterns: false,
      priority_steps: [0, 5, 10],
      sep: ':',
      unacked_key: 'u',
      unacked_index_key: 'ui',
      master_name: 'm',
      sentinel_fanout_compat: true,
      sentinel_kwargs: { password: 'p', username: 'n', db: 3 },
    });
    expect(problems).toEqual([]);
    expect(options).toEqual({
      globalKeyprefix: 'p:',
      fanoutPrefix: '/x{db}.',
      fanoutPatterns: false,
      prioritySteps: [0, 5, 10],
      sep: ':',
      unackedKey: 'u',
      unackedIndexKey: 'ui',
      masterName: 'm',
      sentinelFanoutCompat: true,
      sentinelPassword: 'p',
      sentinelUsername: 'n',
      given: [
        'sentinel_kwargs',
        'global_keyprefix',
        'fanout_prefix',
        'fanout_patterns',
        'priority_steps',
        'sep',
        'unacked_key',
        'unacked_index_key',
        'master_name',
        'sentinel_fanout_compat',
      ],
    });
    expect(Object.isFrozen(options)).toBe(true);
  });

  it('passes over options that say nothing about names', () => {
    expect(
      readTransportOptions({
        visibility_timeout: 'x',
        socket_timeout: null,
        queue_order_strategy: 7,
        ack_emulation: [],
        body_encoding: 'utf-8',
      }),
    ).toEqual({ options: DEFAULT_TRANSPORT_OPTIONS, problems: [] });
  });

  const malformed: Readonly<Record<string, readonly unknown[]>> = {
    global_keyprefix: TEXTS_ONLY,
    fanout_prefix: [null, 0, 1, [], {}, '/{0}.', '{', '}', '/{db', '{{db}}', '/{name}.'],
    fanout_patterns: [null, 0, 1, 'true', '', [], {}],
    priority_steps: [
      null,
      3,
      '0,3,6,9',
      {},
      [],
      [3, 0],
      [0, 0],
      [0, 1.5],
      [-1, 0],
      ['0'],
      [0, null],
      [[0]],
      [NaN],
      [0, Infinity],
      [true],
    ],
    sep: FILLED_ONLY,
    unacked_key: FILLED_ONLY,
    unacked_index_key: FILLED_ONLY,
    master_name: FILLED_ONLY,
    sentinel_fanout_compat: [null, 0, 1, 'true', '', [], {}],
  };
  for (const [key, values] of Object.entries(malformed)) {
    it(`refuses each malformed ${key} in a sentence with its name and value`, () => {
      for (const value of values) {
        const { options, problems } = readTransportOptions({ [key]: value });
        expect(problems).toHaveLength(1);
        expect(problems[0]).toMatch(new RegExp(`^${key}: .{5,}, not `));
        expect(problems[0]?.endsWith(`, not ${JSON.stringify(value)}`)).toBe(true);
        expect(options).toEqual(DEFAULT_TRANSPORT_OPTIONS);
      }
    });
  }

  it('refuses malformed sentinel_kwargs by name, without what may be a password', () => {
    for (const value of [null, 7, '{"password": "hunter2"}', ['hunter2']]) {
      const { problems } = readTransportOptions({ sentinel_kwargs: value });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(/^sentinel_kwargs: an object/);
      expect(problems[0]).not.toContain('hunter2');
    }
    for (const key of ['password', 'username']) {
      for (const value of [7, true, ['hunter2'], { a: 'hunter2' }]) {
        const { problems } = readTransportOptions({ sentinel_kwargs: { [key]: value } });
        expect(problems).toHaveLength(1);
        expect(problems[0]).toContain(`sentinel_kwargs.${key}`);
        expect(problems[0]).not.toContain('hunter2');
      }
    }
    expect(readTransportOptions({ sentinel_kwargs: { password: null } }).problems).toEqual([]);
  });

  it('refuses all mistakes at once and keeps what is right beside them', () => {
    const { options, problems } = readTransportOptions({
      sep: '',
      global_keyprefix: 7,
      fanout_prefix: null,
      priority_steps: [],
      unacked_key: 'right',
    });
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual([
      'fanout_prefix',
      'global_keyprefix',
      'priority_steps',
      'sep',
    ]);
    expect(options.unackedKey).toBe('right');
  });

  it('is not touched by a key from JSON that is called __proto__', () => {
    expect(readTransportOptions(JSON.parse('{"__proto__": {"sep": "x"}}') as Record<string, unknown>)).toEqual({
      options: DEFAULT_TRANSPORT_OPTIONS,
      problems: [],
    });
  });
});
