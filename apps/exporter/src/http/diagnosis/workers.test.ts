// Findings about workers.
import { describe, expect, it } from '@jest/globals';
import { fineStatus, workerStatus } from '../testing.js';
import { clockSkew, noWorkers, unansweredWorkers, workersDown } from './workers.js';

const fine = fineStatus();
const silence = { ...fine.events, sent: 0, byType: [], total: 0 };
const died = workerStatus({ nodename: 'dead@x', up: false, exit: 'died', silence: 192 });
const left = workerStatus({ nodename: 'left@x', up: false, exit: 'shutdown', silence: 5 });

describe('no worker at all', () => {
  it('is no finding while one is known, or while the broker is away', () => {
    expect(noWorkers(fine)).toEqual([]);
    expect(noWorkers(fineStatus({ workers: [], broker: { ...fine.broker, isUp: false } }))).toEqual([]);
  });

  it('is a note in the first ten seconds of listening, and then a problem', () => {
    const after = (forSeconds: number) =>
      noWorkers(fineStatus({ workers: [], broker: { ...fine.broker, forSeconds } }))[0]?.level;
    expect([after(9.9), after(10)]).toEqual(['note', 'problem']);
  });

  it('with no event at all names the settings that must be equal, and how to see the true name', () => {
    const [found] = noWorkers(
      fineStatus({ workers: [], events: silence, broker: { ...fine.broker, url: 'redis://r/3' } }),
    );
    expect(found?.detail).toContain('It listens at `redis://r/3`');
    for (const name of [
      '`--broker-url`',
      '`global_keyprefix`',
      '`fanout_prefix`',
      '`--broker-transport-options`',
      '`--event-exchange`',
      '`redis-cli PSUBSCRIBE ',
    ])
      expect(found?.fix).toContain(name);
  });

  it('while senders are heard means that none runs', () => {
    expect(noWorkers(fineStatus({ workers: [] }))[0]?.fix).toBe('Start a worker: `celery -A yourapp worker -E`.');
  });

  it('while messages are refused points there', () => {
    const [found] = noWorkers(fineStatus({ workers: [], events: { ...silence, refused: [['pickle', 7]] } }));
    expect(found?.detail).toContain('7 messages did arrive and could not be read');
    expect(found?.fix).toContain('refused messages');
  });
});

describe('workers that are down', () => {
  it('are no finding where there are none, or where the broker is away', () => {
    expect(workersDown(fine)).toEqual([]);
    expect(workersDown(fineStatus({ workers: [died], broker: { ...fine.broker, isUp: false } }))).toEqual([]);
  });

  it('are a warning where they died and a note where they said goodbye, with their names', () => {
    const found = workersDown(fineStatus({ workers: [...fine.workers, died, left] }));
    expect(found.map(({ level, title }) => [level, title])).toEqual([
      ['warning', '1 worker fell silent'],
      ['note', '1 worker said goodbye'],
    ]);
    expect(found[0]?.detail.replaceAll('\u00A0', ' ')).toContain('`dead@x` (3 min 12 s ago)');
    expect(found[0]?.fix).toContain('`--worker-ttl`');
    expect(found[1]?.detail).toContain('`left@x`');
  });

  it('are a problem where none is up', () => {
    expect(workersDown(fineStatus({ workers: [died, left] })).map(({ level, title }) => [level, title])).toEqual([
      ['problem', '1 worker fell silent, and none is up'],
      ['note', '1 worker said goodbye, and none is up'],
    ]);
    expect(workersDown(fineStatus({ workers: [left] }))).toMatchObject([
      { level: 'problem', fix: 'Start a worker, if this was not intended.' },
    ]);
  });

  it('are named up to five, and counted beyond', () => {
    const many = Array.from({ length: 40 }, (_, i) => workerStatus({ nodename: `w${i}@x`, up: false, exit: 'died' }));
    expect(workersDown(fineStatus({ workers: many }))[0]?.detail).toContain(' and 35 more.');
  });
});

describe('workers that do not answer remote control', () => {
  const mute = workerStatus({ nodename: 'mute@x', queues: undefined });

  it('get a note at first: they may be new, or busy', () => {
    const [found] = unansweredWorkers(fineStatus({ workers: [...fine.workers, { ...mute, knownFor: 60 }] }));
    expect(found).toMatchObject({ level: 'note', title: '1 worker has not answered remote control' });
    expect(found?.detail).toContain('`mute@x`');
  });

  it('are a warning after a minute, with what it does to the numbers and to their log, and what to set', () => {
    const [found, ...more] = unansweredWorkers(fineStatus({ workers: [...fine.workers, mute] }));
    expect(more).toEqual([]);
    expect(found).toMatchObject({ level: 'warning', title: '1 worker does not answer remote control' });
    for (const word of [
      '`mute@x`',
      '`celery_queue_consumers` has no sample',
      'its own log',
      '`--worker-poll-interval`',
    ])
      expect(found?.detail).toContain(word);
    for (const name of [
      '`worker_enable_remote_control`',
      '`accept_content`',
      '`--control-exchange`',
      '`--no-remote-control`',
      'another database',
    ])
      expect(found?.fix).toContain(name);
  });

  it('have a minute from the connection on, however long they are known', () => {
    const status = fineStatus({ workers: [mute], broker: { ...fine.broker, forSeconds: 30 } });
    expect(unansweredWorkers(status).map(({ level }) => level)).toEqual(['note']);
  });

  it('are no finding where nobody asks them, or where they are down', () => {
    expect(
      unansweredWorkers(fineStatus({ workers: [mute], settings: { remoteControl: false, enableEvents: true } })),
    ).toEqual([]);
    expect(unansweredWorkers(fineStatus({ workers: [{ ...mute, up: false }] }))).toEqual([]);
    expect(unansweredWorkers(fine)).toEqual([]);
  });
});

describe('a clock', () => {
  it('may differ by five seconds, either way', () => {
    expect(
      clockSkew(
        fineStatus({
          workers: [
            workerStatus({ clockSkew: 5 }),
            workerStatus({ clockSkew: -5 }),
            workerStatus({ clockSkew: undefined }),
          ],
        }),
      ),
    ).toEqual([]);
  });

  it('that is off gets a warning, the largest difference first', () => {
    const [found] = clockSkew(
      fineStatus({
        workers: [
          ...fine.workers,
          workerStatus({ nodename: 'a@x', clockSkew: 6 }),
          workerStatus({ nodename: 'b@x', clockSkew: -42 }),
        ],
      }),
    );
    expect(found).toMatchObject({ level: 'warning', title: 'The clock of 2 workers is off' });
    expect(found?.detail.replaceAll('\u00A0', ' ')).toContain('`b@x` (42 s behind) and `a@x` (6 s ahead)');
    expect(found?.fix).toContain('`timedatectl`');
  });

  it('that all workers disagree with is probably ours', () => {
    const [found] = clockSkew(
      fineStatus({ workers: [workerStatus({ clockSkew: 60 }), workerStatus({ clockSkew: 61 })] }),
    );
    expect(found?.title).toBe("The clocks of all workers differ from the exporter's");
    expect(found?.fix).toContain('clock of this host');
  });

  it('of a worker that is down tells nothing', () => {
    expect(clockSkew(fineStatus({ workers: [...fine.workers, { ...died, clockSkew: 100 }] }))).toEqual([]);
  });
});
