// The workers of the channels, one for each: a worker waits for work, its budget and its server, claims a message, and
// brings it to an end.
import type { Log } from '@celery-watch/service';
import { MessageDelivery, type Clock, type DeliveryDependencies } from './message-delivery.js';
import { afterVerdict, HEALTHY, needsDigest, RateBudget, withinLongestPause, type Breaker } from './delivery-policy.js';

/** A request in flight when the service stops gets this long to end; then its message counts as ambiguous. */
const STOP_GRACE_MS = 5_000;
const LEASE_MS = 300_000;
/** Nobody reads more in one message; composed and laid out on its thread they take some 50 ms. */
const MAX_CHANGES = 2_500;
/** To read and hand over so much takes some 10 ms, in which no post is answered; its thread needs several times it. */
const MAX_BYTES = 8 * 2 ** 20;
const TROUBLE_PAUSE_MS = 1_000;
const IDLE_MS = 60_000;

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
    const noteName = `sent:${settings.name}`;
    let budget: RateBudget | undefined;
    while (!signal.aborted) {
      try {
        budget ??= await this.#remember(noteName);
        await this.#step(budget, noteName, signal, hard.signal);
      } catch (error) {
        log.error({ err: error, channel: settings.name }, 'delivering had trouble with the store; it goes on');
        await clock.wait(TROUBLE_PAUSE_MS, signal);
      }
    }
    hard.release();
    await this.#deps.channel.close().catch((error: unknown) => {
      log.warn({ err: error, channel: settings.name }, 'a channel did not close cleanly');
    });
  }

  /** What an earlier run has sent, and the pause that the server asked for. */
  async #remember(noteName: string): Promise<RateBudget> {
    const { settings, outbox } = this.#deps;
    const pausedUntil = Number((await outbox.note(`pause:${settings.name}`)) ?? 0);
    if (Number.isFinite(pausedUntil))
      this.#breaker = withinLongestPause({ ...HEALTHY, pausedUntil }, this.#deps.clock.steady());
    return new RateBudget(settings.budget, momentsOf(await outbox.note(noteName)));
  }

  async #step(budget: RateBudget, noteName: string, signal: AbortSignal, hardSignal: AbortSignal): Promise<void> {
    const { settings, outbox, clock, metrics, turns } = this.#deps;
    const waitingSince = clock.now();
    const waiting = await outbox.waiting(settings.name, waitingSince);
    if (waiting.groups === 0)
      return this.#wakeUp.sleep(
        waiting.nextAt === undefined ? IDLE_MS : clamp(waiting.nextAt - waitingSince, 1, IDLE_MS),
        clock,
        signal,
      );
    const now = clock.steady();
    const pause = this.#breaker.pausedUntil - now;
    if (pause > 0) return clock.wait(pause, signal);
    const wait = Math.max(budget.waitMs(now), budget.paceMs(now));
    if (wait > 0) {
      metrics.rateWaits.with(settings.name).inc();
      return clock.wait(wait, signal);
    }
    // What is claimed is read at once, and it may be megabytes.
    await turns.take();
    const claim = await outbox.claim(settings.name, {
      now: clock.now(),
      leaseMs: LEASE_MS,
      digest: needsDigest(waiting.groups, budget.spare(clock.steady())),
      maxChanges: MAX_CHANGES,
      maxBytes: MAX_BYTES,
      fallback: settings.fallback,
    });
    if (claim === undefined) return clock.wait(TROUBLE_PAUSE_MS, signal);
    const delivery = new MessageDelivery(
      this.#deps,
      {
        beforeSend: () => this.#spend(budget, noteName, signal),
        afterSend: (verdict) => {
          budget.ended(clock.steady());
          this.#breaker = afterVerdict(this.#breaker, verdict, clock.steady(), this.#deps.random);
          // The pause that a server asked for survives a restart: a request during DingTalk's ten minutes would start
          // them again.
          if (verdict.reason === 'rate_limited')
            void outbox.note(`pause:${settings.name}`, String(this.#breaker.pausedUntil)).catch(() => undefined);
        },
      },
      LEASE_MS,
    );
    await delivery.run(claim, signal, hardSignal);
  }

  /**
   * Waits for the budget and takes one request from it. That is on disk before the request is sent, so that a restart
   * knows of it. False: stopping.
   */
  async #spend(budget: RateBudget, noteName: string, signal: AbortSignal): Promise<boolean> {
    const { settings, clock, metrics, outbox } = this.#deps;
    for (let wait = budget.waitMs(clock.steady()); wait > 0; wait = budget.waitMs(clock.steady())) {
      metrics.rateWaits.with(settings.name).inc();
      await clock.wait(wait, signal);
      if (signal.aborted) return false;
    }
    budget.take(clock.steady());
    await outbox.note(noteName, JSON.stringify(budget.sent));
    return !signal.aborted;
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

function momentsOf(note: string | undefined): readonly number[] {
  try {
    const moments: unknown = JSON.parse(note ?? '[]');
    return Array.isArray(moments) ? moments.filter((each): each is number => typeof each === 'number') : [];
  } catch {
    return [];
  }
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
