// Go's five ways to ask for a client's certificate, and the names in it.
import { describe, expect, it, test } from '@jest/globals';
import { certificateRefusal, namesIn } from './client-certificate.js';
import { CLIENT_AUTH_TYPES } from './go-tls-names.js';

const raw = Buffer.from('client');
const own = Buffer.from('server');
const rules = { allowedSans: undefined, own };
const NONE = { raw: undefined, fault: 'UNABLE_TO_GET_ISSUER_CERT', names: undefined };
const STRANGE = { raw, fault: 'SELF_SIGNED_CERT_IN_CHAIN', names: undefined };
const TRUSTED = { raw, fault: undefined, names: 'DNS:prometheus.example' };
const comeIn = (shown: typeof NONE | typeof STRANGE | typeof TRUSTED): readonly boolean[] =>
  CLIENT_AUTH_TYPES.map((clientAuth) => certificateRefusal(shown, { ...rules, clientAuth }) === undefined);

describe('by client_auth_type', () => {
  it('no certificate, one that nobody knows, a trusted one, and the own one of a command on this machine', () => {
    expect(comeIn(NONE)).toEqual([true, true, false, true, false]);
    expect(comeIn(STRANGE)).toEqual([true, true, true, false, false]);
    expect(comeIn(TRUSTED)).toEqual([true, true, true, true, true]);
    expect(comeIn({ ...STRANGE, raw: own })).toEqual([true, true, true, true, true]);
  });

  it('the reason is told, and nothing of the certificate', () => {
    expect(certificateRefusal(NONE, { ...rules, clientAuth: 'RequireAndVerifyClientCert' })).toMatch(/none was shown/);
    expect(certificateRefusal(STRANGE, { ...rules, clientAuth: 'VerifyClientCertIfGiven' })).toMatch(/SELF_SIGNED/);
  });
});

test('one of client_allowed_sans must stand in it', () => {
  const asked = (allowedSans: readonly string[]) =>
    certificateRefusal(TRUSTED, { clientAuth: 'RequireAndVerifyClientCert', own, allowedSans });
  expect(asked(['prometheus.example', 'x'])).toBeUndefined();
  expect(asked(['example', 'prometheus.example.com'])).toMatch(/client_allowed_sans/);
  expect(asked([])).toMatch(/client_allowed_sans/);
});

test('names are read as Node.js writes them; what stands in quotes is no second name', () => {
  expect(namesIn('DNS:a.b, IP Address:10.0.0.1, URI:spiffe://x/y, email:a@b.c, DirName:CN=z')).toEqual([
    'a.b',
    '10.0.0.1',
    'spiffe://x/y',
    'a@b.c',
  ]);
  expect(namesIn(String.raw`DNS:"evil, DNS:good", DNS:"q\"uote"`)).toEqual(['evil, DNS:good', 'q"uote']);
  expect(namesIn('')).toEqual([]);
});
