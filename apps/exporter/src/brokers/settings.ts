// What a broker is opened with: typed, complete, already checked by the configuration.
import type { ExchangeNames, RedisTransportOptions } from '@celery-watch/celery-protocol';
import type { BrokerLog } from './broker-log.js';

export interface BrokerSettings {
  readonly transportOptions: RedisTransportOptions;
  readonly exchanges: ExchangeNames;
  readonly tls: TlsSettings;
  /** Name of this exporter, for people who look at what it has on the broker; undefined where nobody gave one. */
  readonly instance: string | undefined;
  /**
   * Name of what this run alone has on the broker: as `ownName` makes it. Two that read one list would take each
   * other's answers.
   */
  readonly ownName: string;
  /** Whether `readQueues` also looks at the message that is taken next: one LINDEX more for each priority step. */
  readonly readHeads: boolean;
  /** RabbitMQ: where its management API answers, with the login; without a login that of the broker URL. */
  readonly managementUrl: string | undefined;
  /**
   * RabbitMQ: seconds for which events are kept for an exporter of this instance that is away; undefined: none are.
   */
  readonly eventQueueKeep: number | undefined;
  readonly log: BrokerLog;
}

/**
 * Paths, not contents: files are read at each attempt to connect, so a renewed certificate needs no restart. A named
 * file turns TLS on, as do `rediss://` and `ssl_…` parameters of the URL; a file named here goes before one named
 * there.
 */
export interface TlsSettings {
  /** PEM; instead of the authorities that Node.js knows. */
  readonly caFile?: string | undefined;
  /** PEM: the client's certificate, with its chain. */
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Host name that the certificate must have, in place of that of the URL. */
  readonly serverName?: string | undefined;
  /** false accepts every certificate, as does `ssl_cert_reqs=none` in the URL. */
  readonly verify: boolean;
}

/**
 * @param instance for people who look at the broker
 * @param unique random: neither a host name and port nor what is configured keeps two exporters apart
 */
export function ownName(instance: string, unique: string): string {
  return `celery-exporter.${instance}.${unique}`;
}

/** The list, or queue, that workers send replies to. */
export function replyListName({ ownName: own }: Pick<BrokerSettings, 'ownName'>): string {
  return `${own}.reply`;
}

/** All of these names, as a pattern of Redis. */
export const ANY_REPLY_LIST = 'celery-exporter.*.reply';
