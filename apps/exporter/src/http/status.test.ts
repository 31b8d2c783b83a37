// What the snapshot makes of the model: loops of rejections, and consumers that are not known.
import { expect, it } from '@jest/globals';
import { ConnectionState } from '../tracking/health.js';
import { Stage } from '../tracking/testing.js';
import { readBrokerUrl } from '../brokers/table.js';
import { type Status, statusOf, type StatusParts } from './status.js';

function placeOf(url: string): StatusParts['place'] {
  const place = readBrokerUrl(url);
  if ('problem' in place) throw new Error(place.problem);
  return place;
}

function status(stage: Stage, url = 'redis://h'): Status {
  const connection = new ConnectionState(stage.now);
  connection.connected(false, stage.now - 100);
  const settings = { remoteControl: true, enableEvents: true };
  const fixed = { name: undefined, pollers: [], place: placeOf(url), version: '1', startedAt: stage.now, settings };
  return statusOf({ model: stage.model, broker: { troubles: [] }, connection, ...fixed }, stage.now);
}

it('most executions of a name that are rejected are a loop while it goes on, and twenty at least', () => {
  const stage = new Stage();
  const worker = stage.worker();
  const run = (name: string, rejections: number, successes: number): void => {
    for (let i = 0; i < rejections + successes; i++) {
      const id = `${name}${i}`;
      stage.deliver(stage.sent(id, { name }), worker.received(id, { name }), worker.started(id));
      stage.deliver(i < rejections ? worker.rejected(id, true) : worker.succeeded(id));
    }
  };
  run('loop', 20, 19);
  run('half', 20, 20);
  run('few', 19, 0);
  expect(status(stage).tasks.rejected).toEqual([{ name: 'loop', started: 39, rejected: 20 }]);
  stage.now += 61;
  expect(status(stage).tasks.rejected).toEqual([]);
});

it('consumers that are not known are undefined, and lists of Broadcast queues are marked', () => {
  const stage = new Stage();
  stage.deliver(stage.worker().online());
  const dead = 'bcast.0dda3a83-59bd-417f-899d-b72403f6bfac';
  for (const name of ['q', dead]) stage.model.queues.read(name, 1, [], () => undefined, stage.now);
  expect(status(stage).queues.map(({ name, consumers, isBroadcast }) => [name, consumers, isBroadcast])).toEqual([
    ['q', undefined, undefined],
    [dead, undefined, true],
  ]);
  stage.known().queues = [];
  expect(status(stage).queues.map(({ consumers }) => consumers)).toEqual([0, 0]);
});

it.each([
  ['redis://:secret@h', 'redis'],
  ['sentinel://h', 'redis'],
  ['amqps://u:secret@h', 'amqp'],
  ['pyamqp://u:secret@h', 'amqp'],
  ['librabbitmq://u:secret@h', 'amqp'],
])('a broker at %s is spoken of as what it is, without its secret', (url, transport) => {
  const { broker } = status(new Stage(), url);
  expect(broker.transport).toBe(transport);
  expect(broker.url).not.toContain('secret');
});
