// The state of the connection to the broker, as its listener tells it.
import { describe, expect, it } from '@jest/globals';
import { Connection } from './connection.js';

describe('the connection', () => {
  it('is down before anything was said', () => {
    expect({ ...new Connection(5) }).toEqual({
      isUp: false,
      failures: 0,
      reconnects: 0,
      reason: 'not connected yet',
      since: 5,
    });
  });

  it('counts each failed attempt, and stays down since the first', () => {
    const connection = new Connection(5);
    connection.disconnected('refused', 6);
    connection.disconnected('refused again', 9);
    expect({ ...connection }).toEqual({ isUp: false, failures: 2, reconnects: 0, reason: 'refused again', since: 5 });
  });

  it('does not count the first connection as a reconnect', () => {
    const connection = new Connection(5);
    connection.disconnected('refused', 6);
    connection.connected(false, 7);
    expect({ ...connection }).toEqual({ isUp: true, failures: 1, reconnects: 0, reason: '', since: 7 });
  });

  it('counts a loss and the reconnect after it', () => {
    const connection = new Connection(5);
    connection.connected(false, 7);
    connection.disconnected('closed', 10);
    connection.disconnected('refused', 11);
    expect([connection.isUp, connection.since, connection.reason]).toEqual([false, 10, 'refused']);
    connection.connected(true, 12);
    expect({ ...connection }).toEqual({ isUp: true, failures: 2, reconnects: 1, reason: '', since: 12 });
  });
});
