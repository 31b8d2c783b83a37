// What the pollers may do, and how often.

export interface PollerSettings {
  /** Whether workers are asked anything at all. */
  readonly remoteControl: boolean;
  /** Whether task events are switched on where they are off. */
  readonly enableEvents: boolean;
  /** Queues to watch whatever else is known. */
  readonly queues: readonly string[];
  /** Seconds between two readings of the queues. */
  readonly queueInterval: number;
  /** Seconds between two questions to all workers. */
  readonly workerInterval: number;
}
