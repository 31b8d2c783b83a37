// What every implementation of the outbox decides in the same way about its history: what is kept of an attempt, by
// which labels a notification is found, and what a conversation remembers.
import type { Notification, PlannedPart, SentPart } from '../notification/index.js';
import type { Attempt, KeptAttempt } from './outbox.js';

/** So many bytes of what was sent are kept, its beginning. */
export const SENT_KEPT = 16 * 1024;

/** What is kept of an attempt; what was sent is cut between two characters. */
export function keptAttempt(
  { sent, ...attempt }: Attempt,
  of: { readonly messageId: string; readonly channel: string },
): KeptAttempt {
  return { ...attempt, ...of, sent: beginningOf(sent), sentBytes: Buffer.byteLength(sent) };
}

function beginningOf(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= SENT_KEPT) return text;
  let end = SENT_KEPT;
  // The bytes of a character after its first one: 10xxxxxx.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/**
 * The attempt of a claim that nobody settled and that is not its holder's any more. @param at when that was noticed
 */
export function interruptedAttempt(
  of: { readonly messageId: string; readonly channel: string; readonly plan: readonly PlannedPart[] | undefined },
  at: number,
): KeptAttempt {
  // A message of several parts has its plan before the first is sent.
  const parts = Math.max(1, of.plan?.length ?? 1);
  const index = of.plan?.findIndex((each) => each.state !== 'delivered') ?? 0;
  const part = index === -1 ? parts : index + 1;
  return {
    at,
    latencyMs: undefined,
    part,
    parts,
    key: `${of.messageId}-${part}`,
    verdict: 'ambiguous',
    reason: 'interrupted',
    detail: 'the relay ended, or lost the message, before it knew what became of it: it may have been delivered',
    sent: '',
    sentBytes: undefined,
    messageId: of.messageId,
    channel: of.channel,
  };
}

/** By so many labels a notification is found at most. */
export const MOST_TERMS = 1_000;

/**
 * The labels by which a notification is found, as numbers (`termOf`): those of its changes, each name and value once,
 * the names of the alerts first. What is over `MOST_TERMS`, as in a post of thousands of alerts, is left out, and the
 * notification is not found by it.
 */
export function termsOf({ changes }: Pick<Notification, 'changes'>): readonly number[] {
  const terms = new Set<number>();
  for (const { labels } of changes) {
    const { alertname } = labels;
    if (terms.size < MOST_TERMS && alertname !== undefined) terms.add(termOf('alertname', alertname));
  }
  let before: Readonly<Record<string, string>> = {};
  for (const { labels } of changes) {
    for (const name of Object.keys(labels)) {
      const value = labels[name] ?? '';
      // Most labels are those of the alert before it.
      if (terms.size < MOST_TERMS && before[name] !== value) terms.add(termOf(name, value));
    }
    before = labels;
  }
  return [...terms];
}

/**
 * A label as a number of 53 bits, for an index: two halves, each mixed to its end. That two labels of one store share a
 * number is possible and harms nobody: a list of the history then shows an entry too many.
 */
export function termOf(name: string, value: string): number {
  let a = 0xdeadbeef ^ name.length;
  let b = 0x41c6ce57 ^ value.length;
  for (const text of [name, value])
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i);
      a = Math.imul(a ^ code, 2_654_435_761);
      b = Math.imul(b ^ code, 1_597_334_677);
    }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & b) + (a >>> 0);
}

/** What a conversation remembers of an attempt; undefined: it was not delivered, or its server gave no receipt. */
export function sentPartOf({ key, at, verdict, receipt }: Attempt): SentPart | undefined {
  return verdict === 'delivered' && receipt !== undefined ? { key, at, receipt } : undefined;
}

/** The first and the last part among attempts that a server named; undefined where there is none. */
export function endsOf(
  attempts: readonly Attempt[] | undefined,
): { readonly first: SentPart; readonly last: SentPart } | undefined {
  const parts = (attempts ?? []).map(sentPartOf).filter((each) => each !== undefined);
  const [first] = parts;
  const last = parts.at(-1);
  return first && last && { first, last };
}
