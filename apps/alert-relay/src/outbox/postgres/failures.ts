// What an error of the database or of its connection means: whether the server is away, whether the same may be tried
// again, and how to say it to people. Pure; nothing here repeats a password or a URL.

/** What matters of an error of the client, whose class may be another realm's. */
export interface Failure {
  /** SQLSTATE of the server, or the system's or TLS's code; undefined where there is none. */
  readonly code: string | undefined;
  readonly message: string;
  readonly constraint: string | undefined;
}

export function failureOf(error: unknown): Failure {
  const given: { readonly [key: string]: unknown } = typeof error === 'object' && error !== null ? { ...error } : {};
  const message = messageOf(error);
  const { code, constraint } = given;
  // Node's error for a name with several addresses holds one for each. Nothing at all is an error, too: the gate is
  // closed.
  const { errors } = (error ?? {}) as { readonly errors?: unknown };
  if (message === '' && Array.isArray(errors) && errors.length > 0) return failureOf(errors[0]);
  return {
    code: typeof code === 'string' ? code : undefined,
    message: message !== '' ? message : typeof code === 'string' ? code : 'no reason given',
    constraint: typeof constraint === 'string' ? constraint : undefined,
  };
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
}

const SQLSTATE = /^[0-9A-Z]{5}$/;

function isFromServer({ code }: Failure): boolean {
  return code !== undefined && SQLSTATE.test(code) && code !== 'EPIPE';
}

/**
 * Class 08: connection; 57P01 to 57P05: shut down, crashed, starting, dropped, idle too long; 53300: too many
 * connections; 25006: a standby, or told to read only; 28: login; 3D000: no such database.
 */
const AWAY = /^(08...|57P0[1-5]|53300|25006|28...|3D000)$/;

/** Whether the server cannot be used at all, as far as this error tells: the connection, not the statement, failed. */
export function isAway(failure: Failure): boolean {
  return !isFromServer(failure) || AWAY.test(failure.code ?? '');
}

/** Whether the server has no room for one more connection; those that it has go on. */
export function isCrowded({ code }: Failure): boolean {
  return code === '53300';
}

/** Whether it only says that an earlier statement of the transaction failed. */
export function isAftermath({ code }: Failure): boolean {
  return code === '25P02';
}

/**
 * Whether it is what a statement holds that the server does not take: class 21, 22 and 23 (data, constraints), 54
 * (limits of the program). Anything else would fail for others, too.
 */
export function isOfContents({ code = '' }: Failure): boolean {
  return SQLSTATE.test(code) && /^(21|22|23|54)/.test(code);
}

/** Whether a transaction that failed so would have gone through alone: serialization, deadlock. */
export function isCollision({ code }: Failure): boolean {
  return code === '40001' || code === '40P01';
}

/** Whether the client gave up waiting for an answer: no new try then, which would wait as long. */
export function isTimeout({ message, code }: Failure): boolean {
  return code === 'ETIMEDOUT' || /timeout/i.test(message);
}

export interface Words {
  readonly why: string;
  /** Whether it may pass without anybody changing the configuration. */
  readonly mayPass: boolean;
}

const TLS_CODE = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_OSSL)/;

/** Why a store cannot be opened: the end of a sentence that begins with its place. */
export function refusalOf(failure: Failure): Words {
  const { code = '', message } = failure;
  if (TLS_CODE.test(code))
    return { why: `has a certificate that is not trusted (${message}). See sslmode and sslrootcert`, mayPass: false };
  if (message.includes('does not support SSL'))
    return { why: 'speaks no TLS, which sslmode asks for. Turn it on there, or change sslmode', mayPass: false };
  if (message.startsWith('SASL') || message.includes('client password must be a string'))
    return { why: 'wants a password, and the URL has none', mayPass: false };
  switch (code) {
    case '28P01':
      return { why: 'refuses the password or the user. Check both', mayPass: false };
    case '28000':
      return { why: `refuses the user: ${message}. See pg_hba.conf of the server`, mayPass: false };
    case '3D000':
      return { why: 'has no such database. Make it (createdb), or correct the name', mayPass: false };
    case '42501':
      return {
        why:
          `does not let this user do what the relay needs: ${message}. The user needs a schema of its own, or the ` +
          'right to make it (GRANT CREATE ON DATABASE … TO …)',
        mayPass: false,
      };
    case '25006':
      return { why: 'is a standby, or reads only. Name the server that writes', mayPass: true };
    case '53300':
      return { why: 'has no free connection. Raise max_connections there, or stop what takes them', mayPass: true };
    case '55P03':
    case '57014':
      return { why: `did not come to an end in time: ${message}`, mayPass: true };
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { why: `cannot be found: ${message}`, mayPass: true };
  }
  return isAway(failure)
    ? { why: `cannot be reached: ${message}`, mayPass: true }
    : { why: `cannot be used: ${message}`, mayPass: false };
}
