// Which broker a URL opens.
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_TRANSPORT_OPTIONS } from '@celery-watch/celery-protocol';
import { silentLog } from '@celery-watch/service';
import { openBroker } from './table.js';

const settings = {
  transportOptions: DEFAULT_TRANSPORT_OPTIONS,
  exchanges: { eventExchange: 'celeryev', controlExchange: 'celery' },
  tls: { verify: true },
  replyList: 'exporter.reply',
  readHeads: false,
  log: silentLog(),
};

describe('a broker is opened', () => {
  it.each(['redis://host', 'rediss://host', 'redis+socket:///path'])('for %s, without a connection', async (url) => {
    await expect(openBroker({ ...settings, url }).broadcast({ method: 'ping', ticket: 't' })).rejects.toThrow(
      'no connection to the broker: it is not running',
    );
  });

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
    expect(() => openBroker({ ...settings, url: 'amqp://u:secret@host' })).toThrow(
      /amqp:\/\/\[redacted\]@host uses the transport amqp, which is not supported yet/,
    );
  });
});
