// What an operator is told whose question could not be answered because the store is away for a moment: its own
// sentence, since nothing is wrong with the question.
import { StoreUnavailable } from '../outbox/index.js';

export interface StoreAway {
  readonly status: 503;
  readonly body: { readonly status: 'unavailable'; readonly error: string };
}

/** Undefined where something else went wrong. */
export function storeAway(error: unknown): StoreAway | undefined {
  if (!(error instanceof StoreUnavailable)) return undefined;
  return { status: 503, body: { status: 'unavailable', error: error.message } };
}
