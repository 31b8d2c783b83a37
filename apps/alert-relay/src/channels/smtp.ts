// One mail over one SMTP connection, what the server's replies mean for the outbox, and who is still to get it.
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { AuthenticationTypeOAuth2 } from 'nodemailer/lib/smtp-connection';
import type { Reason, Verdict } from '../notification/index.js';
import { certificateCure, certificateTrouble } from './certificate.js';
import { nodemailer } from './nodemailer.js';
import { type Tokens, xoauth2 } from './oauth-token.js';
import type { Redact } from './wording.js';

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; else STARTTLS where the server offers it. */
  readonly secure: boolean;
  /** Nothing is sent without TLS. */
  readonly requireTls: boolean;
  /** In the clear, although the server offers TLS. */
  readonly ignoreTls: boolean;
  /** In the clear, where the server offers TLS and cannot do it. */
  readonly clearToo: boolean;
  /** A PEM file, read for each mail: it may be renewed. */
  readonly caFile: string | undefined;
  /** Whose certificate it must be; undefined: the host's. */
  readonly serverName: string | undefined;
  readonly verify: boolean;
  /** The name in EHLO. */
  readonly hello: string;
  readonly login: Login | undefined;
}

type Login = { readonly user: string; readonly pass: string } | { readonly user: string; readonly tokens: Tokens };

export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/** What the server said of one recipient, or of the whole mail. `command`: to what it replied. */
export interface SmtpReply {
  readonly code: number;
  readonly text: string;
  readonly command: string;
  readonly recipient?: string;
}

export type SmtpOutcome =
  | { readonly kind: 'accepted'; readonly text: string; readonly refused: readonly SmtpReply[] }
  /** At least one reply; more than one where each recipient was refused. */
  | {
      readonly kind: 'refused';
      readonly replies: readonly SmtpReply[];
      /** A login is set, and the server offered none. */
      readonly withoutLogin?: boolean;
    }
  /** The login needs a token, and there is none. */
  | { readonly kind: 'no-token'; readonly refused: boolean; readonly detail: string }
  /**
   * No reply. `handedOver`: the end of the mail was sent, so the server may have it. `code`: nodemailer's or the
   * system's name of the error.
   */
  | {
      readonly kind: 'lost';
      readonly handedOver: boolean;
      readonly timedOut: boolean;
      readonly code: string;
      readonly text: string;
    };

/** So long that it never matters: the signal ends an attempt, not nodemailer. */
const TIMER_MS = 10 * 60_000;

/** Never rejects. */
export async function smtpSend(
  server: SmtpServer,
  envelope: Envelope,
  content: string,
  signal: AbortSignal,
): Promise<SmtpOutcome> {
  const outcome = await sendOnce(server, envelope, content, signal);
  if (!server.clearToo || server.ignoreTls || signal.aborted || !isWithoutTls(outcome)) return outcome;
  return sendOnce({ ...server, ignoreTls: true }, envelope, content, signal);
}

/** STARTTLS was refused, or led to no TLS: not to a certificate that is not trusted. */
function isWithoutTls(outcome: SmtpOutcome): boolean {
  if (outcome.kind === 'refused') return outcome.replies.every(({ command }) => command === 'STARTTLS');
  return outcome.kind === 'lost' && !outcome.handedOver && /^(?:ETLS|EPROTO|ERR_SSL_\w+)$/.test(outcome.code);
}

/**
 * Never rejects. nodemailer's connection without its transports: these would hide whether the mail was handed over,
 * cannot be ended by a signal, and the pool sends again by itself.
 */
