// Notices connections that are dead without having been closed, and a master that is none any more.
import { abortableDelay } from '@celery-watch/service';
import { askAll, COMMAND_LIMIT, type Connection } from './connection.js';
import { type Fault, within } from '../fault.js';
import { REPLY_TTL } from './replies.js';
import type { Subscription } from './subscription.js';

/** Milliseconds between two beats. */
const BEAT = 5_000;

export interface Watched {
  readonly commands: Connection;
  readonly subscription: Subscription;
  readonly replyKey: string;
  /** Sentinel: the reason why this is the wrong server now. Rejects when nobody can tell. */
  readonly moved: (() => Promise<Fault | undefined>) | undefined;
}

/** Beats until something is found dead (the Fault that says so) or the signal aborts (undefined). */
export async function watchConnections(watched: Watched, signal: AbortSignal): Promise<Fault | undefined> {
  while (await abortableDelay(BEAT, signal)) {
    const found = await Promise.all([
      commandsFault(watched),
      subscriptionFault(watched),
      watched.moved?.().catch(() => undefined),
    ]);
    const fault = found.find((one) => one !== undefined);
    if (fault) return fault;
  }
  return undefined;
}

/**
 * EXPIRE writes, so a server that was made a replica refuses it; and no reply list outlives us by more than its time.
 */
async function commandsFault({ commands, replyKey }: Watched): Promise<Fault | undefined> {
  try {
    await askAll(commands, 'PING', [['ping'], ['expire', replyKey, REPLY_TTL]]);
    return undefined;
  } catch (error) {
    return error as Fault;
  }
}

async function subscriptionFault({ subscription }: Watched): Promise<Fault | undefined> {
  const { where } = subscription.connection.server;
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
