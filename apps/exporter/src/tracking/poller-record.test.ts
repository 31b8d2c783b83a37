// How a background poller fares.
import { describe, expect, it } from '@jest/globals';
import { PollerRecord } from './poller-record.js';

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
