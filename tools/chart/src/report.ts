// What a check found, said line by line: each line is a promise to users, and whether it holds.

export class Report {
  readonly faults: string[] = [];
  #held = 0;

  /** A promise, and what speaks against it. */
  promise(what: string, against: readonly string[]): void {
    if (against.length === 0) {
      this.#held++;
      return;
    }
    this.faults.push(what);
    console.log(`  FAILED ${what}`);
    for (const each of against) console.log(`         ${each.replaceAll('\n', '\n         ')}`);
  }

  /** Closes a chapter: how many of its promises hold. */
  chapter(name: string, since: number): void {
    const seconds = ((performance.now() - since) / 1000).toFixed(1);
    console.log(`  ${name}: ${this.#held} promises hold (${seconds} s)`);
    this.#held = 0;
  }
}
