// The core's side of the thread that answers HTTP: starts it, answers its questions, and starts it anew where it dies.
import { Worker } from 'node:worker_threads';
import { abortableDelay, backoff, type HttpRefusals, ListenError, type Log } from '@celery-watch/service';
import type { Core } from './core.js';
import { BEAT_MS, type FrontSettings, type Question, type ToCore, type ToFront } from './front-messages.js';
import type { FrontState } from './routes.js';

export interface FrontDependencies {
  readonly settings: FrontSettings;
  readonly core: Core;
  readonly refusals: HttpRefusals;
  readonly countPost: (result: 'refused' | 'unavailable') => void;
  /** Told of each time that the thread ends by itself. */
  readonly onDeath: () => void;
  readonly log: Log;
  /** Megabytes of its heap. Default: what its connections may need. */
  readonly heapMb?: number;
}

/** Its bodies are not in its heap; a connection takes some kilobytes, its head included. */
const HEAP_MB = { fixed: 64, ofConnection: 0.1 } as const;
/** Its objects are short-lived: a larger young generation makes it no faster, and the process larger. */
const YOUNG_MB = 4;
/** More than the thread gives its own answers. */
const CLOSE_MS = 4_000;
/** Before one that could not start is started again. */
const AGAIN = { baseMs: 500, maxMs: 10_000 };

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
  readonly #closing = new AbortController();
  readonly #beating: NodeJS.Timeout;
  readonly #watching: Promise<void>;

  private constructor(deps: FrontDependencies, running: Running) {
    this.#deps = deps;
    this.#state = deps.settings.state;
    this.#running = running;
    this.#watching = this.#watch();
    this.#beating = setInterval(() => {
      this.#tell({ kind: 'beat' });
    }, deps.settings.beatMs ?? BEAT_MS);
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
    this.#closing.abort();
    this.#tell({ kind: 'close' });
    const late = setTimeout(() => void this.#running.worker.terminate(), CLOSE_MS);
    await this.#watching;
    clearTimeout(late);
    clearInterval(this.#beating);
  }

  #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  #tell(message: ToFront): void {
    this.#running.worker.postMessage(message);
  }

  async #watch(): Promise<void> {
    const { log, settings, onDeath } = this.#deps;
    for (;;) {
      await this.#running.exited;
      if (this.#isClosing()) return;
      onDeath();
      log.error('the thread that answers HTTP ended: it is started anew, and senders try again');
      const next = await this.#startAnew({ ...settings, port: this.#running.port });
      if (next === undefined) return;
      this.#running = next;
      // What was said while it started.
      this.#tell({ kind: 'state', state: this.#state });
      if (this.#isClosing()) this.#tell({ kind: 'close' });
      log.info({ url: next.url }, 'HTTP is answered again');
    }
  }

  /** Undefined where the relay stops before that. */
  async #startAnew(settings: FrontSettings): Promise<Running | undefined> {
    const { log } = this.#deps;
    for (let attempt = 0; ; attempt++) {
      try {
        return await startThread(this.#deps, { ...settings, state: this.#state });
      } catch (error) {
        log.error({ err: error }, 'the thread that answers HTTP could not be started anew; it is tried again');
      }
      if (!(await abortableDelay(backoff(attempt, AGAIN, Math.random), this.#closing.signal))) return undefined;
    }
  }
}

async function startThread(deps: FrontDependencies, settings: FrontSettings): Promise<Running> {
  const { log, heapMb = HEAP_MB.fixed + Math.ceil(settings.connections * HEAP_MB.ofConnection) } = deps;
  const worker = new Worker(new URL('./front-thread.js', import.meta.url), {
    name: 'http',
    workerData: settings,
    resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: YOUNG_MB },
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
  const said: ToFront = await ask(question, core).then(
    (value) => ({ kind: 'answer', id, value }),
    (error: unknown) => ({ kind: 'failure', id, error: error as Error }),
  );
  // Nobody hears it where the thread has died meanwhile.
  worker.postMessage(said);
}

function ask(question: Question, core: Core): Promise<unknown> {
  switch (question.name) {
    case 'accept':
      return core.accept(...question.given);
    case 'refuseUnreadable':
      return core.refuseUnreadable(...question.given);
    case 'refuseTooLarge':
      return core.refuseTooLarge(...question.given);
    case 'answer':
      return core.answer(...question.given);
  }
}
