// What the bench and its load generator say to each other, one JSON object a line.
import type { OpenSettings, Sent } from './session.js';

export type Command =
  | ({ readonly op: 'open' } & OpenSettings)
  /** Only how many task names are in use from now on. */
  | { readonly op: 'names'; readonly names: number }
  | { readonly op: 'send'; readonly events: number }
  | { readonly op: 'abandon'; readonly tasks: number; readonly startedShare: number }
  | { readonly op: 'flow'; readonly rate: number }
  | { readonly op: 'stop-flow' }
  | { readonly op: 'quiet' }
  | { readonly op: 'close' };

export type Answer = { readonly sent: Sent } | { readonly error: string };
