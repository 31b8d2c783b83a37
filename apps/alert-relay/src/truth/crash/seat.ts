// One relay's place in the crash test: an address and a configuration, under which process follows process.
import { fileURLToPath } from 'node:url';
import { freePort, type ManagedProcess, type Testbed, waitFor } from '@celery-watch/testbed';
import { PROGRAM, writeConfig } from '../testing.js';
import { isKillStep, type Kill } from './kill-steps.js';
import type { Kill as KillEvidence } from './verify.js';

const KILLING_RELAY = fileURLToPath(new URL('killing-relay.js', import.meta.url));
/** No relay sends anything sooner after its start: its modules are not even loaded. */
const SOONEST_START_MS = 100;

export class Seat {
  readonly url: string;
  readonly config: string;
  readonly #bed: Testbed;
  readonly #lines: string[];
  readonly #killedAt: number[] = [];
  /** When each process was started. */
  readonly #births: number[] = [];
  #relay: ManagedProcess | undefined;

  /** @param lines gets what the processes log */
  static async build(bed: Testbed, settings: Readonly<Record<string, unknown>>, lines: string[]): Promise<Seat> {
    const listen = `127.0.0.1:${await freePort()}`;
    const config = await writeConfig(bed, { ...settings, listen }, `relay-${listen.split(':')[1] ?? ''}.yml`);
    return new Seat(bed, `http://${listen}`, config, lines);
  }

  private constructor(bed: Testbed, url: string, config: string, lines: string[]) {
    this.#bed = bed;
    this.url = url;
    this.config = config;
    this.#lines = lines;
  }

  /** The process that sits there, alive or dead. */
  get relay(): ManagedProcess | undefined {
    return this.#relay;
  }

  /** @param kill what is to end it: at a step it does so by its own hand, the `nth` time that it gets there */
  async start(kill: Kill = 'at random', nth = 0): Promise<ManagedProcess> {
    this.#births.push(Date.now());
    const args = isKillStep(kill) ? [KILLING_RELAY, '--step', kill, '--nth', String(nth)] : [PROGRAM];
    return (this.#relay = await this.#bed.start({
      name: 'alert-relay',
      command: process.execPath,
      args: [...args, '--config', this.config],
      onLine: (line) => void this.#lines.push(line),
      leaf: true,
    }));
  }

  /** False where it died before it was ready. */
  async isReady(relay: ManagedProcess): Promise<boolean> {
    await waitFor(async () => !relay.running || (await fetch(`${this.url}/readyz`)).ok, {
      within: 30_000,
      what: 'the relay to be ready',
      every: 10,
    });
    return relay.running;
  }

  async startReady(): Promise<ManagedProcess> {
    const relay = await this.start();
    if (!(await this.isReady(relay))) throw new Error(`the relay ended:\n${this.lastWords()}`);
    return relay;
  }

  /** Nothing happens to one that is dead. */
  killNow(): void {
    if (!this.#relay?.running) return;
    this.#killedAt.push(Date.now());
    process.kill(this.#relay.pid, 'SIGKILL');
  }

  /** It was killed, and by its own hand. */
  killedItself(): void {
    this.#killedAt.push(Date.now());
  }

  lastWords(): string {
    return `${this.#lines.slice(-10).join('\n')}\n${this.#relay?.output() ?? ''}`;
  }

  /**
   * Its kills, each with when the next process can have sent something: until then what the killed one had sent may lie
   * in a socket, and this busy process reads it only after the kill.
   */
  kills(): readonly KillEvidence[] {
    return this.#killedAt.map((at) => ({
      at,
      arrivedUntil: (this.#births.find((birth) => birth >= at) ?? Infinity) + SOONEST_START_MS,
    }));
  }
}
