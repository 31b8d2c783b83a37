// The workers of the channels, one for each: a worker waits for work, its budget and its server, claims a message, and
// brings it to an end.
import type { Log } from '@celery-watch/service';
import { MessageDelivery, type Clock, type DeliveryDependencies } from './message-delivery.js';
import type { Claim } from '../outbox/outbox.js';
import { afterVerdict, HEALTHY, needsDigest, pauseAsked, type Breaker } from './delivery-policy.js';
import type { ClaimPlace } from './claim-room.js';
import { SharedPace } from './shared-pace.js';

/** A request in flight when the service stops gets this long to end; then its message counts as ambiguous. */
const STOP_GRACE_MS = 5_000;
const LEASE_MS = 300_000;
/** Nobody reads more in one message; composed and laid out on its thread they take some 50 ms. */
const MAX_CHANGES = 2_500;
const TROUBLE_PAUSE_MS = 1_000;
const IDLE_MS = 60_000;
/** Another relay may have ended while it held something of this channel, and can wake nobody then. */
const IDLE_BESIDE_OTHERS_MS = 5_000;

/** What makes a worker, built before anything runs so that a configuration that cannot be built changes nothing. */
export interface WorkerPlan {
  readonly name: string;
  /** Equal where nothing has changed: such a worker goes on undisturbed. */
  readonly version: string;
  readonly build: () => DeliveryDependencies;
}

