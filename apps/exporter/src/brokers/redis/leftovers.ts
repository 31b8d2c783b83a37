// Reply lists of exporters that are gone: each run has a list of its own name, and a worker that answers late makes it
// anew, without an end. Every exporter gives an end to what it finds of others
// (docs/protocol/remote-control.md#late-replies).
import { abortableDelay } from '@celery-watch/service';
import { askAll, type Command, type Connection } from './connection.js';
import { REPLY_TTL } from './replies.js';

/** Keys that the server looks at in one command, and milliseconds between two: a broker of millions is not held up. */
const COUNT = 1000;
const PAUSE = 200;

/**
 * Sets the time that a living exporter renews every few seconds: only the dead ones' lists end by it. Goes through the
 * keys once; gives up where the server refuses, since nothing depends on it.
 * @param pattern of the lists' names; what the user may not touch is passed over
 */
export async function endLeftovers(
  connection: Connection,
  pattern: string,
  ours: string,
  signal: AbortSignal,
): Promise<void> {
  let cursor = '0';
  do {
    if (!(await abortableDelay(PAUSE, signal))) return;
    try {
      const [answer] = await askAll(connection, 'SCAN', [['scan', cursor, 'MATCH', pattern, 'COUNT', COUNT]]);
      if (!Array.isArray(answer)) return;
      const [next, keys] = answer as [string, string[]];
      cursor = next;
      const others = keys.filter((key) => key !== ours);
      await askAll(
        connection,
        'EXPIRE',
        others.map((key): Command => ['expire', key, REPLY_TTL]),
      );
    } catch {
      return;
    }
  } while (cursor !== '0');
}