async function sendOnce(
  server: SmtpServer,
  envelope: Envelope,
  content: string,
  signal: AbortSignal,
): Promise<SmtpOutcome> {
  let ca: Buffer | undefined;
  try {
    ca = server.caFile === undefined ? undefined : await readFile(server.caFile);
  } catch (error) {
    return lost(error as Failure, false, signal);
  }
  if (signal.aborted) return lost(new Error('no time left'), false, signal);
  return new Promise((resolve) => {
    let handedOver = false;
    let withoutLogin = false;
    const { host, port, secure, requireTls, ignoreTls, serverName, verify, hello, login } = server;
    const SMTPConnection = nodemailer.smtpConnection();
    const connection = new SMTPConnection({
      host,
      port,
      secure,
      requireTLS: requireTls,
      ignoreTLS: ignoreTls,
      name: hello,
      tls: {
        rejectUnauthorized: verify,
        ...(ca !== undefined && { ca }),
        ...(serverName !== undefined && { servername: serverName }),
      },
      connectionTimeout: TIMER_MS,
      greetingTimeout: TIMER_MS,
      socketTimeout: TIMER_MS,
      dnsTimeout: TIMER_MS,
    });
    const end = (outcome: SmtpOutcome): void => {
      signal.removeEventListener('abort', onAbort);
      resolve(outcome);
      connection.close();
    };
    const fail = (error: Failure): void => {
      const outcome = outcomeOf(error, handedOver, signal);
      end(outcome.kind === 'refused' && withoutLogin ? { ...outcome, withoutLogin } : outcome);
    };
    const onAbort = (): void => {
      fail(new Error('no reply in time'));
      if (connection._socket) connection._socket.destroy();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    connection.on('error', fail);

    const mail = Readable.from([Buffer.from(content, 'utf8')], { objectMode: false });
    // Read only after the server has said that it wants the mail; the line that ends it follows at once.
    mail.once('end', () => {
      handedOver = true;
    });
    const send = (): void => {
      connection.send(
        { from: envelope.from, to: [...envelope.to], size: Buffer.byteLength(content) },
        mail,
        (error, info) => {
          if (error) return fail(error);
          end({ kind: 'accepted', text: info.response, refused: (info.rejectedErrors ?? []).flatMap(replyOf) });
        },
      );
    };
    connection.connect((error) => {
      if (error) return fail(error);
      withoutLogin = login !== undefined && !connection.allowsAuth;
      if (login === undefined || withoutLogin) return send();
      const done = (refusal: Failure | null | undefined): void => {
        if (refusal) fail(refusal);
        else send();
      };
      if ('pass' in login) return connection.login({ credentials: login }, done);
      const { user, tokens } = login;
      connection.login({ user, oauth2: tokenGiver(user, tokens, signal, end) }, done);
    });
  });
}

/** What nodemailer asks for a token; where there is none, the attempt ends before it is told. */
function tokenGiver(
  user: string,
  tokens: Tokens,
  signal: AbortSignal,
  end: (outcome: SmtpOutcome) => void,
): NonNullable<AuthenticationTypeOAuth2['oauth2']> {
  const giver = {
    getToken(renew: boolean, callback: (error: Error | null, token?: string) => void): void {
      void tokens.get(renew, signal).then((answer) => {
        if (answer.kind === 'token') return callback(null, answer.token);
        end({ kind: 'no-token', refused: answer.kind === 'refused', detail: answer.detail });
      });
    },
    buildXOAuth2Token: (token: string): string => xoauth2(user, token),
  };
  // nodemailer calls these two methods of it and no other.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- its own fetches tokens itself
  return giver as NonNullable<AuthenticationTypeOAuth2['oauth2']>;
}

/** What nodemailer and the system write on their errors; any of it may be missing. */
interface Failure {
  readonly name?: string | undefined;
  readonly message?: string | undefined;
  readonly code?: string | undefined;
  readonly originalCode?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly response?: string | undefined;
  readonly command?: string | undefined;
  readonly recipient?: string | undefined;
  readonly rejectedErrors?: readonly Failure[] | undefined;
}

function outcomeOf(failure: Failure, handedOver: boolean, signal: AbortSignal): SmtpOutcome {
  // After the end of the mail a refusal begins with 4 or 5; anything else says nothing of the mail.
  if (handedOver && failure.code === 'EMESSAGE' && !((failure.responseCode ?? 0) >= 400))
    return { kind: 'lost', handedOver, timedOut: false, code: 'EPROTOCOL', text: failure.response ?? '' };
  const each = (failure.rejectedErrors ?? []).flatMap(replyOf);
  const replies = each.length > 0 ? each : replyOf(failure);
  return replies.length > 0 ? { kind: 'refused', replies } : lost(failure, handedOver, signal);
}

function replyOf({ responseCode, response, message, command = '', recipient }: Failure): SmtpReply[] {
  if (responseCode === undefined) return [];
  return [
    { code: responseCode, text: response ?? message ?? '', command, ...(recipient !== undefined && { recipient }) },
  ];
}

function lost({ originalCode, code, name, message }: Failure, handedOver: boolean, signal: AbortSignal): SmtpOutcome {
  return {
    kind: 'lost',
    handedOver,
    timedOut: signal.aborted,
    code: originalCode ?? code ?? name ?? 'error',
    text: message ?? '',
  };
}

/**
 * A mail that was taken for some recipients and refused for good for the others is delivered, with these named. Where
 * somebody is only put off (a full mailbox, greylisting) it is ambiguous: there for some, so that it stays one message
 * with one Message-ID and goes out again for the others. `partlyThere`: an earlier attempt was taken for some, and this
 * one went to the others.
 */
export function judgeSmtp(outcome: SmtpOutcome, redact: Redact, partlyThere = false): Verdict {
  if (outcome.kind === 'accepted') {
    const putOff = outcome.refused.filter(isTemporary);
    const refused = [...putOff, ...outcome.refused.filter((each) => !isTemporary(each))].map(nameRefused);
    const detail = redact([...refused, outcome.text].join('; '));
    return putOff.length === 0
      ? { kind: 'delivered', reason: 'ok', detail }
      : { kind: 'ambiguous', reason: putOff.some(isPace) ? 'rate_limited' : 'server_error', detail };
  }
  if (outcome.kind === 'refused') {
    if (partlyThere && outcome.replies.every((each) => each.command === 'RCPT TO' && !isTemporary(each)))
      return { kind: 'delivered', reason: 'ok', detail: redact(outcome.replies.map(nameRefused).join('; ')) };
    const temporary = outcome.replies.find(isTemporary);
    const decisive = temporary ?? outcome.replies[0];
    if (decisive === undefined) return { kind: 'retry', reason: 'not_understood', detail: 'no reply' };
    const said = `${decisive.command}: ${decisive.text}`;
    const detail = redact(
      outcome.withoutLogin === true
        ? `the server offers no login (AUTH) here, so none was tried, although a name is set; ${said}`
        : said,
    );
    return temporary === undefined
      ? { kind: 'permanent', reason: reasonOf(decisive), detail }
      : { kind: 'retry', reason: isPace(decisive) ? 'rate_limited' : 'server_error', detail };
  }
  if (outcome.kind === 'no-token')
    return outcome.refused
      ? { kind: 'permanent', reason: 'credentials', detail: redact(`oauth2: ${outcome.detail}`) }
      : { kind: 'retry', reason: 'network', detail: redact(`oauth2: ${outcome.detail}`) };
  const { handedOver, timedOut, code, text } = outcome;
  const reason: Reason = timedOut ? 'timeout' : 'network';
  if (handedOver && code === 'EPROTOCOL')
    return {
      kind: 'ambiguous',
      reason: 'not_understood',
      detail: redact(`the mail was sent, but the reply was none: ${text}`),
    };
  if (handedOver)
    return {
      kind: 'ambiguous',
      reason,
      detail: redact(
        timedOut
          ? 'the mail was sent, but no reply in time'
          : `the mail was sent, but the connection broke before the reply: ${code}`,
      ),
    };
  // nodemailer itself knows the size that the server announced, and refuses addresses that could never be sent.
  if (code === 'EMESSAGE') return { kind: 'permanent', reason: 'too_large', detail: redact(text) };
  if (code === 'EENVELOPE') return { kind: 'permanent', reason: 'unsendable', detail: redact(text) };
  if (code === 'EPROTOCOL') return { kind: 'retry', reason: 'not_understood', detail: redact(text) };
  const distrust = certificateTrouble(code);
  if (distrust !== undefined && !timedOut)
    return { kind: 'retry', reason, detail: redact(`${distrust} (${code}): ${certificateCure(code)}`) };
  return {
    kind: 'retry',
    reason,
    detail: redact(timedOut ? 'no reply in time, before the mail was sent' : `${code}: ${text}`),
  };
}

function nameRefused(reply: SmtpReply): string {
  return `${reply.recipient ?? 'a recipient'} was ${isTemporary(reply) ? 'put off' : 'refused'}: ${reply.text}`;
}

/**
 * Temporary beside 4yz: 503, which says that the session went wrong and not the mail; and every refusal before a login
 * or a mail was offered (a greeting of 554, no TLS): that is about the server's state, not about what we send.
 */
function isTemporary({ code, command }: SmtpReply): boolean {
  return code < 500 || code === 503 || ['CONN', 'EHLO', 'HELO', 'STARTTLS'].includes(command);
}

function isPace({ code, text }: SmtpReply): boolean {
  return code < 500 && /too (many|fast|quickly)|rate|throttl/i.test(text);
}

function reasonOf({ code, text, command }: SmtpReply): Reason {
  if (code === 552 || code === 523 || /^\d+[ -]5\.3\.4\b/.test(text)) return 'too_large';
  if (command.startsWith('AUTH') || [530, 534, 535, 538].includes(code)) return 'credentials';
  if (command === 'MAIL FROM') return 'credentials';
  if (command === 'RCPT TO') return 'address';
  return command === 'DATA' ? 'content' : 'unsendable';
}

/**
 * The most mails per channel that wait for some of their recipients; the oldest beyond them would go to everybody
 * again.
 */
const MOST_MAILS = 1_000;

/**
 * Who of a mail's recipients is still to get it: where a server puts some of them off, only those are asked again. In
 * memory, addresses by the mail's key and nothing of the mail: what is lost with the process is that somebody has it
 * already. Then it goes to everybody again with its Message-ID, by which many mail programs show it once.
 */
export class MailRecipients {
  readonly #all: readonly string[];
  readonly #left = new Map<string, readonly string[]>();

  constructor(all: readonly string[]) {
    this.#all = all;
  }

  /** Never empty. */
  left(key: string): readonly string[] {
    return this.#left.get(key) ?? this.#all;
  }

  /** Whether the server took this mail for somebody, in this process. */
  isPartlyThere(key: string): boolean {
    return this.#left.has(key);
  }

  note(key: string, outcome: SmtpOutcome): void {
    if (outcome.kind !== 'accepted') return;
    const putOff = new Set(outcome.refused.filter(isTemporary).map(({ recipient }) => recipient));
    const left = this.left(key).filter((each) => putOff.has(each));
    this.#left.delete(key);
    if (left.length > 0) this.#left.set(key, left);
    const [oldest] = this.#left.keys();
    if (this.#left.size > MOST_MAILS && oldest !== undefined) this.#left.delete(oldest);
  }
}
