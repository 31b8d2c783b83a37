// Findings about task events that do not come.
import { describe, expect, it } from '@jest/globals';
import type { Status, WorkerStatus } from '../status.js';
import { fineStatus, workerStatus } from '../testing.js';
import {
  eventsOff,
  eventsUnavailable,
  eventsUnknown,
  noTaskSent,
  noTasksYet,
  rejectedTasks,
  silentTasks,
} from './task-events.js';

const fine = fineStatus();
const settings = (remoteControl: boolean, enableEvents: boolean) => ({ remoteControl, enableEvents });
const withWorker = (changes: Partial<WorkerStatus>, more: Partial<Status> = {}) =>
  fineStatus({ workers: [...fine.workers, workerStatus({ nodename: 'odd@x', ...changes })], ...more });

describe('a worker whose task events are off', () => {
  it('gets a warning with its name and the way to switch them on', () => {
    const [found] = eventsOff(withWorker({ taskEvents: 'idle' }));
    expect(found).toMatchObject({ level: 'warning', title: 'Task events are off in 1 worker' });
    expect(found?.detail).toContain('`odd@x`');
    expect(found?.fix).toContain('start these workers with `-E`');
  });

  it.each([
    [settings(true, false), 'run it with `--enable-events`.'],
    [settings(false, true), 'run it with `--remote-control`.'],
    [settings(false, false), 'run it with `--enable-events` and `--remote-control`.'],
  ])('gets the flags that would let the exporter do it (%j)', (given, advice) => {
    expect(eventsOff(withWorker({ taskEvents: 'idle' }, { settings: given }))[0]?.fix).toContain(advice);
  });

  it('is no finding once it is down, or where they are on', () => {
    expect(eventsOff(withWorker({ taskEvents: 'idle', up: false, exit: 'died' }))).toEqual([]);
    expect(eventsOff(fine)).toEqual([]);
  });
});

describe('a worker that cannot send task events', () => {
  it('gets a warning: it must be started with -E', () => {
    const [found] = eventsUnavailable(withWorker({ taskEvents: 'unavailable' }));
    expect(found).toMatchObject({
      level: 'warning',
      title: 'Task events cannot be switched on in 1 worker',
      fix: 'Start these workers with `-E` (or `worker_send_task_events = True` in their configuration).',
    });
    expect(found?.detail).toContain('`odd@x` answered that it has nothing');
    expect(eventsUnavailable(fine)).toEqual([]);
  });
});

describe('a worker of which no task event came yet', () => {
  it('gets a note where the exporter does not switch them on', () => {
    const [found] = eventsUnknown(
      withWorker({ taskEvents: 'unknown', queues: undefined }, { settings: settings(false, true) }),
    );
    expect(found).toMatchObject({ level: 'note', title: 'No task event has come from 1 worker yet' });
    expect(found?.fix).toContain('`-E`');
    expect(found?.fix).toContain('`--remote-control`');
  });

  it('gets a note where it answers remote control and yet says nothing', () => {
    expect(eventsUnknown(withWorker({ taskEvents: 'unknown' }))[0]?.fix).toContain('Run a task there');
  });

  it('is left to another finding where it does not answer remote control', () => {
    expect(eventsUnknown(withWorker({ taskEvents: 'unknown', queues: undefined }))).toEqual([]);
    expect(eventsUnknown(fine)).toEqual([]);
  });
});

describe('task-sent events', () => {
  it('that do not arrive while workers tell of tasks are a warning, with what is missing and the setting', () => {
    const [found] = noTaskSent(fineStatus({ events: { ...fine.events, sent: 0 } }));
    expect(found).toMatchObject({ level: 'warning', title: 'No `task-sent` events arrive' });
    expect(found?.detail).toContain('`celery_task_queue_wait_seconds` is missing');
    expect(found?.fix).toContain('`task_send_sent_event = True`');
  });

  it('are not missed while they come, or before any task', () => {
    expect(noTaskSent(fine)).toEqual([]);
    expect(noTaskSent(fineStatus({ events: { ...fine.events, sent: 0, byType: [['worker-heartbeat', 9]] } }))).toEqual(
      [],
    );
  });
});

describe('no task at all', () => {
  const events = { ...fine.events, sent: 0, byType: [['worker-heartbeat', 9]] as const };

  it('is a note: there are no series before the first', () => {
    const [found] = noTasksYet(fineStatus({ events }));
    expect(found).toMatchObject({ level: 'note', title: 'No task has been seen yet' });
    expect(found?.detail).toContain('`celery_tasks_total`');
  });

  it('is no finding where one was seen or sent, or where no worker would tell', () => {
    expect(noTasksYet(fine)).toEqual([]);
    expect(noTasksYet(fineStatus({ events: { ...events, sent: 1 } }))).toEqual([]);
    expect(noTasksYet(fineStatus({ events, workers: [workerStatus({ taskEvents: 'unknown' })] }))).toEqual([]);
    expect(noTasksYet(fineStatus({ events, broker: { ...fine.broker, isUp: false } }))).toEqual([]);
  });
});

describe('tasks that are sent, taken and never told of', () => {
  const tasks = { ...fine.tasks, silent: [{ name: 'shop.batch', queue: 'celery', taken: 1_035 }] };

  it('are a warning with the name, the queue and what sends no events', () => {
    const [found] = silentTasks(fineStatus({ tasks }));
    expect(found).toMatchObject({ level: 'warning', title: 'No worker tells anything of 1 task that is sent' });
    expect(found?.detail).toContain('`shop.batch` (1,035 sent to `celery`)');
    expect(found?.fix).toMatch(/celery-batches.*`send_events=False`/);
  });

  it('are explained by another finding where events are off in a worker', () => {
    expect(silentTasks(withWorker({ taskEvents: 'idle' }, { tasks }))).toEqual([]);
    expect(silentTasks(fine)).toEqual([]);
  });
});

it('tasks that are rejected over and over are a warning with their share', () => {
  const tasks = { ...fine.tasks, rejected: [{ name: 'shop.pay', started: 2_118, rejected: 2_117 }] };
  const [found] = rejectedTasks(fineStatus({ tasks }));
  expect(found).toMatchObject({ level: 'warning', title: '1 task is rejected over and over' });
  expect(found?.detail).toContain('`shop.pay` (2,117 of 2,118 executions)');
  expect(rejectedTasks(fine)).toEqual([]);
});
