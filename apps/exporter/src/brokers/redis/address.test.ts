// Broker URLs as Celery takes them, and what is refused.
import { describe, expect, it } from '@jest/globals';
import { type BrokerUrlProblem, readUrl } from '../transport.js';
import { redisTransport } from './redis-broker.js';

const parse = (url: string): unknown => {
  const read = readUrl([redisTransport], url);
  return 'problem' in read ? read : read.address;
};

const NOBODY = { username: undefined, password: undefined };
const TLS = { verify: undefined, checkHostname: undefined, caFile: undefined, certFile: undefined, keyFile: undefined };
const local = { kind: 'redis', host: 'localhost', port: 6379, db: 0, tls: undefined, ...NOBODY };
const socket = { kind: 'socket', path: '/run/redis/redis.sock', db: 0, ...NOBODY };
const sentinels = {
  kind: 'sentinel',
  sentinels: [
    { host: 'h1', port: 26379 },
    { host: 'h2', port: 26380 },
  ],
  db: 0,
  tls: undefined,
  ...NOBODY,
};

describe('a URL of Redis is read as kombu reads it', () => {
  it.each<[string, object]>([
    ['redis://localhost:6379/0', local],
    ['redis://localhost', local],
    ['redis://localhost/', local],
    ['redis://localhost//', local],
    [' redis://localhost:6379/0\n', local],
    ['REDIS://localhost', local],
    ['redis://', { ...local, host: '127.0.0.1' }],
    ['redis:///2', { ...local, host: '127.0.0.1', db: 2 }],
    ['redis://localhost/15', { ...local, db: 15 }],
    ['redis://localhost//15', { ...local, db: 15 }],
    ['redis://localhost?virtual_host=3', { ...local, db: 3 }],
    ['redis://localhost/?virtual_host=/3', { ...local, db: 3 }],
    ['redis://localhost:6390/1?socket_timeout=5', { ...local, port: 6390, db: 1 }],
    ['redis://[::1]:6380/1', { ...local, host: '::1', port: 6380, db: 1 }],
    ['redis://my_host-1.example/0', { ...local, host: 'my_host-1.example' }],
    ['redis://:secret@localhost', { ...local, password: 'secret' }],
    ['redis://someone:secret@localhost', { ...local, username: 'someone', password: 'secret' }],
    ['redis://someone@localhost', { ...local, username: 'someone' }],
    ['redis://:p%40ss%2Fw%3Ao%25rd@localhost', { ...local, password: 'p@ss/w:o%rd' }],
    ['redis://:p@ss:w|ö^rd@localhost', { ...local, password: 'p@ss:w|ö^rd' }],
    ['redis://:100%@localhost', { ...local, password: '100%' }],
    ['rediss://localhost', { ...local, tls: TLS }],
    ['redis://localhost?ssl_cert_reqs=none', { ...local, tls: { ...TLS, verify: false } }],
    ['rediss://localhost/1?ssl_cert_reqs=CERT_NONE', { ...local, db: 1, tls: { ...TLS, verify: false } }],
    ['rediss://localhost?ssl_cert_reqs=required', { ...local, tls: { ...TLS, verify: true } }],
    [
      'rediss://localhost?ssl_cert_reqs=CERT_OPTIONAL&ssl_check_hostname=false',
      { ...local, tls: { ...TLS, verify: true, checkHostname: false } },
    ],
    [
      'rediss://localhost?ssl_ca_certs=/etc/ca.pem&ssl_certfile=/etc/c.pem&ssl_keyfile=%2Fetc%2Fk.pem',
      { ...local, tls: { ...TLS, caFile: '/etc/ca.pem', certFile: '/etc/c.pem', keyFile: '/etc/k.pem' } },
    ],
    ['redis+socket:///run/redis/redis.sock', socket],
    ['redis+socket:///run/redis/redis.sock?virtual_host=3', { ...socket, db: 3 }],
    ['redis+socket://:pw@/run/redis/redis.sock', { ...socket, password: 'pw' }],
    ['unix:///run/redis/redis.sock?db=3', { ...socket, db: 3 }],
    ['unix:///run/my%20redis.sock', { ...socket, path: '/run/my redis.sock' }],
    ['sentinel://h1:26379;sentinel://h2:26380', sentinels],
    ['sentinel://h1;sentinel://h2:26380/0', sentinels],
    ['sentinel://:pw@h1:26379;sentinel://h2:26380/0', { ...sentinels, password: 'pw' }],
    ['sentinel://h1:26379;sentinel://:pw@h2:26380', { ...sentinels, password: 'pw' }],
    ['sentinel://u:pw@h1:26379/5;sentinel://h2:26380/5', { ...sentinels, username: 'u', password: 'pw', db: 5 }],
    ['sentinel://h1:26379/5;sentinel://h2:26380', { ...sentinels, db: 5 }],
    ['sentinel://h1?ssl_cert_reqs=required;sentinel://h2:26380', { ...sentinels, tls: { ...TLS, verify: true } }],
  ])('%j', (url, address) => {
    expect(parse(url)).toEqual(address);
  });
});

