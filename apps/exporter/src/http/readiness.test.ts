// When the exporter is ready, and which brokers it names.
import { expect, it } from '@jest/globals';
import { type ConnectedBroker, readiness } from './readiness.js';

const up = (name?: string): ConnectedBroker => ({ name, connection: { isUp: true, reason: '' } });
const away = (name?: string): ConnectedBroker => ({
  name,
  connection: { isUp: false, reason: 'nothing listens there' },
});

it.each([
  ['one broker', [up()], 200, 'ready: connected to the broker\n'],
  ['one that is away', [away()], 503, 'not ready: the broker is not connected: nothing listens there\n'],
  ['several', [up('a'), up('b')], 200, 'ready: connected to all 2 brokers\n'],
  [
    'several, of which some are away',
    [up('a'), away('b'), away('c')],
    200,
    'ready: connected to 1 of 3 brokers\nnot connected: b: nothing listens there\nnot connected: c: nothing listens there\n',
  ],
  [
    'several that are all away',
    [away('a'), away('b')],
    503,
    'not ready: none of the 2 brokers is connected\nnot connected: a: nothing listens there\nnot connected: b: nothing listens there\n',
  ],
])('with %s', (_, brokers, status, text) => {
  expect(readiness(brokers)).toEqual({ status, text });
});
