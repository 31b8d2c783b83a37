// Hands for tests of delivery: a clock that runs as fast as the worker lets it, a channel that answers as it is told, a
// worker on an outbox in memory.
import { silentLog } from '@celery-watch/service';
import type { Channel, Part, SentBefore } from '../channels/channel.js';
import { dressed } from '../channels/dressed.js';
import { RelayMetrics } from '../metrics/relay-metrics.js';
import type { Verdict } from '../notification/index.js';
import { openMemoryOutbox, SteadyClock, steadyOutbox, type Outbox } from '../outbox/index.js';
import type { MessageSetup } from '../render/message-job.js';
import { layOut } from '../render/message-parts.js';
import type { MessageThreads } from '../render/message-threads.js';
import { createRenderer } from '../render/renderer.js';
import { NO_LINKS } from '../settings/links.js';
import { packed } from '../settings/packed.js';
import { ChannelWorker } from './channel-workers.js';
import type { Clock, DeliverySettings } from './message-delivery.js';
import { MessageMaking } from './message-making.js';
import { ClaimRoom } from './claim-room.js';
import { Turns } from './turns.js';

export const START = 1_800_000_000_000;

/** Who waits is at once where it waited for; what is planned for a time in between happens on the way. */
export class FastClock implements Clock {
  /** What has passed since the start, and how far somebody has set the clock meanwhile. */
  #passed = 0;
  #set = 0;
  readonly source = new SteadyClock({
    wall: () => START + this.#passed + this.#set,
    ticks: () => this.#passed,
    boot: undefined,
  });
  readonly #plans: { readonly at: number; readonly act: () => unknown }[] = [];

  readonly now = this.source.now;
  readonly steady = this.source.steady;

  readonly wait = async (ms: number, signal: AbortSignal): Promise<void> => {
    const end = this.#passed + ms;
    for (let plan = this.#next(end); plan !== undefined && !signal.aborted; plan = this.#next(end)) {
      this.#passed = Math.max(this.#passed, plan.at);
      this.#plans.splice(this.#plans.indexOf(plan), 1);
      await plan.act();
      await turns();
    }
    if (!signal.aborted) this.#passed = Math.max(end, this.#passed);
    await turns();
  };

  /** Plans something for so many milliseconds after the start. */
  at(ms: number, act: () => unknown): void {
    this.#plans.push({ at: ms, act });
  }

  /** Somebody sets it by so many milliseconds. */
  jump(ms: number): void {
    this.#set += ms;
    this.source.look();
  }

  #next(end: number): { readonly at: number; readonly act: () => unknown } | undefined {
    return this.#plans.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
  }
}

/** For several workers: when all of them wait, it is the next one's time. */
export class SharedClock implements Clock {
  #passed = 0;
  #waiting: { readonly at: number; readonly end: () => void }[] = [];
  readonly source = new SteadyClock({ wall: () => START + this.#passed, ticks: () => this.#passed, boot: undefined });
  readonly now = this.source.now;
  readonly steady = this.source.steady;

  readonly wait = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const waiter = { at: this.#passed + ms, end: resolve };
      this.#waiting.push(waiter);
      signal.addEventListener('abort', () => {
        this.#waiting = this.#waiting.filter((each) => each !== waiter);
        resolve();
      });
    });

  /** Lets time pass until that much has. */
  async pass(ms: number): Promise<void> {
    const end = this.#passed + ms;
    for (;;) {
      await turns(20);
      const [next] = this.#waiting.toSorted((a, b) => a.at - b.at);
      if (next === undefined || next.at > end) break;
      this.#waiting = this.#waiting.filter((each) => each !== next);
      this.#passed = Math.max(this.#passed, next.at);
      next.end();
    }
    this.#passed = end;
  }
}

/** Lets everything that is ready happen. */
export async function turns(count = 3): Promise<void> {
  for (let turn = 0; turn < count; turn++)
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
}

export async function eventually(condition: () => boolean, what: string): Promise<void> {
  for (let look = 0; look < 20_000; look++) {
    if (condition()) return;
    await turns(1);
  }
  throw new Error(`never: ${what}`);
}

export interface Sent {
  /** Milliseconds since the start, whatever the clock was set to. */
  readonly at: number;
  readonly key: string;
  readonly part: string;
  /** Their names, each with its story: `a:firing,resolved`. */
  readonly alerts: readonly string[];
  readonly possibleDuplicate: boolean;
  readonly kind: string;
  /** What the server has already, as the channel was told. */
  readonly before: SentBefore | undefined;
}

export const OK: Verdict = { kind: 'delivered', reason: 'ok', detail: '' };
export const AMBIGUOUS: Verdict = { kind: 'ambiguous', reason: 'timeout', detail: '' };
export const failed = (
  reason: 'network' | 'server_error' | 'rate_limited' = 'server_error',
  more: object = {},
): Verdict => ({ kind: 'retry', reason, detail: '', ...more });

/** A part is as large as the number of its alerts. Answers come in turn; when they are used up, all is well. */
export class FakeChannel implements Channel {
  readonly sent: Sent[] = [];
  readonly #answers: (Verdict | (() => Verdict | Promise<Verdict>))[] = [];
  readonly #clock: Clock;
  readonly #dressed = new Map<string, Part>();
  isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  answer(...answers: (Verdict | (() => Verdict | Promise<Verdict>))[]): void {
    this.#answers.push(...answers);
  }

