// The moments at which the crash test kills the relay.

/** Inside the relay, by its own hand. */
export const KILL_STEPS = [
  'before commit',
  'after commit',
  'after claim',
  'between parts',
  'before mark',
  'after mark',
  'after retry',
] as const;
export type KillStep = (typeof KILL_STEPS)[number];

/**
 * All of them: `server accepted` is the server's hand, between taking a message and answering; `at random` and `at the
 * start` are the test's.
 */
export const KILLS = [...KILL_STEPS, 'server accepted', 'at random', 'at the start'] as const;
export type Kill = (typeof KILLS)[number];

export function isKillStep(text: string): text is KillStep {
  return (KILL_STEPS as readonly string[]).includes(text);
}
