// What the log says of workers.
import { expect, it } from '@jest/globals';
import { type WatchedWorker, WorkerChanges } from './worker-changes.js';

const worker = (nodename: string, up: boolean, died = 0, shutdown = 0): WatchedWorker => ({
  nodename,
  up,
  exits: { died, shutdown },
});

it('tells of a worker that comes, dies, comes back, leaves and is forgotten, each once', () => {
  const changes = new WorkerChanges();
  const told = [
    [worker('a', true)],
    [worker('a', true), worker('b', true)],
    [worker('a', false, 1), worker('b', true)],
    [worker('a', false, 1), worker('b', true)],
    [worker('a', true, 1), worker('b', false, 0, 1)],
    [worker('a', true, 1)],
  ].map((workers) => changes.look(workers));
  expect(told).toEqual([
    [{ kind: 'up', worker: 'a' }],
    [{ kind: 'up', worker: 'b' }],
    [{ kind: 'down', worker: 'a', exit: 'died' }],
    [],
    [
      { kind: 'back', worker: 'a' },
      { kind: 'down', worker: 'b', exit: 'shutdown' },
    ],
    [{ kind: 'forgotten', worker: 'b' }],
  ]);
});
