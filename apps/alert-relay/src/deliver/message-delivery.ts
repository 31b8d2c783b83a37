// One message's way: composed, rendered to fit, sent part by part, each verdict kept before the next step.
import type { Log } from '@celery-watch/service';
import type { Budget, Channel, Dressed, Limit, SentBefore } from '../channels/channel.js';
import type { RelayMetrics } from '../metrics/relay-metrics.js';
import type { PlannedPart, Verdict } from '../notification/index.js';
import type { Attempt, Claim, Outbox, Settlement } from '../outbox/outbox.js';
import type { MessageParts } from '../render/message-job.js';
import { settlementFor, type RetryPolicy } from './delivery-policy.js';
import type { ClaimRoom } from './claim-room.js';
import type { MessageMaking } from './message-making.js';
import { patience } from './patience.js';
import type { Turns } from './turns.js';

/** Time for delivering, so that tests can move it. */
export interface Clock {
  /** Milliseconds since 1970, as clocks show it: somebody may set it. */
  readonly now: () => number;
  /** Milliseconds that only pass, also over a restart: pauses and budgets go by it. */
  readonly steady: () => number;
  /** Resolves when the time has passed, or at once when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface DeliverySettings extends RetryPolicy {
  readonly name: string;
  readonly limit: Limit;
  readonly budget: Budget;
  /** A resend with the same key is shown once: no "possible duplicate" is written on it. */
  readonly idempotent: boolean;
  /** Milliseconds that one request may take. */
  readonly timeoutMs: number;
}

/** What delivering for one channel needs. */
export interface DeliveryDependencies {
  readonly settings: DeliverySettings;
  readonly channel: Channel;
  readonly making: MessageMaking;
  readonly outbox: Outbox;
  readonly metrics: RelayMetrics;
  readonly log: Log;
  readonly clock: Clock;
  /** Shared by all channels. */
  readonly turns: Turns;
  /** Shared by all channels. */
  readonly claims: ClaimRoom;
  /** From 0 to below 1. */
  readonly random: () => number;
}

export interface SendGate {
  /** A message was made of what was claimed, or could not be: the contents are not held any more. */
  made(): void;
  /** Waits until a request may be sent and counts it; false where none may: the relay stops, or a pause is on. */
  beforeSend(): Promise<boolean>;
  afterSend(verdict: Verdict): void;
}

/**
 * A server that says "too large" although the message fits its documented limit is offered less: half, then a quarter.
 */
const SHARES = [1, 0.5, 0.25] as const;
const STORE_PAUSE_MS = 500;
/** So many tries when the relay is stopping: then the next start counts the message as ambiguous. */
const STOPPING_TRIES = 2;

export class MessageDelivery {
  readonly #deps: DeliveryDependencies;
  readonly #gate: SendGate;
  readonly #leaseMs: number;
  /** What became of the parts so far. */
  #plan: readonly PlannedPart[] = [];
  /** The requests that the store does not know of yet. */
  #attempts: readonly Attempt[] = [];
  /** Steady milliseconds. */
  #leaseUntil = 0;
  /** The contents of the claim. */
  #isLetGo = false;

  constructor(deps: DeliveryDependencies, gate: SendGate, leaseMs: number) {
    this.#deps = deps;
    this.#gate = gate;
    this.#leaseMs = leaseMs;
  }

  /**
   * `signal`: take nothing more; `hardSignal`: end what is in flight. Rejects only where the store fails, and the claim
   * is handed back then.
   */
  async run(claim: Claim, signal: AbortSignal, hardSignal: AbortSignal): Promise<void> {
    try {
      await this.#run(claim, signal, hardSignal);
    } catch (error) {
      // Otherwise it would wait until its lease ends, and count as ambiguous although nothing was sent.
      await this.#giveBack(claim, this.#plan, signal);
      throw error;
    }
  }

