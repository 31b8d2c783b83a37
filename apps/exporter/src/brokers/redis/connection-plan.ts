// From the settings to one attempt: which host, which certificates. Made anew for each attempt, since both may have
// changed.
import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import type { BrokerAddress, UrlTls } from '../broker-url.js';
import type { TlsSettings } from '../settings.js';
import type { ConnectionPlan } from './connection.js';
import { hostAndPort } from './reasons.js';
import { Fault } from '../fault.js';
import { findMaster, type SentinelSettings } from './sentinel.js';

/** Rejects with a Fault: a file that cannot be read, Sentinels that know no master. */
export async function planConnection(
  address: BrokerAddress,
  settings: TlsSettings,
  sentinel: SentinelSettings,
  signal: AbortSignal,
): Promise<ConnectionPlan> {
  const { username, password, db } = address;
  const secrets = [password ?? '', username ?? ''].filter((text) => text.length > 3);
  const login = { username, password, db };
  if (address.kind === 'socket')
    return { ...login, server: { where: address.path, tls: false, secrets }, socket: { path: address.path } };
  const tls = await tlsOptions(address.tls, settings);
  const { host, port } = address.kind === 'sentinel' ? await findMaster(address, sentinel, signal) : address;
  return {
    ...login,
    server: { where: hostAndPort(host, port), tls: tls !== undefined, secrets },
    socket: { host, port, ...(tls && { tls }) },
  };
}

async function tlsOptions(url: UrlTls | undefined, settings: TlsSettings): Promise<ConnectionOptions | undefined> {
  const caFile = settings.caFile ?? url?.caFile;
  const certFile = settings.certFile ?? url?.certFile;
  const keyFile = settings.keyFile ?? url?.keyFile;
  if (url === undefined && caFile === undefined && certFile === undefined && keyFile === undefined) return undefined;
  const [ca, cert, key] = await Promise.all([read('CA', caFile), read('certificate', certFile), read('key', keyFile)]);
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    rejectUnauthorized: settings.verify && url?.verify !== false,
    ...(url?.checkHostname === false && { checkServerIdentity: () => undefined }),
  };
}

async function read(what: string, path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw new Fault(
      `TLS: the ${what} file ${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'error'}`,
    );
  }
}
