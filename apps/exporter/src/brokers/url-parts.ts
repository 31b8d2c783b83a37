// Cuts a broker URL into its parts as Python's urlparse and kombu do (kombu.utils.url), so that the same text means the
// same place to workers and exporter.
import { CERT_REQS_WANTED, readCertReqs } from './python-tls.js';
import type { UrlTls } from './tls.js';

/** What is wrong with a URL, as the end of "the broker URL …"; shows no secret. */
export class UrlProblem extends Error {}

export interface UrlParts {
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

/** What a transport says of itself in problems. */
export interface UrlWords {
  /** The forms of its URLs. */
  readonly wanted: string;
  /** How several hosts are written. */
  readonly several: string;
}

/** Letters of any script, digits, and what stands between them; an address of version 6; empty for the local host. */
const HOST = /^(?:[\p{L}\p{M}\p{N}._-]*|\[[\p{L}\p{N}:.%_-]+\]|\s*|.*\s.*)$/u;

/** It knows credentials without a host, which Node's URL refuses. Throws UrlProblem. */
export function splitUrl(url: string, { wanted, several }: UrlWords): UrlParts {
  if (url.includes('#')) throw new UrlProblem('holds a #: write it as %23');
  const [, scheme = '', authority = '', path = '', query = ''] =
    /^([^:]*):\/\/([^/?]*)([^?]*)(?:\?(.*))?$/s.exec(url) ?? [];
  const at = authority.lastIndexOf('@');
  const [, username, password] = /^([^:]*)(?::(.*))?$/s.exec(authority.slice(0, Math.max(at, 0))) ?? [];
  const place = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority.slice(at + 1));
  const port = place?.[2] ? Number(place[2]) : undefined;
  if (place?.[1]?.includes(',') === true || /,/.test(place === null ? authority.slice(at + 1) : ''))
    throw new UrlProblem(`names several hosts: wanted ${several}`);
  if (place?.[1] !== undefined && !HOST.test(place[1]))
    throw new UrlProblem(`has a host name that can be none, ${JSON.stringify(place[1])}: wanted ${wanted}`);
  if (place === null || /\s/.test(place[1] ?? '') || (port !== undefined && (port < 1 || port > 65535))) {
    throw new UrlProblem(
      `has no readable host and port (in a password, write / as %2F, @ as %40, : as %3A): wanted ${wanted}`,
    );
  }
  return {
    scheme: scheme.toLowerCase(),
    username: unquote(username ?? '') || undefined,
    password: unquote(password ?? '') || undefined,
    host: unquote((place[1] ?? '').replace(/^\[|\]$/g, '')),
    port,
    path,
    query: new URLSearchParams(query),
  };
}

/** Like Python's unquote: what is no escape stays as it is. */
export function unquote(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const TRUTH = new Map([
  ['true', true],
  ['false', false],
  ['1', true],
  ['0', false],
]);

/** TLS as the scheme and the `ssl_…` parameters ask for it; undefined where neither does. Throws UrlProblem. */
export function tlsOf({ query }: UrlParts, isTlsScheme: boolean): UrlTls | undefined {
  const named = [...query.keys()].some((key) => key.startsWith('ssl_'));
  if (!isTlsScheme && !named) return undefined;
  const text = (key: string): string | undefined => query.get(key) || undefined;
  const choice = (key: string, read: (value: string) => boolean | undefined, wanted: string): boolean | undefined => {
    const value = text(key);
    if (value === undefined) return undefined;
    const known = read(value);
    if (known === undefined) throw new UrlProblem(`has ${key}=${value}: wanted ${wanted}`);
    return known;
  };
  return {
    verify: choice('ssl_cert_reqs', readCertReqs, CERT_REQS_WANTED),
    checkHostname: choice('ssl_check_hostname', (value) => TRUTH.get(value.toLowerCase()), 'one of true, false, 1, 0'),
    caFile: text('ssl_ca_certs'),
    certFile: text('ssl_certfile'),
    keyFile: text('ssl_keyfile'),
  };
}
