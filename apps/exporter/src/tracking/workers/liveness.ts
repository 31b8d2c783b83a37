// Is a worker alive? Pure decisions over silence, so that they can be read and tested as a table.

export interface LivenessSettings {
  /** Heartbeats that may be missing, in multiples of the worker's own interval. */
  readonly missedHeartbeats: number;
  /** Never call a worker silent before this many seconds. */
  readonly minSilence: number;
  /** Seconds a solo worker may be silent: it says nothing at all while a task runs on it. */
  readonly soloSilence: number;
  /**
   * Seconds a worker may be silent that sends no heartbeats: only its events and its answers to polls are signs of
   * life.
   */
  readonly quietSilence: number;
  /** Seconds of silence after which the running tasks of a worker are counted as lost. */
  readonly lostAfter: number;
}

export interface SignsOfLife {
  /** Seconds since the last one, of time in which the exporter was listening. */
  readonly silence: number;
  /** Heartbeat interval in seconds; undefined where none was seen. */
  readonly frequency: number | undefined;
  readonly isSolo: boolean;
  readonly goodbye: boolean;
}

/** up: alive. silent: down, but it may come back and go on. dead: given up, with what was running on it. */
export type Verdict = 'up' | 'silent' | 'dead';

export function judge(signs: SignsOfLife, settings: LivenessSettings): Verdict {
  const allowed = allowedSilence(signs, settings);
  if (signs.silence <= allowed) return signs.goodbye ? 'silent' : 'up';
  // A warm shutdown may take as long as its last task, and nothing is heard of it meanwhile.
  const patience = signs.goodbye ? settings.soloSilence : settings.lostAfter;
  return signs.silence > Math.max(allowed, patience) ? 'dead' : 'silent';
}

function allowedSilence(signs: SignsOfLife, settings: LivenessSettings): number {
  if (signs.goodbye) return 0;
  if (signs.isSolo) return settings.soloSilence;
  if (signs.frequency === undefined) return settings.quietSilence;
  return Math.max(settings.minSilence, signs.frequency * settings.missedHeartbeats);
}
