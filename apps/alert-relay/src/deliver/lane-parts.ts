// What a lane is made of: its settings, and the parts of the house that it uses.
import type { Log } from '@celery-watch/service';
import type { Budget, Channel, Limit } from '../channels/channel.js';
import type { RelayMetrics } from '../metrics/relay-metrics.js';
import type { Outbox } from '../outbox/outbox.js';
import type { Renderer } from '../render/renderer.js';
import type { DeliveryPolicy } from './after-attempt.js';
import type { Clock } from './clock.js';

export interface LaneSettings extends DeliveryPolicy {
  readonly name: string;
  readonly limit: Limit;
  readonly budget: Budget;
  /** A resend with the same key is shown once: no "possible duplicate" is written on it. */
  readonly idempotent: boolean;
  readonly maxParts: number;
  /** Milliseconds that one request may take. */
  readonly timeoutMs: number;
}

export interface LaneParts {
  readonly settings: LaneSettings;
  readonly channel: Channel;
  readonly renderer: Renderer;
  readonly outbox: Outbox;
  readonly metrics: RelayMetrics;
  readonly log: Log;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
}
