// What RabbitMQ knows of queues: exactly by passive declares, and from the management API what these do not tell.
import type { QueueReadings } from '../broker.js';
import type { Notices } from '../broker-log.js';
import type { ManagedQueue, Management } from './management.js';
import type { PassiveQueues, QueueAnswer } from './passive-queues.js';

/** Queues of Celery and of ours, in which no task waits. */
const INTERNAL = /^celeryev[./]|\.pidbox$|\.reply\.celery\.pidbox$|^celery-exporter\.|^amq\.gen-/;
/** With the prefix that kombu 5.7 can give (docs/protocol/rabbitmq.md#native-delayed-delivery). */
const DELAYED = /(?:^|_)celery_delayed_\d+$/;
const DELAYED_QUEUES = Array.from({ length: 28 }, (_, level) => `celery_delayed_${String(level)}`);

/** Milliseconds for which an API that failed is left alone: what it is asked for goes on without it meanwhile. */
const REST = 25_000;
const UNREACHABLE = 'the management API cannot be read';

export class QueueReader {
  readonly #management: Management | undefined;
  readonly #notices: Notices;
  readonly #ticks: () => number;
  readonly #readHeads: boolean;
  #restsUntil = -Infinity;
  /** What the API said last, for the moment in which both questions of a round are asked. */
  #listed: { readonly at: number; readonly queues: readonly ManagedQueue[] } | undefined;

  /**
   * @param readHeads whether the age of queues is wanted
   * @param ticks milliseconds on a clock that only goes forward
   */
  constructor(management: Management | undefined, notices: Notices, readHeads: boolean, ticks: () => number) {
    this.#readHeads = readHeads;
    this.#management = management;
    this.#notices = notices;
    this.#ticks = ticks;
  }

  /** Rejects with a Fault when the connection is of no use. */
  async read(passive: PassiveQueues, names: readonly string[], signal: AbortSignal): Promise<QueueReadings> {
    const listed = await this.#list(signal);
    const managed = new Map(listed?.map((queue) => [queue.name, queue]));
    const existing = listed && { mayBeDenied: true, existing: new Set(managed.keys()) };
    const answers = await passive.read(names, existing);
    this.#notices.forgetOthers('queue', names);
    const lengths = new Map<string, number>();
    const consumers = new Map<string, number>();
    for (const [name, answer] of answers) {
      const state = stateOf(answer, managed.get(name));
      if (state.ready !== undefined) lengths.set(name, state.ready);
      if (state.consumers !== undefined) consumers.set(name, state.consumers);
    }
    return {
      lengths,
      consumers,
      unacked: listed && sumOf(listed.filter(isOfTasks).map(({ unacked }) => unacked)),
      delayed: await this.#delayed(passive, listed),
      heads: new Map(),
      // To look at a message is to take it (docs/protocol/rabbitmq.md#queue-heads).
      ...(this.#readHeads && { hidesHeads: true }),
    };
  }

  /** The task queues that exist, sorted; none where nothing lists them. Never rejects for the API's sake. */
  async bound(signal: AbortSignal): Promise<readonly string[]> {
    const listed = (await this.#list(signal)) ?? [];
    return listed
      .filter(isOfTasks)
      .map(({ name }) => name)
      .sort();
  }

  /** How many hear what is published to the exchange; undefined where nothing tells. */
  async listeners(exchange: string, signal: AbortSignal): Promise<number | undefined> {
    if (this.#isResting) return undefined;
    try {
      return await this.#management?.listeners(exchange, signal);
    } catch (error) {
      if (!signal.aborted) this.#unreachable(error);
      return undefined;
    }
  }

  async #delayed(passive: PassiveQueues, listed: readonly ManagedQueue[] | undefined): Promise<number | undefined> {
    if (listed !== undefined) {
      const delayed = listed.filter(({ name }) => DELAYED.test(name));
      return delayed.length === 0 ? undefined : sumOf(delayed.map(({ ready }) => ready));
    }
    // All of them are declared together, so that one that is missing stands for all.
    const [first = '', ...others] = DELAYED_QUEUES;
    const answer = (await passive.read([first], { mayBeDenied: true })).get(first);
    if (answer === undefined || typeof answer === 'string') return undefined;
    const answers = [...(await passive.read(others, { mayBeDenied: true })).values()];
    return sumOf([answer, ...answers].map((each) => (typeof each === 'string' ? undefined : each.ready)));
  }

  async #list(signal: AbortSignal): Promise<readonly ManagedQueue[] | undefined> {
    if (this.#management === undefined || this.#isResting) return undefined;
    // Its figures are five seconds old in any case.
    if (this.#listed !== undefined && this.#ticks() - this.#listed.at < 1_000) return this.#listed.queues;
    try {
      const queues = await this.#management.queues(signal);
      this.#listed = { at: this.#ticks(), queues };
      this.#notices.forget(UNREACHABLE);
      return queues;
    } catch (error) {
      this.#listed = undefined;
      if (!signal.aborted) this.#unreachable(error);
      return undefined;
    }
  }

  get #isResting(): boolean {
    return this.#ticks() < this.#restsUntil;
  }

  #unreachable(error: unknown): void {
    this.#restsUntil = this.#ticks() + REST;
    this.#notices.warn(UNREACHABLE, { reason: error instanceof Error ? error.message : String(error) });
  }
}

function isOfTasks({ name, isExclusive }: ManagedQueue): boolean {
  return !isExclusive && !INTERNAL.test(name) && !DELAYED.test(name);
}

/** A queue that is not there holds nothing; where the broker does not say, the API may. */
function stateOf(
  answer: QueueAnswer,
  managed: ManagedQueue | undefined,
): { readonly ready: number | undefined; readonly consumers: number | undefined } {
  if (answer === 'denied') return { ready: managed?.ready, consumers: managed?.consumers };
  return answer === 'missing' ? { ready: 0, consumers: 0 } : answer;
}

/** undefined where one of them is not known. */
function sumOf(counts: readonly (number | undefined)[]): number | undefined {
  let sum = 0;
  for (const count of counts) {
    if (count === undefined) return undefined;
    sum += count;
  }
  return sum;
}
