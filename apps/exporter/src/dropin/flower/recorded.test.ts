// Flower's own page after each recorded stream, against ours: only the differences that are named here may be.
import { PYTHON_BUCKETS } from '@celery-watch/celery-protocol';
import { describe, expect, it } from '@jest/globals';
import { Stage } from '../../tracking/testing.js';
import { readCapture, replay } from '../../tracking/testing-captures.js';
import { differences, type Page, pageOf, recordedPage } from '../testing-pages.js';
import { flowerFamilies } from './families.js';
import { bookOf } from './flower.js';

const BOOK = { runtimeBuckets: PYTHON_BUCKETS, maxSeries: 5000, maxTypes: 50, maxTaken: 10_000 };
const TTL = { worker: 900, sender: 86_400, task: 86_400 };

/** What waits in a worker that is down, and for how long: nothing does. Flower keeps what it saw last. */
const down = (...tasks: string[]): RegExp[] =>
  tasks.map((task) => new RegExp(`^flower_task_prefetch_time_seconds{task="facts.${task}",`));
/** A worker that has its connection back is given again what it held: Flower counts that twice and corrects it once. */
const givenAgain = (task: string): RegExp[] => [new RegExp(`^flower_worker_prefetched_tasks{task="facts.${task}",`)];

const CASES: readonly (readonly [string, readonly RegExp[]])[] = [
  ['amqp-5.6.3-prefork-rmq3.10', down('autoretry', 'ignore_me', 'reject_drop', 'retry_me', 'slow')],
  ['amqp-cancelled-new', down('slow')],
  [
    'redis-4.4.7-prefork',
    down('autoretry', 'die_late', 'ignore_me', 'reject_drop', 'reject_requeue', 'retry_me', 'slow'),
  ],
  ['redis-5.6.3-gevent', []],
  ['redis-5.6.3-prefork', []],
  ['redis-5.6.3-reconnect', givenAgain('slow')],
  ['redis-5.6.3-timezones', []],
  ['redis-odd-values-old', []],
];

function after(capture: string, seconds = 0): Page {
  const stage = new Stage();
  const book = bookOf(stage.model, BOOK, TTL);
  replay(stage, readCapture(capture));
  stage.wait(seconds);
  return pageOf(flowerFamilies(book, stage.model, PYTHON_BUCKETS));
}

describe.each(CASES)('after the stream %s', (capture, named) => {
  it('says what Flower says, but for what is named', () => {
    const found = differences(recordedPage(`flower-${capture}`), after(capture));
    expect(Object.keys(found).filter((series) => !named.some((each) => each.test(series)))).toEqual([]);
    expect(named.filter((each) => !Object.keys(found).some((series) => each.test(series)))).toEqual([]);
    // Ours are all 0 where they differ.
    expect(Object.values(found).filter(([, ours]) => ours !== 0)).toEqual([]);
  });
});

describe('a worker that dies', () => {
  it('is offline, runs nothing and holds nothing, where Flower says for ever what it said last', () => {
    const capture = 'redis-5.6.3-gevent';
    expect(differences(recordedPage(`flower-${capture}`), after(capture, 60))).toEqual({
      'flower_worker_online{worker="worker1@example"}': [1, 0],
      'flower_worker_number_of_currently_executing_tasks{worker="worker1@example"}': [2, 0],
      'flower_worker_prefetched_tasks{task="facts.die_late",worker="worker1@example"}': [1, 0],
      ...Object.fromEntries(
        [
          ...['autoretry', 'die', 'hard_limit', 'ignore_me', 'reject_drop', 'reject_requeue', 'retry_me', 'soft_limit'],
        ].map((task) => [
          `flower_task_prefetch_time_seconds{task="facts.${task}",worker="worker1@example"}`,
          [expect.any(Number), 0],
        ]),
      ),
    });
  });
});
