// Cuts clients that do not read their answers: each keeps a page of megabytes in memory, and a connection.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type Refusals, requestDetails } from './http-refusals.js';

export interface ReadingTimes {
  /** Milliseconds without a byte that the client took. */
  readonly stalledMs: number;
  /** Milliseconds from the whole answer's being handed over to its last byte's leaving. */
  readonly wholeMs: number;
}

/** An answer that is still being made has no such limit. */
export function cutSlowReaders(server: Server, { stalledMs, wholeMs }: ReadingTimes, refusals: Refusals): void {
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    // The address is not known any more once the client is gone.
    const details = requestDetails(request);
    const cut = (): void => {
      if (response.writableFinished || response.destroyed) return;
      refusals.add('too_slow', 'a client did not read its answer, and was cut off', details);
      response.destroy();
    };
    // Node.js sees progress within one large write, too.
    response.setTimeout(stalledMs, () => {
      if (response.socket !== null && response.socket.writableLength > 0) cut();
    });
    let whole: NodeJS.Timeout | undefined;
    response.once('prefinish', () => {
      whole = setTimeout(cut, wholeMs).unref();
    });
    response.once('close', () => {
      clearTimeout(whole);
    });
  });
}
