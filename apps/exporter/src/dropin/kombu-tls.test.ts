// What kombu takes for granted about TLS, written out in the URL, and what is said of it.
import { describe, expect, it } from '@jest/globals';
import { readBrokerUrl } from '../brokers/table.js';
import { asKombu, type KombuTls } from './kombu-tls.js';

const NONE = '?ssl_cert_reqs=none';
const ANY_HOST = '?ssl_check_hostname=false';
const OVER: KombuTls = { isOverTls: true };

describe('TLS as kombu has it', () => {
  it.each<[string, KombuTls, string, RegExp | undefined]>([
    ['redis://h', {}, 'redis://h', undefined],
    ['rediss://h/1', {}, `rediss://h/1${NONE}`, /certificate is not checked/],
    ['rediss://h?a=b', {}, 'rediss://h?a=b&ssl_cert_reqs=none', /ssl_cert_reqs=required/],
    ['rediss://h?ssl_cert_reqs=required', {}, 'rediss://h?ssl_cert_reqs=required', undefined],
    ['rediss://h?ssl_ca_certs=/ca', {}, 'rediss://h?ssl_ca_certs=/ca', undefined],
    ['redis://h', OVER, 'rediss://h', undefined],
    ['rediss://h', OVER, 'rediss://h', undefined],
    ['redis://h', { ...OVER, checksHostname: false }, `rediss://h${ANY_HOST}`, undefined],
    ['amqp://h/v', {}, 'amqp://h/v', undefined],
    ['amqps://h/v', {}, `amqps://h/v${ANY_HOST}`, /host name .* is not checked/],
    ['amqp://a;amqp://b', OVER, `amqps://a${ANY_HOST};amqps://b${ANY_HOST}`, /ssl_check_hostname=true/],
    ['amqp://h', { ...OVER, serverName: 'rabbit' }, 'amqps://h', undefined],
    ['amqp://h', { ...OVER, checksHostname: true }, 'amqps://h', undefined],
    ['amqp://h', { ...OVER, checksHostname: false }, `amqps://h${ANY_HOST}`, undefined],
    ['amqps://h?ssl_check_hostname=true', {}, 'amqps://h?ssl_check_hostname=true', undefined],
    ['sentinel://a;sentinel://b', OVER, 'sentinel://a?ssl_cert_reqs=required;sentinel://b', undefined],
    ['redis+socket:///run/redis.sock', OVER, 'redis+socket:///run/redis.sock', undefined],
  ])('%s with %j is %s', (given, tls, wanted, notice) => {
    const { url, notices } = asKombu(given, tls, false);
    expect(url).toBe(wanted);
    expect(readBrokerUrl(url)).toHaveProperty('transport');
    if (notice === undefined) expect(notices).toEqual([]);
    else expect(notices[0]).toMatch(notice);
  });

  it('is ours where our own options of TLS are set', () => {
    expect(asKombu('rediss://h', {}, true)).toEqual({ url: 'rediss://h', notices: [] });
    expect(asKombu('amqp://h', OVER, true)).toEqual({ url: 'amqps://h', notices: [] });
  });
});
