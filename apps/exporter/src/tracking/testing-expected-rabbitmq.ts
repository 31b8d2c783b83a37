// What each capture on RabbitMQ must count: derived from the captures by a separate script that follows the documented
// semantics, not by this code. Numbers at the last event, before time has settled what is still on.
import { type Expected, once } from './testing-expectation.js';

/** What both captures on RabbitMQ have in common. */
const ON_RABBITMQ = {
  ...once(
    'facts.custom_event|celery',
    'facts.ignored_result|celery',
    'facts.rich_result|celery',
    'facts.big|celery',
    'facts.none|celery',
    'facts.add|high',
    'facts.add|low',
  ),
  'facts.boom|celery': 'sent 1 received 1 started 1 failed 1 durations 1 queueWaits 1 prefetchWaits 1 ValueError 1',
  'facts.retry_me|celery':
    'sent 5 received 5 started 5 succeeded 1 failed 1 retried 3 durations 2 queueWaits 5 prefetchWaits 5 RuntimeError 1',
  'facts.autoretry|celery':
    'sent 2 received 2 started 2 failed 1 retried 1 durations 1 queueWaits 2 prefetchWaits 2 ConnectionError 1',
  'facts.reject_drop|celery': 'sent 1 received 1 started 1 rejected 1 queueWaits 1 prefetchWaits 1',
  'facts.reject_requeue|celery':
    'sent 1 received 2 started 2 succeeded 1 rejected 1 durations 1 queueWaits 1 prefetchWaits 2',
  'facts.ignore_me|celery': 'sent 1 received 1 started 1 unresolved 1 queueWaits 1 prefetchWaits 1',
  'facts.nosend|celery': 'sent 1',
  'facts.hard_limit|celery':
    'sent 1 received 1 started 1 failed 1 durations 1 queueWaits 1 prefetchWaits 1 TimeLimitExceeded 1',
  'facts.soft_limit|celery':
    'sent 1 received 1 started 1 failed 1 durations 1 queueWaits 1 prefetchWaits 1 SoftTimeLimitExceeded 1',
  'facts.die|celery': 'sent 1 received 1 started 1 failed 1 durations 1 queueWaits 1 prefetchWaits 1 WorkerLostError 1',
  'facts.die_late|celery':
    'sent 1 received 2 started 2 succeeded 1 rejected 1 durations 1 queueWaits 1 prefetchWaits 2',
  'facts.limited|celery': 'sent 5 received 5 started 5 succeeded 5 durations 5 queueWaits 5 prefetchWaits 5',
  'facts.unknown_task|celery': 'sent 1 failed 1 NotRegistered 1',
  'facts.slow|celery': 'sent 1 received 1 started 1 revoked 1 queueWaits 1 prefetchWaits 1',
};

/** What the captures of 5.7.0 with its defaults have in common; Reject(requeue=False) is told twice and counts once. */
const OF_5_7 = {
  ...once('facts.slow|celery'),
  'facts.fail|celery': 'sent 1 received 1 started 1 failed 1 durations 1 queueWaits 1 prefetchWaits 1 ValueError 1',
  'facts.retry|celery': 'sent 3 received 3 started 3 succeeded 1 retried 2 durations 1 queueWaits 3 prefetchWaits 3',
  'facts.reject|celery': 'sent 1 received 1 started 1 rejected 1 queueWaits 1 prefetchWaits 1',
};

export const EXPECTED_ON_RABBITMQ: readonly Expected[] = [
  {
    captures: ['amqp-5.7.0-exclusive-rmq4.3'],
    pairs: {
      ...OF_5_7,
      'facts.add|celery': 'sent 3 received 3 started 3 succeeded 3 durations 3 queueWaits 3 prefetchWaits 3',
    },
    waiting: 0,
    running: 0,
    missed: 0,
    duplicates: { rejected: 1 },
  },
  {
    captures: ['amqp-5.7.0-priority-rmq3.10'],
    pairs: {
      ...once('facts.add|celery'),
      'facts.slow|prio': 'sent 2 received 2 started 2 succeeded 2 durations 2 queueWaits 2 prefetchWaits 2',
      'facts.add|prio': 'sent 8 received 8 started 8 succeeded 8 durations 8 queueWaits 8 prefetchWaits 8',
    },
    waiting: 0,
    running: 0,
    missed: 0,
  },
  // The retries, and three of facts.add, are delayed by the broker: one of them for five minutes.
  {
    captures: ['amqp-5.7.0-quorum-delayed-rmq4.3'],
    consumed: [{ name: 'celery', exchange: 'tasks' }],
    pairs: {
      ...OF_5_7,
      'facts.add|celery': 'sent 6 received 5 started 5 succeeded 5 durations 5 queueWaits 5 prefetchWaits 5',
    },
    waiting: 1,
    running: 0,
    missed: 0,
    duplicates: { rejected: 1 },
  },
  {
    captures: ['amqp-5.6.3-prefork-rmq3.10'],
    pairs: {
      ...ON_RABBITMQ,
      'facts.add|celery':
        'sent 34 received 33 started 32 succeeded 32 revoked 1 durations 32 queueWaits 32 prefetchWaits 32',
    },
    waiting: 2,
    running: 0,
    missed: 1,
  },
  {
    captures: ['amqp-5.6.3-prefork-rmq4.0'],
    pairs: {
      ...ON_RABBITMQ,
      'facts.add|celery':
        'sent 24 received 23 started 22 succeeded 22 revoked 1 durations 22 queueWaits 22 prefetchWaits 22',
    },
    waiting: 2,
    running: 0,
    missed: 1,
  },
  {
    captures: ['amqp-cancelled-new'],
    pairs: {
      'facts.slow_late|celery':
        'sent 1 received 2 started 2 succeeded 1 unresolved 1 durations 1 queueWaits 1 prefetchWaits 2',
      'facts.slow|celery': 'sent 1 received 1 started 1 unresolved 1 queueWaits 1 prefetchWaits 1',
    },
    waiting: 0,
    running: 0,
    missed: 1,
  },
];
