// Notices connections that are dead without having been closed, and a master that is none any more.
import { abortableDelay } from '@celery-watch/service';
import { askAll } from './ask.js';
import { COMMAND_LIMIT, type Connection } from './connection.js';
import type { Fault } from './reasons.js';
import { REPLY_TTL } from './replies.js';
import type { Subscription } from './subscription.js';
import { within } from './time-limit.js';

/** Milliseconds between two beats. */
const BEAT = 5_000;

export interface Pulse {
  readonly commands: Connection;
  readonly subscription: Subscription;
  readonly replyKey: string;
  /** Sentinel: the reason why this is the wrong server now. Rejects when nobody can tell. */
  readonly moved: (() => Promise<Fault | undefined>) | undefined;
}

/** Beats until something is found dead (the Fault that says so) or the signal aborts (undefined). */
export async function watchPulse(pulse: Pulse, signal: AbortSignal): Promise<Fault | undefined> {
  while (await abortableDelay(BEAT, signal)) {
    const found = await Promise.all([
      commandsFault(pulse),
      subscriptionFault(pulse),
      pulse.moved?.().catch(() => undefined),
    ]);
    const fault = found.find((one) => one !== undefined);
    if (fault) return fault;
  }
  return undefined;
}

/**
 * EXPIRE writes, so a server that was made a replica refuses it; and no reply list outlives us by more than its time.
 */
async function commandsFault({ commands, replyKey }: Pulse): Promise<Fault | undefined> {
  try {
    await askAll(commands, 'PING', [['ping'], ['expire', replyKey, REPLY_TTL]]);
    return undefined;
  } catch (error) {
    return error as Fault;
  }
}

async function subscriptionFault({ subscription }: Pulse): Promise<Fault | undefined> {
  const { where } = subscription.connection.place;
  try {
    await within(
      COMMAND_LIMIT,
      `${where} does not answer on the event subscription any more`,
      subscription.signOfLife(),
    );
    return undefined;
  } catch (error) {
    return error as Fault;
  }
}
