// Opens the store at the start, and waits where it cannot be opened for a reason that may pass: a full disk or a
// database that is away would else end the process again and again, and nobody would be told why.
import { abortableDelay, backoff, listen, onceIn, type HttpServer, type Log } from '@celery-watch/service';
import type { RelayConfig } from '../config/config.js';
import { waitingRoom } from '../http/waiting-room.js';
import { openOutbox, StoreRefused, type Outbox } from '../outbox/index.js';

const PAUSE = { baseMs: 1_000, maxMs: 5_000 };
/** The same trouble is said once in this time. */
const QUIET_MS = 60_000;

export interface OpeningSettings {
  readonly config: RelayConfig;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Default: the one of the table. */
  readonly open?: () => Promise<Outbox>;
  /** A time that only goes forward, in milliseconds. */
  readonly ticks: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/**
 * Meanwhile posts are answered with 503, `/readyz` says why, and `/healthz` is well. Rejects where a person must mend
 * something, and with the signal's reason where it aborts.
 */
export async function openStore({ config, log, signal, open, ticks, random }: OpeningSettings): Promise<Outbox> {
  const { storage } = config;
  const rooms: HttpServer[] = [];
  let reason = '';
  const mayBeSaid = onceIn(QUIET_MS, ticks);
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        const store = await (open?.() ?? openOutbox(storage.place));
        if (attempt > 0) log.info('the store is open now');
        return store;
      } catch (error) {
        if (!(error instanceof StoreRefused) || !error.mayPass) throw error;
        reason = error.message;
      }
      if (mayBeSaid())
        log.error(
          { why: reason },
          'the store cannot be opened yet: it is tried again, and posts are answered with 503',
        );
      if (rooms.length === 0) rooms.push(...(await openRooms(config, log, () => reason)));
      if (!(await abortableDelay(backoff(attempt, PAUSE, random), signal))) throw signal.reason;
    }
  } finally {
    await Promise.all(rooms.map((room) => room.close()));
  }
}

/** Where the relay will listen, and where its probes ask. */
async function openRooms(
  { listen: at, probeListen, limits, web }: RelayConfig,
  log: Log,
  reason: () => string,
): Promise<HttpServer[]> {
  const open = ({ host, port }: RelayConfig['listen'], tls: RelayConfig['web']['config']['tls']): Promise<HttpServer> =>
    listen(waitingRoom(reason), {
      ...(host !== undefined && host !== '' && { host }),
      port,
      log,
      maxConnections: limits.connections,
      tls,
    });
  const first = await open(at, web.config.tls);
  if (probeListen === undefined) return [first];
  try {
    return [first, await open(probeListen, undefined)];
  } catch (error) {
    await first.close();
    throw error;
  }
}
