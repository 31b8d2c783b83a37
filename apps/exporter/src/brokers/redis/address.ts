// Where a Redis broker is, read from its URL as kombu does (kombu.transport.redis).
import type { UrlTls } from '../tls.js';
import { splitUrl, tlsOf, unquote, UrlProblem, type UrlParts } from '../url-parts.js';

/** Where a broker is and who we are there. Passwords stand in clear text: never log one of these. */
export type RedisAddress =
  | ({
      readonly kind: 'redis';
      readonly host: string;
      readonly port: number;
      readonly tls: UrlTls | undefined;
    } & RedisLogin)
  | ({ readonly kind: 'socket'; readonly path: string } & RedisLogin)
  | ({
      readonly kind: 'sentinel';
      readonly sentinels: readonly { readonly host: string; readonly port: number }[];
      /**
       * For the master; the Sentinels themselves are spoken to without TLS, as kombu does unless `sentinel_kwargs` says
       * so.
       */
      readonly tls: UrlTls | undefined;
    } & RedisLogin);

export interface RedisLogin {
  readonly db: number;
  /** An ACL user (Redis 6 and later). */
  readonly username: string | undefined;
  readonly password: string | undefined;
}

export const WANTED =
  'redis://[:password@]host[:6379][/db], rediss://… for TLS, redis+socket:///path?virtual_host=db, or ' +
  'sentinel://host:26379;sentinel://host:26379/db';

const WORDS = { wanted: WANTED, several: 'one, or Sentinels as sentinel://host:26379;sentinel://host:26379/db' };

const READERS: Readonly<Record<string, (url: string) => RedisAddress>> = {
  redis: readTcp,
  rediss: readTcp,
  'redis+socket': readSocket,
  unix: readSocket,
  sentinel: readSentinels,
};

export const SCHEMES: readonly string[] = Object.keys(READERS);

/**
 * Pure. That Sentinels also need the transport option `master_name` is not to be seen here. Throws UrlProblem.
 * @param url with one of SCHEMES
 */
export function readAddress(url: string): RedisAddress {
  const read = READERS[url.split(':', 1)[0]?.toLowerCase() ?? ''];
  if (read === undefined) throw new TypeError('no URL of Redis');
  return read(url);
}

function readTcp(url: string): RedisAddress {
  if (/;\s*rediss?:\/\//i.test(url)) throw new UrlProblem('is a list of brokers: wanted one, or Sentinels');
  const parts = splitUrl(url, WORDS);
  return {
    kind: 'redis',
    host: parts.host || '127.0.0.1',
    port: parts.port ?? 6379,
    tls: tlsOf(parts, parts.scheme === 'rediss'),
    ...loginOf(parts, parts.path),
  };
}

function readSocket(url: string): RedisAddress {
  const parts = splitUrl(url, WORDS);
  if (parts.host !== '' || parts.path.length < 2)
    throw new UrlProblem('names no socket: wanted three slashes and a path, like redis+socket:///run/redis/redis.sock');
  return { kind: 'socket', path: unquote(parts.path), ...loginOf(parts, '') };
}

function readSentinels(url: string): RedisAddress {
  const all = url.split(';').map((text) => {
    if (!/^\s*sentinel:\/\//i.test(text))
      throw new UrlProblem('has a part without sentinel://: wanted sentinel://host:26379;sentinel://host:26379/db');
    return splitUrl(text.trim(), WORDS);
  });
  const [first, ...others] = all;
  if (first === undefined || all.some((parts) => parts.host === ''))
    throw new UrlProblem('has a Sentinel without a host');
  const login = loginOf(first, first.path);
  // kombu takes the database from the first Sentinel alone: with another one here the workers would be somewhere else.
  const elsewhere = others.map((parts) => databaseOf(parts, parts.path)).find((db) => db !== 0 && db !== login.db);
  if (elsewhere !== undefined) {
    throw new UrlProblem(
      `has the database ${String(elsewhere)} on a later Sentinel, where kombu overlooks it: wanted it on the ` +
        `first, sentinel://host:26379/${String(elsewhere)};…`,
    );
  }
  const withPassword = all.find((parts) => parts.password !== undefined) ?? first;
  return {
    kind: 'sentinel',
    sentinels: all.map((parts) => ({ host: parts.host, port: parts.port ?? 26379 })),
    tls: tlsOf(first, false),
    ...login,
    username: login.username ?? withPassword.username,
    password: withPassword.password,
  };
}

function loginOf(parts: UrlParts, path: string): RedisLogin {
  return { db: databaseOf(parts, path), username: parts.username, password: parts.password };
}

function databaseOf(parts: UrlParts, path: string): number {
  const fromQuery = parts.query.get('virtual_host') ?? parts.query.get('db');
  const fromPath = unquote(path).replace(/^\//, '');
  // Both ways kombu strips one more slash: redis://host// is database 0.
  const text = (fromPath === '' || fromPath === '/' ? (fromQuery ?? '') : fromPath).replace(/^\//, '');
  // A password with a slash that was not encoded ends here.
  if (text.includes('@')) throw new UrlProblem('has an @ behind its host: in a password, write / as %2F and @ as %40');
  if (!/^\d*$/.test(text)) throw new UrlProblem(`has the database ${JSON.stringify(text)}: wanted a number like 0`);
  return Number(text);
}
