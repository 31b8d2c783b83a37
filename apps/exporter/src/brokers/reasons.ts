// Why there is no connection, in words for people: from the errors of sockets, of TLS and of a broker's own protocol to
// one sentence without secrets.
import { Fault } from './fault.js';

/** A server as reasons and log lines name it. */
export interface NamedServer {
  /** As people write it: `host:port`, or the path of a socket. */
  readonly where: string;
  readonly tls: boolean;
  /** Texts that must not show, whatever a server echoes. */
  readonly secrets: readonly string[];
}

/** An error, made ready for a sentence. */
export interface Trouble {
  readonly code: string;
  /** Without secrets, on one line. */
  readonly message: string;
  /** Of a certificate for another host. */
  readonly reason: string;
  readonly tls: boolean;
  readonly words: Words;
}

/** What one kind of broker adds to the errors of sockets and of TLS. */
export interface Words {
  /** Scheme of its URLs without TLS. */
  readonly plainScheme: string;
  /** For an answer of its own protocol, which goes before the text; undefined for any other error. */
  readonly ofReply: (error: Error) => Sentence | undefined;
  /** By the text of an error; the first that fits. */
  readonly byText: readonly (readonly [RegExp, Sentence])[];
}

export type Sentence = (where: string, trouble: Trouble) => string;

/** By `error.code`: sockets, name look-up, TLS. */
const BY_CODE: Readonly<Record<string, Sentence>> = {
  ECONNREFUSED: (where) => `${where} refuses the connection: nothing listens there`,
  ENOTFOUND: (where) => `the name in ${where} is not known to DNS`,
  EAI_AGAIN: (where) => `the name in ${where} cannot be looked up: DNS does not answer`,
  ETIMEDOUT: (where, { tls }) => `${where} does not answer in time${tls ? ', or does not speak TLS' : ''}`,
  EHOSTUNREACH: (where) => `${where} cannot be reached: no route to the host`,
  ENETUNREACH: (where) => `${where} cannot be reached: no route to the network`,
  ECONNRESET: (where) => `${where} has reset the connection`,
  EPIPE: (where) => `${where} has closed the connection`,
  ENOENT: (where) => `the socket ${where} does not exist`,
  EACCES: (where) => `no right to open ${where}`,
  ...each(
    [
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'UNABLE_TO_GET_ISSUER_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
      'CERT_UNTRUSTED',
      'CERT_SIGNATURE_FAILURE',
    ],
    (where, { code }) =>
      `TLS: the certificate of ${where} is signed by no authority that is trusted here; name its CA file with broker_tls_ca_file (${code})`,
  ),
  CERT_HAS_EXPIRED: (where) =>
    `TLS: the certificate of ${where} has expired; renew it there (until then only broker_tls_verify=false accepts it)`,
  CERT_NOT_YET_VALID: (where) =>
    `TLS: the certificate of ${where} is not valid yet; compare the clocks of both hosts (until then only ` +
    'broker_tls_verify=false accepts it)',
  ...each(
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH', 'IP_ADDRESS_MISMATCH'],
    (where, { reason, message }) =>
      `TLS: the certificate of ${where} is for another host name: ${(reason || message).replace(/\.$/, '')}; put its ` +
      'name into broker_url, or add ?ssl_check_hostname=false there, which checks the authority alone',
  ),
  ...each(
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_HTTP_REQUEST'],
    (where, { words }) => `TLS: ${where} does not speak TLS: use ${words.plainScheme} there, in broker_url`,
  ),
  ...each(
    [
      'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',
      'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
    ],
    (where) => `TLS: ${where} wants a client certificate; name one with broker_tls_cert_file and broker_tls_key_file`,
  ),
  ...each(
    [
      'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
      'ERR_SSL_SSL/TLS_ALERT_UNKNOWN_CA',
      'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE',
      'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
      'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
    ],
    (where, { code }) => `TLS: ${where} refuses our client certificate, that of broker_tls_cert_file (${code})`,
  ),
  ...each(
    ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'],
    (where, { words }) =>
      `TLS: ${where} speaks only versions of TLS that are not spoken here; let it speak 1.2 or 1.3, or use ` +
      `${words.plainScheme} in broker_url where that is safe`,
  ),
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: () =>
    'TLS: the client certificate and the key do not belong together: broker_tls_cert_file and broker_tls_key_file',
  ...each(
    ['ERR_OSSL_BAD_DECRYPT', 'ERR_OSSL_PEM_BAD_PASSWORD_READ', 'ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED'],
    () => 'TLS: the key of broker_tls_key_file is encrypted; wanted one without a passphrase',
  ),
  ERR_OSSL_PEM_NO_START_LINE: () =>
    'TLS: a certificate or key file holds no PEM text: broker_tls_ca_file, broker_tls_cert_file or broker_tls_key_file',
};

const TLS_OPTIONS =
  'broker_tls_ca_file, broker_tls_cert_file, broker_tls_key_file and broker_tls_verify decide about TLS';

const UNTRUSTED: readonly [RegExp, Sentence] = [
  /unable to verify|self.signed/i,
  (where) =>
    `TLS: the certificate of ${where} is signed by no authority that is trusted here; name its CA file with broker_tls_ca_file`,
];

/** One sentence for what went wrong. A Fault is explained already. */
export function explain(error: unknown, server: NamedServer, words: Words): string {
  if (error instanceof Fault) return error.message;
  if (!isError(error)) return `${server.where}: ${clean(String(error), server)}`;
  const { code = '', reason = '' } = error as { code?: unknown; reason?: unknown };
  const trouble = {
    code: String(code),
    reason: clean(String(reason), server),
    message: clean(error.message, server),
    tls: server.tls,
    words,
  };
  // A host with several addresses fails with an AggregateError, which has a code but no message.
  const sentence =
    own(BY_CODE, trouble.code) ??
    words.ofReply(error) ??
    [...words.byText, UNTRUSTED].find(([pattern]) => pattern.test(error.message))?.[1];
  return (
    sentence?.(server.where, trouble) ??
    (server.tls && /SSL|TLS|CERT|^INVALID_/.test(trouble.code)
      ? `TLS: ${server.where}: ${trouble.message || trouble.code}; ${TLS_OPTIONS}`
      : `${server.where}: ${trouble.message || trouble.code}`)
  );
}

/** Servers repeat what they were sent, a password among it. */
function clean(text: string, { secrets }: NamedServer): string {
  return secrets
    .reduce((kept, secret) => (secret === '' ? kept : kept.replaceAll(secret, '[redacted]')), text)
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
}

/** Also for errors of Node's own that come from another realm, as they do in Jest. */
export function isError(value: unknown): value is Error {
  return Object.prototype.toString.call(value) === '[object Error]';
}

/** The sentence of a table, and nothing that every object inherits. */
export function own(table: Readonly<Record<string, Sentence>>, key: string): Sentence | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function each(codes: readonly string[], sentence: Sentence): Readonly<Record<string, Sentence>> {
  return Object.fromEntries(codes.map((code) => [code, sentence]));
}

export function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${String(port)}` : `${host}:${String(port)}`;
}
