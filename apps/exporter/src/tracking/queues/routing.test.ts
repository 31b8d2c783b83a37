// Routing keys and the queues that they lead to, by what workers say of their bindings.
import { describe, expect, it } from '@jest/globals';
import { fitsTopic, Routing } from './routing.js';

const consuming = (...queues: readonly (readonly [string, ...string[]])[]) => ({
  queues: queues.map(([name, ...routingKeys]) => ({
    name,
    exchange: 'tasks',
    ...(routingKeys.length > 0 && { routingKeys }),
  })),
});

function queueOfKey(key: string, workers: Parameters<Routing['queueOf']>[1]): string | undefined {
  return new Routing().queueOf(key, workers);
}

describe('the queue of a routing key', () => {
  it('is the one that is bound by it, whatever its name', () => {
    const workers = [consuming(['celery']), consuming(['orders', 'eu.orders', 'us.orders'], ['mail', 'post'])];
    expect(['celery', 'us.orders', 'post', 'mail', 'orders'].map((key) => queueOfKey(key, workers))).toEqual([
      'celery',
      'orders',
      'mail',
      undefined,
      undefined,
    ]);
  });

  it('is one whose pattern it fits only where none is bound by just this key', () => {
    const workers = [consuming(['celery']), consuming(['feeds', 'feed.#']), consuming(['high.celery'])];
    expect(
      ['high.celery', 'low.celery', 'feed', 'feed.a.b', 'a.feed.b'].map((key) => queueOfKey(key, workers)),
    ).toEqual(['high.celery', 'celery', 'feeds', 'feeds', 'feeds']);
  });

  it('is none where nobody has said what is consumed', () => {
    expect(queueOfKey('celery', [{ queues: undefined }, consuming()])).toBeUndefined();
  });
});

describe('the bindings', () => {
  it('are read again when a worker says something else, comes or goes, and at no task besides', () => {
    const routing = new Routing();
    let looks = 0;
    const counted = (queue: string) => ({
      queues: [
        {
          get name() {
            looks++;
            return queue;
          },
          exchange: 'tasks',
        },
      ],
    });
    const workers = [counted('one'), counted('two')];
    const ask = () => ['one', 'x.two', 'three', 'x.two'].map((key) => routing.queueOf(key, workers));
    expect(ask()).toEqual(['one', 'two', undefined, 'two']);
    const atFirst = looks;
    for (let i = 0; i < 100; i++) ask();
    expect(looks).toBe(atFirst);
    workers.push(counted('three'));
    expect(ask()).toEqual(['one', 'two', 'three', 'two']);
    (workers[1] as { queues: unknown }).queues = undefined;
    expect(ask()).toEqual(['one', undefined, 'three', undefined]);
    workers.shift();
    expect(ask()).toEqual([undefined, undefined, 'three', undefined]);
  });
});

describe('a pattern of a topic binding', () => {
  it.each([
    ['#', ['', 'a', 'a.b'], []],
    ['#.celery', ['celery', 'a.celery', 'a.b.celery'], ['celeryx', 'xcelery', 'celery.a', '']],
    ['a.*.c', ['a.b.c'], ['a.c', 'a.b.b.c']],
    ['a.#', ['a', 'a.b', 'a.b.c'], ['ab', 'b.a']],
    ['#.a.#.a', ['a.a', 'x.a.y.a'], ['a']],
    ['*', ['a'], ['a.b']],
  ])('%s fits what RabbitMQ lets it fit', (pattern, fitting, others) => {
    expect([
      fitting.filter((key) => !fitsTopic(pattern, key)),
      others.filter((key) => fitsTopic(pattern, key)),
    ]).toEqual([[], []]);
  });

  it('takes no time to refuse a key of many words', () => {
    expect(fitsTopic('#.a.'.repeat(60) + 'b', `${'a.'.repeat(240)}b.c`)).toBe(false);
    expect(fitsTopic('#.a.'.repeat(60) + '*', `${'a.'.repeat(240)}b`)).toBe(true);
  });
});
