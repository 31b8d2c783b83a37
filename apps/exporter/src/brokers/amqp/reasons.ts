// Why RabbitMQ cannot be used, in words for people: its own refusals, beside the errors of sockets and TLS
// (docs/protocol/rabbitmq.md#refusals).
import { explain, type NamedServer, type Sentence, type Words } from '../reasons.js';

/** Reply codes of AMQP that are acted upon. */
export const REPLY = {
  accessRefused: 403,
  notFound: 404,
  resourceLocked: 405,
  preconditionFailed: 406,
} as const;

const BY_TEXT: readonly (readonly [RegExp, Sentence])[] = [
  [
    /ACCESS.REFUSED - Login was refused|Handshake terminated by server: 403/i,
    (where) => `${where} refuses the login: wrong password or user name`,
  ],
  // RabbitMQ says which, but the library does not pass it on.
  [
    /Expected ConnectionOpenOk|NOT_ALLOWED - vhost .* not found|access to vhost .* refused/i,
    (where) => `${where} does not open the virtual host: there is none of that name, or the user has no rights in it`,
  ],
  [
    /SASL mechanism (\S+) is not provided/,
    (where, { message }) => `${where} does not offer this way to log in: ${message}`,
  ],
  [/CONNECTION_FORCED|320 /, (where, { message }) => `${where} has closed the connection: ${saidIn(message)}`],
  [/Heartbeat timeout/, (where) => `${where} has not been heard of for two heartbeats`],
  [/Socket closed abruptly|Unexpected close|Connection closed/, (where) => `${where} has closed the connection`],
  // A TLS record begins with the bytes of an alert: what a TLS port answers to plain text.
  [/^frame: |Invalid frame|Frame on |frame size|Expected Connection/i, (where) => `${where} does not speak AMQP 0-9-1`],
  [
    /connect ETIMEDOUT/,
    (where, { tls }) =>
      `${where} does not answer in time${tls ? ', or does not speak TLS' : ''}; is it the port of AMQP?`,
  ],
];

const WORDS: Words = {
  plainScheme: 'amqp://',
  ofReply: () => undefined,
  byText: BY_TEXT,
};

/** One sentence for what went wrong. A Fault is explained already. */
export function reasonOf(error: unknown, server: NamedServer): string {
  return explain(error, server, WORDS);
}

/** Whether the broker does not want us as who we are, or where we want to go. */
export function isRefusedLogin(error: unknown): boolean {
  return (
    error instanceof Error && /ACCESS.REFUSED|terminated by server: 403|Expected ConnectionOpenOk/i.test(error.message)
  );
}

/** The code with which the broker closed a channel or refused a request; undefined for any other error. */
export function replyCode(error: unknown): number | undefined {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'number' ? code : undefined;
}

/** What the broker itself said, without the library's frame around it. */
function saidIn(message: string): string {
  return /with message "(.*)"/.exec(message)?.[1] ?? message;
}