  dress: Channel['dress'] = (part) => {
    this.#dressed.set(part.key, part);
    return dressed(part, part.title, part.to - part.from);
  };

  send: Channel['send'] = async ({ part: { from, to, key, index, total, possibleDuplicate } }, _, before) => {
    const { message } = this.#dressed.get(key) as Part;
    const alerts = message.alerts
      .slice(from, to)
      .map(({ alert, story }) => `${alert.labels['alertname'] ?? ''}:${story.map(({ status }) => status).join(',')}`);
    this.sent.push({
      at: this.#clock.steady() - START,
      key,
      part: `${index}/${total}`,
      alerts,
      possibleDuplicate,
      kind: message.kind,
      before,
    });
    const answer = this.#answers.shift() ?? OK;
    return typeof answer === 'function' ? answer() : answer;
  };

  close = (): Promise<void> => {
    this.isClosed = true;
    return Promise.resolve();
  };
}

export interface TestClock extends Clock {
  readonly source: SteadyClock;
}

export interface Bench<C extends Clock = FastClock> {
  readonly clock: C;
  readonly channel: FakeChannel;
  readonly outbox: Outbox;
  readonly metrics: RelayMetrics;
  readonly worker: ChannelWorker;
  /** Ends the worker as a stop of the relay does. */
  stop(): Promise<void>;
}

const SETUP: MessageSetup = {
  name: 'c',
  version: '1',
  type: 'console',
  settings: packed({ stream: 'stdout' }),
  locale: 'en',
  timezone: 'UTC',
  maxParts: 5,
  templates: undefined,
  links: NO_LINKS,
};

type WorkerSettings = Partial<DeliverySettings> & { readonly maxParts?: number };

/** A worker at work. Give `clock` and `outbox` to follow another one, as after a restart. */
export function startWorker(
  settings: WorkerSettings = {},
  given: { readonly clock?: FastClock; readonly outbox?: Outbox } = {},
): Bench {
  return startWorkerBy(given.clock ?? new FastClock(), settings, given.outbox);
}

export function startWorkerBy<C extends TestClock>(
  clock: C,
  { maxParts = 5, ...settings }: WorkerSettings = {},
  inner: Outbox = openMemoryOutbox(),
): Bench<C> {
  const outbox = steadyOutbox(inner, clock.source);
  const channel = new FakeChannel(clock);
  const log = silentLog();
  const metrics = new RelayMetrics(log, clock.now);
  const renderer = createRenderer({ markup: 'plain', locale: 'en', timezone: 'UTC' });
  const threads: MessageThreads = {
    make: (job) =>
      new Promise((resolve) => {
        resolve(layOut(job, maxParts, renderer, channel.dress));
      }),
    close: () => Promise.resolve(),
  };
  const worker = new ChannelWorker({
    settings: {
      name: 'c',
      budget: { perMinute: 60 },
      limit: { max: 1_000, unit: 'bytes' },
      idempotent: false,
      timeoutMs: 10_000,
      horizonMs: 86_400_000,
      fallback: undefined,
      ...settings,
    },
    channel,
    outbox,
    metrics,
    log,
    clock,
    turns: new Turns(),
    claims: new ClaimRoom(2 ** 30),
    random: () => 0.5,
    making: new MessageMaking({ setup: SETUP, threads, metrics, log, clock }),
  });
  const controller = new AbortController();
  const ended = worker.run(controller.signal);
  return {
    clock,
    channel,
    outbox,
    metrics,
    worker,
    stop: async () => {
      controller.abort();
      await ended;
    },
  };
}
