// Whether a certificate and its key can be used, in words for people; and until when.
import type * as Crypto from 'node:crypto';
import type * as Tls from 'node:tls';
import type { TlsPlan } from './web-config.js';

/** Only where TLS is spoken: it costs memory in each thread. */
const nodeTls = (): typeof Tls => process.getBuiltinModule('node:tls');
const nodeCrypto = (): typeof Crypto => process.getBuiltinModule('node:crypto');

/** Marks the sessions that may be taken up again: without it, clients with certificates could not. */
const SESSIONS = 'celery-watch';

/** As `tls.createServer` takes them. */
export function tlsSettings(plan: TlsPlan): Tls.SecureContextOptions & { readonly sessionIdContext: string } {
  return {
    cert: plan.cert,
    key: plan.key,
    ...(plan.clientCa !== undefined && { ca: plan.clientCa }),
    minVersion: plan.minVersion,
    maxVersion: plan.maxVersion,
    ...(plan.ciphers !== undefined && { ciphers: plan.ciphers }),
    ...(plan.curves !== undefined && { ecdhCurve: plan.curves }),
    honorCipherOrder: plan.serverChoosesCipher,
    sessionIdContext: SESSIONS,
  };
}

/** What stands in a PEM text; undefined: no certificate that can be read. */
export function certificateIn(pem: string): { readonly expiresAt: number; readonly raw: Buffer } | undefined {
  try {
    const { validTo, raw } = new (nodeCrypto().X509Certificate)(pem);
    const expiresAt = Date.parse(validTo);
    return Number.isNaN(expiresAt) ? undefined : { expiresAt, raw };
  } catch {
    return undefined;
  }
}

/** What is wrong with it, as the end of "wanted …"; undefined: nothing. Never repeats any of it. */
export function certificateProblem(pem: string): string | undefined {
  return certificateIn(pem) === undefined ? 'certificates in PEM (-----BEGIN CERTIFICATE-----)' : undefined;
}

export function keyProblem(key: string, cert: string): string | undefined {
  if (/^-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type:.*ENCRYPTED/m.test(key))
    return 'a key without a passphrase: nobody could type it at each start';
  const { createPrivateKey, X509Certificate } = nodeCrypto();
  try {
    const isIts = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
    return isIts ? undefined : 'the key of the certificate: these two do not belong together';
  } catch {
    return 'a private key in PEM (-----BEGIN PRIVATE KEY-----)';
  }
}

/** What OpenSSL says against the whole, where each part was good. */
export function contextProblem(plan: TlsPlan): string | undefined {
  try {
    nodeTls().createSecureContext(tlsSettings(plan));
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return `settings that OpenSSL takes: it says ${code ?? message}`;
  }
}
