// Who of a mail's recipients is still to get it: where a server puts some of them off, only those are asked again.
import { isTemporary } from './smtp-judge.js';
import type { SmtpOutcome } from './smtp-send.js';

/** Mails that wait for somebody, of one channel; of more than these the oldest would go to everybody again. */
const MOST_MAILS = 1_000;

/**
 * In memory, addresses by the mail's key and nothing of the mail: what is lost with the process is that somebody has it
 * already. Then it goes to everybody again with its Message-ID, by which many mail programs show it once.
 */
export class MailRecipients {
  readonly #all: readonly string[];
  readonly #left = new Map<string, readonly string[]>();

  constructor(all: readonly string[]) {
    this.#all = all;
  }

  /** Never empty. */
  left(key: string): readonly string[] {
    return this.#left.get(key) ?? this.#all;
  }

  /** Whether the server took this mail for somebody, in this process. */
  isPartlyThere(key: string): boolean {
    return this.#left.has(key);
  }

  note(key: string, outcome: SmtpOutcome): void {
    if (outcome.kind !== 'accepted') return;
    const putOff = new Set(outcome.refused.filter(isTemporary).map(({ recipient }) => recipient));
    const left = this.left(key).filter((each) => putOff.has(each));
    this.#left.delete(key);
    if (left.length > 0) this.#left.set(key, left);
    const [oldest] = this.#left.keys();
    if (this.#left.size > MOST_MAILS && oldest !== undefined) this.#left.delete(oldest);
  }
}
