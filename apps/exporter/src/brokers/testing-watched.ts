// For live tests of every transport: a broker that runs, with everything it says to its listener and to its log written
// down.
import { DEFAULT_TRANSPORT_OPTIONS } from '@celery-watch/celery-protocol';
import { memoryLog } from '@celery-watch/service';
import type { Broker } from './broker.js';
import { Recorder } from './broker-contract.js';
import type { BrokerSettings } from './settings.js';
import { readUrl, type Transport } from './transport.js';

export interface OpenedBroker {
  readonly broker: Broker;
  readonly lines: ReturnType<typeof memoryLog>['lines'];
}

export interface WatchedBroker extends AsyncDisposable {
  readonly broker: Broker;
  readonly heard: Recorder;
  /** `level: message`, without what is written at debug. */
  readonly log: () => readonly string[];
  /** How often the log was written to at that level. */
  count(level: string): number;
  /** Waits for so many connections, the first by default. */
  listening(count?: number): Promise<void>;
  /** Waits for so many reasons; gives the last. */
  reason(count?: number): Promise<string>;
  /** Ends it; gives the milliseconds that took. */
  stop(): Promise<number>;
}

/** Opens the broker of a URL, with settings that a test need not name. Throws TypeError for a URL that is refused. */
export function openFor(
  transport: Transport,
  url: string,
  settings: Partial<BrokerSettings> & Pick<BrokerSettings, 'ownName'>,
): OpenedBroker {
  const { log, lines } = memoryLog();
  const place = readUrl([transport], url);
  if ('problem' in place) throw new TypeError(place.problem);
  const broker = place.open({
    transportOptions: DEFAULT_TRANSPORT_OPTIONS,
    exchanges: { eventExchange: 'celeryev', controlExchange: 'celery' },
    tls: { verify: true },
    instance: undefined,
    managementUrl: undefined,
    eventQueueKeep: undefined,
    readHeads: true,
    log,
    ...settings,
  });
  return { broker, lines };
}

/** Runs it until it is stopped. */
export function runWatched({ broker, lines }: OpenedBroker): WatchedBroker {
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
    listening: (count = 1) => heard.until(`${String(count)} connections`, () => heard.connections.length >= count),
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
