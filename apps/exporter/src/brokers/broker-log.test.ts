// What the log says of an outage, and how often.
import { expect, it } from '@jest/globals';
import { memoryLog } from '@celery-watch/service';
import { Notices, OutageLog } from './broker-log.js';

it('an outage is told aloud at its beginning, at each new reason and at its end', () => {
  const { log, lines } = memoryLog();
  let now = 5_000;
  const outages = new OutageLog(log, () => now);
  outages.connected('h:1');
  for (const reason of ['closed', 'refused', 'refused', 'refused', 'closed']) {
    outages.failed(reason);
    now += 1_540;
  }
  outages.connected('h:2');
  outages.failed('closed');
  outages.connected('h:2');
  expect(lines.map(({ level, msg }) => `${level}: ${msg}`)).toEqual([
    'info: listening to the broker at h:1',
    'warn: no connection to the broker, trying again: closed',
    'warn: no connection to the broker, trying again: refused',
    'debug: still no connection to the broker',
    'debug: still no connection to the broker',
    'warn: no connection to the broker, trying again: closed',
    'info: listening to the broker at h:2 after 7.7 s without it',
    'warn: no connection to the broker, trying again: closed',
    'info: listening to the broker at h:2 after 0 s without it',
  ]);
  expect(lines[1]).toMatchObject({ reason: 'closed' });
});

it('a notice comes once, until it is forgotten', () => {
  const { log, lines } = memoryLog();
  const notices = new Notices(log);
  notices.warn('odd', { key: 1 });
  notices.warn('odd', { key: 2 });
  notices.forget('odd');
  notices.warn('odd', { key: 3 });
  expect(lines.map(({ msg, ['key']: key }) => [msg, key])).toEqual([
    ['odd', 1],
    ['odd', 3],
  ]);
});

it('notices about queues that are not asked for any more are no troubles, and leave room for others', () => {
  const { log, lines } = memoryLog();
  const notices = new Notices(log);
  const about = (name: string) => ({ kind: 'queue', name }) as const;
  for (let round = 0; round < 3; round++) {
    const names = Array.from({ length: 1500 }, (_, i) => `reply-${String(round)}-${String(i)}`);
    notices.forgetOthers('queue', names);
    for (const name of names) notices.warn(`${name} cannot be read`, { reason: 'odd' }, about(name));
    expect(notices.troubles).toHaveLength(1500);
  }
  notices.warn('an exchange cannot be read', { reason: 'odd' }, { kind: 'exchange', name: 'x' });
  notices.warn('unacked cannot be read', { reason: 'odd' });
  notices.forgetOthers('queue', []);
  expect(notices.troubles.map(({ what }) => what)).toEqual(['an exchange cannot be read', 'unacked cannot be read']);
  expect(lines).toHaveLength(4502);
});

it('notices with a reason are troubles until they are forgotten', () => {
  const notices = new Notices(memoryLog().log);
  notices.warn('a queue cannot be read', { reason: 'its user needs +llen' });
  notices.warn('odd');
  expect(notices.troubles).toEqual([{ what: 'a queue cannot be read', reason: 'its user needs +llen' }]);
  notices.forget('a queue cannot be read');
  expect(notices.troubles).toEqual([]);
});
