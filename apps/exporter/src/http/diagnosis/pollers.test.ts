// Findings about the background pollers.
import { describe, expect, it } from '@jest/globals';
import type { Status } from '../status.js';
import { fineStatus } from '../testing.js';
import { pollerTroubles, remoteControlOff } from './pollers.js';

const fine = fineStatus();
type Poller = Status['pollers'][number];
const poller = (changes: Partial<Poller>): Poller => ({
  name: 'queues',
  secondsSinceSuccess: 5,
  failures: 0,
  lastError: '',
  ...changes,
});
const troubles = (changes: Partial<Poller>, broker: Partial<Status['broker']> = {}) =>
  pollerTroubles(fineStatus({ pollers: [poller(changes)], broker: { ...fine.broker, ...broker } }));

describe('remote control', () => {
  it('that is off gets a note: what is missing, and the flag', () => {
    const [found] = remoteControlOff(fineStatus({ settings: { remoteControl: false, enableEvents: false } }));
    expect(found).toMatchObject({ level: 'note', title: 'Remote control is off' });
    expect(found?.detail).toContain('`celery_queue_consumers`');
    expect(found?.fix).toContain('`--remote-control`');
    expect(remoteControlOff(fine)).toEqual([]);
  });
});

describe('a poller', () => {
  it('that succeeds is not worth a word, whatever failed before', () => {
    expect(troubles({ failures: 9 })).toEqual([]);
  });

  it('that fails gets a warning with the error, what stands still, and advice', () => {
    const [found] = troubles({ failures: 12, lastError: 'NOPERM no `llen`', secondsSinceSuccess: 192 });
    expect(found).toMatchObject({ level: 'warning', title: 'Asking for the queues fails' });
    expect(found?.detail.replaceAll('\u00A0', ' ')).toBe(
      "The last error: `NOPERM no 'llen'`, 12 failures in all. `celery_queue_length` and `celery_queue_oldest_task_age_seconds` stand still or are missing. The last success: 3 min 12 s ago.",
    );
    expect(found?.fix).toContain('`ACL LOG`');
    const denied = 'r:5672 denies permission: its user needs the right write on celery.pidbox';
    const [workers] = troubles({ name: 'workers', lastError: denied }, { transport: 'amqp' });
    expect(workers?.fix).toContain('`rabbitmqctl set_permissions');
  });

  it('that has learnt nothing for five minutes gets a warning, and the interval that would explain it', () => {
    expect(troubles({ secondsSinceSuccess: 300 })).toEqual([]);
    const [found] = troubles({ name: 'workers', secondsSinceSuccess: 301 });
    expect(found?.title.replaceAll('\u00A0', ' ')).toBe('Nothing was learnt of the workers for 5 min 1 s');
    expect(found?.fix).toContain('`--worker-poll-interval`');
    expect(found?.fix).toContain('`worker_enable_remote_control`');
  });

  it('has five minutes from the connection on', () => {
    expect(troubles({ secondsSinceSuccess: undefined }, { forSeconds: 20 })).toEqual([]);
    expect(troubles({ secondsSinceSuccess: 900 }, { forSeconds: 20 })).toEqual([]);
    expect(troubles({ secondsSinceSuccess: undefined }, { forSeconds: 400 })[0]?.detail).toContain(
      'The last success: never.',
    );
  });

  it('is not to blame while the broker is away', () => {
    expect(troubles({ lastError: 'not connected', secondsSinceSuccess: 900 }, { isUp: false })).toEqual([]);
  });
});
