// Why Redis cannot be used, in words for people: its own error replies, beside those of sockets and TLS.
import { explain, isError, type NamedServer, own, type Sentence, type Words } from '../reasons.js';

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
  [/Connection is closed|Stream isn't writeable/, (where) => `${where} has closed the connection`],
];

/** The codes after which a connection is of no use; any other error reply shows that the server works. */
const FATAL_REPLIES = new Set(['NOAUTH', 'WRONGPASS', 'LOADING', 'MASTERDOWN', 'READONLY', 'UNBLOCKED', 'DENIED']);

const WORDS: Words = {
  plainScheme: 'redis://',
  ofReply: (error) => own(BY_REPLY, replyCode(error) ?? ''),
  byText: BY_TEXT,
};

/** One sentence for what went wrong. A Fault is explained already. */
export function reasonOf(error: unknown, server: NamedServer): string {
  return explain(error, server, WORDS);
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
