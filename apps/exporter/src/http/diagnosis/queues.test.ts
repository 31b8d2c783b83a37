// Findings about queues.
import { describe, expect, it } from '@jest/globals';
import type { Status } from '../status.js';
import { fineStatus, workerStatus } from '../testing.js';
import {
  broadcastLists,
  guessedQueues,
  queuesWithoutConsumer,
  unknownConsumers,
  unknownQueues,
  unreadHeads,
} from './queues.js';

const rules = (sent: number, only: number, last: number, unknown: number): Status['queueRules'] => [
  ['sent', sent],
  ['only_queue', only],
  ['last_queue', last],
  ['unknown', unknown],
];
const stuck = [
  { name: 'celery', length: 3, consumers: 1, oldestAge: 1 },
  { name: 'emials', length: 12_044, consumers: 0, oldestAge: 9 },
  { name: 'idle', length: 0, consumers: 0, oldestAge: undefined },
];

describe('queues that are not known', () => {
  it('are a warning with their share and the setting', () => {
    const [found] = unknownQueues(fineStatus({ queueRules: rules(0, 912, 0, 144) }));
    expect(found).toMatchObject({ level: 'warning', title: 'The queue of 144 tasks is not known (14 %)' });
    expect(found?.detail).toContain('queue="unknown" in `celery_tasks_total`');
    expect(found?.fix).toContain('`task_send_sent_event = True`');
    expect(found?.fix).not.toContain('--remote-control');
  });

  it('are a note where it is one in a thousand or less', () => {
    expect(unknownQueues(fineStatus({ queueRules: rules(9990, 0, 0, 10) }))[0]?.level).toBe('note');
    expect(unknownQueues(fineStatus({ queueRules: rules(9989, 0, 0, 11) }))[0]?.level).toBe('warning');
  });

  it('may be learnt from workers, where remote control is off', () => {
    expect(
      unknownQueues(
        fineStatus({ queueRules: rules(0, 0, 0, 1), settings: { remoteControl: false, enableEvents: true } }),
      )[0]?.fix,
    ).toContain('`--remote-control`');
  });

  it('are no finding where there are none', () => {
    expect(unknownQueues(fineStatus({ queueRules: rules(5, 5, 5, 0) }))).toEqual([]);
    expect(unknownQueues(fineStatus({ queueRules: rules(0, 0, 0, 0) }))).toEqual([]);
  });
});

describe('queues that are guessed', () => {
  it('are a note with their share and the setting', () => {
    const [found] = guessedQueues(fineStatus({ queueRules: rules(0, 1, 1, 0) }));
    expect(found).toMatchObject({ level: 'note', title: 'The queue of 1 task is a guess (50 %)' });
    expect(found?.fix).toContain('`task_send_sent_event = True`');
    expect(guessedQueues(fineStatus({ queueRules: rules(5, 5, 0, 5) }))).toEqual([]);
  });
});

describe('the advice to switch task-sent on', () => {
  const silent = { ...fineStatus().events, sent: 0 };

  it('is not given to senders that do send it: only to those of these tasks', () => {
    for (const rule of [unknownQueues, guessedQueues]) {
      const told = rule(fineStatus({ queueRules: rules(9, 0, 1, 1) }))[0]?.fix;
      expect(told).toMatch(/^`task-sent` events arrive, but none did for these tasks\..* lost/);
      const untold = rule(fineStatus({ queueRules: rules(0, 0, 1, 1), events: silent }))[0]?.fix;
      expect(untold).toMatch(/^Set `task_send_sent_event = True` in every program/);
    }
  });
});

describe('messages that no worker takes', () => {
  it('are a warning with the queue and how many wait', () => {
    const [found] = queuesWithoutConsumer(fineStatus({ queues: stuck }));
    expect(found).toMatchObject({ level: 'warning', title: 'No worker takes messages from 1 queue' });
    expect(found?.detail).toContain('`emials` (12,044 waiting)');
    expect(found?.fix).toContain('`-Q`');
  });

  it.each([
    ['nobody asks the workers', { settings: { remoteControl: false, enableEvents: true } }],
    ['a worker has not told its queues', { workers: [workerStatus(), workerStatus({ queues: undefined })] }],
    ['no worker is up', { workers: [workerStatus({ up: false, exit: 'died' })] }],
    ['the broker is away', { broker: { ...fineStatus().broker, isUp: false } }],
  ] satisfies readonly (readonly [string, Partial<Status>])[])('are not known while %s', (_, changes) => {
    expect(queuesWithoutConsumer(fineStatus({ queues: stuck, ...changes }))).toEqual([]);
  });
});

describe('a message that cannot be read where it is taken next', () => {
  it('is a warning that says why, and what the age is then', () => {
    const queue = { name: 'mail', length: 5, consumers: 1, oldestAge: 8, unread: 'a pickled body' };
    const [found, ...more] = unreadHeads(fineStatus({ queues: [queue, ...stuck] }));
    expect(more).toEqual([]);
    expect(found).toMatchObject({ level: 'warning', title: 'The next message of 1 queue cannot be read' });
    expect(found?.detail).toContain('`mail` (a pickled body)');
    expect(found?.detail).toContain('`celery_queue_oldest_task_age_seconds` counts from when');
    expect(unreadHeads(fineStatus())).toEqual([]);
  });
});

describe('messages of which nobody knows who takes them', () => {
  const open = [
    { name: 'celery', length: 3, consumers: 1, oldestAge: 1 },
    { name: 'mail', length: 12, consumers: undefined, oldestAge: 720 },
    { name: 'idle', length: 0, consumers: undefined, oldestAge: undefined },
  ];

  it('are a warning with the queue, its age, and the alert that works all the same', () => {
    const [found] = unknownConsumers(fineStatus({ queues: open }));
    expect(found).toMatchObject({
      level: 'warning',
      title: 'Whether anybody takes messages from 1 queue is not known',
    });
    expect(found?.detail).toContain('`mail` (12 waiting, the next for 12\u00A0min)');
    expect(found?.detail).toContain('CeleryQueueStuck');
  });

  it('are a warning too where the workers are not asked, with the flag', () => {
    const status = fineStatus({ queues: open, settings: { remoteControl: false, enableEvents: true } });
    expect(unknownConsumers(status)[0]?.fix).toContain('`--remote-control`');
  });

  it('are none in the first seconds, and none while the broker is away', () => {
    const { broker } = fineStatus();
    for (const changes of [{ forSeconds: 9 }, { isUp: false }])
      expect(unknownConsumers(fineStatus({ queues: open, broker: { ...broker, ...changes } }))).toEqual([]);
  });
});

describe('lists of Broadcast queues that hold messages', () => {
  const queues: Status['queues'] = [
    { name: 'bcast.dead', length: 13, consumers: 0, oldestAge: 5, isBroadcast: true },
    { name: 'bcast.live', length: 3, consumers: 1, oldestAge: 5, isBroadcast: true },
    { name: 'bcast.idle', length: 0, consumers: 1, oldestAge: undefined, isBroadcast: true },
  ];

  it('are a warning, whether their worker lives or not, with what helps', () => {
    const found = broadcastLists(fineStatus({ queues }));
    expect(found).toMatchObject([{ level: 'warning', title: expect.stringContaining('2 lists of Broadcast queues') }]);
    expect(found[0]?.detail).toContain('`bcast.dead` (13 waiting) and `bcast.live` (3 waiting)');
    expect(found[0]?.fix).toContain('`redis-cli DEL`');
  });

  it('are not told to be consumed with -Q, which nobody can', () => {
    expect(queuesWithoutConsumer(fineStatus({ queues }))).toEqual([]);
  });
});
