// Whether a client's certificate lets it in: Go's five ways to ask, and the names that may stand in it.
import type { ClientAuthType } from './go-tls-names.js';

export interface ShownCertificate {
  /** Undefined: the client showed none. */
  readonly raw: Buffer | undefined;
  /** Node's word for what is wrong with it; undefined: a known authority has signed it. */
  readonly fault: string | undefined;
  /** As `X509Certificate.subjectAltName` gives them. */
  readonly names: string | undefined;
}

export interface CertificateRules {
  readonly clientAuth: ClientAuthType;
  readonly allowedSans: readonly string[] | undefined;
  /** Whoever shows it has the server's own key, so may read its configuration: that is how its commands come in. */
  readonly own: Buffer | undefined;
}

/** Why a client may not come in, as a sentence; undefined: it may. */
export function certificateRefusal(
  { raw, fault, names }: ShownCertificate,
  { clientAuth, allowedSans, own }: CertificateRules,
): string | undefined {
  if (clientAuth === 'NoClientCert') return undefined;
  const mustShow = clientAuth === 'RequireAnyClientCert' || clientAuth === 'RequireAndVerifyClientCert';
  if (raw === undefined) return mustShow ? 'a client certificate is wanted, and none was shown' : undefined;
  if (own !== undefined && raw.equals(own)) return undefined;
  const isVerified = clientAuth === 'VerifyClientCertIfGiven' || clientAuth === 'RequireAndVerifyClientCert';
  if (isVerified && fault !== undefined) return `the client certificate is not trusted: ${fault}`;
  if (allowedSans === undefined) return undefined;
  const shown = namesIn(names ?? '');
  if (allowedSans.some((name) => shown.includes(name))) return undefined;
  return 'no name in the client certificate is one of client_allowed_sans';
}

/** `DNS:a, IP Address:127.0.0.1, URI:…`; a name with an odd sign in it stands in quotes, as JSON. */
export function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/(?:^|, )(?:DNS|email|URI|IP Address):("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(([, name = '']) =>
    unquoted(name),
  );
}

function unquoted(name: string): string {
  if (!name.startsWith('"')) return name;
  try {
    return String(JSON.parse(name));
  } catch {
    return name;
  }
}
