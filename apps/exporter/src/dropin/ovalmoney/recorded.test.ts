// The page of OvalMoney's exporter after each recorded stream, against ours: only the differences that are named here
// may be.
import { PYTHON_BUCKETS } from '@celery-watch/celery-protocol';
import { describe, expect, it } from '@jest/globals';
import { ConnectionState } from '../../tracking/health.js';
import { Stage } from '../../tracking/testing.js';
import { readCapture, replay } from '../../tracking/testing-captures.js';
import { differences, type Page, pageOf, recordedPage } from '../testing-pages.js';
import { ovalmoneyFamilies } from './families.js';

/** A difference in the numbers of all queues together: theirs, ours. */
type Named = Readonly<Record<string, readonly [number | undefined, number | undefined]>>;

/** Theirs counts any event that is called like a task's as a state of the task; a program's own events are none. */
const customEvent = (task: string): Named => ({
  [`celery_tasks_total{name="facts.${task}",namespace="celery",state="UNDEFINED"}`]: [1, undefined],
});
/** Theirs measures no latency where task-received overtook task-sent; ours does. */
const overtaken = (task: string, theirs: number | undefined, ours: number): Named => ({
  [`celery_tasks_latency_seconds_count{name="facts.${task}",namespace="celery"}`]: [theirs, ours],
});
/** Celery 4.4 says twice of a task that was revoked that it was, and theirs counts both. */
const SECOND_REVOKED: Named = {
  'celery_tasks_total{name="undefined",namespace="celery",state="REVOKED"}': [1, undefined],
};
/** Theirs asks by ping, of which a recorded stream has none. */
const WORKERS = 'celery_workers{namespace="celery"}';

const CASES: Readonly<Record<string, Named>> = {
  'amqp-5.6.3-prefork-rmq3.10': {
    ...customEvent('custom_event'),
    ...overtaken('custom_event', undefined, 1),
    ...overtaken('retry_me', 4, 5),
  },
  'amqp-cancelled-new': {},
  'redis-4.4.7-prefork': {
    ...customEvent('custom_event'),
    ...overtaken('custom_event', undefined, 1),
    ...overtaken('add', 27, 28),
    ...SECOND_REVOKED,
  },
  'redis-5.6.3-gevent': { ...customEvent('custom_event') },
  'redis-5.6.3-prefork': {
    ...customEvent('custom_event'),
    ...overtaken('custom_event', undefined, 1),
    ...overtaken('add', 37, 38),
    ...overtaken('retry_me', 4, 5),
  },
  'redis-5.6.3-reconnect': {},
  'redis-5.6.3-timezones': {},
  'redis-odd-values-old': { ...customEvent('odd') },
};

function after(capture: string): Page {
  const stage = new Stage({ series: { runtimeBuckets: PYTHON_BUCKETS, pickupBuckets: PYTHON_BUCKETS } });
  replay(stage, readCapture(capture));
  stage.model.tracker.settleProvisional();
  const connection = new ConnectionState(stage.now);
  const parts = { model: stage.model, connection, asksWorkers: true, clock: () => stage.now };
  return pageOf(ovalmoneyFamilies(parts, 'celery'));
}

/**
 * The sums over all queues: theirs counts a task under the queue to which any task of that name was sent last, ours
 * under its own. Without the latencies themselves: theirs are between arrivals and contain countdowns.
 */
function comparable(page: Page): Page {
  const sums = new Map<string, number>();
  const below = new Map<string, number>();
  for (const [series, value] of Object.entries(page)) {
    if (series === WORKERS || /^celery_tasks_latency_seconds_(?:bucket|sum)/.test(series) || value === 0) continue;
    const all = series.replace(/queue="[^"]*",?/, '').replace(',}', '}');
    // A bucket's own count, since not every bucket stands on the page of each queue.
    const histogram = series.replace(/le="[^"]*"/, '');
    const own = histogram === series ? value : value - (below.get(histogram) ?? 0);
    below.set(histogram, value);
    sums.set(all, (sums.get(all) ?? 0) + own);
  }
  return Object.fromEntries(sums);
}

describe.each(Object.entries(CASES))('after the stream %s', (capture, named) => {
  it('says what theirs says, but for what is named', () => {
    const [theirs, ours] = [recordedPage(`ovalmoney-${capture}`), after(capture)];
    expect(differences(comparable(theirs), comparable(ours))).toEqual(named);
  });

  it('puts each state of each task on the page that theirs would have', () => {
    const ours = Object.keys(after(capture));
    const states = ['RECEIVED', 'STARTED', 'SUCCESS', 'FAILURE', 'RETRY', 'REVOKED'];
    const pairs = ours.filter((series) => series.includes('state="RECEIVED"'));
    const wanted = pairs.flatMap((series) => states.map((state) => series.replace('RECEIVED', state)));
    expect(pairs).not.toEqual([]);
    expect(wanted.filter((series) => !ours.includes(series))).toEqual([]);
  });
});

describe('queues', () => {
  it('are those of the task itself, where theirs takes the last that any task of that name was sent to', () => {
    const started = (page: Page): Record<string, number> =>
      Object.fromEntries(
        Object.entries(page).flatMap(([series, value]) => {
          const queue = /^celery_tasks_total{name="facts\.add",.*queue="([^"]*)",state="STARTED"}/.exec(series)?.[1];
          return queue === undefined ? [] : [[queue, value]];
        }),
      );
    const theirs = recordedPage('ovalmoney-redis-5.6.3-timezones');
    expect(started(theirs)).toEqual({ noutc: 6 });
    expect(started(after('redis-5.6.3-timezones'))).toEqual({
      UTC: 1,
      America_New_York: 1,
      Asia_Kolkata: 1,
      Australia_Lord_Howe: 1,
      noutc: 2,
    });
  });
});
