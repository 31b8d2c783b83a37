// Findings about settings that differ, and about what the broker refuses to tell.
import { describe, expect, it } from '@jest/globals';
import { diagnose } from '../diagnosis.js';
import { fineStatus } from '../testing.js';
import { brokerTroubles, statedSettings } from './settings.js';

const theirs = [{ value: '":"', nodenames: ['celery@a', 'celery@b'] }];

describe('transport options of the workers', () => {
  it('that are taken over are a note with the value', () => {
    const status = fineStatus({ disagreements: [{ setting: 'sep', ours: '"|"', given: false, theirs }] });
    const [found] = statedSettings(status);
    expect(found).toMatchObject({ level: 'note', title: '`sep` is taken over from the workers' });
    expect(found?.detail).toContain('`":"` in `celery@a` and `celery@b`');
    expect(diagnose(status)[0]?.title).toBe('Nothing is wrong');
  });

  it('name those that have not told theirs: ours are read beside them', () => {
    const all = [[], ['celery@mute'], ['celery@mute', 'celery@old']].map((untold) => {
      const disagreements = [{ setting: 'sep', ours: '"|"', given: false, theirs, besides: { untold } }] as const;
      return statedSettings(fineStatus({ disagreements }))[0]?.detail;
    });
    expect(all).toEqual([
      expect.stringContaining(
        'looks where it would by itself (`"|"`): a worker that is not heard has not told its own.',
      ),
      expect.stringContaining('`celery@mute` has not told its own.'),
      expect.stringContaining('`celery@mute` and `celery@old` have not told theirs.'),
    ]);
  });

  it('that the exporter was told otherwise are a warning, with both values and the remedy', () => {
    const status = fineStatus({ disagreements: [{ setting: 'sep', ours: '"|"', given: true, theirs }] });
    const [found] = statedSettings(status);
    expect(found).toMatchObject({ level: 'warning', title: '`sep` is not what workers use' });
    expect(found?.detail).toMatch(/`"\|"`.*`":"` in `celery@a`/);
    expect(found?.fix).toContain('`--broker-transport-options`');
    expect(diagnose(status).some(({ level }) => level === 'ok')).toBe(false);
  });

  it('in which workers disagree are a warning', () => {
    const two = [...theirs, { value: '"|"', nodenames: ['celery@c'] }];
    const status = fineStatus({ disagreements: [{ setting: 'sep', ours: '"|"', given: false, theirs: two }] });
    expect(statedSettings(status)).toMatchObject([{ level: 'warning', title: 'Workers disagree about `sep`' }]);
  });
});

describe('what the broker refuses to tell', () => {
  const troubles = [{ what: 'the length of the queue mail cannot be read', reason: 'its user needs +llen ~mail' }];

  it('is a warning with the reason, and all is not well', () => {
    const [found] = brokerTroubles(fineStatus({ troubles }));
    expect(found).toMatchObject({ level: 'warning' });
    expect(found?.detail).toContain('`the length of the queue mail cannot be read` (`its user needs +llen ~mail`)');
    expect(diagnose(fineStatus({ troubles })).some(({ level }) => level === 'ok')).toBe(false);
  });

  it('of the management API gets the command for its login, beside that for queues', () => {
    const broker = { ...fineStatus().broker, transport: 'amqp' as const };
    const tag = 'm:15672 refuses the login: its user needs the right password and the tag management';
    const told = [
      { what: 'the list of queues', reason: tag },
      { what: 'queue a', reason: 'r:5672 denies permission: its user needs the right read on a' },
      { what: 'what was dropped', reason: "the exporter's user needs the right write on amq\\.default for that" },
    ];
    const [found] = brokerTroubles(fineStatus({ broker, troubles: told }));
    expect(found?.fix).toContain('`rabbitmqctl set_user_tags USER management`');
    expect(found?.fix.match(/set_permissions/g)).toHaveLength(1);
  });

  it('is no news while the broker is away', () => {
    const { broker } = fineStatus();
    expect(brokerTroubles(fineStatus({ troubles, broker: { ...broker, isUp: false } }))).toEqual([]);
  });
});
