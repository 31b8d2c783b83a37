// Names on Redis: every combination of options, held against what real workers published.
import { describe, expect, it } from '@jest/globals';
import { captureLines, globMatches, published } from '../wire/testing-captures.js';
import { joinNames, queueOfBinding, redisNames, type RedisNames, sentinelNames } from './names.js';
import { readTransportOptions } from './transport-options.js';

const EXCHANGES = { eventExchange: 'celeryev', controlExchange: 'celery' };

function names(
  options: Readonly<Record<string, unknown>> = {},
  db = 0,
  exchanges: Partial<typeof EXCHANGES> = {},
): RedisNames {
  const { options: read, problems } = readTransportOptions(options);
  expect(problems).toEqual([]);
  return redisNames(read, db, { ...EXCHANGES, ...exchanges });
}

const SEPARATOR = Buffer.from([0x06, 0x16]).toString('latin1');

describe('the channels', () => {
  // docs/protocol/redis.md#channels, row by row, and the capture that shows it.
  const table: readonly (readonly [
    what: string,
    names: () => RedisNames,
    events: string,
    control: string,
    capture?: string,
  ])[] = [
    ['default', () => names(), '/0.celeryev', '/0.celery.pidbox', 'redis-5.6.3-prefork.jsonl'],
    ['db 3', () => names({}, 3), '/3.celeryev', '/3.celery.pidbox', 'redis-opt-db3.jsonl'],
    ['db 15', () => names({}, 15), '/15.celeryev', '/15.celery.pidbox'],
    [
      'global_keyprefix',
      () => names({ global_keyprefix: 'pfx:' }),
      'pfx:/0.celeryev',
      'pfx:/0.celery.pidbox',
      'redis-opt-gkp.jsonl',
    ],
    ['fanout_prefix true', () => names({ fanout_prefix: true }, 2), '/2.celeryev', '/2.celery.pidbox'],
    [
      'fanout_prefix false',
      () => names({ fanout_prefix: false }, 3),
      'celeryev',
      'celery.pidbox',
      'redis-opt-fanoutprefix-off.jsonl',
    ],
    [
      'fanout_prefix empty, which Python takes for false',
      () => names({ fanout_prefix: '' }, 3),
      'celeryev',
      'celery.pidbox',
    ],
    [
      'fanout_prefix /custom{db}.',
      () => names({ fanout_prefix: '/custom{db}.' }, 2),
      '/custom2.celeryev',
      '/custom2.celery.pidbox',
      'redis-opt-fanoutprefix-str.jsonl',
    ],
    [
      'fanout_prefix with two numbers',
      () => names({ fanout_prefix: '{db}-{db}.' }, 7),
      '7-7.celeryev',
      '7-7.celery.pidbox',
    ],
    ['fanout_prefix without a number', () => names({ fanout_prefix: 'all.' }, 7), 'all.celeryev', 'all.celery.pidbox'],
    [
      'fanout_patterns false',
      () => names({ fanout_patterns: false }),
      '/0.celeryev',
      '/0.celery.pidbox',
      'redis-opt-fanoutpatterns-off.jsonl',
    ],
    [
      'both false',
      () => names({ fanout_prefix: false, fanout_patterns: false }),
      'celeryev',
      'celery.pidbox',
      'redis-opt-both-off.jsonl',
    ],
    [
      'other exchanges',
      () => names({}, 0, { eventExchange: 'my.ev', controlExchange: 'myctl' }),
      '/0.my.ev',
      '/0.myctl.pidbox',
      'redis-opt-exchanges.jsonl',
    ],
    [
      'Sentinel, db 5',
      () => names({ master_name: 'm' }, 5),
      '/5.celeryev',
      '/5.celery.pidbox',
      'redis-opt-sentinel.jsonl',
    ],
    [
      'Sentinel, db 5, global_keyprefix',
      () => names({ master_name: 'm', global_keyprefix: 'pfx:' }, 5),
      'pfx:/5.celeryev',
      'pfx:/5.celery.pidbox',
      'redis-opt-sentinel-gkp.jsonl',
    ],
    [
      'all at once',
      () =>
        names({ global_keyprefix: 'p{db}:', fanout_prefix: 'x{db}y', fanout_patterns: false }, 1, {
          eventExchange: 'e',
          controlExchange: 'c',
        }),
      'p{db}:x1ye',
      'p{db}:x1yc.pidbox',
    ],
  ];
  for (const [what, make, events, control, capture] of table) {
    it(`are ${events} and ${control} with ${what}`, () => {
      const made = make();
      expect(made.controlChannel).toBe(control);
      expect(made.eventPatterns).toEqual([`${events}/*`, events]);
      if (capture === undefined) return;
      const channels = new Set(
        published(capture)
          .map(({ channel }) => channel)
          .filter((channel) => !/^celery-task(set)?-meta-|^__sentinel__:hello$/.test(channel)),
      );
      expect(channels.delete(control)).toBe(true);
      expect(channels.size).toBeGreaterThan(0);
      for (const channel of channels)
        expect(made.eventPatterns.filter((pattern) => globMatches(pattern, channel))).toHaveLength(1);
    });
  }

  it.each<[what: string, options: Readonly<Record<string, unknown>>, channels: readonly string[]]>([
    ['of kombu before 5.4 and since', { global_keyprefix: 'p:' }, ['p:/3.', 'p:/{db}.']],
    ['of kombu before 5.4, which the others use too', { sentinel_fanout_compat: true }, ['/{db}.']],
    ['without a number, where all kombus agree', { fanout_prefix: false }, ['']],
    ['of a text without a number', { fanout_prefix: '/all.' }, ['/all.']],
    ['of a text with a number', { fanout_prefix: '/x{db}.' }, ['/x3.', '/x{db}.']],
  ])('behind Sentinels are those %s', (_what, options, channels) => {
    const places = sentinelNames(readTransportOptions({ master_name: 'm', ...options }).options, 3, EXCHANGES);
    expect(places.map(({ controlChannel }) => controlChannel)).toEqual(channels.map((each) => `${each}celery.pidbox`));
    expect(places.map(({ eventPatterns }) => eventPatterns)).toEqual(
      channels.map((each) => [`${each}celeryev/*`, `${each}celeryev`]),
    );
    expect(new Set(places.map((place) => [...place.queueKeys('q'), ...place.unackedKeys].join()))).toHaveProperty(
      'size',
      1,
    );
  });

  it('of one setup are not those of another, save where nothing tells the databases apart', () => {
    const alike = (a: string): string => a.replace(/ with .*/, '');
    for (const [what, make, events] of table) {
      for (const [other, makeOther, otherEvents] of table) {
        if (events === otherEvents) continue;
        for (const channel of [`${otherEvents}/task.multi`, otherEvents, makeOther().controlChannel]) {
          expect([
            alike(what),
            alike(other),
            make().eventPatterns.some((pattern) => globMatches(pattern, channel)),
          ]).toEqual([alike(what), alike(other), false]);
        }
      }
    }
  });

  it('of an exchange whose name begins alike are left alone', () => {
    for (const channel of [
      '/0.celeryev2',
      '/0.celeryev2/task.multi',
      '/0.celeryevents/x',
      'x/0.celeryev/task.multi',
      '/00celeryev',
      '/10.celeryev/x',
      'celery-task-meta-1',
      '__sentinel__:hello',
      '/0.celery.pidbox',
    ]) {
      expect(names().eventPatterns.some((pattern) => globMatches(pattern, channel))).toBe(false);
    }
  });

  it.each(['*', '?', '[a-z]', '[^x]', '\\', '\\*', 'a*b?c[d]e\\f', ']', '[', '**', '[[:alpha:]]', '^$.|()+'])(
    'mean only themselves where a configured name holds %j',
    (special) => {
      const made = names({ global_keyprefix: special, fanout_prefix: `${special}.` }, 0, {
        eventExchange: `ev${special}`,
      });
      const channel = `${special}${special}.ev${special}`;
      expect(made.eventPatterns.map((pattern) => globMatches(pattern, channel))).toEqual([false, true]);
      expect(made.eventPatterns.map((pattern) => globMatches(pattern, `${channel}/task.multi`))).toEqual([true, false]);
      for (const other of ['x', 'a', 'axbxcdexf', '']) {
        if (other !== special)
          expect(made.eventPatterns.some((pattern) => globMatches(pattern, `${other}${other}.ev${other}`))).toBe(false);
      }
      expect(made.controlChannel).toBe(`${special}${special}.celery.pidbox`);
    },
  );
});

