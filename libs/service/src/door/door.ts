// The door of both programs: every request but a probe passes here before anything is told or done.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { FailedLogins } from '../failed-logins.js';
import { type HttpRefusalReason, type Refusals, requestDetails } from '../http-refusals.js';
import type { PlainLog } from '../log.js';
import { bcryptOnThread } from './bcrypt.js';
import { type Audience, challengeOf, decide, type DoorPlan } from './door-plan.js';
import { Passwords } from './passwords.js';
import { RateGate } from './rate.js';

export interface Refusal {
  readonly status: 401 | 403 | 429 | 503;
  readonly headers: Readonly<Record<string, string>>;
  /** For whoever sent it; a sentence without its full stop. */
  readonly error: string;
}

export interface DoorParts {
  readonly plan: () => DoorPlan;
  readonly realm: string;
  readonly refusals: Refusals;
  readonly log: Pick<PlainLog, 'error'>;
  /** What a client that has no login or a wrong one is told; default: nothing of how it gets one. */
  readonly hint?: string;
  readonly logins?: FailedLogins;
  readonly passwords?: Passwords;
  readonly rate?: RateGate;
}

const BUSY_AGAIN = { 'retry-after': '5' };

export class Door {
  readonly #parts: DoorParts;
  readonly #logins: FailedLogins;
  readonly #passwords: Passwords;
  readonly #rate: RateGate;

  constructor(parts: DoorParts) {
    this.#parts = parts;
    this.#logins = parts.logins ?? new FailedLogins();
    this.#passwords = parts.passwords ?? new Passwords({ compare: bcryptOnThread() });
    this.#rate = parts.rate ?? new RateGate();
  }

  /** Why it may not come in; undefined: it may. A promise only where a password has to be compared. */
  admit(request: IncomingMessage, audience: Audience): Refusal | undefined | Promise<Refusal | undefined> {
    if (audience === 'probe') return undefined;
    const plan = this.#parts.plan();
    if (!this.#rate.passes(plan.rateLimit)) {
      // AlertManager takes every answer of 4xx as final, and tries again after one of 5xx
      // (docs/protocol/alertmanager.md#answers).
      return this.#refuse(request, 'busy', 'a request was one too many for rate_limit', {
        status: audience === 'post' ? 503 : 429,
        headers: { 'retry-after': String(Math.max(1, Math.ceil((plan.rateLimit?.intervalMs ?? 0) / 1_000))) },
        error: 'too many requests: rate_limit',
      });
    }
    const decision = decide(audience, request.headers.authorization, plan);
    if (decision === 'in') return undefined;
    if (decision === 'never') return this.#neverOpen(request, plan);
    if (decision === 'wrong') return this.#wrong(request, audience, plan);
    const checked = this.#passwords.check(decision, plan.users, request.socket.remoteAddress);
    if (checked === true) return undefined;
    if (checked === false) return this.#wrong(request, audience, plan);
    if (checked === 'busy') return this.#busy(request);
    return checked.then(
      (isRight) => (isRight ? undefined : this.#wrong(request, audience, plan)),
      (error: unknown) => {
        this.#parts.log.error({ err: error }, 'a password could not be compared');
        return this.#busy(request);
      },
    );
  }

  /** What every answer has; a route may say otherwise. */
  dress(response: ServerResponse): void {
    for (const [name, value] of Object.entries(this.#parts.plan().headers)) response.setHeader(name, value);
  }

  #wrong(request: IncomingMessage, audience: Audience, plan: DoorPlan): Refusal {
    const isGuessing = request.headers.authorization !== undefined && this.#logins.failed(request.socket.remoteAddress);
    // Each further guess costs a connection.
    const refusal: Refusal = isGuessing
      ? { status: 429, headers: { 'retry-after': '60', connection: 'close' }, error: 'too many wrong logins' }
      : {
          status: 401,
          headers: { 'www-authenticate': challengeOf(audience, this.#parts.realm, plan) },
          error: `the Authorization header is missing or wrong${this.#parts.hint ?? ''}`,
        };
    return this.#refuse(
      request,
      'login',
      'a request was not allowed: its Authorization header is missing or not one that may ask for this',
      refusal,
    );
  }

  #neverOpen(request: IncomingMessage, { howToLock }: DoorPlan): Refusal {
    return this.#refuse(
      request,
      'login',
      `a request was not allowed: nobody may ask for this over the network without a login, and there is none: ${howToLock}`,
      {
        status: 403,
        headers: {},
        error: `nobody may ask for this over the network without a login, and this program has none: ${howToLock}`,
      },
    );
  }

  #busy(request: IncomingMessage): Refusal {
    return this.#refuse(request, 'busy', 'too many passwords wait to be compared', {
      status: 503,
      headers: BUSY_AGAIN,
      error: 'too many log in at once: try again',
    });
  }

  #refuse(request: IncomingMessage, reason: HttpRefusalReason, message: string, refusal: Refusal): Refusal {
    this.#parts.refusals.add(reason, message, requestDetails(request));
    return refusal;
  }
}
