// Reads a broker URL as kombu does (kombu.utils.url, transport.redis), so that the same text means the same place to
// workers and exporter.
import { redactUrl } from '@celery-watch/service';
import { unfilled } from './placeholders.js';

/** Where a broker is and who we are there. Passwords stand in clear text: never log one of these. */
export type BrokerAddress =
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

/** TLS as the URL's `ssl_…` parameters ask for it; what they leave open is undefined. */
export interface UrlTls {
  readonly verify: boolean | undefined;
  readonly checkHostname: boolean | undefined;
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}

/** A sentence that names the value, with its secret redacted, and what was wanted. */
export interface BrokerUrlProblem {
  readonly kind: 'problem';
  readonly problem: string;
}

const WANTED =
  'wanted redis://[:password@]host[:6379][/db], rediss://… for TLS, redis+socket:///path?virtual_host=db, or ' +
  'sentinel://host:26379;sentinel://host:26379/db';

/**
 * Pure. That Sentinels also need the transport option `master_name` is not to be seen here: `openRedis` refuses without
 * it.
 */
export function parseBrokerUrl(url: string): BrokerAddress | BrokerUrlProblem {
  const trimmed = url.trim();
  try {
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(trimmed)?.[1]?.toLowerCase();
    if (scheme === undefined) throw new Wrong(`has no scheme: ${WANTED}`);
    if (!Object.hasOwn(READERS, scheme))
      throw new Wrong(`uses the transport ${scheme}, which is not supported yet: ${WANTED}`);
    const placeholder = unfilled(trimmed);
    if (placeholder !== undefined) throw new Wrong(placeholder);
    return (READERS[scheme] as Reader)(trimmed);
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return { kind: 'problem', problem: `the broker URL ${shown(trimmed)} ${error.message}` };
  }
}

class Wrong extends Error {}

type Reader = (url: string) => BrokerAddress;

const READERS: Readonly<Record<string, Reader>> = {
  redis: readTcp,
  rediss: readTcp,
  'redis+socket': readSocket,
  unix: readSocket,
  sentinel: readSentinels,
};

