// A look beside a session leaves nothing behind on it, since there is one each few seconds for as long as it lives.
import { getEventListeners } from 'node:events';
import { expect, it } from '@jest/globals';
import { Fault } from '../fault.js';
import type { Connection } from './connection.js';
import { peek } from './peek.js';

it('what is read by itself hangs nothing on the connection beside which it is read', async () => {
  const gone = new AbortController();
  let waiters = 0;
  const lost = new Promise<Fault>(() => undefined);
  lost.then = () => {
    waiters++;
    return Promise.reject(new Error('never'));
  };
  const beside: Partial<Connection> = {
    plan: {
      server: { where: 'nowhere', tls: false, secrets: [] },
      // Nobody listens on port 1.
      socket: { host: '127.0.0.1', port: 1 },
      username: undefined,
      password: undefined,
      db: 0,
    },
    lost,
    gone: gone.signal,
  };
  for (let round = 0; round < 3; round++) {
    const found = await peek(beside as Connection, ['a', 'b']);
    expect([...found.values()].every((error) => error instanceof Fault)).toBe(true);
  }
  expect([waiters, getEventListeners(gone.signal, 'abort')]).toEqual([0, []]);
  gone.abort();
  expect([...(await peek(beside as Connection, ['a'])).values()].map(String)).toEqual(['Fault: stopped']);
});
