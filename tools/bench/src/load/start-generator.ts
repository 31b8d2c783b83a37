// The bench's end of the load generator.
import { fileURLToPath } from 'node:url';
import type { ManagedProcess, RedisServer, Testbed } from '@celery-watch/testbed';
import type { StreamSettings } from './event-stream.js';
import type { FleetCommand } from './fleet.js';
import type { Answer, Command } from './generator.js';
import type { OpenSettings, Sent } from './session.js';

interface Waiting {
  readonly resolve: (sent: Sent) => void;
  readonly reject: (error: Error) => void;
}

const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export class Generator<Said = Command> {
  readonly process: ManagedProcess;
  readonly #waiting: Waiting[];

  static start(bed: Testbed): Promise<Generator> {
    return Generator.#run(bed, 'generator.js');
  }

  /** For many servers at once. */
  static startFleet(bed: Testbed): Promise<Generator<FleetCommand>> {
    return Generator.#run(bed, 'fleet.js');
  }

  static async #run<Said>(bed: Testbed, file: string): Promise<Generator<Said>> {
    const waiting: Waiting[] = [];
    const started = await bed.start({
      name: 'load generator',
      command: process.execPath,
      args: [program(file)],
      leaf: true,
      onLine: (line) => {
        const answer = JSON.parse(line) as Answer;
        const asked = waiting.shift();
        if ('error' in answer) asked?.reject(new Error(`the load generator failed: ${answer.error}`));
        else asked?.resolve(answer.sent);
      },
    });
    const generator = new Generator<Said>(started, waiting);
    void started.exited.then(() => {
      for (const { reject } of waiting.splice(0)) reject(new Error(`the load generator ended\n${started.lastLines()}`));
    });
    return generator;
  }

  private constructor(started: ManagedProcess, waiting: Waiting[]) {
    this.process = started;
    this.#waiting = waiting;
  }

  open(
    this: Generator,
    { host, port }: Pick<RedisServer, 'host' | 'port'>,
    settings: StreamSettings & Pick<OpenSettings, 'mostNames' | 'broker'>,
  ): Promise<Sent> {
    return this.ask({ op: 'open', host, port, ...settings });
  }

  /** Fulfilled when the command is done. */
  ask(command: Said): Promise<Sent> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.process.write(`${JSON.stringify(command)}\n`);
    });
  }
}
