// What each capture must count: derived from the captures by a separate script that follows the documented semantics,
// not by this code. Numbers at the last event, before time has settled what is still on.
import { type Expected, once } from './testing-expectation.js';
import { EXPECTED_ON_RABBITMQ } from './testing-expected-rabbitmq.js';

export const EXPECTED: readonly Expected[] = [
  ...EXPECTED_ON_RABBITMQ,
  // The second task-revoked of the terminated task is a duplicate; facts.ignore_me is still on, since the worker was
  // never idle.
  {
    captures: ['redis-4.4.7-prefork'],
    pairs: {
      ...once(
        'facts.custom_event|celery',
        'facts.ignored_result|celery',
        'facts.rich_result|celery',
        'facts.big|celery',
        'facts.none|celery',
        'facts.add|high',
        'facts.add|low',
        'facts.tsum|celery',
      ),
      'facts.add|celery':
        'sent 28 received 27 started 26 succeeded 26 revoked 1 durations 26 queueWaits 26 prefetchWaits 26',
      'facts.boom|celery': 'sent 1 received 1 started 1 failed 1 durations 1 queueWaits 1 prefetchWaits 1 ValueError 1',
      'facts.retry_me|celery':
        'sent 5 received 5 started 5 succeeded 1 failed 1 retried 3 durations 2 queueWaits 5 prefetchWaits 5 RuntimeError 1',
      'facts.autoretry|celery':
        'sent 2 received 2 started 2 failed 1 retried 1 durations 1 queueWaits 2 prefetchWaits 2 ConnectionError 1',
      'facts.reject_drop|celery': 'sent 1 received 1 started 1 rejected 1 queueWaits 1 prefetchWaits 1',
      'facts.reject_requeue|celery': 'sent 1 received 32 started 32 rejected 32 queueWaits 1 prefetchWaits 32',
      'facts.ignore_me|celery': 'sent 1 received 1 started 1 running 1 queueWaits 1 prefetchWaits 1',
      'facts.nosend|celery': 'sent 1',
      'facts.hard_limit|celery':
        'sent 1 received 1 started 1 failed 1 durations 1 queueWaits 1 prefetchWaits 1 TimeLimitExceeded 1',
      'facts.soft_limit|celery':
        'sent 1 received 1 started 1 failed 1 durations 1 queueWaits 1 prefetchWaits 1 SoftTimeLimitExceeded 1',
      'facts.die|celery':
        'sent 1 received 1 started 1 failed 1 durations 1 queueWaits 1 prefetchWaits 1 WorkerLostError 1',
      'facts.die_late|celery': 'sent 1 received 11 started 11 rejected 11 queueWaits 1 prefetchWaits 11',
      'facts.limited|celery': 'sent 5 received 5 started 5 succeeded 5 durations 5 queueWaits 5 prefetchWaits 5',
      'facts.unknown_task|celery': 'sent 1 failed 1 NotRegistered 1',
      'facts.slow|celery': 'sent 1 received 1 started 1 revoked 1 queueWaits 1 prefetchWaits 1',
    },
    waiting: 4,
    running: 1,
    missed: 1,
    duplicates: { revoked: 1 },
  },
  {
    captures: ['redis-5.2.6-prefork', 'redis-5.6.3-prefork'],
    pairs: {
      ...once(
        'facts.custom_event|celery',
        'facts.ignored_result|celery',
        'facts.rich_result|celery',
        'facts.big|celery',
        'facts.none|celery',
        'facts.add|high',
        'facts.add|low',
        'facts.tsum|celery',
      ),
      'facts.add|celery':
        'sent 38 received 37 started 36 succeeded 36 revoked 2 durations 36 queueWaits 36 prefetchWaits 36',
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
      'facts.die|celery':
        'sent 1 received 1 started 1 failed 1 durations 1 queueWaits 1 prefetchWaits 1 WorkerLostError 1',
      'facts.die_late|celery':
        'sent 1 received 2 started 2 succeeded 1 rejected 1 durations 1 queueWaits 1 prefetchWaits 2',
      'facts.limited|celery': 'sent 5 received 5 started 5 succeeded 5 durations 5 queueWaits 5 prefetchWaits 5',
      'facts.unknown_task|celery': 'sent 1 failed 1 NotRegistered 1',
      'facts.slow|celery': 'sent 1 received 1 started 1 revoked 1 queueWaits 1 prefetchWaits 1',
    },
    waiting: 1,
    running: 0,
    missed: 1,
  },
  // The first run of both tasks ended with the connection, unheard.
  {
    captures: ['redis-5.6.3-cancelled'],
    pairs: {
      'facts.slow_late|celery':
        'sent 1 received 2 started 2 succeeded 1 running 1 durations 1 queueWaits 1 prefetchWaits 2',
      'facts.slow|celery': 'sent 1 received 1 started 1 running 1 queueWaits 1 prefetchWaits 1',
    },
    waiting: 0,
    running: 2,
    missed: 0,
  },
  {
    captures: ['redis-5.6.3-elect'],
    pairs: {
      ...once('facts.slow_late|celery', 'facts.slow|celery'),
    },
    waiting: 0,
    running: 0,
    missed: 0,
  },
  // facts.die killed the worker with four tasks on.
  {
    captures: ['redis-5.6.3-gevent'],
    pairs: {
      ...once(
        'facts.custom_event|celery',
        'facts.ignored_result|celery',
        'facts.rich_result|celery',
        'facts.big|celery',
        'facts.none|celery',
        'facts.add|low',
      ),
      'facts.add|celery': 'sent 26 received 10 started 10 succeeded 10 durations 10 queueWaits 10 prefetchWaits 10',
      'facts.boom|celery': 'sent 1 received 1 started 1 failed 1 durations 1 queueWaits 1 prefetchWaits 1 ValueError 1',
      'facts.retry_me|celery': 'sent 4 received 2 started 2 retried 2 queueWaits 2 prefetchWaits 2',
      'facts.autoretry|celery': 'sent 2 received 1 started 1 retried 1 queueWaits 1 prefetchWaits 1',
      'facts.reject_drop|celery': 'sent 1 received 1 started 1 rejected 1 queueWaits 1 prefetchWaits 1',
      'facts.reject_requeue|celery': 'sent 1 received 1 started 1 rejected 1 queueWaits 1 prefetchWaits 1',
      'facts.ignore_me|celery': 'sent 1 received 1 started 1 running 1 queueWaits 1 prefetchWaits 1',
      'facts.nosend|celery': 'sent 1',
      'facts.hard_limit|celery': 'sent 1 received 1 started 1 running 1 queueWaits 1 prefetchWaits 1',
      'facts.soft_limit|celery': 'sent 1 received 1 started 1 running 1 queueWaits 1 prefetchWaits 1',
      'facts.die|celery': 'sent 1 received 1 started 1 running 1 queueWaits 1 prefetchWaits 1',
      'facts.die_late|celery': 'sent 1 received 1',
      'facts.add|high': 'sent 1',
      'facts.limited|celery': 'sent 5',
      'facts.unknown_task|celery': 'sent 1',
      'facts.slow|celery': 'sent 1',
    },
    waiting: 30,
    running: 4,
    missed: 0,
  },
  // worker1 ran two tasks before its events were switched on.
  {
    captures: ['redis-5.6.3-lifecycle'],
    pairs: {
      ...once('facts.slow|burst'),
      'facts.add|celery': 'sent 3 received 1 started 1 succeeded 1 durations 1 queueWaits 1 prefetchWaits 1',
      'facts.custom_event|celery': 'sent 2 received 1 started 1 succeeded 1 durations 1 queueWaits 1 prefetchWaits 1',
      'facts.add|other': 'sent 1',
      'facts.add|burst':
        'sent 1500 received 1500 started 1500 succeeded 1500 durations 1500 queueWaits 1500 prefetchWaits 1500',
      'facts.slow|celery': 'sent 3',
    },
    waiting: 7,
    running: 0,
    missed: 2,
  },
  {
    captures: ['redis-5.6.3-reconnect'],
    pairs: {
      ...once('facts.add|celery'),
      'facts.slow|celery':
        'sent 2 received 3 started 2 succeeded 1 unresolved 1 durations 1 queueWaits 2 prefetchWaits 2',
      'facts.slow_late|celery':
        'sent 1 received 2 started 2 succeeded 1 unresolved 1 durations 1 queueWaits 1 prefetchWaits 2',
    },
    waiting: 0,
    running: 0,
    missed: 1,
  },
  {
    captures: ['redis-5.6.3-solo'],
    pairs: {
      ...once(
        'facts.custom_event|celery',
        'facts.ignored_result|celery',
        'facts.rich_result|celery',
        'facts.big|celery',
        'facts.none|celery',
        'facts.add|high',
        'facts.add|low',
        'facts.slow|celery',
        'facts.tsum|celery',
      ),
      'facts.add|celery':
        'sent 28 received 27 started 26 succeeded 26 revoked 2 durations 26 queueWaits 26 prefetchWaits 26',
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
      'facts.limited|celery': 'sent 5 received 5 started 5 succeeded 5 durations 5 queueWaits 5 prefetchWaits 5',
      'facts.unknown_task|celery': 'sent 1 failed 1 NotRegistered 1',
    },
    waiting: 1,
    running: 0,
    missed: 1,
  },
  // This pool drops events of its own: tasks end without a start, and start without an end.
  {
    captures: ['redis-5.6.3-threads'],
    pairs: {
      ...once('facts.ignored_result|celery', 'facts.add|low'),
      'facts.add|celery':
        'sent 26 received 14 started 5 succeeded 8 revoked 1 running 2 durations 8 queueWaits 5 prefetchWaits 5',
      'facts.boom|celery': 'sent 1 received 1 failed 1 ValueError 1',
      'facts.retry_me|celery': 'sent 4 received 3 started 1 retried 2 queueWaits 1 prefetchWaits 1',
      'facts.autoretry|celery': 'sent 2 received 1 started 1 retried 1 queueWaits 1 prefetchWaits 1',
      'facts.reject_drop|celery': 'sent 1 received 1 started 1 rejected 1 queueWaits 1 prefetchWaits 1',
      'facts.reject_requeue|celery': 'sent 1 received 1 started 1 rejected 1 queueWaits 1 prefetchWaits 1',
      'facts.ignore_me|celery': 'sent 1 received 1 started 1 running 1 queueWaits 1 prefetchWaits 1',
      'facts.custom_event|celery': 'sent 1 received 1 succeeded 1 durations 1',
      'facts.rich_result|celery': 'sent 1 received 1',
      'facts.big|celery': 'sent 1 received 1 succeeded 1 durations 1',
      'facts.nosend|celery': 'sent 1',
      'facts.none|celery': 'sent 1 received 1 started 1 running 1 queueWaits 1 prefetchWaits 1',
      'facts.hard_limit|celery': 'sent 1 received 1',
      'facts.soft_limit|celery': 'sent 1 received 1',
      'facts.die|celery': 'sent 1 received 1',
      'facts.die_late|celery': 'sent 1 received 1',
      'facts.add|high': 'sent 1',
      'facts.limited|celery': 'sent 5 received 4',
      'facts.unknown_task|celery': 'sent 1',
      'facts.slow|celery': 'sent 1',
    },
    waiting: 33,
    running: 4,
    missed: 13,
  },
  {
    captures: ['redis-5.6.3-timezones'],
    pairs: {
      ...once('facts.add|Asia_Kolkata', 'facts.add|America_New_York', 'facts.add|Australia_Lord_Howe', 'facts.add|UTC'),
      'facts.add|noutc': 'sent 2 received 2 started 2 succeeded 2 durations 2 queueWaits 2 prefetchWaits 2',
    },
    waiting: 0,
    running: 0,
    missed: 0,
  },
  {
    captures: ['redis-odd-values-old'],
    pairs: {
      ...once('facts.odd|celery'),
    },
    waiting: 0,
    running: 0,
    missed: 0,
  },
  {
    captures: [
      'redis-opt-bodyenc-none',
      'redis-opt-both-off',
      'redis-opt-db3',
      'redis-opt-exchanges',
      'redis-opt-fanoutpatterns-off',
      'redis-opt-fanoutprefix-off',
      'redis-opt-fanoutprefix-str',
      'redis-opt-gkp',
      'redis-opt-sentinel-gkp',
      'redis-opt-sentinel',
    ],
    pairs: {
      ...once('facts.custom_event|celery'),
      'facts.add|celery': 'sent 2 received 2 started 1 succeeded 1 durations 1 queueWaits 1 prefetchWaits 1',
      'facts.boom|celery': 'sent 1 received 1 started 1 failed 1 durations 1 queueWaits 1 prefetchWaits 1 ValueError 1',
      'facts.add|parked': 'sent 6',
      'facts.slow|celery': 'sent 2 received 2 started 2 succeeded 2 durations 2 queueWaits 2 prefetchWaits 2',
    },
    waiting: 7,
    running: 0,
    missed: 0,
  },
  // The traceback of task-failed was shortened when the capture was made anonymous, its length was not: it cannot be
  // read.
  {
    captures: ['redis-opt-msgpack-events'],
    pairs: {
      ...once('facts.custom_event|celery'),
      'facts.add|celery': 'sent 2 received 2 started 1 succeeded 1 durations 1 queueWaits 1 prefetchWaits 1',
      'facts.boom|celery': 'sent 1 received 1 started 1 running 1 queueWaits 1 prefetchWaits 1',
      'facts.add|parked': 'sent 6',
      'facts.slow|celery': 'sent 2 received 2 started 2 succeeded 2 durations 2 queueWaits 2 prefetchWaits 2',
    },
    waiting: 7,
    running: 1,
    missed: 0,
    refused: { bad_body: 1 },
  },
];
