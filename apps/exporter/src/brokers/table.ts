// Every kind of broker and what opens it: a new transport is one folder and one line here.
import type { Broker } from './broker.js';
import { openRedis } from './redis/redis-broker.js';
import { type BrokerSettings } from './settings.js';
import { type BrokerAddress, parseBrokerUrl } from './broker-url.js';

/** Opens nothing yet on the wire: that is `run`'s. Throws TypeError for settings that cannot work. */
export type OpenBroker = (settings: BrokerSettings) => Broker;

export const BROKERS = {
  redis: openRedis,
  socket: openRedis,
  sentinel: openRedis,
} as const satisfies Record<BrokerAddress['kind'], OpenBroker>;

/**
 * The broker that the URL names. Throws TypeError, with the problem's sentence, for a URL that `parseBrokerUrl`
 * refuses.
 */
export const openBroker: OpenBroker = (settings) => {
  const address = parseBrokerUrl(settings.url);
  if (address.kind === 'problem') throw new TypeError(address.problem);
  return BROKERS[address.kind](settings);
};
