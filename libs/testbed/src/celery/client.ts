// A Celery client kept alive: one Python process that sends, revokes, purges and broadcasts on request.
import { type BrokerAddress, PYTHON, pythonEnvironment } from './environment.js';
import type { Processes } from '../processes/processes.js';
import type { ManagedProcess } from '../processes/managed-process.js';
import { waitFor } from '../processes/wait-for.js';

export interface ClientOptions {
  readonly broker: BrokerAddress;
  /** Whether sending says `task-sent`. */
  readonly sendSentEvent?: boolean | undefined;
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  readonly transportOptions?: Readonly<Record<string, unknown>> | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly python?: string | undefined;
}

export interface SendRequest {
  readonly name: string;
  readonly args?: readonly unknown[] | undefined;
  readonly kwargs?: Readonly<Record<string, unknown>> | undefined;
  readonly queue?: string | undefined;
  /** Seconds until it may run. */
  readonly countdown?: number | undefined;
  /** The same, as a moment in UTC that does not say that it is: `datetime.utcnow() + …`. */
  readonly naiveEta?: number | undefined;
  /** Seconds until it is no longer wanted. */
  readonly expires?: number | undefined;
  readonly priority?: number | undefined;
  /** How many times it is sent; each has its own id. */
  readonly count?: number | undefined;
  /** Its id is revoked before it is sent. */
  readonly revoked?: boolean | undefined;
  /** Anything else that `apply_async` takes: `shadow`, `exchange`, `routing_key`, `headers`, `task_id` … */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
}

export interface RevokeOptions {
  /** Kills the process that runs it. */
  readonly terminate?: boolean | undefined;
  readonly signal?: string | undefined;
}

export interface BroadcastOptions {
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
  readonly destination?: readonly string[] | undefined;
  /** Seconds that replies are awaited; without it nobody is asked to reply. */
  readonly timeout?: number | undefined;
}

export interface Client extends AsyncDisposable {
  readonly process: ManagedProcess;
  /** Gives the ids, in order of the requests. */
  send(requests: SendRequest | readonly SendRequest[]): Promise<string[]>;
  revoke(ids: readonly string[], options?: RevokeOptions): Promise<void>;
  /** Empties the queues, the default one when none is named; gives how many messages went. */
  purge(...queues: string[]): Promise<number>;
  /** The node names that answer within the timeout (seconds, default 1). */
  ping(timeout?: number): Promise<string[]>;
  /** Waits until these workers answer: "ready." in a worker's log comes a moment before it hears broadcasts. */
  awaitWorkers(nodenames: readonly string[], options?: { readonly within?: number | undefined }): Promise<void>;
  /** Any remote-control command; gives the replies by node name. */
  broadcast(command: string, options?: BroadcastOptions): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

interface Answer {
  readonly ids: string[];
  readonly nodenames: string[];
  readonly purged: number;
  readonly replies: Record<string, unknown>;
  readonly error?: string;
}

export async function startClient(processes: Processes, truthFile: string, options: ClientOptions): Promise<Client> {
  const pending: Pending[] = [];
  let greeted = false;
  const onLine = (line: string): void => {
    const answer = JSON.parse(line) as Answer;
    const asked = greeted ? pending.shift() : undefined;
    greeted = true;
    if (answer.error !== undefined) asked?.reject(new Error(`the Celery client failed: ${answer.error}`));
    else asked?.resolve(answer);
  };
  const started = await processes.start({
    name: `celery client ${processes.next()}`,
    leaf: true,
    command: options.python ?? PYTHON,
    args: ['-m', 'truth_client'],
    env: pythonEnvironment({
      broker: options.broker,
      transportOptions: options.transportOptions,
      sendSentEvent: options.sendSentEvent,
      settings: options.settings,
      truthFile,
      env: options.env,
    }),
    onLine,
  });
  void started.exited.then(() => {
    for (const { reject } of pending.splice(0)) reject(new Error(`the Celery client ended\n${started.lastLines()}`));
  });
  await started.ready(() => greeted, { within: 60_000 });
  return new StartedClient(started, pending);
}

class StartedClient implements Client {
  readonly process: ManagedProcess;
  readonly #pending: Pending[];

  constructor(started: ManagedProcess, pending: Pending[]) {
    this.process = started;
    this.#pending = pending;
  }

  async send(requests: SendRequest | readonly SendRequest[]): Promise<string[]> {
    return (await this.#ask({ op: 'send', tasks: Array.isArray(requests) ? requests : [requests] })).ids;
  }

  async revoke(ids: readonly string[], options: RevokeOptions = {}): Promise<void> {
    await this.#ask({ op: 'revoke', ids, terminate: options.terminate ?? false, signal: options.signal ?? 'SIGTERM' });
  }

  async purge(...queues: string[]): Promise<number> {
    return (await this.#ask({ op: 'purge', queues })).purged;
  }

  async ping(timeout = 1): Promise<string[]> {
    return (await this.#ask({ op: 'ping', timeout })).nodenames;
  }

  async awaitWorkers(
    nodenames: readonly string[],
    options: { readonly within?: number | undefined } = {},
  ): Promise<void> {
    await waitFor(
      async () => {
        // With a destination, Celery returns as soon as all have answered.
        const found = (await this.#ask({ op: 'ping', timeout: 1, destination: nodenames })).nodenames;
        const silent = nodenames.filter((name) => !found.includes(name));
        if (silent.length > 0) throw new Error(`no answer from ${silent.join(', ')}`);
        return true;
      },
      { within: options.within ?? 30_000, what: `an answer from ${nodenames.join(', ')}` },
    );
  }

  async broadcast(command: string, options: BroadcastOptions = {}): Promise<Record<string, unknown>> {
    return (await this.#ask({ op: 'broadcast', command, ...options })).replies;
  }

  async close(): Promise<void> {
    this.process.closeInput();
    await this.process.stop({ within: 5_000 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #ask(request: Readonly<Record<string, unknown>>): Promise<Answer> {
    if (!this.process.running)
      return Promise.reject(new Error(`the Celery client has ended\n${this.process.lastLines()}`));
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      this.process.write(`${JSON.stringify(request)}\n`);
    });
  }
}
