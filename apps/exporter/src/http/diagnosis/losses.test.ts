// Findings about what was missed, refused, dropped or put out.
import { REFUSAL_REASONS } from '@celery-watch/celery-protocol';
import { describe, expect, it } from '@jest/globals';
import { fineStatus, workerStatus } from '../testing.js';
import { droppedSeries, lostFromTable, missedEvents, refusedMessages, unheardTime } from './losses.js';

const fine = fineStatus();
const refused = (...counts: readonly (readonly [string, number])[]) =>
  refusedMessages(fineStatus({ events: { ...fine.events, refused: counts } }));

describe('missed events', () => {
  it('are a warning with their workers, the worst first, and their share', () => {
    const events = { ...fine.events, byType: [['task-started', 90]] as const };
    const [found] = missedEvents(
      fineStatus({
        events,
        workers: [
          workerStatus(),
          workerStatus({ nodename: 'a@x', missed: 2 }),
          workerStatus({ nodename: 'b@x', missed: 8, up: false }),
        ],
      }),
    );
    expect(found).toMatchObject({ level: 'warning', title: '10 `task-started` events never arrived (10 %)' });
    expect(found?.detail).toContain('`b@x` (8) and `a@x` (2)');
    for (const name of [
      '`celery_exporter_events_missed_total`',
      '`celery_broker_reconnects_total`',
      'client-output-buffer-limit',
    ])
      expect(found?.fix).toContain(name);
  });

  it('tell of ends that were never told as such: nothing that was sent has failed to arrive', () => {
    const events = { ...fine.events, byType: [['task-started', 6]] as const };
    const both = (missed: number, missedEnds: number) =>
      missedEvents(fineStatus({ events, workers: [workerStatus({ nodename: 'a@x', missed, missedEnds })] }));
    const [found, ...others] = both(2, 2);
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      level: 'warning',
      title: 'The ends of 2 tasks were not heard: their worker, or the exporter, lost the broker',
    });
    expect(found?.detail).toMatch(/on `a@x` \(2\).*`celery_tasks_unresolved_total`/);
    expect(`${found?.detail ?? ''}${found?.fix ?? ''}`).not.toMatch(/output-buffer|task-started/);
    expect(both(3, 1).map(({ title }) => title)).toEqual([
      '2 `task-started` events never arrived (25 %)',
      'The end of 1 task was not heard: its worker, or the exporter, lost the broker',
    ]);
  });

  it('are a note where it is one in a thousand or less, and nothing where there are none', () => {
    expect(missedEvents(fineStatus({ workers: [workerStatus({ missed: 10 })] }))[0]?.level).toBe('note');
    expect(missedEvents(fine)).toEqual([]);
  });
});

describe('the time that was not heard', () => {
  const of = (unheard: number | undefined, transport: 'redis' | 'amqp' = 'redis') =>
    unheardTime(fineStatus({ uptime: 10_000, broker: { ...fine.broker, transport, unheard, reconnects: 2 } }));

  it('is a warning, or a note where it is short, and says that nobody counts what it held', () => {
    const [found] = of(75);
    expect(found?.level).toBe('warning');
    expect(found?.title).toMatch(/^What happened in 1\smin\s15\ss may not have been heard$/);
    expect(found?.detail).toMatch(/again 2 times.*`celery_exporter_events_missed_total`.*send no heartbeats/);
    expect(found?.fix).toMatch(/`celery_exporter_unheard_seconds_total`.*client-output-buffer-limit/);
    expect(of(75, 'amqp')[0]?.fix).toContain('`--event-queue-keep`');
    expect(of(4)[0]?.level).toBe('note');
  });

  it('is nothing to tell of where there was none, or nothing is known', () => {
    expect([...of(0), ...of(undefined)]).toEqual([]);
  });
});

describe('refused messages', () => {
  it('are a warning for each reason, the most frequent first', () => {
    expect(
      refused(['bad_event', 1], ['pickle', 1203], ['too_large', 0]).map(({ level, title }) => [level, title]),
    ).toEqual([
      ['warning', '1,203 messages were refused: `pickle`'],
      ['warning', '1 message was refused: `bad_event`'],
    ]);
    expect(refused()).toEqual([]);
  });

  it('in pickle name the two settings', () => {
    expect(refused(['pickle', 1])[0]?.fix).toMatch(/`event_serializer = "json"`.*`task_serializer = "json"`/);
  });

  it.each(REFUSAL_REASONS)('for the reason %s are explained', (reason) => {
    expect(refused([reason, 1])[0]?.detail).not.toMatch(/^They could not be read/);
  });

  it('for a reason that is not known here point to the log', () => {
    expect(refused(['constructor', 1], ['__proto__', 1]).map(({ fix }) => fix)).toEqual([
      'Look in the log of the exporter.',
      'Look in the log of the exporter.',
    ]);
  });
});

describe('dropped series', () => {
  it.each([
    ['celery_tasks_total', '`--max-series`', '`--exclude-tasks`'],
    ['celery_task_failures_total', '`--max-exceptions`', 'Raise'],
    ['celery_worker_up', '`--max-series`', '`--worker-ttl`'],
    ['celery_queue_length', '`--max-series`', 'Raise'],
    ['toString', '`--max-series`', 'Raise'],
  ])('of %s name the flags of its cap', (metric, ...flags) => {
    const [found] = droppedSeries(fineStatus({ dropped: [[metric, 5]] }));
    expect(found).toMatchObject({ level: 'warning', title: `The cap of \`${metric}\` is reached` });
    for (const flag of flags) expect(found?.fix).toContain(flag);
    expect(found?.detail).toContain('5 times');
  });

  it('are no finding where there are none', () => {
    expect(droppedSeries(fine)).toEqual([]);
    expect(droppedSeries(fineStatus({ dropped: [['celery_tasks_total', 0]] }))).toEqual([]);
  });
});

describe('the table of tasks', () => {
  it('that was full gets a warning with its cap', () => {
    const [found, ...more] = lostFromTable(fineStatus({ tasks: { ...fine.tasks, evicted: 88_123 } }));
    expect(found).toMatchObject({ level: 'warning', title: '88,123 tasks found no room in the table' });
    expect(found?.fix).toContain('`--max-tasks`');
    expect(more).toEqual([]);
  });

  it('that gave tasks up gets a note with its limit', () => {
    const [found] = lostFromTable(fineStatus({ tasks: { ...fine.tasks, expired: 1 } }));
    expect(found).toMatchObject({ level: 'note', title: '1 task was given up after a long silence' });
    expect(found?.fix).toContain('`--task-ttl`');
  });

  it('that lost nothing is not worth a word', () => {
    expect(lostFromTable(fine)).toEqual([]);
  });
});
