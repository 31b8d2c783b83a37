// Notices connections that are dead without having been closed, and a master that is none any more.
import { abortableDelay } from '@celery-watch/service';
import { askAll } from './ask.js';
import { COMMAND_LIMIT, type Connection } from './connection.js';
import { Fault, isFatal, reasonOf } from './reasons.js';
import { REPLY_TTL } from './replies.js';
import { within } from './time-limit.js';

/** Milliseconds between two beats. */
const BEAT = 5_000;

export interface Pulse {
  readonly commands: Connection;
  readonly subscriber: Connection;
  readonly replyKey: string;
  /** Messages that the subscription has brought so far. */
  received(): number;
  /** Sentinel: the reason why this is the wrong server now. Rejects when nobody can tell. */
  readonly moved: (() => Promise<Fault | undefined>) | undefined;
}

/** Beats until something is found dead (the Fault that says so) or the signal aborts (undefined). */
export async function watchPulse(pulse: Pulse, signal: AbortSignal): Promise<Fault | undefined> {
  while (await abortableDelay(BEAT, signal)) {
    const found = await Promise.all([commandsFault(pulse), subscriberFault(pulse), pulse.moved?.().catch(() => undefined)]);
    const fault = found.find((one) => one !== undefined);
    if (fault) return fault;
  }
  return undefined;
}

/** EXPIRE writes, so a server that was made a replica refuses it; and no reply list outlives us by more than its time. */
async function commandsFault({ commands, replyKey }: Pulse): Promise<Fault | undefined> {
  try {
    await askAll(commands, 'PING', [['ping'], ['expire', replyKey, REPLY_TTL]]);
    return undefined;
  } catch (error) {
    return error as Fault;
  }
}

/** A busy subscription brings its PONG behind megabytes of messages: these are a sign of life too. */
async function subscriberFault({ subscriber, received }: Pulse): Promise<Fault | undefined> {
  const before = received();
  const { where } = subscriber.place;
  try {
    await within(COMMAND_LIMIT, `${where} does not answer on the event subscription any more`, subscriber.client.ping());
    return undefined;
  } catch (error) {
    if (received() !== before || (!(error instanceof Fault) && !isFatal(error))) return undefined;
    return new Fault(reasonOf(error, subscriber.place));
  }
}
