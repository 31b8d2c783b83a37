// A web configuration that lost its end, or its locks, is told from one that only changed.
import { describe, expect, it } from '@jest/globals';
import { locksTakenAway, rulesOf } from './locks.js';
import { NO_WEB_CONFIG, type TlsPlan, type WebConfig } from './web-config.js';

const TLS: TlsPlan = {
  cert: 'c',
  key: 'k',
  clientAuth: 'RequireAndVerifyClientCert',
  clientCa: 'ca',
  allowedSans: ['prometheus'],
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: undefined,
  curves: undefined,
  serverChoosesCipher: true,
};
const USERS = [{ name: 'prom', hash: 'h' }];
const LOCKED: WebConfig = { ...NO_WEB_CONFIG, tls: TLS, users: USERS };
const withTls = (tls: Partial<TlsPlan>): WebConfig => ({ ...LOCKED, tls: { ...TLS, ...tls } });

describe('the locks that a new file takes away', () => {
  it.each<[string, WebConfig, readonly string[]]>([
    ['an empty file', NO_WEB_CONFIG, ['tls_server_config', 'basic_auth_users']],
    ['one cut before its users', { ...LOCKED, users: [] }, ['basic_auth_users']],
    ['one without TLS', { ...LOCKED, tls: undefined }, ['tls_server_config']],
    [
      'one cut within tls_server_config',
      withTls({ clientAuth: 'NoClientCert', clientCa: undefined, allowedSans: undefined }),
      ['client_auth_type', 'client_allowed_sans'],
    ],
    ['one that takes any certificate', withTls({ clientAuth: 'RequireAnyClientCert' }), ['client_auth_type']],
    ['one that takes all names', withTls({ allowedSans: [] }), ['client_allowed_sans']],
  ])('%s', (_, after, keys) => {
    expect(locksTakenAway(LOCKED, after)).toEqual(keys);
  });

  it('are none where certificates, passwords, names or other users come, or a lock', () => {
    expect(locksTakenAway(LOCKED, withTls({ cert: 'c2', key: 'k2', clientCa: 'ca2', allowedSans: ['other'] }))).toEqual(
      [],
    );
    expect(locksTakenAway(LOCKED, { ...LOCKED, users: [{ name: 'other', hash: 'h2' }] })).toEqual([]);
    expect(locksTakenAway(NO_WEB_CONFIG, LOCKED)).toEqual([]);
    expect(
      locksTakenAway(withTls({ clientAuth: 'RequestClientCert' }), withTls({ clientAuth: 'NoClientCert' })),
    ).toEqual([]);
  });
});

it('who may connect is the same after a renewal, and another after anything else', () => {
  expect(rulesOf({ ...TLS, cert: 'c2', key: 'k2' })).toBe(rulesOf(TLS));
  for (const other of [{ clientAuth: 'NoClientCert' }, { clientCa: 'ca2' }, { allowedSans: ['x'] }] as const)
    expect(rulesOf({ ...TLS, ...other })).not.toBe(rulesOf(TLS));
  expect(rulesOf(undefined)).not.toBe(rulesOf({ ...TLS, clientAuth: 'NoClientCert' }));
});
