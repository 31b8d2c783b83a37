// For live tests: a Redis broker that runs, with everything it says to its listener and to its log written down.
import { DEFAULT_TRANSPORT_OPTIONS, type RedisTransportOptions } from '@celery-watch/celery-protocol';
import type { TlsSettings } from '../settings.js';
import { openFor, type OpenedBroker, runWatched, type WatchedBroker } from '../testing-watched.js';
import { redisTransport } from './redis-broker.js';

export type { WatchedBroker } from '../testing-watched.js';

export const REPLY_LIST = 'celery-exporter.test.reply';

export interface WatchOptions {
  readonly transportOptions?: Partial<RedisTransportOptions> | undefined;
  readonly tls?: Partial<TlsSettings> | undefined;
}

export function openWatched(url: string, { transportOptions, tls }: WatchOptions = {}): OpenedBroker {
  return openFor(redisTransport, url, {
    transportOptions: { ...DEFAULT_TRANSPORT_OPTIONS, ...transportOptions },
    tls: { verify: true, ...tls },
    ownName: 'celery-exporter.test',
  });
}

export function watchBroker(url: string, options?: WatchOptions): WatchedBroker {
  return runWatched(openWatched(url, options));
}
