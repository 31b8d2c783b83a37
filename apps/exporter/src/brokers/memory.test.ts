// The broker in memory keeps the contract of all brokers.
import { brokerContract } from './broker-contract.js';
import { MemoryBroker } from './memory.js';

brokerContract('in memory', async (start) => {
  const broker = new MemoryBroker();
  if (start.down) broker.down('switched off');
  const soon = async (act: () => void): Promise<void> => {
    await Promise.resolve();
    act();
  };
  return Promise.resolve({
    broker,
    tells: { heads: true, unacked: true, bound: true, listeners: true, consumers: true },
    publishEvent: (event) =>
      soon(() => {
        broker.publishEvent(event);
      }),
    publishReply: (reply) =>
      soon(() => {
        broker.publishReply(reply);
      }),
    malformed: [
      {
        reason: 'not_json',
        publish: () =>
          soon(() => {
            broker.refuse('not_json');
          }),
      },
    ],
    putTasks: (queue, ids, priority = 0) =>
      soon(() => {
        broker.setQueue(
          queue,
          ids.map((id) => ({ id, eta: null })),
          priority,
        );
      }),
    consume: (queue) =>
      soon(() => {
        broker.consumers = new Map([
          ['busy', 0],
          [queue, 1],
        ]);
      }),
    holdMessages: (count) =>
      soon(() => {
        broker.unacked = count;
      }),
    bind: (exchange, queue) =>
      soon(() => {
        broker.bind(exchange, queue);
      }),
    requests: () =>
      Promise.resolve(broker.requests.map((request) => ({ ...request, destination: request.destination ?? null }))),
    down: () =>
      soon(() => {
        broker.down('switched off');
      }),
    up: () =>
      soon(() => {
        broker.up();
      }),
    leftovers: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  });
});
