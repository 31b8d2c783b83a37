// What a worker says of its broker in its answer to stats: the transport options that decide about the names of keys.
import { isRecord } from '../wire/is-record.js';
import { readTransportOptions, type RedisTransportOptions } from '../redis/transport-options.js';

export interface StatedBroker {
  /** The worker's options, kombu's defaults where it sets none. */
  readonly options: RedisTransportOptions;
  /** Whether it keeps what it holds unacknowledged where it can be counted: option ack_emulation. */
  readonly keepsUnacked: boolean;
}

/**
 * Reads `broker` of stats (docs/protocol/remote-control.md#transport-options-in-stats). Undefined for another transport
 * than Redis, for options that kombu could not use, and for anything else. Nothing secret is kept.
 */
export function readStatedBroker(broker: unknown): StatedBroker | undefined {
  if (!isRecord(broker) || !TRANSPORTS.has(broker['transport'])) return undefined;
  const raw = broker['transport_options'];
  if (!isRecord(raw)) return undefined;
  // Those of the connections to the Sentinels are of no use here, and hold secrets.
  const { options, problems } = readTransportOptions({ ...raw, sentinel_kwargs: undefined });
  return problems.length > 0 ? undefined : { options, keepsUnacked: raw['ack_emulation'] !== false };
}

const TRANSPORTS: ReadonlySet<unknown> = new Set(['redis', 'rediss', 'sentinel']);
