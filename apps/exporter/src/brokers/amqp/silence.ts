// Finds out whether a silence of all workers is the broker's doing: at an alarm it stops everybody who publishes, and
// says so only to connections that publish (docs/protocol/rabbitmq.md#blocked-publishers). Workers that cannot speak
// must not be called down, so it has to be known before they are.
import { abortableDelay } from '@celery-watch/service';
import type { Broadcaster } from './broadcaster.js';

/** Milliseconds between two looks. */
const LOOK = 1_000;
/** Looks without any event after which a question is sent: workers send a heartbeat each 2 s. */
const SILENT_LOOKS = 3;
/** No worker has this name, so none acts upon what is sent to it. */
const NOBODY = 'nobody@celery-exporter';

/**
 * Counts events, and sends something whenever they stop; the broker answers it or says that it is blocked. It outlives
 * a session: who has spoken before and is silent in the next one may be stopped, too.
 */
export class Silence {
  #events = 0;

  event(): void {
    this.#events++;
  }

  /** How many have been heard so far. */
  get events(): number {
    return this.#events;
  }

  /** Looks until the signal aborts. */
  async watch(broadcaster: Broadcaster, replyTo: string, signal: AbortSignal): Promise<void> {
    let seen = this.#events;
    let silent = 0;
    while (await abortableDelay(LOOK, signal)) {
      silent = this.#events === seen ? silent + 1 : 0;
      seen = this.#events;
      // Once for each silence, and not where nobody has ever spoken.
      if (this.#events === 0 || silent !== SILENT_LOOKS || broadcaster.isBlocked) continue;
      await broadcaster
        .send({ method: 'ping', ticket: NOBODY, destination: [NOBODY], replyTo })
        // Blocked: it has been told. Anything else is found by whoever asks next.
        .catch(() => undefined);
    }
  }
}
