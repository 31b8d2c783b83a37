// Routing keys and the queues that they lead to, by what workers say of their bindings.
import { describe, expect, it } from '@jest/globals';
import { fitsTopic, queueOfKey } from './routing.js';

const consuming = (...queues: readonly (readonly [string, ...string[]])[]) => ({
  queues: queues.map(([name, ...routingKeys]) => ({
    name,
    exchange: 'tasks',
    ...(routingKeys.length > 0 && { routingKeys }),
  })),
});

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
