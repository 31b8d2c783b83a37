// How the connection and the pollers fare: what counts as a failure, and what is forgotten when.
import { describe, expect, it } from '@jest/globals';
import { ConnectionState, PollerRecord } from './health.js';

describe('the connection', () => {
  it('is down before anything was said', () => {
    expect({ ...new ConnectionState(5) }).toEqual({
      isUp: false,
      failures: 0,
      reconnects: 0,
      reason: 'not connected yet',
      since: 5,
    });
  });

  it('counts each failed attempt, and stays down since the first', () => {
    const connection = new ConnectionState(5);
    connection.disconnected('refused', 6);
    connection.disconnected('refused again', 9);
    expect({ ...connection }).toEqual({ isUp: false, failures: 2, reconnects: 0, reason: 'refused again', since: 5 });
  });

  it('does not count the first connection as a reconnect', () => {
    const connection = new ConnectionState(5);
    connection.disconnected('refused', 6);
    connection.connected(false, 7);
    expect({ ...connection }).toEqual({ isUp: true, failures: 1, reconnects: 0, reason: '', since: 7 });
  });

  it('counts a loss and the reconnect after it', () => {
    const connection = new ConnectionState(5);
    connection.connected(false, 7);
    connection.disconnected('closed', 10);
    connection.disconnected('refused', 11);
    expect([connection.isUp, connection.since, connection.reason]).toEqual([false, 10, 'refused']);
    connection.connected(true, 12);
    expect({ ...connection }).toEqual({ isUp: true, failures: 2, reconnects: 1, reason: '', since: 12 });
  });
});

describe('the record of a poller', () => {
  it('has never succeeded at first', () => {
    expect({ ...new PollerRecord('queues') }).toEqual({ name: 'queues', lastSuccess: 0, failures: 0, lastError: '' });
  });

  it('keeps the last success, counts failures, and forgets the error at the next success', () => {
    const record = new PollerRecord('queues');
    record.succeeded(10);
    record.failed(new Error('timed out'));
    record.failed('gone');
    expect({ ...record }).toEqual({ name: 'queues', lastSuccess: 10, failures: 2, lastError: 'gone' });
    record.succeeded(20);
    expect({ ...record }).toEqual({ name: 'queues', lastSuccess: 20, failures: 2, lastError: '' });
  });
});