interface Running {
  readonly version: string;
  readonly worker: ChannelWorker;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** The workers of the configuration, and how they change when it is read again. */
export class ChannelWorkers {
  readonly #running = new Map<string, Running>();
  #isClosed = false;
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /**
   * Starts, replaces and stops workers until they are those of `plans`. Throws, with nothing changed, where a channel
   * cannot be built.
   */
  async become(plans: readonly WorkerPlan[]): Promise<void> {
    const changed = plans
      .filter(({ name, version }) => this.#running.get(name)?.version !== version)
      .map((plan) => ({ ...plan, deps: plan.build() }));
    const names = new Set(plans.map((plan) => plan.name));
    const gone = [...this.#running.keys()].filter((name) => !names.has(name));
    // The old worker of a channel ends before its new one starts: there is one sender for each channel.
    await Promise.all([...gone, ...changed.map((each) => each.name)].map((name) => this.#stop(name)));
    // Closed while the old workers ended: nobody would stop new ones.
    if (this.#isClosed) return;
    for (const { name, version, deps } of changed) {
      const stop = new AbortController();
      const worker = new ChannelWorker(deps);
      this.#running.set(name, { version, worker, stop, ended: worker.run(stop.signal) });
      this.#log.info({ channel: name }, 'delivering');
    }
  }

  /** Wakes the workers of these channels; all of them without. */
  wake(channels: Iterable<string> = this.#running.keys()): void {
    for (const name of channels) this.#running.get(name)?.worker.wake();
  }

  /** Ends what is in flight, hands the rest back. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#running.keys()].map((name) => this.#stop(name)));
  }

  async #stop(name: string): Promise<void> {
    const running = this.#running.get(name);
    running?.stop.abort();
    await running?.ended;
    this.#running.delete(name);
  }
}

/** Delivers for one channel. */
export class ChannelWorker {
  readonly #deps: DeliveryDependencies;
  readonly #wakeUp = new WakeUp();
  #breaker: Breaker = HEALTHY;

  constructor(deps: DeliveryDependencies) {
    this.#deps = deps;
  }

  /** Something may wait for this channel. */
  wake(): void {
    this.#wakeUp.notify();
  }

  /** Delivers until the signal aborts, then ends what is in flight and closes the channel. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { settings, clock, log } = this.#deps;
    const hard = graceAfter(signal, STOP_GRACE_MS);
    let pace: SharedPace | undefined;
    while (!signal.aborted) {
      try {
        pace ??= await this.#openPace();
        await this.#step(pace, signal, hard.signal);
      } catch (error) {
        log.error({ err: error, channel: settings.name }, 'delivering had trouble with the store; it goes on');
        await clock.wait(TROUBLE_PAUSE_MS, signal);
      }
    }
    // Without it the next run takes what it does not know to have ended for something that ends now.
    await pace?.flush().catch(() => undefined);
    hard.release();
    await this.#deps.channel.close().catch((error: unknown) => {
      log.warn({ err: error, channel: settings.name }, 'a channel did not close cleanly');
    });
  }

  #openPace(): Promise<SharedPace> {
    const { outbox, settings, clock } = this.#deps;
    return SharedPace.open({ outbox, name: settings.name, budget: settings.budget, steady: clock.steady });
  }

  async #step(pace: SharedPace, signal: AbortSignal, hardSignal: AbortSignal): Promise<void> {
    const { settings, outbox, clock, metrics } = this.#deps;
    const waitingSince = clock.now();
    const waiting = await outbox.waiting(settings.name, waitingSince);
    if (waiting.groups === 0) {
      const idleMs = pace.isShared ? IDLE_BESIDE_OTHERS_MS : IDLE_MS;
      return this.#wakeUp.sleep(
        waiting.nextAt === undefined ? idleMs : clamp(waiting.nextAt - waitingSince, 1, idleMs),
        clock,
        signal,
      );
    }
    const pause = this.#breaker.pausedUntil - clock.steady();
    if (pause > 0) return clock.wait(pause, signal);
    // Taken first: nothing is held while the budget is waited for, and the message holds all that came meanwhile.
    const taking = await pace.take(true);
    if (taking.kind === 'wait') metrics.rateWaits.with(settings.name).inc();
    if (taking.kind !== 'taken') return clock.wait(taking.ms, signal);
    try {
      await this.#deliver(pace, needsDigest(waiting.groups, taking.spare), signal, hardSignal);
    } finally {
      pace.returned();
    }
  }

  async #deliver(pace: SharedPace, digest: boolean, signal: AbortSignal, hardSignal: AbortSignal): Promise<void> {
    const { settings, outbox, clock, turns, claims } = this.#deps;
    const place = await claims.enter();
    let claim: Claim | undefined;
    try {
      // What is claimed is read at once, and it may be megabytes.
      await turns.take();
      claim = await outbox.claim(settings.name, {
        now: clock.now(),
        leaseMs: LEASE_MS,
        digest,
        maxChanges: MAX_CHANGES,
        maxBytes: claims.bytesOfOne,
        fallback: settings.fallback,
      });
      if (claim === undefined) {
        pace.returned();
        return await clock.wait(TROUBLE_PAUSE_MS, signal);
      }
      place.holds(claim.notifications);
      await this.#send(claim, place, pace, signal, hardSignal);
    } finally {
      place.leave();
    }
  }

  async #send(
    claim: Claim,
    place: ClaimPlace,
    pace: SharedPace,
    signal: AbortSignal,
    hardSignal: AbortSignal,
  ): Promise<void> {
    const { clock } = this.#deps;
    let isTaken = true;
    const delivery = new MessageDelivery(
      this.#deps,
      {
        made: () => {
          place.leave();
        },
        beforeSend: async () => {
          const maySend = isTaken ? !signal.aborted : await this.#spend(pace, signal);
          isTaken = false;
          return maySend;
        },
        afterSend: (verdict) => {
          const at = clock.steady();
          this.#breaker = afterVerdict(this.#breaker, verdict, at, this.#deps.random);
          pace.ended(pauseAsked(verdict, at));
        },
      },
      LEASE_MS,
    );
    await delivery.run(claim, signal, hardSignal);
  }

  /**
   * Waits for the budget and takes one request from it. False: stopping, or the server asked another relay to pause.
   */
  async #spend(pace: SharedPace, signal: AbortSignal): Promise<boolean> {
    const { settings, clock, metrics } = this.#deps;
    for (;;) {
      const taking = await pace.take(false);
      if (taking.kind === 'taken') return !signal.aborted;
      if (taking.kind === 'paused') return false;
      metrics.rateWaits.with(settings.name).inc();
      await clock.wait(taking.ms, signal);
      if (signal.aborted) return false;
    }
  }
}

/** Ends the sleep of a worker that has nothing to do: its time has come, or something was stored. */
class WakeUp {
  #notified = false;
  #end: (() => void) | undefined;

  notify(): void {
    this.#notified = true;
    this.#end?.();
  }

  /** Sleeps until `notify` (or at once where it came since the last sleep), `ms` have passed, or the signal aborts. */
  async sleep(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
    if (!this.#notified) {
      const woken = new AbortController();
      this.#end = () => {
        woken.abort();
      };
      await clock.wait(ms, AbortSignal.any([signal, woken.signal]));
      this.#end = undefined;
    }
    this.#notified = false;
  }
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

/** A signal that aborts some time after another did. */
function graceAfter(signal: AbortSignal, ms: number): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => {
      controller.abort(new DOMException('the relay stops', 'AbortError'));
    }, ms);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    release: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}
