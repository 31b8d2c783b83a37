// Who may ask for what: one pure decision for both programs, over every way to log in.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { RateLimit, TlsPlan, WebConfig, WebUser } from '../web-config/web-config.js';

/**
 * What a request wants: `probe` asks for life; `metrics` and `page` read; `post` brings alerts; `operator` reads what
 * was told to whom, or changes something.
 */
export type Audience = 'probe' | 'metrics' | 'page' | 'post' | 'operator';

/** A token, or a name and password, that is known by its hash: the thread that reads requests knows no more. */
export interface Credential {
  readonly kind: 'bearer' | 'basic';
  /** Of the token, or of `username:password`. */
  readonly hash: Uint8Array;
  /** What nobody may ask for without a login, since there is this one. */
  readonly locks: readonly Audience[];
  /** What may be asked for with it. */
  readonly opens: readonly Audience[];
}

/** Plain data, so that it can be handed to a thread. */
export interface DoorPlan {
  readonly tls: TlsPlan | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly rateLimit: RateLimit | undefined;
  /** May ask for everything; where there are any, nobody else gets more than `probe`. */
  readonly users: readonly WebUser[];
  readonly credentials: readonly Credential[];
  /** Whether only this machine can reach it. */
  readonly isLocal: boolean;
  /** Which key to set where a login is missing altogether; the end of a sentence. */
  readonly howToLock: string;
}

export function doorPlan(web: WebConfig, rest: Pick<DoorPlan, 'credentials' | 'isLocal' | 'howToLock'>): DoorPlan {
  return { ...web, ...rest };
}

/** Names of this machine alone. Where no host is given, all addresses are meant. */
export function isLoopback(host: string | undefined): boolean {
  return (
    host !== undefined && (/^127(?:\.\d{1,3}){3}$/.test(host) || host === '::1' || host.toLowerCase() === 'localhost')
  );
}

export function bearerHash(token: string): Uint8Array {
  return hashOf(token);
}

export function basicHash(username: string, password: string): Uint8Array {
  return hashOf(`${username}:${password}`);
}

export type Decision =
  | 'in'
  /** There is no login that could be asked for. */
  | 'never'
  | 'wrong'
  /** It depends on a password that bcrypt must compare. */
  | { readonly name: string; readonly password: string };

type Locks = Pick<DoorPlan, 'users' | 'credentials' | 'isLocal'>;

/** Whether nobody may ask for it without a login. */
export function isLocked(audience: Audience, { users, credentials }: Locks): boolean {
  return audience !== 'probe' && (users.length > 0 || credentials.some(({ locks }) => locks.includes(audience)));
}

/** @param header Authorization, as it came */
export function decide(audience: Audience, header: string | undefined, plan: Locks): Decision {
  if (!isLocked(audience, plan)) return audience === 'operator' && !plan.isLocal ? 'never' : 'in';
  const [scheme, text] = splitOnce(header ?? '');
  const kind = scheme.toLowerCase();
  const given = kind === 'basic' ? Buffer.from(text, 'base64').toString('utf8') : text;
  const hash = hashOf(given);
  // Each is compared, so that a wrong scheme takes as long as a wrong token. Hashes have one length: their comparison
  // tells nothing of the texts.
  const fitting = plan.credentials.filter((each) => timingSafeEqual(each.hash, hash) && each.kind === kind);
  if (fitting.some(({ opens }) => opens.includes(audience))) return 'in';
  const colon = given.indexOf(':');
  if (kind !== 'basic' || colon < 0 || plan.users.length === 0) return 'wrong';
  return { name: given.slice(0, colon), password: given.slice(colon + 1) };
}

/** What a client that was refused may send: the header WWW-Authenticate. */
export function challengeOf(audience: Audience, realm: string, { users, credentials }: Locks): string {
  const kinds = credentials.filter(({ opens }) => opens.includes(audience)).map(({ kind }) => kind);
  const basic = users.length > 0 || kinds.includes('basic') ? [`Basic realm="${realm}", charset="UTF-8"`] : [];
  return [...basic, ...(kinds.includes('bearer') ? [`Bearer realm="${realm}"`] : [])].join(', ');
}

function hashOf(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}

function splitOnce(header: string): [string, string] {
  const at = header.indexOf(' ');
  return at < 0 ? [header, ''] : [header.slice(0, at), header.slice(at + 1).trim()];
}