  async #run(claim: Claim, signal: AbortSignal, hardSignal: AbortSignal): Promise<void> {
    this.#plan = claim.plan ?? [];
    this.#leaseUntil = this.#deps.clock.steady() + this.#leaseMs;
    for (const share of SHARES) {
      const outcome = await this.#attempt(claim, share, signal, hardSignal);
      if (outcome === undefined) return;
      const { plan, verdict } = outcome;
      const untouched = plan.every((part) => part.state === 'waiting');
      if (verdict.kind === 'permanent' && verdict.reason === 'too_large' && untouched && share > (SHARES.at(-1) ?? 0))
        continue;
      return this.#end(claim, plan, verdict, signal);
    }
  }

  /**
   * Sends what is not delivered yet, until the end or the first part that fails. Undefined: handed back, or not
   * ours any more.
   */
  async #attempt(
    claim: Claim,
    share: number,
    signal: AbortSignal,
    hardSignal: AbortSignal,
  ): Promise<{ plan: readonly PlannedPart[]; verdict: Verdict } | undefined> {
    if (this.#isLetGo && !(await this.#readAgain(claim))) return undefined;
    const rendered = await this.#render(claim, share, signal);
    // It may be megabytes, and a server or a budget may be waited for for minutes: another channel can have their room.
    claim.notifications = claim.notifications.map((each) => ({ ...each, json: '' }));
    this.#isLetGo = true;
    this.#gate.made();
    if (rendered === undefined) {
      await this.#giveBack(claim, claim.plan ?? [], signal);
      return undefined;
    }
    if (!('parts' in rendered)) return { plan: claim.plan ?? [], verdict: rendered };
    let plan = (this.#plan = rendered.plan);
    if (plan.length > 1 && claim.plan === undefined && !(await this.#progress(claim, plan))) return undefined;
    let verdict: Verdict = { kind: 'delivered', reason: 'ok', detail: '' };
    for (const [index, dressed] of rendered.parts.entries()) {
      if (plan[index]?.state === 'delivered') continue;
      if (!(await this.#gate.beforeSend())) {
        await this.#giveBack(claim, plan, signal);
        return undefined;
      }
      if (!(await this.#isOurs(claim, plan))) return undefined;
      const before = { conversations: claim.conversations, parts: plan.map(({ receipt }) => receipt) };
      verdict = await this.#send(dressed, before, hardSignal);
      const receipt = verdict.kind === 'delivered' ? verdict.receipt : undefined;
      const state =
        verdict.kind === 'delivered' ? 'delivered' : verdict.kind === 'ambiguous' ? 'ambiguous' : plan[index]?.state;
      if (state !== undefined && state !== plan[index]?.state) {
        plan = this.#plan = plan.with(index, {
          ...plan[index],
          state,
          ...(receipt !== undefined && { receipt }),
        } as PlannedPart);
        // That the only part of a message was delivered is stored by its settlement. That it may have been must be
        // stored now: it has to survive the end of the process.
        if ((plan.length > 1 || state === 'ambiguous') && !(await this.#keep(claim, plan, signal))) return undefined;
      }
      if (verdict.kind !== 'delivered') break;
      if (signal.aborted && index < rendered.parts.length - 1) {
        await this.#giveBack(claim, plan, signal);
        return undefined;
      }
    }
    return { plan, verdict };
  }

  /** False where the claim is not ours any more. */
  async #readAgain(claim: Claim): Promise<boolean> {
    const contents = await this.#deps.outbox.contents(claim);
    if (contents !== undefined) claim.notifications = contents;
    return contents !== undefined;
  }

  #render(claim: Claim, share: number, signal: AbortSignal): Promise<MessageParts | Verdict | undefined> {
    const { making, settings, clock } = this.#deps;
    const mayBeThere = claim.ambiguous || (claim.plan?.some((part) => part.state === 'ambiguous') ?? false);
    return making.make(
      {
        notifications: claim.notifications,
        composedAt: claim.composedAt,
        id: claim.messageId,
        plan: claim.plan,
        possibleDuplicate: mayBeThere && !settings.idempotent,
        sentAt: clock.now(),
        most: settings.limit.max * share,
      },
      signal,
    );
  }

  async #send(dressed: Dressed, before: SentBefore, hardSignal: AbortSignal): Promise<Verdict> {
    const { settings, metrics, log, clock } = this.#deps;
    const { part } = dressed;
    const [at, begun] = [clock.now(), clock.steady()];
    const verdict = await this.#sendOnce(dressed, before, hardSignal);
    const latencyMs = clock.steady() - begun;
    this.#attempts = [...this.#attempts, attemptOf(dressed, verdict, at, latencyMs)];
    metrics.deliveries.with(settings.name, verdict.kind, verdict.reason).inc();
    this.#gate.afterSend(verdict);
    const line = {
      channel: settings.name,
      key: part.key,
      verdict: verdict.kind,
      reason: verdict.reason,
      detail: verdict.detail,
      part: `${part.index}/${part.total}`,
    };
    if (verdict.kind === 'delivered') log.info({ ...line, alerts: part.to - part.from }, 'delivered');
    else log.warn(line, 'not delivered');
    return verdict;
  }

  async #sendOnce(dressed: Dressed, before: SentBefore, hardSignal: AbortSignal): Promise<Verdict> {
    const { channel, settings } = this.#deps;
    const { signal, release } = patience(settings.timeoutMs);
    try {
      return await channel.send(dressed, AbortSignal.any([hardSignal, signal]), before);
    } catch (error) {
      // A channel promises not to throw. If it does, whether the request went out is not known.
      return { kind: 'ambiguous', reason: 'not_understood', detail: `the channel failed: ${(error as Error).message}` };
    } finally {
      release();
    }
  }

  async #end(claim: Claim, plan: readonly PlannedPart[], verdict: Verdict, signal: AbortSignal): Promise<void> {
    const { settings, clock, random, metrics, log } = this.#deps;
    const now = clock.now();
    const settlement = settlementFor(claim, plan, verdict, settings, now, random);
    if (settlement.kind === 'dead')
      log.error(
        { channel: settings.name, message: claim.messageId, reason: verdict.reason, detail: verdict.detail },
        'given up: a dead letter',
      );
    const counted = await this.#settle(claim, settlement, signal);
    if (counted && verdict.kind === 'delivered')
      for (const { acceptedAt } of claim.notifications)
        metrics.latency(settings.name).observe((now - acceptedAt) / 1000);
  }

  /**
   * Stopping, or pausing, before the end: a message of which nothing was sent goes back as it was; one that was sent in
   * part stays one message.
   */
  async #giveBack(claim: Claim, plan: readonly PlannedPart[], signal: AbortSignal): Promise<void> {
    const touched = claim.ambiguous || plan.some((part) => part.state !== 'waiting');
    const now = this.#deps.clock.now();
    await this.#settle(
      claim,
      touched
        ? {
            kind: 'retry',
            at: now,
            notBefore: now,
            reason: 'network',
            detail: 'it was interrupted between two parts',
            keep: true,
            unclear: false,
            expireBefore: now - this.#deps.settings.horizonMs,
            fallback: this.#deps.settings.fallback,
          }
        : { kind: 'returned' },
      signal,
    );
  }

  #keep(claim: Claim, plan: readonly PlannedPart[], signal: AbortSignal): Promise<boolean> {
    return this.#surely(() => this.#progress(claim, plan), signal);
  }

  /**
   * Whether nobody else can have claimed it by the time when an answer must be there. Waiting for a budget that others
   * use too takes its time, and so does a process that was stopped.
   */
  async #isOurs(claim: Claim, plan: readonly PlannedPart[]): Promise<boolean> {
    const { clock, settings } = this.#deps;
    return clock.steady() + settings.timeoutMs < this.#leaseUntil || (await this.#progress(claim, plan));
  }

  async #progress(claim: Claim, plan: readonly PlannedPart[]): Promise<boolean> {
    const { clock, outbox } = this.#deps;
    const [leaseUntil, steadyUntil] = [clock.now() + this.#leaseMs, clock.steady() + this.#leaseMs];
    const isOurs = await this.#withAttempts((attempts) => outbox.progress(claim, plan, leaseUntil, attempts));
    if (isOurs) this.#leaseUntil = steadyUntil;
    return isOurs;
  }

  #settle(claim: Claim, settlement: Settlement, signal: AbortSignal): Promise<boolean> {
    return this.#surely(
      () => this.#withAttempts((attempts) => this.#deps.outbox.settle(claim, settlement, attempts)),
      signal,
    );
  }

  /** A write that fails may be tried again, with the same attempts; one that succeeds has taken them. */
  async #withAttempts(write: (attempts: readonly Attempt[]) => Promise<boolean>): Promise<boolean> {
    const isOurs = await write(this.#attempts);
    this.#attempts = [];
    return isOurs;
  }

  /**
   * What was delivered must be stored as delivered: otherwise it is sent twice. So a full disk is waited for; without a
   * store there is nothing else to do anyway.
   */
  async #surely(write: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
    for (let last = 0; ; last += signal.aborted ? 1 : 0) {
      try {
        return await write();
      } catch (error) {
        if (last >= STOPPING_TRIES) throw error;
        this.#deps.log.warn(
          { err: error, channel: this.#deps.settings.name },
          'the store did not take a result; trying again',
        );
        await this.#deps.clock.wait(STORE_PAUSE_MS, new AbortController().signal);
      }
    }
  }
}

function attemptOf(
  { content, part: { index, total, key } }: Dressed,
  verdict: Verdict,
  at: number,
  latencyMs: number,
): Attempt {
  return {
    at,
    latencyMs,
    part: index,
    parts: total,
    key,
    verdict: verdict.kind,
    reason: verdict.reason,
    detail: verdict.detail,
    sent: content,
    ...(verdict.kind === 'delivered' && verdict.receipt !== undefined && { receipt: verdict.receipt }),
  };
}
