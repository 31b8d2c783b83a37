// From the settings to one attempt: which host, which certificates. Made anew for each attempt, since both may have
// changed.
import { tlsOptions } from '../tls.js';
import type { RedisAddress } from './address.js';
import type { TlsSettings } from '../settings.js';
import type { ConnectionPlan } from './connection.js';
import { hostAndPort } from '../reasons.js';
import { findMaster, type SentinelSettings } from './sentinel.js';

/** Rejects with a Fault: a file that cannot be read, Sentinels that know no master. */
export async function planConnection(
  address: RedisAddress,
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