describe('the keys', () => {
  it('of a queue are its name for step 0 and name, bytes 06 16, step for the others', () => {
    expect(
      names()
        .queueKeys('celery')
        .map((key) => Buffer.from(key).toString('hex')),
    ).toEqual(
      ['', '0616' + '33', '0616' + '36', '0616' + '39'].map((end) => Buffer.from('celery').toString('hex') + end),
    );
  });

  it('of a queue follow priority_steps, sep and global_keyprefix', () => {
    expect(
      names({ sep: ':', priority_steps: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], global_keyprefix: 'p:' }).queueKeys('parked'),
    ).toEqual(['p:parked', ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((step) => `p:parked:${String(step)}`)]);
    expect(names({ priority_steps: [0] }).queueKeys('q')).toEqual(['q']);
    // As kombu 5.2.4 wrote them: without a step 0, nothing is in the list of the bare name.
    expect(names({ priority_steps: [3, 6] }).queueKeys('vids')).toEqual([`vids${SEPARATOR}3`, `vids${SEPARATOR}6`]);
  });

  it('are those of the capture of queued tasks', () => {
    const captured = captureLines('redis-task-messages-in-queue-5.6.3.jsonl');
    const lists = new Set(captured.filter(({ type }) => type === 'list').map(({ key }) => String(key)));
    const known = new Set(['celery', 'img', 'media', 'multi'].flatMap((queue) => names().queueKeys(queue)));
    expect(lists).toEqual(new Set(['celery', `celery${SEPARATOR}3`, 'img', 'media', 'multi']));
    for (const list of lists) expect(known.has(list)).toBe(true);
    for (const { key } of captured.filter(({ type }) => type === 'set'))
      expect(key).toBe(names().bindingKey(String(key).replace('_kombu.binding.', '')));
  });

  it('of unacknowledged messages and of lists take the prefix', () => {
    const made = names({ global_keyprefix: 'p:', unacked_key: 'un', unacked_index_key: 'un_i' }, 4);
    expect([...made.unackedKeys, made.unackedIndexKey, made.bindingKey('celery'), made.listKey('replies')]).toEqual([
      'p:un',
      'p:un_i',
      'p:_kombu.binding.celery',
      'p:replies',
    ]);
    expect([...names().unackedKeys, names().unackedIndexKey]).toEqual(['unacked', 'unacked_index']);
  });
});

