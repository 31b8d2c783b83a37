// The Erlang shell on a server's standard input: expressions go in and their values come out at once, where rabbitmqctl
// would start an Erlang of its own for each.
import { waitFor } from '../processes/wait-for.js';
import type { ManagedProcess } from '../processes/managed-process.js';

const SHOWN_CHARACTERS = 300;

export class ErlangShell {
  readonly #process: ManagedProcess;
  #asked = 0;

  constructor(process: ManagedProcess) {
    this.#process = process;
  }

  /** An expression with its full stop. Its value is given as Erlang prints it on one line. */
  async evaluate(expression: string): Promise<string> {
    this.#asked += 1;
    const body = expression.trim().replace(/\.$/, '');
    // What the shell echoes is the expression, in which the mark is not yet joined to its number.
    this.#process.write(`io:format("~n~s~b: ~0tp~n", ["answer-", ${this.#asked}, catch begin ${body} end]).\n`);
    const answer = new RegExp(`^answer-${this.#asked}: (.*)$`, 'm');
    const answered = (): string | undefined => {
      const found = answer.exec(this.#process.output())?.[1];
      if (found === undefined) throw new Error(this.#process.output().slice(-SHOWN_CHARACTERS));
      return found;
    };
    return waitFor(answered, { within: 10_000, what: `an answer to ${expression}`, every: 10 });
  }
}