describe('a URL of Redis may have', () => {
  it.each([
    ['redis://:pa$$w0rd@h', 'pa$$w0rd'],
    ['redis://:$ecret@h', '$ecret'],
    ['redis://:a<b>c@h', 'a<b>c'],
    ['redis://:%24REDIS_PASSWORD@h', '$REDIS_PASSWORD'],
    ['redis://:%24%7BX%7D@h', '${X}'],
    ['redis://:50%25@h', '50%'],
    ['redis://:a,b@h', 'a,b'],
    ['redis://:a@b@h', 'a@b'],
    ['redis://:None@h', 'None'],
    ['redis://:__a__@h', '__a__'],
  ])('a password that looks a little like a placeholder: %j', (url, password) => {
    expect(parse(url)).toMatchObject({ kind: 'redis', host: 'h', password });
  });

  it.each([
    ['redis+socket:///run/r%C3%A9dis/redis.sock', '/run/rédis/redis.sock'],
    ['redis+socket:///run/%C3%A9tage%20un/redis.sock', '/run/étage un/redis.sock'],
    ['redis+socket:///%E8%BF%90%E8%A1%8C/redis.sock?virtual_host=2', '/运行/redis.sock'],
    ['unix:///run/a%5Fb%5Fc.sock', '/run/a_b_c.sock'],
  ])('a path with bytes that are percent-encoded: %j', (url, path) => {
    expect(parse(url)).toMatchObject({ kind: 'socket', path });
  });

  it('a query with such bytes', () => {
    const url = 'rediss://h/0?ssl_ca_certs=/etc/cl%C3%A9s/%C3%A9.pem';
    expect(parse(url)).toMatchObject({ tls: { caFile: '/etc/clés/é.pem' } });
  });

  it.each([
    'none.example',
    'null-1',
    'redis_1',
    'redis.internal',
    '[::1]',
    '[fe80::1%eth0]',
    'bücher.example',
    'локальный',
    'h-1',
  ])('the host %j', (host) => {
    expect(parse(`redis://:pw@${host}:6379/0`)).toMatchObject({ kind: 'redis', port: 6379 });
  });
});

