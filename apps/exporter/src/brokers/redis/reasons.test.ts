// Why a connection failed, in words for people and in labels for metrics.
import { describe, expect, it } from '@jest/globals';
import { isFatal, reasonOf, replyCode } from './reasons.js';
import { Fault } from '../fault.js';

const plain = { where: 'h:6379', tls: false, secrets: ['hunter22'] };
const secured = { ...plain, tls: true };

const socketError = (code: string, message = `connect ${code} 10.0.0.1:6379`, more: object = {}): Error =>
  Object.assign(new Error(message), { code, ...more });
const reply = (message: string): Error =>
  Object.assign(new Error(message), { name: 'ReplyError', command: { name: 'auth', args: ['hunter22'] } });

describe('a reason', () => {
  it.each<[Error, string]>([
    [socketError('ECONNREFUSED'), 'h:6379 refuses the connection: nothing listens there'],
    [
      Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' }),
      'h:6379 refuses the connection: nothing listens there',
    ],
    [socketError('ENOTFOUND'), 'the name in h:6379 is not known to DNS'],
    [socketError('ETIMEDOUT'), 'h:6379 does not answer in time'],
    [socketError('ECONNRESET'), 'h:6379 has reset the connection'],
    [socketError('EMFILE', 'too many open files'), 'h:6379: too many open files'],
    [new Error('Connection is closed.'), 'h:6379 has closed the connection'],
    [
      reply('WRONGPASS invalid username-password pair or user is disabled.'),
      'h:6379 refuses the login: wrong password or user name',
    ],
    [reply('ERR invalid password'), 'h:6379 refuses the login: wrong password or user name'],
    [reply('NOAUTH Authentication required.'), 'h:6379 wants a password, and none is configured'],
    [reply('LOADING Redis is loading the dataset in memory'), 'h:6379 is loading its data from disk'],
    [
      reply("READONLY You can't write against a read only replica."),
      'h:6379 is a read-only replica: the exporter needs the master',
    ],
    [
      reply('UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)'),
      'h:6379 has been made a replica',
    ],
    [reply('MASTERDOWN Link with MASTER is down'), 'h:6379 is a replica that has lost its master'],
    [reply('ERR max number of clients reached'), 'h:6379 has no connection left: maxclients is reached'],
    [reply('ERR DB index is out of range'), 'h:6379 has no database of that number'],
    [
      reply("ERR unknown command 'AUTH', with args beginning with: 'hunter22'\r\n"),
      "h:6379: ERR unknown command 'AUTH', with args beginning with: '[redacted]'",
    ],
    [
      reply("NOPERM User hunter22 has no permissions to run the 'select' command"),
      'h:6379 denies permission: its user needs +select (Redis ACL)',
    ],
    [
      reply('NOPERM No permissions to access a key, says hunter22'),
      'h:6379 denies permission: NOPERM No permissions to access a key, says [redacted]',
    ],
    [new Error('Unknown RESP type 21 "\x15". Please report this.'), 'h:6379 speaks TLS: use rediss:// there'],
    [new Error('Unknown RESP type 72 "H". Please report this.'), 'h:6379 does not speak the protocol of Redis'],
    [new Fault('as it is, with hunter22'), 'as it is, with hunter22'],
  ])('of %s', (error, sentence) => {
    expect(reasonOf(error, plain)).toBe(sentence);
  });

  it.each<[Error, string]>([
    [
      socketError('SELF_SIGNED_CERT_IN_CHAIN'),
      'TLS: the certificate of h:6379 is signed by no authority that is trusted here; name its CA file with broker_tls_ca_file (SELF_SIGNED_CERT_IN_CHAIN)',
    ],
    [
      socketError('CERT_HAS_EXPIRED'),
      'TLS: the certificate of h:6379 has expired; renew it there (until then only broker_tls_verify=false accepts it)',
    ],
    [
      socketError('ERR_TLS_CERT_ALTNAME_INVALID', '', { reason: "Host: h. is not in the cert's altnames: DNS:other" }),
      "TLS: the certificate of h:6379 is for another host name: Host: h. is not in the cert's altnames: DNS:other; put its name into broker_url, or add ?ssl_check_hostname=false there, which checks the authority alone",
    ],
    [socketError('ERR_SSL_WRONG_VERSION_NUMBER'), 'TLS: h:6379 does not speak TLS: use redis:// there, in broker_url'],
    [
      socketError('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'),
      'TLS: h:6379 wants a client certificate; name one with broker_tls_cert_file and broker_tls_key_file',
    ],
    [
      socketError('ERR_OSSL_BAD_DECRYPT'),
      'TLS: the key of broker_tls_key_file is encrypted; wanted one without a passphrase',
    ],
    [
      socketError('ERR_SSL_NEW_TROUBLE', 'new trouble'),
      'TLS: h:6379: new trouble; broker_tls_ca_file, broker_tls_cert_file, broker_tls_key_file and broker_tls_verify decide about TLS',
    ],
    [socketError('ETIMEDOUT'), 'h:6379 does not answer in time, or does not speak TLS'],
  ])('over TLS of %s', (error, sentence) => {
    expect(reasonOf(error, secured)).toBe(sentence);
  });

  it('over TLS names the option that mends it, whatever the trouble', () => {
    const codes = [
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'CERT_HAS_EXPIRED',
      'CERT_NOT_YET_VALID',
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'HOSTNAME_MISMATCH',
      'ERR_SSL_WRONG_VERSION_NUMBER',
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
      'ERR_SSL_UNSUPPORTED_PROTOCOL',
      'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
      'ERR_OSSL_PEM_NO_START_LINE',
      'ERR_OSSL_BAD_DECRYPT',
      'CERT_REVOKED',
      'INVALID_PURPOSE',
      'ERR_SSL_SOMETHING_NEW',
    ];
    for (const code of codes) {
      const text = reasonOf(socketError(code, 'odd'), secured);
      expect([code, text]).toEqual([code, expect.stringMatching(/^TLS: .*\bbroker_(?:url|tls_[a-z_]+)/)]);
    }
  });

  it('is one short line, whatever comes', () => {
    expect(reasonOf(new Error(`a\nb ${'c'.repeat(1000)}`), plain)).toMatch(/^h:6379: a b c{1,300}$/);
    expect(reasonOf('a text', plain)).toBe('h:6379: a text');
    expect(reasonOf(undefined, plain)).toBe('h:6379: undefined');
    expect(reasonOf(socketError('constructor', 'odd'), plain)).toBe('h:6379: odd');
  });
});

it('knows which errors leave a connection useful', () => {
  expect(replyCode(reply('WRONGTYPE Operation against a key'))).toBe('WRONGTYPE');
  expect(replyCode(socketError('ECONNRESET'))).toBeUndefined();
  const fatal = [
    socketError('ECONNRESET'),
    new Error('Connection is closed.'),
    reply('READONLY x'),
    reply('NOAUTH x'),
    reply('LOADING x'),
  ];
  const harmless = [reply('WRONGTYPE x'), reply('NOPERM x'), reply('MISCONF x'), reply('ERR x'), reply('BUSY x')];
  expect(fatal.map(isFatal)).toEqual(fatal.map(() => true));
  expect(harmless.map(isFatal)).toEqual(harmless.map(() => false));
});
