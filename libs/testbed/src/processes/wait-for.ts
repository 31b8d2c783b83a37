// Waiting for something to become true, with a deadline and a message that says what was seen last.
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';

export type Truthy<T> = Exclude<T, false | null | undefined | 0 | 0n | ''>;

export interface WaitOptions {
  /** The deadline, in milliseconds. This machine may be busy: be generous. */
  readonly within: number;
  /** What is awaited, as it should read in the failure: "3 succeeded tasks in /metrics". */
  readonly what: string;
  /** Milliseconds between two looks. */
  readonly every?: number | undefined;
}

const EXPIRED = Symbol('expired');

/** Polls until the condition gives a truthy value, and gives it back. A condition that throws counts as "not yet". */
export async function waitFor<T>(condition: () => T | Promise<T>, options: WaitOptions): Promise<Truthy<T>> {
  const { within, what, every = 50 } = options;
  const deadline = new AbortController();
  const expired = delay(within, EXPIRED, { signal: deadline.signal }).catch(() => EXPIRED);
  let seen = 'nothing: the condition gave no answer';
  let cause: unknown;
  try {
    for (;;) {
      try {
        const value = await Promise.race([attempt(condition), expired]);
        if (value === EXPIRED) break;
        if (value) return value as Truthy<T>;
        seen = `the value ${inspect(value)}`;
        cause = undefined;
      } catch (error) {
        seen = `the error ${error instanceof Error ? error.message : inspect(error)}`;
        cause = error;
      }
      if ((await Promise.race([delay(every), expired])) === EXPIRED) break;
    }
  } finally {
    deadline.abort();
  }
  throw new Error(`${what}: not within ${within} ms; last seen was ${seen}`, { cause });
}

async function attempt<T>(condition: () => T | Promise<T>): Promise<T> {
  return condition();
}
