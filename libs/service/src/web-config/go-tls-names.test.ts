// Each of Go's names leads to something that OpenSSL has.
import { getCurves } from 'node:crypto';
import { createSecureContext, getCiphers } from 'node:tls';
import { expect, test } from '@jest/globals';
import { CIPHER_NAMES, CURVE_NAMES, opensslCiphers, opensslCurves } from './go-tls-names.js';

test('every cipher suite is known to OpenSSL', () => {
  const known = getCiphers().map((name) => name.toUpperCase());
  for (const name of CIPHER_NAMES) {
    const offered = (opensslCiphers([name], 'TLSv1.2') ?? '').split(':');
    expect(offered.filter((each) => !known.includes(each))).toEqual([]);
    expect(offered.length).toBeGreaterThanOrEqual(3);
  }
});

test('every curve is taken by OpenSSL, in the order that was given', () => {
  expect(opensslCurves(CURVE_NAMES)).toBe('P-256:P-384:P-521:X25519');
  expect(getCurves().length).toBeGreaterThan(0);
  expect(() => createSecureContext({ ecdhCurve: opensslCurves(CURVE_NAMES) })).not.toThrow();
});

test('old versions need a lower level of security, and nothing else does', () => {
  expect(opensslCiphers([], 'TLSv1.2')).toBeUndefined();
  expect(opensslCiphers([], 'TLSv1.3')).toBeUndefined();
  expect(opensslCiphers([], 'TLSv1')).toBe('DEFAULT:@SECLEVEL=0');
  expect(opensslCiphers(['TLS_RSA_WITH_AES_128_CBC_SHA'], 'TLSv1.1')).toMatch(/:AES128-SHA:@SECLEVEL=0$/);
});