function readTcp(url: string): BrokerAddress {
  if (/;\s*rediss?:\/\//i.test(url)) throw new Wrong('is a list of brokers: wanted one, or Sentinels');
  const parts = split(url);
  return {
    kind: 'redis',
    host: parts.host || '127.0.0.1',
    port: parts.port ?? 6379,
    tls: tlsOf(parts),
    ...loginOf(parts, parts.path),
  };
}

function readSocket(url: string): BrokerAddress {
  const parts = split(url);
  if (parts.host !== '' || parts.path.length < 2)
    throw new Wrong('names no socket: wanted three slashes and a path, like redis+socket:///run/redis/redis.sock');
  return { kind: 'socket', path: decode(parts.path), ...loginOf(parts, '') };
}

function readSentinels(url: string): BrokerAddress {
  const all = url.split(';').map((text) => {
    if (!/^\s*sentinel:\/\//i.test(text))
      throw new Wrong('has a part without sentinel://: wanted sentinel://host:26379;sentinel://host:26379/db');
    return split(text.trim());
  });
  const [first, ...others] = all;
  if (first === undefined || all.some((parts) => parts.host === '')) throw new Wrong('has a Sentinel without a host');
  const login = loginOf(first, first.path);
  // kombu takes the database from the first Sentinel alone: with another one here the workers would be somewhere else.
  const elsewhere = others.map((parts) => databaseOf(parts, parts.path)).find((db) => db !== 0 && db !== login.db);
  if (elsewhere !== undefined) {
    throw new Wrong(
      `has the database ${String(elsewhere)} on a later Sentinel, where kombu overlooks it: wanted it on the ` +
        `first, sentinel://host:26379/${String(elsewhere)};…`,
    );
  }
  const withPassword = all.find((parts) => parts.password !== undefined) ?? first;
  return {
    kind: 'sentinel',
    sentinels: all.map((parts) => ({ host: parts.host, port: parts.port ?? 26379 })),
    tls: tlsOf(first),
    ...login,
    username: login.username ?? withPassword.username,
    password: withPassword.password,
  };
}

interface Parts {
  readonly scheme: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Empty where the URL names none. */
  readonly host: string;
  readonly port: number | undefined;
  /** With its slash, still encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Letters of any script, digits, and what stands between them; an address of version 6; empty for the local host. */
const HOST = /^(?:[\p{L}\p{M}\p{N}._-]*|\[[\p{L}\p{N}:.%_-]+\]|\s*|.*\s.*)$/u;

/** Cuts as Python's urlparse does: it knows credentials without a host, which Node's URL refuses. */
function split(url: string): Parts {
  if (url.includes('#')) throw new Wrong('holds a #: write it as %23');
  const [, scheme = '', authority = '', path = '', query = ''] =
    /^([^:]*):\/\/([^/?]*)([^?]*)(?:\?(.*))?$/s.exec(url) ?? [];
  const at = authority.lastIndexOf('@');
  const [, username, password] = /^([^:]*)(?::(.*))?$/s.exec(authority.slice(0, Math.max(at, 0))) ?? [];
  const place = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority.slice(at + 1));
  const port = place?.[2] ? Number(place[2]) : undefined;
  if (place?.[1]?.includes(',') === true || /,/.test(place === null ? authority.slice(at + 1) : ''))
    throw new Wrong('names several hosts: wanted one, or Sentinels as sentinel://host:26379;sentinel://host:26379/db');
  if (place?.[1] !== undefined && !HOST.test(place[1]))
    throw new Wrong(`has a host name that can be none, ${JSON.stringify(place[1])}: ${WANTED}`);
  if (place === null || /\s/.test(place[1] ?? '') || (port !== undefined && (port < 1 || port > 65535))) {
    throw new Wrong(`has no readable host and port (in a password, write / as %2F, @ as %40, : as %3A): ${WANTED}`);
  }
  return {
    scheme: scheme.toLowerCase(),
    username: decode(username ?? '') || undefined,
    password: decode(password ?? '') || undefined,
    host: decode((place[1] ?? '').replace(/^\[|\]$/g, '')),
    port,
    path,
    query: new URLSearchParams(query),
  };
}

function loginOf(parts: Parts, path: string): RedisLogin {
  return { db: databaseOf(parts, path), username: parts.username, password: parts.password };
}

function databaseOf(parts: Parts, path: string): number {
  const fromQuery = parts.query.get('virtual_host') ?? parts.query.get('db');
  const fromPath = decode(path).replace(/^\//, '');
  // Both ways kombu strips one more slash: redis://host// is database 0.
  const text = (fromPath === '' || fromPath === '/' ? (fromQuery ?? '') : fromPath).replace(/^\//, '');
  // A password with a slash that was not encoded ends here.
  if (text.includes('@')) throw new Wrong('has an @ behind its host: in a password, write / as %2F and @ as %40');
  if (!/^\d*$/.test(text)) throw new Wrong(`has the database ${JSON.stringify(text)}: wanted a number like 0`);
  return Number(text);
}

function tlsOf({ scheme, query }: Parts): UrlTls | undefined {
  const named = [...query.keys()].some((key) => key.startsWith('ssl_'));
  if (scheme !== 'rediss' && !named) return undefined;
  const text = (key: string): string | undefined => query.get(key) || undefined;
  const choice = (key: string, values: Readonly<Record<string, boolean>>): boolean | undefined => {
    const value = text(key);
    if (value === undefined) return undefined;
    const known = values[value.toLowerCase().replace(/^cert_/, '')];
    if (known === undefined) throw new Wrong(`has ${key}=${value}: wanted one of ${Object.keys(values).join(', ')}`);
    return known;
  };
  return {
    // A server always shows its certificate, so "optional" checks it too.
    verify: choice('ssl_cert_reqs', { required: true, optional: true, none: false }),
    checkHostname: choice('ssl_check_hostname', { true: true, false: false, 1: true, 0: false }),
    caFile: text('ssl_ca_certs'),
    certFile: text('ssl_certfile'),
    keyFile: text('ssl_keyfile'),
  };
}

/** Like Python's unquote: what is no escape stays as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The URL without its secret. A user's name is hidden too: a password without its colon stands in the same place. */
/** Without a scheme nobody can tell what is the password: only what looks like a host and its port is shown. */
function shown(url: string): string {
  if (!url.includes('://')) return /^(?:[\w.-]+:\d+(?:\/\d*)?)?$/.test(url) ? url : '[redacted]';
  return redactUrl(url).replace(/:\/\/[^/?#]*@/g, '://[redacted]@');
}
