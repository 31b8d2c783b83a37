// One mail over one SMTP connection, with what must be known to judge it: the server's reply, or how far it got without
// one.
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import SMTPConnection from 'nodemailer/lib/smtp-connection';

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; else STARTTLS where the server offers it. */
  readonly secure: boolean;
  /** Nothing is sent without TLS. */
  readonly requireTls: boolean;
  /** A PEM file, read for each mail: it may be renewed. */
  readonly caFile: string | undefined;
  readonly verify: boolean;
  readonly login: { readonly user: string; readonly pass: string } | undefined;
}

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
  | { readonly kind: 'refused'; readonly replies: readonly SmtpReply[] }
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

/** Long: the signal ends an attempt, not nodemailer. */
const TIMER_MS = 10 * 60_000;

/**
 * Never rejects. nodemailer's connection without its transports: these would hide whether the mail was handed over,
 * cannot be ended by a signal, and the pool sends again by itself.
 */
export async function smtpSend(
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
    const { host, port, secure, requireTls, verify, login } = server;
    const connection = new SMTPConnection({
      host,
      port,
      secure,
      requireTLS: requireTls,
      tls: { rejectUnauthorized: verify, ...(ca !== undefined && { ca }) },
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
      end(outcomeOf(error, handedOver, signal));
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
      if (login === undefined || !connection.allowsAuth) return send();
      connection.login({ credentials: login }, (refusal) => (refusal ? fail(refusal) : send()));
    });
  });
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
