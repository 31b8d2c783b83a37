// Which queue a task came through where nothing says it: the rules in their order, and what is counted of them.
import { describe, expect, it } from '@jest/globals';
import { QueueRules } from './queue-rule.js';
import { Worker } from '../workers/worker.js';

function consuming(...queues: string[]): Worker {
  const worker = new Worker('celery@one');
  worker.queues = queues.map((name) => ({ name, exchange: name }));
  return worker;
}

describe('the queue of a task without task-sent', () => {
  it('is the only queue of its worker, even where another was the last for that name', () => {
    const rules = new QueueRules(10);
    rules.learn('a', 'last');
    expect(rules.resolve('a', consuming('only'))).toBe('only');
    expect(rules.counts).toEqual({ sent: 0, only_queue: 1, last_queue: 0, unknown: 0 });
  });

  it.each<[string, Worker | undefined]>([
    ['consumes two queues', consuming('one', 'two')],
    ['consumes none', consuming()],
    ['has not told its queues yet', new Worker('celery@one')],
    ['is not known', undefined],
  ])('is the last one seen for that name where the worker %s', (_, worker) => {
    const rules = new QueueRules(10);
    rules.learn('a', 'first');
    rules.learn('b', 'other');
    rules.learn('a', 'last');
    expect(rules.resolve('a', worker)).toBe('last');
    expect(rules.counts).toEqual({ sent: 0, only_queue: 0, last_queue: 1, unknown: 0 });
  });

  it('is unknown where nothing was ever seen, not the queue of another name', () => {
    const rules = new QueueRules(10);
    rules.learn('b', 'other');
    expect([rules.resolve('a', consuming('one', 'two')), rules.resolve('a', undefined)]).toEqual([
      'unknown',
      'unknown',
    ]);
    expect(rules.counts).toEqual({ sent: 0, only_queue: 0, last_queue: 0, unknown: 2 });
  });

  it('is remembered for so many names, the first learnt forgotten first', () => {
    const rules = new QueueRules(3);
    for (const name of ['a', 'b', 'c']) rules.learn(name, `of ${name}`);
    rules.learn('a', 'changed');
    rules.learn('d', 'of d');
    expect(['a', 'b', 'c', 'd'].map((name) => rules.resolve(name, undefined))).toEqual([
      'unknown',
      'of b',
      'of c',
      'of d',
    ]);
  });

  it('is not mistaken for a property of objects', () => {
    expect(new QueueRules(3).resolve('__proto__', undefined)).toBe('unknown');
    expect(new QueueRules(3).resolve('constructor', undefined)).toBe('unknown');
  });
});
