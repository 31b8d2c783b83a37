// What Go's crypto/tls calls things, as Prometheus's web configuration file writes them, in the words of OpenSSL, which
// Node.js speaks.

export const TLS_VERSIONS = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;
export type TlsVersion = (typeof TLS_VERSIONS)[keyof typeof TLS_VERSIONS];

/** Of which a list cannot choose, in Go; all of them are always offered where TLS 1.3 is. */
const ALWAYS = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

/** Those that `tls.CipherSuites()` gives in any release of Go that Prometheus was built with. */
const CIPHERS: Readonly<Record<string, string>> = {
  TLS_RSA_WITH_AES_128_CBC_SHA: 'AES128-SHA',
  TLS_RSA_WITH_AES_256_CBC_SHA: 'AES256-SHA',
  TLS_RSA_WITH_AES_128_GCM_SHA256: 'AES128-GCM-SHA256',
  TLS_RSA_WITH_AES_256_GCM_SHA384: 'AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
};
export const CIPHER_NAMES: readonly string[] = [...ALWAYS, ...Object.keys(CIPHERS)];

const CURVES: Readonly<Record<string, string>> = {
  CurveP256: 'P-256',
  CurveP384: 'P-384',
  CurveP521: 'P-521',
  X25519: 'X25519',
};
export const CURVE_NAMES: readonly string[] = Object.keys(CURVES);

export const CLIENT_AUTH_TYPES = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;
export type ClientAuthType = (typeof CLIENT_AUTH_TYPES)[number];
/** An older name for `RequireAnyClientCert`, which Prometheus still takes. */
export const OLD_REQUIRE_ANY = 'RequireClientCert';

/**
 * OpenSSL's list of ciphers; undefined: its own default. Where TLS 1.1 or older is asked for, OpenSSL needs a lower
 * level of security for it.
 */
export function opensslCiphers(names: readonly string[], least: TlsVersion): string | undefined {
  const level = least === 'TLSv1' || least === 'TLSv1.1' ? ':@SECLEVEL=0' : '';
  const chosen = names.flatMap((name) => CIPHERS[name] ?? []);
  if (chosen.length === 0 && names.length === 0) return level === '' ? undefined : `DEFAULT${level}`;
  return [...ALWAYS, ...chosen].join(':') + level;
}

/** OpenSSL's list of curves; undefined: its own default. */
export function opensslCurves(names: readonly string[]): string | undefined {
  return names.length === 0 ? undefined : names.flatMap((name) => CURVES[name] ?? []).join(':');
}
