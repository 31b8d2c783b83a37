// Every transport: a new one is one folder and one line here.
import { amqpTransport } from './amqp/amqp-broker.js';
import { redisTransport } from './redis/redis-broker.js';
import { type BrokerPlace, type BrokerUrlProblem, readUrl, type Transport } from './transport.js';

export const TRANSPORTS: readonly Transport[] = [redisTransport, amqpTransport];

/** The broker that the URL names, or a sentence for a URL that cannot be used. Pure. */
export function readBrokerUrl(url: string): BrokerPlace | BrokerUrlProblem {
  return readUrl(TRANSPORTS, url);
}
