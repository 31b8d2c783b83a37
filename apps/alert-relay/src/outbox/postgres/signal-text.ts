// What relays tell each other in a NOTIFY: who, and for which channels something waits. Pure.

/** The server takes less than 8,000 bytes. */
const MOST_BYTES = 7_000;
/** Too many to name them. */
const ANY = '*';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

export function signalOf(sender: string, channels: ReadonlySet<string>): string {
  const text = JSON.stringify([sender, [...channels]]);
  return Buffer.byteLength(text) < MOST_BYTES ? text : JSON.stringify([sender, ANY]);
}

/** Undefined: any channel, or something that this version does not understand. */
export function readSignal(text: string | undefined, me: string): ReadonlySet<string> | undefined | 'ours' {
  try {
    const [sender, channels] = JSON.parse(text ?? '') as readonly unknown[];
    if (sender === me) return 'ours';
    return Array.isArray(channels) && channels.every((each) => typeof each === 'string')
      ? new Set<string>(channels)
      : undefined;
  } catch {
    return undefined;
  }
}

/** How long to wait before the next connection. @param failures so many in a row */
export function backoffMs(failures: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 10), LONGEST_PAUSE_MS);
}
