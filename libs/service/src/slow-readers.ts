// Cuts clients that do not read their answers: each keeps a page of megabytes in memory, and a connection.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type Refusals, requestDetails } from './http-refusals.js';

export interface ReadingTimes {
  /** Milliseconds without a byte that the client took. */
  readonly stalledMs: number;
  /** Milliseconds that one answer may wait for its client in all, however it is sent: at once or piece by piece. */
  readonly wholeMs: number;
}

const LOOK_MS = 1_000;

interface Answer {
  readonly response: ServerResponse;
  readonly cut: () => void;
  waitedMs: number;
}

/**
 * An answer that is still being made has no limit. Time in which this program stood still counts once at most.
 * @param cutOff what was cut here is put into it
 */
export function cutSlowReaders(
  server: Server,
  { stalledMs, wholeMs }: ReadingTimes,
  refusals: Refusals,
  cutOff: WeakSet<ServerResponse>,
): void {
  const answers = new Set<Answer>();
  const lookMs = Math.min(LOOK_MS, wholeMs / 4);
  const look = setInterval(() => {
    for (const answer of answers) {
      if (!isWaiting(answer.response)) continue;
      answer.waitedMs += lookMs;
      if (answer.waitedMs >= wholeMs) answer.cut();
    }
  }, lookMs).unref();
  server.once('close', () => {
    clearInterval(look);
  });
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    // The address is not known any more once the client is gone.
    const details = requestDetails(request);
    const cut = (): void => {
      if (response.writableFinished || response.destroyed) return;
      refusals.add('too_slow', 'a client did not read its answer, and was cut off', details);
      cutOff.add(response);
      response.destroy();
    };
    const answer: Answer = { response, cut, waitedMs: 0 };
    answers.add(answer);
    // Node.js sees progress within one large write, too.
    response.setTimeout(stalledMs, () => {
      if (isWaiting(response)) cut();
    });
    response.once('close', () => {
      answers.delete(answer);
    });
  });
}

/** Whether bytes of it wait for the client. */
function isWaiting({ socket }: ServerResponse): boolean {
  return socket !== null && socket.writableLength > 0;
}
