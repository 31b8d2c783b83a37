// A container of a trial: started as the compose file says, asked by its health check, ended by SIGTERM.
import { readFileSync } from 'node:fs';
import { waitFor } from '@celery-watch/testbed';
import { rootRun } from '../debian/as-root.js';
import { LIMITS, type Store } from './store.js';

export class Container {
  readonly #store: Store;
  readonly #name: string;
  readonly #began = performance.now();

  private constructor(store: Store, name: string) {
    this.#store = store;
    this.#name = name;
  }

  /** On the machine's own network, since parting networks needs more of the machine than a trial may ask for. */
  static async start(store: Store, name: string, image: string, flags: readonly string[]): Promise<Container> {
    const container = new Container(store, name);
    await store.podman('run', '--detach', `--name=${name}`, '--network=host', ...LIMITS, ...flags, image);
    return container;
  }

  /** Seconds from the start until this address answers 200. */
  async answersAfter(url: string): Promise<number> {
    await waitFor(async () => (await fetch(url)).ok, { within: 30_000, what: `an answer of ${url}` }).catch(
      async (error: unknown) => {
        throw new Error(`${String(error)}\n${await this.logs()}`, { cause: error });
      },
    );
    return (performance.now() - this.#began) / 1000;
  }

  logs(): Promise<string> {
    return this.#store.podman('logs', this.#name);
  }

  /** By the image's own health check. */
  async isHealthy(): Promise<boolean> {
    return this.#store.podman('healthcheck', 'run', this.#name).then(
      () => true,
      () => false,
    );
  }

  async pid(): Promise<number> {
    return Number(await this.#inspect('{{.State.Pid}}'));
  }

  /** A line of /proc/PID/status, such as `Uid`. */
  async status(field: string): Promise<string> {
    const text = readFileSync(`/proc/${String(await this.pid())}/status`, 'utf8');
    return new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(text)?.[1] ?? '';
  }

  /** What a line of JavaScript prints inside. */
  node(code: string): Promise<string> {
    return this.#store.podman('exec', this.#name, 'node', '-p', code);
  }

  exec(...words: readonly string[]): Promise<string> {
    return this.#store.podman('exec', this.#name, ...words);
  }

  /** Files that differ from the image's, in its own root. */
  async changes(): Promise<readonly string[]> {
    return (await this.#store.podman('diff', this.#name)).split('\n').filter((line) => line !== '');
  }

  async signal(name: string): Promise<void> {
    await rootRun(['kill', `-${name}`, String(await this.pid())]);
  }

  /** SIGTERM, and SIGKILL after ten seconds. */
  async stop(): Promise<{ readonly code: number; readonly seconds: number }> {
    const began = performance.now();
    await this.#store.podman('stop', '--time=10', this.#name);
    const seconds = (performance.now() - began) / 1000;
    return { code: Number(await this.#inspect('{{.State.ExitCode}}')), seconds };
  }

  async start(): Promise<void> {
    await this.#store.podman('start', this.#name);
  }

  #inspect(what: string): Promise<string> {
    return this.#store.podman('inspect', `--format=${what}`, this.#name);
  }
}
