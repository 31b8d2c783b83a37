// What a thread for messages runs: it takes one job after the other, and says when it begins and what came out.
import { parentPort } from 'node:worker_threads';
import type { MessageJob, MessageParts } from './message-job.js';
import { MessageMaker } from './message-parts.js';

/** What a thread says. An exception goes by its text: not every one can be cloned. */
export type ThreadWord =
  | { readonly kind: 'begun' }
  | { readonly kind: 'made'; readonly made: MessageParts }
  | { readonly kind: 'failed'; readonly reason: string };

const maker = new MessageMaker();

parentPort?.on('message', (job: MessageJob) => {
  say({ kind: 'begun' });
  try {
    say({ kind: 'made', made: maker.make(job) });
  } catch (error) {
    say({ kind: 'failed', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});

function say(word: ThreadWord): void {
  parentPort?.postMessage(word);
}
