// The reply list: one fixed list that workers push to and that is emptied all the time, so that late replies leave
// nothing behind (docs/protocol/remote-control.md#late-replies).
import { abortableDelay } from '@celery-watch/service';
import { askAll, COMMAND_LIMIT, type Connection, denial } from './connection.js';
import { isFatal, reasonOf, replyCode } from './reasons.js';
import { Fault, within } from '../fault.js';

/** Seconds that one BRPOP blocks: the answer, though empty, shows that the connection lives. */
const BLOCK = 5;
/** Milliseconds until the next try when the list cannot be read. */
const PAUSE = 5_000;
/** Seconds after which Redis itself deletes a list that nobody empties any more. */
export const REPLY_TTL = 300;

export interface ReplyListener {
  reply(payload: Buffer): void;
  /** undefined: replies can be read again. */
  trouble(why: Fault | undefined): void;
}

/** Empties the list until the connection is lost (the Fault that says so) or the signal aborts (undefined). */
export async function drainReplies(
  connection: Connection,
  key: string,
  listener: ReplyListener,
  signal: AbortSignal,
): Promise<Fault | undefined> {
  const late = `${connection.server.where} has not answered BRPOP in time`;
  while (!signal.aborted) {
    try {
      const answer = await within(BLOCK * 1000 + COMMAND_LIMIT, late, connection.client.brpopBuffer(key, BLOCK));
      listener.trouble(undefined);
      if (answer !== null) listener.reply(answer[1]);
    } catch (error) {
      if (error instanceof Fault) return error;
      if (isFatal(error)) return new Fault(reasonOf(error, connection.server));
      listener.trouble(denial(error, connection, `+brpop +del +expire ~${key}`));
      // Somebody else's value under our name can only be in the way.
      if (replyCode(error) === 'WRONGTYPE') await askAll(connection, 'DEL', [['del', key]]).catch(() => undefined);
      if (!(await abortableDelay(PAUSE, signal))) return undefined;
    }
  }
  return undefined;
}
