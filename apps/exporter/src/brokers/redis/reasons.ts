// Why there is no connection, in words for people: from the errors of sockets, of TLS and of Redis to one sentence
// without secrets.
import { Fault } from '../fault.js';

/** A server as reasons and log lines name it. */
export interface NamedServer {
  /** As people write it: `host:port`, or the path of a socket. */
  readonly where: string;
  readonly tls: boolean;
  /** Texts that must not show, whatever a server echoes. */
  readonly secrets: readonly string[];
}

interface Trouble {
  readonly code: string;
  /** Without secrets, on one line. */
  readonly message: string;
  /** Of a certificate for another host. */
  readonly reason: string;
  readonly tls: boolean;
}

type Sentence = (where: string, trouble: Trouble) => string;

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
    (where) => `TLS: ${where} does not speak TLS: use redis:// there, in broker_url`,
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
    (where) =>
      `TLS: ${where} speaks only versions of TLS that are not spoken here; let it speak 1.2 or 1.3, or use redis:// in ` +
      'broker_url where that is safe',
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

/** By the first word of an error reply. */
const BY_REPLY: Readonly<Record<string, Sentence>> = {
  WRONGPASS: wrongPassword,
  NOAUTH: (where) => `${where} wants a password, and none is configured`,
  LOADING: (where) => `${where} is loading its data from disk`,
  MASTERDOWN: (where) => `${where} is a replica that has lost its master`,
  READONLY: (where) => `${where} is a read-only replica: the exporter needs the master`,
  UNBLOCKED: (where) => `${where} has been made a replica`,
  NOPERM: (where, { message }) => {
    const command = /'([\w|]+)' command/.exec(message)?.[1];
    return command === undefined
      ? `${where} denies permission: ${message.slice(0, 160)}`
      : `${where} denies permission: its user needs +${command} (Redis ACL)`;
  },
  DENIED: (where) => `${where} runs in protected mode: it takes no connections from other hosts without a password`,
};

/** By the text of an error: replies that begin with plain ERR, and what ioredis says of a stream that is no RESP. */
const BY_TEXT: readonly (readonly [RegExp, Sentence])[] = [
  [/invalid password|invalid username-password/i, wrongPassword],
  [/max number of clients/i, (where) => `${where} has no connection left: maxclients is reached`],
  [/DB index is out of range|invalid DB index/i, (where) => `${where} has no database of that number`],
  [
    /DENIED Redis is running in protected mode/,
    (where) => `${where} runs in protected mode: it takes no connections from other hosts without a password`,
  ],
  // A TLS record begins with the byte 21 (alert): what a TLS port answers to plain text.
  [/Unknown RESP type 21\b/, (where) => `${where} speaks TLS: use rediss:// there`],
  [/Unknown RESP type|Protocol error/i, (where) => `${where} does not speak the protocol of Redis`],
  [
    /unable to verify|self.signed/i,
    (where) =>
      `TLS: the certificate of ${where} is signed by no authority that is trusted here; name its CA file with broker_tls_ca_file`,
  ],
  [/Connection is closed|Stream isn't writeable/, (where) => `${where} has closed the connection`],
];

/** The codes after which a connection is of no use; any other error reply shows that the server works. */
const FATAL_REPLIES = new Set(['NOAUTH', 'WRONGPASS', 'LOADING', 'MASTERDOWN', 'READONLY', 'UNBLOCKED', 'DENIED']);

/** One sentence for what went wrong. A Fault is explained already. */
export function reasonOf(error: unknown, server: NamedServer): string {
  if (error instanceof Fault) return error.message;
  if (!isError(error)) return `${server.where}: ${clean(String(error), server)}`;
  const { code = '', reason = '' } = error as { code?: unknown; reason?: unknown };
  const trouble = {
    code: String(code),
    reason: clean(String(reason), server),
    message: clean(error.message, server),
    tls: server.tls,
  };
  // A host with several addresses fails with an AggregateError, which has a code but no message.
  const sentence =
    own(BY_CODE, trouble.code) ??
    own(BY_REPLY, replyCode(error) ?? '') ??
    BY_TEXT.find(([pattern]) => pattern.test(error.message))?.[1];
  return (
    sentence?.(server.where, trouble) ??
    (server.tls && /SSL|TLS|CERT|^INVALID_/.test(trouble.code)
      ? `TLS: ${server.where}: ${trouble.message || trouble.code}; ${TLS_OPTIONS}`
      : `${server.where}: ${trouble.message || trouble.code}`)
  );
}

/** The first word of an error reply: `ERR`, `NOPERM`, `WRONGTYPE`; undefined for an error that Redis did not send. */
export function replyCode(error: unknown): string | undefined {
  return isError(error) && error.name === 'ReplyError' ? (/^-?([A-Z]+)/.exec(error.message)?.[1] ?? 'ERR') : undefined;
}

/** Whether the error means that this connection cannot go on: it is lost, or the server is no master that works. */
export function isFatal(error: unknown): boolean {
  const code = replyCode(error);
  return code === undefined || FATAL_REPLIES.has(code);
}

function wrongPassword(where: string): string {
  return `${where} refuses the login: wrong password or user name`;
}

/** Redis repeats the arguments of a command that it does not know, a password among them. */
function clean(text: string, { secrets }: NamedServer): string {
  return secrets
    .reduce((kept, secret) => (secret === '' ? kept : kept.replaceAll(secret, '[redacted]')), text)
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
}

/** Also for errors of Node's own that come from another realm, as they do in Jest. */
function isError(value: unknown): value is Error {
  return Object.prototype.toString.call(value) === '[object Error]';
}

function own(table: Readonly<Record<string, Sentence>>, key: string): Sentence | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function each(codes: readonly string[], sentence: Sentence): Readonly<Record<string, Sentence>> {
  return Object.fromEntries(codes.map((code) => [code, sentence]));
}

export function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${String(port)}` : `${host}:${String(port)}`;
}
