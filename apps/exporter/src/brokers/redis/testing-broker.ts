// For live tests: a Redis broker that runs, with everything it says to its listener and to its log written down.
import { DEFAULT_TRANSPORT_OPTIONS, type RedisTransportOptions } from '@celery-watch/celery-protocol';
import { memoryLog } from '@celery-watch/service';
import type { Broker } from '../broker.js';
import { Recorder } from '../broker-contract.js';
import type { TlsSettings } from '../settings.js';
import { readUrl } from '../transport.js';
import { redisTransport } from './redis-broker.js';

export const REPLY_LIST = 'celery-exporter.test.reply';

export interface WatchedBroker extends AsyncDisposable {
  readonly broker: Broker;
  readonly heard: Recorder;
  /** `level: message`, without what is written at debug. */
  readonly log: () => readonly string[];
  /** How often the log was written to at that level. */
  count(level: string): number;
  /** Waits for the first connection. */
  listening(): Promise<void>;
  /** Waits for so many reasons; gives the last. */
  reason(count?: number): Promise<string>;
  /** Ends it; gives the milliseconds that took. */
  stop(): Promise<number>;
}

export interface WatchOptions {
  readonly transportOptions?: Partial<RedisTransportOptions> | undefined;
  readonly tls?: Partial<TlsSettings> | undefined;
}

export function openWatched(
  url: string,
  { transportOptions, tls }: WatchOptions = {},
): { readonly broker: Broker; readonly lines: ReturnType<typeof memoryLog>['lines'] } {
  const { log, lines } = memoryLog();
  const place = readUrl([redisTransport], url);
  if ('problem' in place) throw new TypeError(place.problem);
  const broker = place.open({
    transportOptions: { ...DEFAULT_TRANSPORT_OPTIONS, ...transportOptions },
    exchanges: { eventExchange: 'celeryev', controlExchange: 'celery' },
    tls: { verify: true, ...tls },
    instance: undefined,
    ownName: 'celery-exporter.test',
    managementUrl: undefined,
    eventQueueKeep: undefined,
    readHeads: true,
    log,
  });
  return { broker, lines };
}

export function watchBroker(url: string, options?: WatchOptions): WatchedBroker {
  const { broker, lines } = openWatched(url, options);
  const heard = new Recorder();
  const controller = new AbortController();
  const running = broker.run(heard, controller.signal);
  const stop = async (): Promise<number> => {
    const began = performance.now();
    controller.abort();
    await running;
    return performance.now() - began;
  };
  return {
    broker,
    heard,
    log: () => lines.filter(({ level }) => level !== 'debug').map(({ level, msg }) => `${level}: ${msg}`),
    count: (wanted) => lines.filter(({ level }) => level === wanted).length,
    listening: () => heard.until('listening', () => heard.connections.length > 0),
    async reason(count = 1) {
      await heard.until(`${String(count)} reasons`, () => heard.reasons.length >= count);
      return heard.reasons.at(-1) ?? '';
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}
