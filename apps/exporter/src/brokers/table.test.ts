// Which broker a URL opens.
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_TRANSPORT_OPTIONS } from '@celery-watch/celery-protocol';
import { silentLog } from '@celery-watch/service';
import type { Broker } from './broker.js';
import type { BrokerSettings } from './settings.js';
import { readBrokerUrl } from './table.js';

const settings = {
  transportOptions: DEFAULT_TRANSPORT_OPTIONS,
  exchanges: { eventExchange: 'celeryev', controlExchange: 'celery' },
  tls: { verify: true },
  instance: undefined,
  ownName: 'exporter',
  managementUrl: undefined,
  eventQueueKeep: undefined,
  readHeads: false,
  log: silentLog(),
};

function openBroker({ url, ...own }: BrokerSettings & { readonly url: string }): Broker {
  const place = readBrokerUrl(url);
  if ('problem' in place) throw new TypeError(place.problem);
  return place.open(own);
}

describe('a broker is opened', () => {
  it.each(['redis://host', 'rediss://host', 'redis+socket:///path', 'amqp://host', 'amqps://host//v', 'pyamqp://'])(
    'for %s, without a connection',
    async (url) => {
      await expect(openBroker({ ...settings, url }).broadcast({ method: 'ping', ticket: 't' })).rejects.toThrow(
        'no connection to the broker: it is not running',
      );
    },
  );

  it('for Sentinels with the name of their master, and not without', () => {
    expect(() =>
      openBroker({
        ...settings,
        url: 'sentinel://h',
        transportOptions: { ...DEFAULT_TRANSPORT_OPTIONS, masterName: 'm' },
      }),
    ).not.toThrow();
    expect(() => openBroker({ ...settings, url: 'sentinel://h' })).toThrow(TypeError);
  });

  it('for no URL that is refused, and says why without the secret', () => {
    expect(() => openBroker({ ...settings, url: 'sqs://u:secret@host' })).toThrow(
      /sqs:\/\/\[redacted\]@host uses the transport sqs, which is not supported: wanted redis:\/\/.* or amqp:\/\//,
    );
  });

  it('and shows its passwords to nobody who logs the place', () => {
    const place = readBrokerUrl('amqp://u:secret@host;amqp://v:secret@other');
    expect(JSON.stringify(place)).not.toMatch(/secret/);
    expect(inspect(place, { depth: 9 })).not.toMatch(/secret/);
  });
});
