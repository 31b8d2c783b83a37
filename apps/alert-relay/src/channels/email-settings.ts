// The settings of an e-mail channel, what of them cannot be meant, and the SMTP server that they describe.
import { hostname } from 'node:os';
import { domainToASCII } from 'node:url';
import { Secret } from '@celery-watch/service/texts';
import { z } from 'zod';
import { secret, secretUrl, texts } from '../settings/fields.js';
import { domainOf, isLocalUser, isMailAddress } from './mail-message.js';
import { openTokens } from './oauth-token.js';
import type { SmtpServer } from './smtp.js';
import { loginForms } from './wording.js';

/** A user of the server's own, where the server is this machine. */
function isAddressOrUser(text: string): boolean {
  return isMailAddress(text) || isLocalUser(text);
}

const WANTED = 'an e-mail address is wanted, such as ops@example.com or "Operations <ops@example.com>"';
const address = z.string(WANTED).refine(isAddressOrUser, { error: WANTED });
const LIST = 'a list of e-mail addresses is wanted, such as [ops@example.com, "Operations <oncall@example.com>"]';
const addresses = texts(LIST).refine((list) => list.every(isAddressOrUser), { error: LIST });
const HOST_NAME = 'a host name is wanted, such as relay.example.com';
const hostName = z.string(HOST_NAME).regex(/^(?:[\w-]+(?:\.[\w-]+)*|\[[\w:.]+\])$/, HOST_NAME);

/** XOAUTH2, as Gmail and Microsoft 365 want it (docs/protocol/channels.md#e-mail). */
const oauth2 = z
  .strictObject({
    /** Where tokens are given out, `https://oauth2.googleapis.com/token` for example. */
    token_url: secretUrl(['https:', 'http:']).optional(),
    client_id: z.string('a text is wanted').min(1).optional(),
    client_secret: secret().optional(),
    /** Without it the program itself has the right to send (`client_credentials`). */
    refresh_token: secret().optional(),
    scope: z.string('a text is wanted').min(1).optional(),
    /** Instead of all of these: a file that somebody else keeps fresh; read for each mail. */
    access_token_file: z.string('a path is wanted').min(1).optional(),
  })
  .refine(
    ({ access_token_file, token_url, client_id, client_secret, refresh_token }) =>
      access_token_file === undefined
        ? token_url !== undefined && client_id !== undefined && (client_secret ?? refresh_token) !== undefined
        : (token_url ?? client_id ?? client_secret ?? refresh_token) === undefined,
    { error: 'token_url, client_id and client_secret or refresh_token are wanted, or access_token_file alone' },
  );

export const emailSettings = z
  .strictObject({
    /** `smtp://` with STARTTLS where the server offers it, or `smtps://`; with or without `user:password@`. */
    smtp_url: secretUrl(['smtp:', 'smtps:'], smtpUrlProblem),
    /** Instead of the ones in `smtp_url`, for a password with signs that a URL gives a meaning. */
    username: z.string('a text is wanted').min(1).optional(),
    password: secret().optional(),
    oauth2: oauth2.optional(),
    from: address,
    to: addresses,
    cc: addresses.optional(),
    reply_to: address.optional(),
    /** What the relay calls itself in EHLO; some servers refuse names without a domain. */
    hello: hostName.optional(),
    /** RFC 2919; filters of mail programs sort by it. */
    list_id: z
      .string('a text such as alerts.example.com is wanted')
      .regex(/^[\w.-]+$/, 'a text such as alerts.example.com is wanted')
      .optional(),
    /** The most that the server takes. More than it announces does not help: it would refuse the mail. */
    max_bytes: z.int('a number of bytes is wanted').min(10_000, 'at least 10000 is wanted').default(1_000_000),
    tls: z
      .strictObject({
        /**
         * Without it a mail that needs a login is only sent over TLS, unless the server is this machine. `false`:
         * encrypted where the server can, whoever it is.
         */
        required: z.boolean('true or false is wanted').optional(),
        /** `never`: in the clear, although the server offers TLS. */
        starttls: z.enum(['offered', 'never'], 'offered or never is wanted').default('offered'),
        ca_file: z.string('a path is wanted').min(1).optional(),
        /** Whose certificate it must be, where that is not the host of `smtp_url`. */
        server_name: hostName.optional(),
        insecure_skip_verify: z.boolean('true or false is wanted').default(false),
      })
      .default({ starttls: 'offered', insecure_skip_verify: false }),
  })
  .superRefine(({ smtp_url, username, password, oauth2, tls, from, to, cc, reply_to }, context) => {
    const refuse = (key: string | readonly string[], message: string): void => {
      context.addIssue({ code: 'custom', message, path: [key].flat() });
    };
    const url = urlIn(smtp_url);
    if (url !== undefined && !isNearby(hostOf(url)))
      for (const [key, given] of Object.entries({ from, to, cc, reply_to }))
        if ([given ?? []].flat().some(isLocalUser))
          refuse(
            key,
            `${key === 'to' || key === 'cc' ? LIST : WANTED}; a name alone is a user of a server on this machine`,
          );
    if (oauth2 === undefined && (username === undefined) !== (password === undefined))
      refuse('username', 'username and password are wanted together');
    if (oauth2 !== undefined && username === undefined)
      refuse('username', 'the mailbox that sends is wanted as username, beside oauth2');
    if (oauth2 !== undefined && password !== undefined)
      refuse('password', 'no password is wanted beside oauth2: a token takes its place');
    if (username !== undefined && (url?.username ?? '') !== '')
      refuse('username', 'a name is already in smtp_url: give it in one place');
    if (url !== undefined && (url.username === '') !== (url.password === ''))
      refuse('smtp_url', 'a name without a password is in it: give both there, or username and password');
    const secure = url?.protocol === 'smtps:';
    if (tls.starttls === 'never' && tls.required === true)
      refuse(['tls', 'starttls'], 'not never is wanted, since tls.required wants TLS');
    if (tls.starttls === 'never' && secure)
      refuse(
        ['tls', 'starttls'],
        'an smtp_url that begins with smtp:// is wanted for it: smtps:// is TLS from the start',
      );
  });
