// How a channel's message is made, whatever happens: tried again where it failed, without the user's templates at last,
// and then in the plain form. No alert dies of rendering.
import type { Log } from '@celery-watch/service';
import type { RelayMetrics } from '../metrics/relay-metrics.js';
import type { Verdict } from '../notification/index.js';
import type { Form, MessageParts, MessageSetup, PartsRequest } from '../render/message-job.js';
import { MessageMaker } from '../render/message-parts.js';
import { RunawayTemplates, type MessageThreads } from '../render/message-threads.js';

/** In this order, each after its pause: what made one fail may pass, such as a machine without memory. */
const TRIES: readonly { readonly form: Form; readonly pauseMs: number }[] = [
  { form: 'own', pauseMs: 0 },
  { form: 'own', pauseMs: 1_000 },
  { form: 'built-in', pauseMs: 5_000 },
  { form: 'plain', pauseMs: 0 },
];
const WITHOUT_OWN = TRIES.findIndex(({ form }) => form !== 'own');
/** Templates that were ended rest so long: each try holds up the messages of all channels. */
const REST_MS = 10 * 60_000;

export interface MakingDependencies {
  readonly setup: MessageSetup;
  /** Shared by all channels. */
  readonly threads: MessageThreads;
  readonly metrics: RelayMetrics;
  readonly log: Log;
  readonly clock: {
    readonly steady: () => number;
    readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  };
}

/** Of one channel. */
export class MessageMaking {
  readonly #deps: MakingDependencies;
  /** Steady milliseconds until which the user's templates rest. */
  #restUntil = -Infinity;

  constructor(deps: MakingDependencies) {
    this.#deps = deps;
  }

  /** A verdict where not even the plain form can be made; undefined where the relay stops first. Never rejects. */
  async make(request: PartsRequest, signal: AbortSignal): Promise<MessageParts | Verdict | undefined> {
    const { setup, threads, metrics, log, clock } = this.#deps;
    const isStopping = (): boolean => signal.aborted;
    let at = clock.steady() < this.#restUntil ? WITHOUT_OWN : 0;
    let pauseMs = 0;
    for (let now = TRIES[at]; now !== undefined; now = TRIES[at]) {
      if (pauseMs > 0) await clock.wait(pauseMs, signal);
      if (isStopping()) return undefined;
      try {
        return this.#counted(await threads.make({ ...request, setup, form: now.form }));
      } catch (error) {
        if (isStopping()) return undefined;
        metrics.renderFailures.with(setup.name).inc();
        const { form } = now;
        log.error({ err: error, channel: setup.name, message: request.id, form }, 'a message could not be rendered');
        const isRunaway = error instanceof RunawayTemplates;
        if (isRunaway) this.#restUntil = clock.steady() + REST_MS;
        at = isRunaway ? WITHOUT_OWN : at + 1;
        pauseMs = isRunaway ? 0 : (TRIES[at]?.pauseMs ?? 0);
      }
    }
    return this.#here(request);
  }

  /** Where threads cannot be had at all. */
  #here(request: PartsRequest): MessageParts | Verdict {
    const { setup, log } = this.#deps;
    try {
      return new MessageMaker().make({ ...request, setup, form: 'plain' });
    } catch (error) {
      log.error({ err: error, channel: setup.name, message: request.id }, 'a message could not be made at all');
      return {
        kind: 'retry',
        reason: 'unsendable',
        detail: `it could not be rendered: ${(error as Error).message.split('\n')[0]?.slice(0, 200) ?? ''}`,
      };
    }
  }

  #counted(made: MessageParts): MessageParts {
    const { setup, metrics, log } = this.#deps;
    const { failures } = made;
    if (failures.length > 0) {
      metrics.renderFailures.with(setup.name).inc(failures.length);
      log.warn({ channel: setup.name, failures }, 'templates failed; the built-in ones took their place');
    }
    return made;
  }
}
