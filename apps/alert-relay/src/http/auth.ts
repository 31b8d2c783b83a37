// Who may post: a bearer token or a name with a password, compared in constant time.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Auth } from '../config/config.js';

/** Whether the Authorization header of a request is the one that the configuration asks for. */
export function isAllowed(auth: Auth, header: string | undefined): boolean {
  if (auth.kind === 'none') return true;
  const [scheme, credentials] = splitOnce(header ?? '');
  const given = auth.kind === 'bearer' ? credentials : Buffer.from(credentials, 'base64').toString('utf8');
  const wanted = auth.kind === 'bearer' ? auth.token.reveal() : `${auth.username}:${auth.password.reveal()}`;
  // Always compared, so that a wrong scheme takes as long as a wrong token.
  return isEqual(given, wanted) && scheme.toLowerCase() === auth.kind;
}

/** What a client that was refused must send. */
export function challenge(auth: Auth): string {
  return auth.kind === 'basic' ? 'Basic realm="alert-relay", charset="UTF-8"' : 'Bearer realm="alert-relay"';
}

/** Hashes have one length: their comparison tells nothing of the texts. */
function isEqual(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function splitOnce(header: string): [string, string] {
  const at = header.indexOf(' ');
  return at < 0 ? [header, ''] : [header.slice(0, at), header.slice(at + 1).trim()];
}
