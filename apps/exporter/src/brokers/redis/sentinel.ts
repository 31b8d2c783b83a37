// Asks the Sentinels where the master is, with the one command that kombu's workers use too: SENTINEL MASTERS.
import type { RedisAddress } from './address.js';
import { askAll, connect } from './connection.js';
import { hostAndPort } from '../reasons.js';
import { Fault } from '../fault.js';

export type SentinelAddress = Extract<RedisAddress, { kind: 'sentinel' }>;

export interface SentinelSettings {
  /** The master's name among the Sentinels: transport option `master_name`. */
  readonly masterName: string;
  /** At the Sentinels themselves: transport option `sentinel_kwargs`. */
  readonly login: SentinelLogin;
}

interface SentinelLogin {
  readonly username: string | undefined;
  readonly password: string | undefined;
}

export interface Master {
  readonly host: string;
  readonly port: number;
}

interface Opinion extends Master {
  /** Rises with each failover: of two opinions the higher one is newer. */
  readonly epoch: number;
  readonly isDown: boolean;
}

/** Milliseconds that the others are waited for when one Sentinel has answered. */
const PATIENCE = 300;

/**
 * The master that the newest opinion names. All Sentinels are asked at once, so that dead ones cost no time and one
 * that is cut off from the rest, with an old master beside it, does not decide. Rejects with a Fault that says what
 * each of them did.
 */
export async function findMaster(
  { sentinels }: SentinelAddress,
  { masterName, login }: SentinelSettings,
  signal: AbortSignal,
): Promise<Master> {
  const opinions: Opinion[] = [];
  const faults = new Array<string>(sentinels.length);
  const enough = new AbortController();
  const onAbort = (): void => {
    enough.abort();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  let patience: NodeJS.Timeout | undefined;
  const asked = sentinels.map(async ({ host, port }, index) => {
    try {
      opinions.push(await askOne(host, port, masterName, login, enough.signal));
      patience ??= setTimeout(() => {
        enough.abort();
      }, PATIENCE);
    } catch (error) {
      faults[index] = (error as Error).message;
    }
  });
  await Promise.all(asked);
  clearTimeout(patience);
  signal.removeEventListener('abort', onAbort);
  const newest = opinions.toSorted((a, b) => b.epoch - a.epoch || Number(a.isDown) - Number(b.isDown))[0];
  if (newest === undefined)
    throw new Fault(`no Sentinel tells where the master ${masterName} is: ${faults.slice(0, 5).join('; ')}`);
  if (newest.isDown)
    throw new Fault(`the Sentinels hold the master ${masterName} (${hostAndPort(newest.host, newest.port)}) for down`);
  return { host: newest.host, port: newest.port };
}

async function askOne(
  host: string,
  port: number,
  masterName: string,
  login: SentinelLogin,
  signal: AbortSignal,
): Promise<Opinion> {
  const where = `Sentinel ${hostAndPort(host, port)}`;
  const plan = {
    server: { where, tls: false, secrets: [login.password ?? ''] },
    socket: { host, port },
    ...login,
    db: 0,
  };
  const connection = await connect(plan, signal);
  const onAbort = (): void => void connection.close();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const [masters] = await askAll(connection, 'SENTINEL MASTERS', [['call', 'SENTINEL', 'MASTERS']], 2_000);
    if (masters instanceof Error) throw new Fault(`${where}: ${masters.message.slice(0, 160)}`);
    const master = (Array.isArray(masters) ? masters : [])
      .map(fieldsOf)
      .find((fields) => fields.get('name') === masterName);
    if (master === undefined) throw new Fault(`${where} knows no master of that name`);
    return {
      host: master.get('ip') ?? '',
      port: Number(master.get('port')),
      epoch: Number(master.get('config-epoch') ?? 0),
      isDown: /\b[so]_down\b/.test(master.get('flags') ?? ''),
    };
  } finally {
    signal.removeEventListener('abort', onAbort);
    await connection.close();
  }
}

/** RESP 2 has no maps: names and values stand in turn. */
function fieldsOf(flat: unknown): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  if (Array.isArray(flat))
    for (let i = 0; i + 1 < flat.length; i += 2) fields.set(String(flat[i]), String(flat[i + 1]));
  return fields;
}
