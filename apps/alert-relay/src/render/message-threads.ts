// Threads that make messages, so that answering posts never waits for it. A thread is begun when there is work, ends
// when there was none for a while, and may die of its work: then that one message is told so, and nothing else is lost.
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { MessageJob, MessageParts } from './message-job.js';
import type { ThreadWord } from './message-thread.js';

/** Makes one message after the other. */
export interface MessageThreads {
  /** Rejects with an Error that says what went wrong; with `RunawayTemplates` where templates took too long. */
  make(job: MessageJob): Promise<MessageParts>;
  /** What is being made, or waits to be, is rejected. */
  close(): Promise<void>;
}

/** The user's templates were ended: what the processor did for them is beyond any use. Time that only passed is not. */
export class RunawayTemplates extends Error {
  override readonly name = 'RunawayTemplates';
}

export interface ThreadSettings {
  /** At most so many at once. */
  readonly most: number;
  /** Milliseconds without work after which a thread ends. */
  readonly idleMs: number;
  /** Milliseconds of the processor that a message with the user's templates may take; built-in ones have no limit. */
  readonly cpuMs: number;
  /**
   * Megabytes that the heap of a thread may have. What is too much for it ends the thread, but a text that is too much
   * to be parsed ends the process: it must have room for the largest post.
   */
  readonly heapMb: number;
  /** The program of a thread. */
  readonly program: string;
}

const DEFAULTS: ThreadSettings = {
  most: 1,
  idleMs: 30_000,
  cpuMs: 2_000,
  heapMb: 256,
  program: path.join(import.meta.dirname, 'message-thread.js'),
};
/** How often a thread with the user's templates is asked what it has used. */
const LOOK_MS = 100;
/** Short-lived objects of a thread, in megabytes: more makes it no faster, and the process larger. */
const YOUNG_MB = 4;
/** Characters of a message's notifications after which its thread ends at once: its heap would stay as large. */
const LARGE = 4 * 2 ** 20;

export function openMessageThreads(given: Partial<ThreadSettings> = {}): MessageThreads {
  return new Threads({ ...DEFAULTS, ...given });
}

interface Waiting {
  readonly job: MessageJob;
  readonly resolve: (made: MessageParts) => void;
  readonly reject: (error: Error) => void;
}

class Threads implements MessageThreads {
  readonly #settings: ThreadSettings;
  readonly #threads = new Set<MessageThread>();
  readonly #queue: Waiting[] = [];
  #isClosed = false;

  constructor(settings: ThreadSettings) {
    this.#settings = settings;
  }

  make(job: MessageJob): Promise<MessageParts> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(new Error('the relay stops'));
      this.#queue.push({ job, resolve, reject });
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { reject } of this.#queue.splice(0)) reject(new Error('the relay stops'));
    await Promise.all([...this.#threads].map((thread) => thread.end(new Error('the relay stops'))));
  }

  #next(): void {
    while (this.#queue.length > 0) {
      let thread: MessageThread | undefined;
      try {
        thread = [...this.#threads].find((each) => each.isFree) ?? this.#begin();
      } catch (error) {
        this.#queue.shift()?.reject(error as Error);
        continue;
      }
      const waiting = thread === undefined ? undefined : this.#queue.shift();
      if (thread === undefined || waiting === undefined) return;
      const { job, resolve, reject } = waiting;
      void thread
        .make(job)
        .then(resolve, reject)
        .finally(() => {
          this.#next();
        });
    }
  }

  #begin(): MessageThread | undefined {
    if (this.#threads.size >= this.#settings.most) return undefined;
    const thread: MessageThread = new MessageThread(this.#settings, () => {
      this.#threads.delete(thread);
      this.#next();
    });
    this.#threads.add(thread);
    return thread;
  }
}

/** One thread, with at most one message in it. */
class MessageThread {
  readonly #settings: ThreadSettings;
  readonly #worker: Worker;
  #now: (Omit<Waiting, 'job'> & { readonly isLimited: boolean; readonly isLarge: boolean }) | undefined;
  #idle: NodeJS.Timeout | undefined;
  #look: NodeJS.Timeout | undefined;
  #isGone = false;

  constructor(settings: ThreadSettings, onGone: () => void) {
    this.#settings = settings;
    const { heapMb, program } = settings;
    this.#worker = new Worker(program, {
      resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.#worker.on('message', (word: ThreadWord) => {
      if (word.kind === 'begun') void this.#watch();
      else if (word.kind === 'made')
        this.#settle(({ resolve }) => {
          resolve(word.made);
        });
      else this.#fail(new Error(word.reason));
    });
    // Out of memory, or it could not even begin. A thread never lives on after it.
    this.#worker.on('error', (error) => {
      this.#isGone = true;
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    });
    this.#worker.on('messageerror', (error) => {
      this.#fail(error);
    });
    this.#worker.once('exit', () => {
      this.#isGone = true;
      this.#fail(new Error('the thread that made it ended'));
      clearTimeout(this.#idle);
      onGone();
    });
  }

  get isFree(): boolean {
    return this.#now === undefined && !this.#isGone;
  }

  make(job: MessageJob): Promise<MessageParts> {
    clearTimeout(this.#idle);
    return new Promise((resolve, reject) => {
      this.#now = {
        resolve,
        reject,
        isLimited: job.form === 'own' && job.setup.templates !== undefined,
        isLarge: job.notifications.reduce((sum, { json }) => sum + json.length, 0) > LARGE,
      };
      try {
        this.#worker.postMessage(job);
      } catch (error) {
        this.#fail(error as Error);
      }
    });
  }

  async end(why: Error): Promise<void> {
    this.#isGone = true;
    this.#fail(why);
    await this.#worker.terminate();
  }

  #fail(error: Error): void {
    this.#settle(({ reject }) => {
      reject(error);
    });
  }

  #settle(tell: (now: Omit<Waiting, 'job'>) => void): void {
    const now = this.#now;
    this.#now = undefined;
    clearTimeout(this.#look);
    if (now === undefined) return;
    const idleMs = now.isLarge ? 0 : this.#settings.idleMs;
    if (!this.#isGone) this.#idle = setTimeout(() => void this.end(new Error('idle')), idleMs);
    tell(now);
  }

  /** From when it begins, since loading the thread's program costs more than most messages. */
  async #watch(): Promise<void> {
    const now = this.#now;
    if (now?.isLimited !== true) return;
    const before = await this.#used();
    const look = async (): Promise<void> => {
      const used = (await this.#used()) - before;
      if (this.#now !== now) return;
      if (used > this.#settings.cpuMs)
        await this.end(new RunawayTemplates(`they took ${(used / 1000).toFixed(1)} s of processor time`));
      else this.#look = setTimeout(() => void look(), LOOK_MS);
    };
    if (this.#now === now) this.#look = setTimeout(() => void look(), LOOK_MS);
  }

  /** Milliseconds of the processor that this thread has used; 0 once it has ended, and where Node.js cannot tell. */
  async #used(): Promise<number> {
    try {
      const { user, system } = await this.#worker.cpuUsage();
      return (user + system) / 1000;
    } catch {
      return 0;
    }
  }
}
