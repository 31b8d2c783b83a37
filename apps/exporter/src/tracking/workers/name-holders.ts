// Do two workers share one name? What their answers tell: each question is answered once by each process of that name
// (docs/protocol/events.md#one-name).

/** Questions that are looked back at: two of them must agree, so that no single stray answer makes a second worker. */
const QUESTIONS = 3;

export class NameHolders {
  /** Answers by question, the youngest last. */
  readonly #answers = new Map<string, number>();

  /** An answer came; gives how many to this question there are now. */
  answered(ticket: string): number {
    const count = (this.#answers.get(ticket) ?? 0) + 1;
    this.#answers.set(ticket, count);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > QUESTIONS && oldest !== undefined) this.#answers.delete(oldest);
    return count;
  }

  /** How many processes have answered to at least two of the last three questions; undefined before there are two. */
  get count(): number | undefined {
    return [...this.#answers.values()].sort((a, b) => b - a)[1];
  }
}
