// What the core and the thread that answers HTTP say to each other.
import type { HttpRefusalReason } from '@celery-watch/service/http-server';
import type { BodyLimits } from './body-limits.js';
import type { Core } from './core.js';
import type { FrontState } from './routes.js';

type LogFields = Readonly<Record<string, unknown>>;

/** What the thread is started with. */
export interface FrontSettings {
  readonly host: string | undefined;
  readonly port: number;
  readonly connections: number;
  /** One more address, where only probes are answered, by plain HTTP. */
  readonly probes?: { readonly host: string | undefined; readonly port: number };
  readonly limits: BodyLimits;
  readonly state: FrontState;
  readonly version: string;
  /** Milliseconds between two signs of the core's life. Default: `BEAT_MS`. */
  readonly beatMs?: number;
}

/** One of the core's functions, and what it is given. */
export type Question = {
  [Name in keyof Core]: { readonly name: Name; readonly given: Parameters<Core[Name]> };
}[keyof Core];

export type ToCore =
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question }
  | { readonly kind: 'listening'; readonly port: number; readonly url: string }
  | { readonly kind: 'not listening'; readonly code: string; readonly message: string }
  | {
      readonly kind: 'refusal';
      readonly reason: HttpRefusalReason;
      readonly message: string;
      readonly details: LogFields;
    }
  | { readonly kind: 'post'; readonly result: 'refused' | 'unavailable' }
  | { readonly kind: 'log'; readonly level: 'warn' | 'error'; readonly fields: LogFields; readonly message: string };

export type ToFront =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly error: Error }
  | { readonly kind: 'state'; readonly state: FrontState }
  /** The core's sign of life. */
  | { readonly kind: 'beat' }
  | { readonly kind: 'close' };

/** How often the core gives a sign of life. */
export const BEAT_MS = 1_000;
/** So many seconds without one, and the core counts as stuck. */
export const STUCK_AFTER_BEATS = 30;