export type EmailSettings = z.infer<typeof emailSettings>;

/** Ports that begin with TLS, and ports that begin in the clear and go over to it: the other way hangs or fails. */
const IMPLICIT = new Set(['465']);
const EXPLICIT = new Set(['25', '587']);
/** POP3 and IMAP. */
const OTHER_SERVICES = new Set(['110', '143', '993', '995']);

/** What of a mail server's URL cannot be meant: the end of "wanted …". */
function smtpUrlProblem(text: string): string | undefined {
  const url = new URL(text);
  if (url.search !== '' || url.hash !== '' || !['', '/'].includes(url.pathname))
    return (
      'nothing behind the host and the port, as in smtp://mail.example.com:587; in a name or password these are ' +
      'percent-encoded: @ %40, # %23, / %2F, ? %3F, : %3A, % %25; or give username and password_file instead'
    );
  if (OTHER_SERVICES.has(url.port))
    return `the port of a server that takes mails, 25, 465 or 587, not ${url.port}, where mails are read`;
  if (!/^(?:[\w-]+(?:\.[\w-]+)*\.?|[\w:.%]+)$/.test(hostOf(url)))
    return 'the name of a host, as in smtp://mail.example.com:587; signs of a password are percent-encoded before it';
  if (url.protocol === 'smtp:' && IMPLICIT.has(url.port))
    return 'smtps:// with port 465: it is TLS from the first byte, and a client that begins in the clear waits for ever';
  if (url.protocol === 'smtps:' && EXPLICIT.has(url.port))
    return `smtp:// with port ${url.port}: it begins in the clear and goes over to TLS by itself (tls.required makes sure)`;
  return undefined;
}

/** As DNS knows it, an address without its brackets; empty for a name that DNS cannot know. */
function hostOf({ hostname: host }: URL): string {
  return /^\[.*\]$/.test(host) ? host.slice(1, -1) : /^[\w.-]*$/.test(host) ? host : domainToASCII(decoded(host));
}

function isNearby(host: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host);
}

/** Undefined where the URL itself was refused: the checks of the whole object run all the same. */
function urlIn(given: unknown): URL | undefined {
  return given instanceof Secret ? new URL(given.reveal()) : undefined;
}

/** All that may stand in no detail of a verdict; a file's token is found when it is read. */
export function secretsOf({ smtp_url, username, password, oauth2 }: EmailSettings): string[] {
  const secrets = [smtp_url, password, oauth2?.client_secret, oauth2?.refresh_token];
  const url = new URL(smtp_url.reveal());
  const pass = password?.reveal() ?? decoded(url.password);
  return [
    ...secrets.flatMap((each) => (each === undefined ? [] : [each.reveal()])),
    ...(pass === '' ? [] : loginForms(username ?? decoded(url.username), pass)),
  ];
}

export function serverOf(
  { smtp_url, username, password, oauth2, tls, hello, from }: EmailSettings,
  now: () => number,
): SmtpServer {
  const url = new URL(smtp_url.reveal());
  const secure = url.protocol === 'smtps:';
  const host = hostOf(url);
  const user = username ?? decoded(url.username);
  const login = user === '' ? undefined : { user, pass: password?.reveal() ?? decoded(url.password) };
  const nearby = isNearby(host);
  const required = tls.required ?? (login !== undefined && !nearby);
  // Where sending in the clear is allowed, TLS with whoever it is can only be better.
  const named = tls.ca_file !== undefined || tls.server_name !== undefined || tls.required === true;
  const anybody = !named && (tls.required === false || (!secure && nearby && login === undefined));
  return {
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTls: !secure && required && tls.starttls !== 'never',
    ignoreTls: tls.starttls === 'never',
    caFile: tls.ca_file,
    serverName: tls.server_name,
    clearToo: !secure && (tls.required === false || anybody),
    verify: !tls.insecure_skip_verify && !anybody,
    hello: hello ?? ownName(hostname(), domainOf(from)),
    login: oauth2 === undefined ? login : { user, tokens: openTokens(oauth2, now) },
  };
}

/**
 * A name for EHLO that servers take: this machine's, with the sender's domain behind it where it has none. Containers
 * and small machines have no full name, and `[127.0.0.1]`, which clients say then, is what spammers say.
 */
export function ownName(machine: string, domain: string): string {
  if (/^[\w-]+(?:\.[\w-]+)+$/.test(machine) && !machine.startsWith('localhost.')) return machine;
  const short = machine.split('.')[0]?.replace(/[^\w-]/g, '') ?? '';
  return `${short === '' || short === 'localhost' ? 'alert-relay' : short}.${domain}`;
}

/** A password with a bare `%` in it was never encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
