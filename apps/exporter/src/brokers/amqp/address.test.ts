// URLs of RabbitMQ as Celery takes them, and what is refused.
import { describe, expect, it } from '@jest/globals';
import { type BrokerUrlProblem, readUrl } from '../transport.js';
import type { AmqpAddress } from './address.js';
import { amqpTransport } from './amqp-broker.js';

const parse = (url: string): AmqpAddress | BrokerUrlProblem => {
  const read = readUrl([amqpTransport], url);
  return 'problem' in read ? read : (read.address as AmqpAddress);
};

const TLS = { verify: undefined, checkHostname: undefined, caFile: undefined, certFile: undefined, keyFile: undefined };
const local = {
  host: 'localhost',
  port: undefined,
  tls: undefined,
  username: 'guest',
  password: 'guest',
  vhost: '/',
  heartbeat: 10,
  login: 'plain',
};

describe('a URL of RabbitMQ is read as kombu reads it', () => {
  it.each<[string, object]>([
    ['amqp://', local],
    ['amqp://localhost', local],
    ['amqp://localhost/', local],
    ['amqp://localhost//', local],
    ['amqp://localhost/%2F', local],
    ['amqp://localhost/%2f', local],
    ['pyamqp://localhost//', local],
    ['librabbitmq://localhost', local],
    [' AMQP://localhost\n', local],
    ['amqp://h:5673', { ...local, host: 'h', port: 5673 }],
    ['amqp://h/v', { ...local, host: 'h', vhost: 'v' }],
    ['amqp://h//v', { ...local, host: 'h', vhost: '/v' }],
    ['amqp://h/%2Fv', { ...local, host: 'h', vhost: '/v' }],
    ['amqp://h/a%2Fb%20c', { ...local, host: 'h', vhost: 'a/b c' }],
    ['amqp://u@h', { ...local, host: 'h', username: 'u' }],
    ['amqp://u:p%40ss%2Fw%3Ard@h/v', { ...local, host: 'h', username: 'u', password: 'p@ss/w:rd', vhost: 'v' }],
    ['amqps://h', { ...local, host: 'h', tls: TLS }],
    [
      'amqps://h:5671/v?ssl_cert_reqs=none',
      { ...local, host: 'h', port: 5671, vhost: 'v', tls: { ...TLS, verify: false } },
    ],
    ['amqps://h?ssl_check_hostname=False', { ...local, host: 'h', tls: { ...TLS, checkHostname: false } }],
    ['amqp://[::1]:5673/v', { ...local, host: '::1', port: 5673, vhost: 'v' }],
    ['amqp://h?heartbeat=15', { ...local, host: 'h', heartbeat: 15 }],
    ['amqp://h?heartbeat=0', { ...local, host: 'h' }],
    ['amqp://h?heartbeat=1', { ...local, host: 'h', heartbeat: 5 }],
    ['amqp://h?heartbeat=3600', { ...local, host: 'h', heartbeat: 60 }],
    ['amqp://h?login_method=external', { ...local, host: 'h', login: 'external' }],
    ['amqp://h?connect_timeout=4&login_method=PLAIN', { ...local, host: 'h' }],
  ])('%j', (url, host) => {
    expect(parse(url)).toEqual({ hosts: [host] });
  });

  it('as several, each with its own login, port and vhost', () => {
    expect(parse('amqp://a:x@h1/v;amqps://b:y@h2:5673//; pyamqp://h3')).toEqual({
      hosts: [
        { ...local, host: 'h1', username: 'a', password: 'x', vhost: 'v' },
        { ...local, host: 'h2', port: 5673, username: 'b', password: 'y', tls: TLS },
        { ...local, host: 'h3' },
      ],
    });
  });
});

describe('a URL of RabbitMQ is refused', () => {
  it.each<[string, string]>([
    ['amqp://u:secret@h1,h2', 'names several hosts: wanted each with its own scheme'],
    ['amqp://u:secret@h1;h2', 'has a part without amqp:// or amqps://'],
    ['amqp://u:secret@h1;redis://h2', 'has a part without amqp://'],
    ['amqp://u:secret@h1;', 'has a part without amqp://'],
    ['amqp://u:secret@h:99999', 'has no readable host and port'],
    ['amqp://u:sec/ret@h/v', 'write / as %2F'],
    ['amqp://u:sec#ret@h', 'holds a #: write it as %23'],
    ['amqp://u:secret@${HOST}/v', 'the placeholder ${HOST}'],
    ['amqp://u:secret@h/${VHOST}', 'the placeholder ${VHOST}'],
    ['amqp://u:${secret}@h', 'has a placeholder for its user name or password'],
    ['amqp://u:secret@h?heartbeat=soon', 'has heartbeat=soon: wanted seconds'],
    ['amqp://u:secret@h?login_method=KERBEROS', 'has login_method=KERBEROS: wanted PLAIN or EXTERNAL'],
    ['amqps://u:secret@h?ca_certs=/etc/ca.pem', 'has TLS options in its query'],
    ['amqps://u:secret@h?ssl_cert_reqs=maybe', 'has ssl_cert_reqs=maybe: wanted one of required'],
    ['amqp//u:secret@h', 'has no scheme'],
  ])('%j', (url, wanted) => {
    const read = parse(url);
    expect(read).toEqual({ problem: expect.stringContaining(wanted) });
    expect((read as BrokerUrlProblem).problem).not.toMatch(/secret|sec\/ret|sec#|ret@/);
  });
});

describe('settings that do not go together with RabbitMQ', () => {
  const place = readUrl([amqpTransport], 'amqp://u:secret@h');
  const misfits = (settings: Readonly<Record<string, unknown>>): readonly string[] =>
    'problem' in place
      ? []
      : place
          .misfits({ transportOptions: {}, ...settings } as unknown as Parameters<typeof place.misfits>[0])
          .map(({ key, wanted }) => `${key}: ${wanted}`);

  it('are events that are kept for nobody, and a management API that is none', () => {
    expect(misfits({})).toEqual([]);
    expect(misfits({ eventQueueKeep: 600, instance: 'a', managementUrl: 'https://u:secret@h:15671/rabbit' })).toEqual(
      [],
    );
    expect(misfits({ eventQueueKeep: 600 })).toEqual([expect.stringMatching(/^instance: a name that stays the same/)]);
    for (const managementUrl of ['h:15672', 'amqp://h', 'secret'])
      expect(misfits({ managementUrl })).toEqual([
        expect.stringMatching(/^rabbitmq_management_url: an address such as/),
      ]);
  });
});