describe('a URL of Redis is refused', () => {
  it.each<[string, string, string]>([
    [
      'amqp://u:secret@host//',
      'amqp://[redacted]@host/',
      'the transport amqp, which is not supported: wanted redis://',
    ],
    ['pyamqp://host', 'pyamqp://host', 'not supported'],
    ['sqs://key:secret@', 'sqs://[redacted]@', 'not supported'],
    ['redis+cluster://host', 'redis+cluster://host', 'not supported'],
    ['localhost:6379', 'localhost:6379', 'has no scheme: wanted redis://'],
    ['', ' ', 'has no scheme'],
    ['redis//:secret@h/0', '[redacted]', 'has no scheme'],
    ['redis:/:secret@h', '[redacted]', 'has no scheme'],
    [':secret@h', '[redacted]', 'has no scheme'],
    ['secret', '[redacted]', 'has no scheme'],
    ['host:secret', '[redacted]', 'has no scheme'],
    ['redis://:secret@host/zero', 'redis://[redacted]@host/zero', 'has the database "zero": wanted a number'],
    ['redis://:p@ss/secret@host', 'redis://[redacted]@host', 'has an @ behind its host'],
    ['redis://host/-1', 'redis://host/-1', 'has the database "-1"'],
    ['redis://host/0/', 'redis://host/0/', 'has the database "0/"'],
    ['redis://host/0x1', 'redis://host/0x1', 'has the database "0x1"'],
    ['redis://:secret', 'redis://:[redacted]', 'has no readable host and port'],
    ['redis://:sec/ret@host', 'redis://[redacted]@host', 'write / as %2F'],
    ['redis://:secret@host:port', 'redis://[redacted]@host:port', 'has no readable host and port'],
    ['redis://host:70000', 'redis://host:70000', 'has no readable host and port'],
    ['redis://ho st', 'redis://ho st', 'has no readable host and port'],
    ['redis://:sec#ret@host', 'redis://[redacted]', 'holds a #: write it as %23'],
    ['redis://:secret@h1;redis://h2', 'redis://[redacted]@h1;redis://h2', 'is a list of brokers: wanted one'],
    [
      'rediss://host?ssl_cert_reqs=maybe',
      'rediss://host',
      'has ssl_cert_reqs=maybe: wanted one of required, optional, none',
    ],
    ['redis://:secret@h,h2:6379/0', 'redis://[redacted]@h,h2:6379/0', 'names several hosts: wanted one, or Sentinels'],
    ['redis://h1:6379,h2:6379', 'redis://h1:6379,h2:6379', 'names several hosts'],
    ['sentinel://h1,h2:26379/0', 'sentinel://h1,h2:26379/0', 'names several hosts'],
    ['redis://h&h2', 'redis://h&h2', 'has a host name that can be none'],
    ['redis://:secret@${REDIS_HOST}:6379/0', '', 'the placeholder ${REDIS_HOST}, which nothing has filled in'],
    ['redis://:secret@${REDIS_HOST:-redis}:6379/0', '', 'the placeholder ${REDIS_HOST:-redis}'],
    ['redis://h:${PORT}/0', '', 'the placeholder ${PORT}'],
    ['redis://h/$REDIS_DB', '', 'the placeholder $REDIS_DB'],
    ['redis://$REDIS_HOST:6379', '', 'the placeholder $REDIS_HOST,'],
    ['redis://$(REDIS_HOST):6379', '', 'the placeholder $(REDIS_HOST),'],
    ['redis://{{ redis_host }}/0', '', 'the placeholder {{ redis_host }}'],
    ['redis://{host}/0', '', 'the placeholder {host}'],
    ['redis://<host>:6379/0', '', 'the placeholder <host>'],
    ['redis://%(redis_host)s/0', '', 'the placeholder %(redis_host)s'],
    ['redis://%REDIS_HOST%/0', '', 'the placeholder %REDIS_HOST%'],
    ['redis+socket://${RUN}/redis.sock', '', 'the placeholder ${RUN}'],
    ['sentinel://h1;sentinel://${H2}', '', 'the placeholder ${H2}'],
    ['redis://%DB_HOST%:6379', '', 'the placeholder %DB_HOST%'],
    ['redis+socket:///run/%CACHE_DIR%/redis.sock', '', 'the placeholder %CACHE_DIR%'],
    ['redis://@@REDIS_HOST@@:6379', '', 'the placeholder @@REDIS_HOST@@'],
    ['redis://@REDIS_HOST@:6379/0', '', 'the placeholder @REDIS_HOST@'],
    ['redis://:secret@@@REDIS_HOST@@:6379', '', '@@REDIS_HOST@@,'],
    ['redis://h/@@REDIS_DB@@', '', 'the placeholder @@REDIS_DB@@'],
    ['redis://__REDIS_HOST__:6379', '', 'the placeholder __REDIS_HOST__'],
    ['redis://:secret@None:6379', '', 'the placeholder None'],
    ['redis://undefined:6379', '', 'the placeholder undefined'],
    ['redis://null', '', 'the placeholder null'],
    ['sentinel://h1;sentinel://:secret@None:26379/0', '', 'the placeholder None'],
    ...[
      'redis://:${secret}@h',
      'redis://:{{ secret }}@h',
      'redis://:{{ a/secret }}@h',
      'redis://:%(secret)s@h',
      'redis://:<secret>@h',
      'redis://:$REDIS_PASSWORD@h',
      'redis://$USER_NAME:secret@h',
      'redis://:%SECRET%@h',
      'redis://:[redacted]@h',
      'redis://:@@SECRET@@@h',
      'redis://:__SECRET__@h',
      'redis://:**@h',
    ].map((url): [string, string, string] => [url, 'redis://', 'has a placeholder for its user name or password']),
    ['redis+socket://run/redis.sock', 'redis+socket://run/redis.sock', 'names no socket: wanted three slashes'],
    ['unix://', 'unix://', 'names no socket'],
    ['sentinel://:secret@h1;h2', 'sentinel://', 'has a part without sentinel://'],
    ['sentinel://h1;sentinel://', 'sentinel://h1', 'has a Sentinel without a host'],
    [
      'sentinel://h1;sentinel://:secret@h2/5',
      'sentinel://h1;sentinel://[redacted]@h2/5',
      'has the database 5 on a later Sentinel',
    ],
  ])('%j', (url, named, wanted) => {
    const read = parse(url);
    expect(read).toEqual({ problem: expect.stringContaining(wanted) });
    const { problem } = read as BrokerUrlProblem;
    if (!url.includes('#')) expect(problem).toContain(named);
    expect(problem).not.toMatch(/secret|sec\/ret|sec#|ret@/);
  });
});