describe('the queue of a binding', () => {
  it('is the third part of each captured member', () => {
    const members = captureLines('redis-task-messages-in-queue-5.6.3.jsonl').flatMap(({ members: all }) =>
      Array.isArray(all) ? (all as string[]) : [],
    );
    expect(members.map((member) => queueOfBinding(member)).sort()).toEqual([
      'celery',
      'img',
      'media',
      'multi',
      'multi',
    ]);
    expect(members.flatMap((member) => names().queuesOfBinding(member)).sort()).toEqual([
      'celery',
      'img',
      'media',
      'multi',
      'multi',
    ]);
  });

  it('is found by the option sep, with which kombu 5.2.4 wrote this member', () => {
    expect(names({ sep: ':' }).queuesOfBinding('a.#:^a\\..*?$:vids')).toEqual(['vids']);
    expect(queueOfBinding('a.#:^a\\..*?$:vids', ':')).toBe('vids');
    expect(names({ sep: ':' }).queuesOfBinding(['a', '', 'vids'].join(SEPARATOR))).toEqual([]);
  });

  it.each([
    '',
    'celery',
    SEPARATOR,
    SEPARATOR.repeat(2),
    `a${SEPARATOR}b`,
    `a${SEPARATOR}b${SEPARATOR}`,
    `a${SEPARATOR}b${SEPARATOR}c${SEPARATOR}d`,
    '\x06\x06\x06',
    '\x16\x06x\x16\x06y',
  ])('is unknown for %j', (member) => {
    expect(queueOfBinding(member)).toBeUndefined();
  });
});

it('names that are joined have each key once, and the channels of the first', () => {
  const joined = joinNames([
    names({ global_keyprefix: 'p:' }, 3),
    names({ global_keyprefix: 'p:', priority_steps: [0, 3, 5], unacked_key: 'held' }),
    names({ global_keyprefix: 'p:', priority_steps: [0, 3], sep: ':' }),
  ]);
  expect(joined.queueKeys('q')).toEqual(['p:q', ...[3, 6, 9, 5].map((step) => `p:q${SEPARATOR}${step}`), 'p:q:3']);
  expect(joined.unackedKeys).toEqual(['p:unacked', 'p:held']);
  expect(joined.controlChannel).toBe('p:/3.celery.pidbox');
  expect([joined.queuesOfBinding(`a${SEPARATOR}${SEPARATOR}b`), joined.queuesOfBinding('a::b')]).toEqual([
    ['b'],
    ['b'],
  ]);
  expect(joined.queuesOfBinding('neither')).toEqual([]);
  // What one separator makes of another's binding hides nothing.
  expect(joined.queuesOfBinding(`a:1${SEPARATOR}${SEPARATOR}b:2`)).toEqual(['b:2', '2']);
});
