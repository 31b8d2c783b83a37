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
    steps: [3, 9],
    publishEvent: (payload) =>
      soon(() => {
        broker.publishEvent(payload);
      }),
    publishReply: (payload) =>
      soon(() => {
        broker.publishReply(payload);
      }),
    putMessages: (queue, step, payloads) =>
      soon(() => {
        broker.setQueue(queue, payloads, step);
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
