// TLS in the words of Python's programs, from the URL and from their settings alike.
import { describe, expect, it } from '@jest/globals';
import { overTls, readCertReqs } from './python-tls.js';
import { readBrokerUrl } from './table.js';

describe('the same broker over TLS', () => {
  it.each([
    ['redis://:pw@h:6379/0', 'rediss://:pw@h:6379/0'],
    ['REDIS://h', 'rediss://h'],
    [' redis://h', ' rediss://h'],
    ['rediss://h?ssl_cert_reqs=none', 'rediss://h?ssl_cert_reqs=none'],
    ['amqp://a/v;pyamqp://b/v; librabbitmq://c/v', 'amqps://a/v;amqps://b/v; amqps://c/v'],
    ['librabbitmq://u:redis:%2F%2F@h', 'amqps://u:redis:%2F%2F@h'],
    ['amqps://a;amqp://b', 'amqps://a;amqps://b'],
    ['redis+socket:///run/redis.sock', 'redis+socket:///run/redis.sock'],
    ['sentinel://a:26379/2;sentinel://b', 'sentinel://a:26379/2?ssl_cert_reqs=required;sentinel://b'],
    ['sentinel://a?db=2', 'sentinel://a?db=2&ssl_cert_reqs=required'],
    ['sentinel://a?ssl_cert_reqs=none', 'sentinel://a?ssl_cert_reqs=none'],
  ])('%s is %s', (url, wanted) => {
    expect(overTls(url)).toBe(wanted);
    expect(readBrokerUrl(overTls(url))).toHaveProperty('transport');
  });
});

describe('cert_reqs', () => {
  it('is known by its number, its word and its constant, in a URL as well', () => {
    const words = { required: true, optional: true, none: false };
    Object.entries(words).forEach(([word, verify], i) => {
      for (const text of [word, word.toUpperCase(), `CERT_${word}`, `ssl.CERT_${word.toUpperCase()}`, String(2 - i)]) {
        expect([text, readCertReqs(text)]).toEqual([text, verify]);
        expect(readBrokerUrl(`rediss://h?ssl_cert_reqs=${text}`)).toMatchObject({ transport: 'redis' });
      }
    });
  });

  it.each(['constructor', 'toString', '__proto__', '3', '', 'cert_', 'ssl.none'])('is not %s', (word) => {
    expect(readCertReqs(word)).toBeUndefined();
  });

  it.each(['ssl_cert_reqs=constructor', 'ssl_check_hostname=constructor', 'ssl_check_hostname=toString'])(
    'nor is %s in a URL a word for yes or no',
    (parameter) => {
      const read = readBrokerUrl(`rediss://h?${parameter}`);
      expect('problem' in read && read.problem).toContain(`has ${parameter}: wanted one of`);
    },
  );
});
