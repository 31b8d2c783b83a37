// The core's side of the thread that answers HTTP: starts it, answers its questions, and starts it anew where it dies.
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type HttpRefusals, ListenError, type Log } from '@celery-watch/service';
import type { Core } from './core.js';
import { BEAT_MS, type FrontSettings, type ToCore, type ToFront } from './front-messages.js';
import type { FrontState } from './routes.js';

export interface FrontDependencies {
  readonly settings: FrontSettings;
  readonly core: Core;
  readonly refusals: HttpRefusals;
  readonly countPost: (result: 'refused' | 'unavailable') => void;
  readonly log: Log;
  /** Megabytes of its heap. Default: what its connections may need. */
  readonly heapMb?: number;
}

/** Its bodies are not in its heap; a connection takes some kilobytes, its head included. */
const HEAP_MB = { fixed: 64, ofConnection: 0.1 } as const;
/** More than the thread gives its own answers. */
const CLOSE_MS = 4_000;
/** Before one that died at once is started again. */
const AGAIN_MS = 1_000;

interface Running {
  readonly worker: Worker;
  readonly url: string;
  readonly port: number;
  readonly exited: Promise<void>;
}

export class Front {
  readonly #deps: FrontDependencies;
  #state: FrontState;
  #running: Running;
  #isClosing = false;
  readonly #beating: NodeJS.Timeout;

  private constructor(deps: FrontDependencies, running: Running) {
    this.#deps = deps;
    this.#state = deps.settings.state;
    this.#running = running;
    void this.#watch(running);
    this.#beating = setInterval(() => {
      this.#tell({ kind: 'beat' });
    }, BEAT_MS);
  }

  /** Resolves when it answers. Throws a ListenError. */
  static async start(deps: FrontDependencies): Promise<Front> {
    return new Front(deps, await startThread(deps, deps.settings));
  }

  get url(): string {
    return this.#running.url;
  }

  /** Takes effect before anything that is answered later. */
  become(state: FrontState): void {
    this.#state = state;
    this.#tell({ kind: 'state', state });
  }

  /** Accepts nothing more, and lets answers under way end. */
  async close(): Promise<void> {
    this.#isClosing = true;
    const { worker, exited } = this.#running;
    this.#tell({ kind: 'close' });
    const late = setTimeout(() => void worker.terminate(), CLOSE_MS);
    await exited;
    clearTimeout(late);
    clearInterval(this.#beating);
  }

  #tell(message: ToFront): void {
    this.#running.worker.postMessage(message);
  }

  async #watch(running: Running): Promise<void> {
    await running.exited;
    const { log, settings } = this.#deps;
    while (!this.#isClosing) {
      try {
        log.error('the thread that answers HTTP ended: it is started anew, and senders try again');
        this.#running = await startThread(this.#deps, { ...settings, port: running.port, state: this.#state });
        log.info({ url: this.#running.url }, 'HTTP is answered again');
        return void this.#watch(this.#running);
      } catch (error) {
        log.error({ err: error }, 'the thread that answers HTTP could not be started anew; it is tried again');
        await delay(AGAIN_MS);
      }
    }
  }
}

async function startThread(deps: FrontDependencies, settings: FrontSettings): Promise<Running> {
  const { log, heapMb = HEAP_MB.fixed + Math.ceil(settings.connections * HEAP_MB.ofConnection) } = deps;
  const worker = new Worker(new URL('./front-thread.js', import.meta.url), {
    name: 'http',
    workerData: settings,
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  });
  worker.on('error', (error) => {
    log.error({ err: error }, 'the thread that answers HTTP failed');
  });
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      resolve();
    });
  });
  const { url, port } = await new Promise<{ readonly url: string; readonly port: number }>((resolve, reject) => {
    worker.on('message', (message: ToCore) => {
      if (message.kind === 'listening') resolve(message);
      else if (message.kind === 'not listening') reject(new ListenError(message.code, message.message, undefined));
      else hear(message, worker, deps);
    });
    void exited.then(() => {
      reject(new Error('the thread that answers HTTP ended before it answered'));
    });
  });
  return { worker, url, port, exited };
}

function hear(
  message: Exclude<ToCore, { readonly kind: 'listening' | 'not listening' }>,
  worker: Worker,
  { core, refusals, countPost, log }: FrontDependencies,
): void {
  switch (message.kind) {
    case 'ask':
      void answer(message, worker, core);
      return;
    case 'refusal':
      refusals.add(message.reason, message.message, message.details);
      return;
    case 'post':
      countPost(message.result);
      return;
    case 'log':
      log[message.level](message.fields, message.message);
  }
}

async function answer(
  { id, question }: Extract<ToCore, { readonly kind: 'ask' }>,
  worker: Worker,
  core: Core,
): Promise<void> {
  const ask = core[question.name] as (...given: readonly unknown[]) => Promise<unknown>;
  const said: ToFront = await ask(...question.given).then(
    (value) => ({ kind: 'answer', id, value }),
    (error: unknown) => ({ kind: 'failure', id, error: error as Error }),
  );
  // Nobody hears it where the thread has died meanwhile.
  worker.postMessage(said);
}
