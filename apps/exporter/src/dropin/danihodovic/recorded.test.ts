// Streams of real workers through danihodovic's program and through ours: their pages, series by series. What theirs
// shows was written down by recorded/record.py.
import { describe, expect, it } from '@jest/globals';
import { readCapture, replay } from '../../tracking/testing-captures.js';
import { differences, MISSING, type Page, readRecorded } from '../testing-pages.js';
import { BY_HOST, stageOf } from './testing.js';

const FOLDER = new URL('../../../src/dropin/danihodovic/recorded/', import.meta.url);

const CAPTURES = [
  'redis-4.4.7-prefork',
  'redis-5.2.6-prefork',
  'redis-5.6.3-prefork',
  'redis-5.6.3-gevent',
  'redis-5.6.3-lifecycle',
  'redis-5.6.3-timezones',
  'amqp-5.6.3-prefork-rmq4.0',
] as const;

interface Named {
  readonly why: string;
  readonly series: RegExp;
  readonly holds: (theirs: string, ours: string) => boolean;
}

const countOf = (value: string): number => Number(/count:(\d+)/.exec(value)?.[1] ?? value);

/** Everything in which the two may differ. */
const NAMED: readonly Named[] = [
  {
    why: 'a second task-revoked about one task is not a second revocation',
    series: /^celery_task_revoked_total\{.*name="facts\.slow"/,
    holds: (theirs, ours) => theirs === '2' && ours === '1',
  },
  {
    why: 'a task that is delivered again has waited in its queue once',
    series: /^celery_task_queue_wait_time\{.*name="facts\.(die_late|reject_requeue)"/,
    holds: (theirs, ours) => countOf(theirs) > 1 && countOf(ours) === 1,
  },
  {
    why: 'a run that begins after the task-sent of its own retry is not measured by that one',
    series: /^celery_task_queue_wait_time\{.*name="facts\.retry_me"/,
    holds: (theirs, ours) => countOf(theirs) === countOf(ours),
  },
  {
    why: 'an ETA without an offset is read by the offset that the worker tells',
    series: /^celery_task_queue_wait_time\{.*queue_name="America_New_York"/,
    holds: (theirs, ours) => theirs.endsWith(' sum:0') && countOf(theirs) === countOf(ours),
  },
  {
    why: 'a task with a shadow has the name under which it was sent',
    series: /name="shadow-name"/,
    holds: (_theirs, ours) => ours === MISSING,
  },
  {
    why: 'and counts there',
    series: /^celery_task_(received|started|succeeded)_total|_(runtime|queue_wait_time)\{.*name="facts\.add"/,
    holds: (theirs, ours) => countOf(ours) === countOf(theirs) + 1,
  },
  {
    why: 'the exception is the one that was raised, not the wrapper around it',
    series: /^celery_task_failed_total\{exception="(ExceptionWithTraceback|TimeLimitExceeded|WorkerLostError)"/,
    holds: (theirs, ours) => [theirs, ours].includes('1') && [theirs, ours].includes(MISSING),
  },
  {
    why: 'hosts that only send have no series of what workers do',
    series: /hostname="vm"/,
    holds: (theirs, ours) => theirs === '0' && ours === MISSING,
  },
  {
    why: 'a task of which only a failure was heard has its zero too',
    series: /^celery_task_failed_total\{exception=""/,
    holds: (theirs, ours) => theirs === MISSING && ours === '0',
  },
];

function ofTasks(page: Page): Page {
  return new Map([...page].filter(([key]) => key.startsWith('celery_task_')));
}

function compare(capture: string, recorded: string, dialect: typeof BY_HOST): { theirs: Page; unnamed: object } {
  const { stage, page } = stageOf(dialect);
  replay(stage, readCapture(capture));
  const theirs = readRecorded(new URL(`${recorded}.txt`, FOLDER));
  const unnamed = Object.entries(differences(theirs, ofTasks(page()))).filter(([key, [their, our]]) => {
    const named = NAMED.find(({ series, holds }) => series.test(key) && holds(their, our));
    if (named !== undefined) used.add(named.why);
    return named === undefined;
  });
  return { theirs, unnamed: Object.fromEntries(unnamed) };
}

const used = new Set<string>();

describe("the page of danihodovic's exporter and ours", () => {
  it.each(CAPTURES)('are the same after %s, but for what is named', (capture) => {
    const { theirs, unnamed } = compare(capture, capture, {});
    expect(unnamed).toEqual({});
    expect(theirs.size).toBeGreaterThan(40);
  });

  it('are the same by host', () => {
    const { theirs, unnamed } = compare('redis-5.6.3-prefork', 'redis-5.6.3-prefork-by-host', BY_HOST);
    expect(unnamed).toEqual({});
    expect(theirs.size).toBeGreaterThan(300);
  });

  it('differ in everything that is named', () => {
    expect([...used].sort()).toEqual(NAMED.map(({ why }) => why).sort());
  });
});
