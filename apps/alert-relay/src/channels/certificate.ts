// Why a server's certificate was not accepted, in words that name a setting: the runtime's own words advise a flag of
// the runtime.

const WHY: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'the authority of its certificate is not known here',
  UNABLE_TO_GET_ISSUER_CERT: 'the authority of its certificate is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the authority of its certificate is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the authority of its certificate is not known here, or an intermediate is missing',
  CERT_UNTRUSTED: 'the authority of its certificate is not trusted here',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: look at the clocks',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  HOSTNAME_MISMATCH: 'its certificate is for another name',
};

/** Undefined for an error that is not about a certificate. */
export function certificateTrouble(code: string): string | undefined {
  return Object.hasOwn(WHY, code) ? WHY[code] : undefined;
}

/** What to do about it in a mail channel. */
export function certificateCure(code: string): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH')
    return 'write the name that is in it into smtp_url, or as tls.server_name';
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return 'renew it';
  return 'name a PEM file with its authority, or with itself, in tls.ca_file; or tls.required: false if TLS with anybody is enough';
}
