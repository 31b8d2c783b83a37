// What a broker is opened with: typed, complete, already checked by the configuration.
import type { ExchangeNames, RedisTransportOptions } from '@celery-watch/celery-protocol';
import type { BrokerLog } from './broker-log.js';

export interface BrokerSettings {
  /** The broker's URL with its secret, in a form that `parseBrokerUrl` accepts. */
  readonly url: string;
  readonly transportOptions: RedisTransportOptions;
  readonly exchanges: ExchangeNames;
  readonly tls: TlsSettings;
  /**
   * Bare name of the list that workers push replies to: of this run alone, from `replyListName`. Two that read one list
   * would take each other's answers.
   */
  readonly replyList: string;
  /** Whether `readQueues` also looks at the message that is taken next: one LINDEX more for each priority step. */
  readonly readHeads: boolean;
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
  /** false accepts every certificate, as does `ssl_cert_reqs=none` in the URL. */
  readonly verify: boolean;
}

/**
 * @param instance for people who look at the broker's keys
 * @param unique random: neither a host name and port nor what is configured keeps two exporters apart
 */
export function replyListName(instance: string, unique: string): string {
  return `celery-exporter.${instance}.${unique}.reply`;
}

/** All of these names, as a pattern of Redis. */
export const ANY_REPLY_LIST = 'celery-exporter.*.reply';
