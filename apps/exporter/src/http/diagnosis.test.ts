// The diagnosis as a whole: order, what may stand beside what, and that its advice names things that exist.
import { METRIC_CATALOGUE } from '@celery-watch/celery-protocol';
import { describe, expect, it } from '@jest/globals';
import { EXPORTER_OPTIONS } from '../options.js';
import { diagnose } from './diagnosis.js';
import { fineStatus, troubledStatuses, workerStatus } from './testing.js';

const fine = fineStatus();

describe('the diagnosis', () => {
  it('is one calm line where all is well', () => {
    expect(diagnose(fine).map(({ level, title, fix }) => ({ level, title, fix }))).toEqual([
      { level: 'ok', title: 'All is well', fix: '' },
    ]);
    expect(diagnose(fine)[0]?.detail).toMatch(
      /3.d.4.h, 3 workers up, task events are on in all of them, `task-sent` events arrive, and nothing was missed/,
    );
  });

  it('says first that nothing is wrong where there are mere notes', () => {
    const found = diagnose(fineStatus({ settings: { remoteControl: false, enableEvents: true } }));
    expect(found.map(({ level }) => level)).toEqual(['ok', 'note']);
    expect(found[0]?.title).toBe('Nothing is wrong');
  });

  it('does not say so where no worker is up, or the broker is away', () => {
    expect(diagnose(fineStatus({ workers: [] })).map(({ level }) => level)).not.toContain('ok');
    expect(
      diagnose(fineStatus({ workers: [], broker: { ...fine.broker, forSeconds: 2 } })).map(({ level }) => level),
    ).toEqual(['note']);
    expect(
      diagnose(fineStatus({ broker: { ...fine.broker, isUp: false, reason: 'x' } })).map(({ level }) => level),
    ).toEqual(['problem']);
  });

  it('puts the worst first, and causes before effects', () => {
    const found = diagnose(
      fineStatus({
        events: { ...fine.events, sent: 0 },
        queueRules: [
          ['sent', 0],
          ['only_queue', 50],
          ['last_queue', 3],
          ['unknown', 20],
        ],
        workers: [workerStatus({ up: false, exit: 'died' })],
        settings: { remoteControl: false, enableEvents: true },
      }),
    );
    expect(found.map(({ level }) => level)).toEqual(['problem', 'warning', 'warning', 'note', 'note']);
    expect(found.map(({ title }) => title)).toEqual([
      '1 worker fell silent, and none is up',
      'No `task-sent` events arrive',
      'The queue of 20 tasks is not known (27 %)',
      'Remote control is off',
      'The queue of 3 tasks is a guess (4 %)',
    ]);
  });

  it('blames a broker that is away for nothing else, and only repeats what was lost before', () => {
    const found = diagnose(
      fineStatus({
        broker: { ...fine.broker, isUp: false, reason: 'gone' },
        workers: [workerStatus({ up: false, exit: 'died' }), workerStatus({ queues: undefined, clockSkew: 60 })],
        queues: [{ name: 'q', length: 5, consumers: 0, oldestAge: 4 }],
        pollers: [{ name: 'queues', secondsSinceSuccess: 900, failures: 3, lastError: 'not connected' }],
        events: { ...fine.events, refused: [['pickle', 1]] },
      }),
    );
    expect(found.map(({ title }) => title)).toEqual(['The broker is not connected', '1 message was refused: `pickle`']);
  });
});

describe('the advice', () => {
  const found = troubledStatuses().flatMap(diagnose);
  const inCode = found.flatMap(({ title, detail, fix }) =>
    [...`${title} ${detail} ${fix}`.matchAll(/`([^`]+)`/g)].map(([, text]) => text ?? ''),
  );

  it('is given with every finding but the calm one', () => {
    expect(found.filter(({ level, fix }) => (level === 'ok') !== (fix === ''))).toEqual([]);
    expect(found.filter(({ title, detail }) => title === '' || !/[.]$/.test(detail))).toEqual([]);
  });

  it('names only flags that the exporter or Celery has', () => {
    const flags = EXPORTER_OPTIONS.entries.flatMap(({ flag }) => [flag, `${flag}-file`, flag.replace('--', '--no-')]);
    const celerys = ['--without-heartbeat', '--without-gossip', '--without-mingle'];
    const named = new Set(inCode.flatMap((text) => text.match(/--[a-z-]+/g) ?? []));
    expect([...named].filter((flag) => !flags.includes(flag) && !celerys.includes(flag))).toEqual([]);
    expect(named.size).toBeGreaterThan(20);
  });

  it('names only metrics that the exporter has, but for one that the status itself makes up', () => {
    const metrics = METRIC_CATALOGUE.map(({ name }) => name);
    const named = new Set(inCode.filter((text) => /^celery_[a-z_]+$/.test(text)));
    expect([...named].filter((name) => !metrics.includes(name))).toEqual(['celery_new_metric']);
    expect(named.size).toBeGreaterThan(8);
  });

  it('has its marks of code in pairs', () => {
    for (const { title, detail, fix } of found)
      expect([title, detail, fix].map((text) => text.split('`').length % 2)).toEqual([1, 1, 1]);
  });
});
