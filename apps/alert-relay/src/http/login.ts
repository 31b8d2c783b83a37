// Whether a request carries the login of the configuration. What is compared are hashes: the thread that reads requests
// of strangers knows no password.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Auth } from '../config/config.js';

/** What a request must bring; `hash`: of the token, or of `username:password`. */
export type Login = { readonly kind: 'none' } | { readonly kind: 'bearer' | 'basic'; readonly hash: Uint8Array };

export function loginOf(auth: Auth): Login {
  switch (auth.kind) {
    case 'none':
      return auth;
    case 'bearer':
      return { kind: 'bearer', hash: hashOf(auth.token.reveal()) };
    case 'basic':
      return { kind: 'basic', hash: hashOf(`${auth.username}:${auth.password.reveal()}`) };
  }
}

/** Whether the Authorization header of a request is the one that the configuration asks for. */
export function isAllowed(login: Login, header: string | undefined): boolean {
  if (login.kind === 'none') return true;
  const [scheme, credentials] = splitOnce(header ?? '');
  const given = login.kind === 'bearer' ? credentials : Buffer.from(credentials, 'base64').toString('utf8');
  // Always compared, so that a wrong scheme takes as long as a wrong token. Hashes have one length: their comparison
  // tells nothing of the texts.
  return timingSafeEqual(hashOf(given), login.hash) && scheme.toLowerCase() === login.kind;
}

/** What a client that was refused must send. */
export function challenge(login: Login): string {
  return login.kind === 'basic' ? 'Basic realm="alert-relay", charset="UTF-8"' : 'Bearer realm="alert-relay"';
}

function hashOf(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}

function splitOnce(header: string): [string, string] {
  const at = header.indexOf(' ');
  return at < 0 ? [header, ''] : [header.slice(0, at), header.slice(at + 1).trim()];
}
