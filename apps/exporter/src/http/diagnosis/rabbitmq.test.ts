// Findings of RabbitMQ, and that what is advised there is nothing of Redis.
import { describe, expect, it } from '@jest/globals';
import { diagnose } from '../diagnosis.js';
import { fineStatus, onRabbitMq, troubledStatuses, workerStatus } from '../testing.js';
import { queuesWithoutConsumer } from './queues.js';
import { brokerBlocked, droppedEvents, untoldByAmqp } from './rabbitmq.js';

const fine = onRabbitMq(fineStatus({ events: { ...fineStatus().events, dropped: 0 } }));

describe('a broker that takes no messages', () => {
  const blockedFor = 'low on memory';

  it('is a problem, with its own reason', () => {
    const [found] = brokerBlocked({ ...fine, broker: { ...fine.broker, blockedFor } });
    expect(found).toMatchObject({ level: 'problem', title: 'The broker takes no messages from anybody' });
    expect(found?.detail).toContain('It says: `low on memory`.');
  });

  it('is no news where it does, or while it is away', () => {
    expect(brokerBlocked(fine)).toEqual([]);
    expect(brokerBlocked({ ...fine, broker: { ...fine.broker, blockedFor, isUp: false } })).toEqual([]);
  });
});

describe('events that the broker threw away', () => {
  it('are a warning with their number, and none are not worth a word', () => {
    const of = (dropped: number | undefined) => droppedEvents({ ...fine, events: { ...fine.events, dropped } });
    expect([of(undefined), of(0)]).toEqual([[], []]);
    expect(of(1234)).toMatchObject([
      { level: 'warning', title: 'The broker threw away 1,234 events before they were read' },
    ]);
    expect(of(1)).toMatchObject([{ title: 'The broker threw away 1 event before it was read' }]);
  });
});

describe('what plain AMQP does not tell', () => {
  it('is a note, beside which nothing is wrong', () => {
    expect(diagnose(fine).map(({ level, title }) => [level, title])).toEqual([
      ['ok', 'Nothing is wrong'],
      ['note', 'What workers hold unacknowledged is not known'],
    ]);
    expect(diagnose({ ...fine, unacked: 0 }).map(({ title }) => title)).toEqual(['All is well']);
  });

  it('is not told of on Redis, before the first reading, while the broker is away, and beside the reason', () => {
    const unread = [{ name: 'queues', secondsSinceSuccess: undefined, failures: 0, lastError: '' }];
    expect(untoldByAmqp(fineStatus({ unacked: undefined }))).toEqual([]);
    expect(untoldByAmqp({ ...fine, pollers: unread })).toEqual([]);
    expect(untoldByAmqp({ ...fine, broker: { ...fine.broker, isUp: false } })).toEqual([]);
    expect(untoldByAmqp({ ...fine, troubles: [{ what: 'the management API', reason: '401' }] })).toEqual([]);
  });
});

describe('a queue without a consumer', () => {
  it('is told of where RabbitMQ counts none, whatever the workers say and whether they are asked', () => {
    const changes = {
      workers: [workerStatus({ queues: undefined })],
      queues: [{ name: 'stuck', length: 7, consumers: 0, oldestAge: undefined }],
      settings: { remoteControl: false, enableEvents: true },
    };
    expect(queuesWithoutConsumer({ ...fine, ...changes })).toMatchObject([
      { level: 'warning', title: 'No worker takes messages from 1 queue' },
    ]);
    expect(queuesWithoutConsumer(fineStatus(changes))).toEqual([]);
  });
});

it('no finding on RabbitMQ speaks of Redis, nor one on Redis of RabbitMQ', () => {
  const all = troubledStatuses().map((status) => ({
    transport: status.broker.transport,
    text: JSON.stringify(diagnose(status).filter(({ title }) => !title.startsWith('Asking for the'))),
  }));
  const speaking = (transport: string, words: RegExp): readonly string[] =>
    all.flatMap(({ transport: of, text }) => (of === transport ? (text.match(words) ?? []) : []));
  expect(speaking('amqp', /redis|ACL|database|pub\/sub/gi)).toEqual([]);
  expect(speaking('redis', /rabbit|amqp|virtual host/gi)).toEqual([]);
  expect(speaking('amqp', /rabbitmq/gi).length).toBeGreaterThan(5);
});
