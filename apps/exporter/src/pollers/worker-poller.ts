// Asks the workers by remote control: what they consume, what their pool is; and switches task events on.
import { isDeepStrictEqual } from 'node:util';
import { randomUUID } from 'node:crypto';
import {
  type ConsumedQueue,
  type ControlMethod,
  type Message,
  readActiveTasks,
  readReply,
  readStats,
  Refusal,
  replyError,
} from '@celery-watch/celery-protocol';
import { abortableDelay, type Log } from '@celery-watch/service';
import type { Broker } from '../brokers/broker.js';
import { OpenQuestions, Question } from './questions.js';
import { reachOf } from '../tracking/queues/consumers.js';
import { Routing } from '../tracking/queues/routing.js';
import type { Model } from '../tracking/model.js';
import { PollerRecord } from '../tracking/health.js';
import type { Worker, WorkerProcess } from '../tracking/workers/worker.js';

/**
 * Milliseconds in which newly seen workers are gathered into one question. Until it is answered, what a worker without
 * -E does goes unseen.
 */
const GATHER_MS = 15;
/**
 * Milliseconds before each attempt to ask a new worker that has not answered: its first heartbeat leaves before it
 * listens to requests.
 */
const ATTEMPTS_MS = [0, 30, 100, 300, 1000, 3000] as const;
/** Above this many names a question goes to everybody: the list would be longer than the answers. */
const MOST_NAMES = 50;
/** Seconds after which a worker is told again to send task events, if it still does not. */
const ENABLE_AGAIN = 30;

export class WorkerPoller {
  readonly record = new PollerRecord('workers');
  readonly #broker: Broker;
  readonly #model: Model;
  readonly #settings: PollerSettings;
  readonly #log: Log;
  readonly #clock: () => number;
  readonly #questions: OpenQuestions;
  readonly #newcomers = new Set<WorkerProcess>();
  readonly #enabledAt = new WeakMap<WorkerProcess, number>();
  /** When the last question was asked that the process answered, of the kind that is asked first. */
  readonly #answeredTo = new WeakMap<WorkerProcess, number>();
  readonly #onQueuesKnown: () => void;

  /**
   * @param clock epoch seconds
   * @param onQueuesKnown told when a worker's queues became known, or where their keys are: they can be read now
   */
  constructor(
    broker: Broker,
    model: Model,
    settings: PollerSettings,
    log: Log,
    clock: () => number,
    onQueuesKnown: () => void,
  ) {
    this.#broker = broker;
    this.#model = model;
    this.#settings = settings;
    this.#questions = new OpenQuestions(settings.longestAnswer);
    this.#log = log;
    this.#clock = clock;
    this.#onQueuesKnown = onQueuesKnown;
  }

  /** One round of questions to all workers; never rejects. The answers come whenever they come. */
  async round(): Promise<void> {
    try {
      const listeners = await this.#ask('active_queues');
      if (listeners !== undefined) this.#model.reach = reachOf(this.#model.reach, listeners, this.#model.workers);
      await this.#ask('stats');
      if (this.#settings.enableEvents)
        await this.#enable([...this.#model.workers].flatMap((worker) => worker.processes));
      await this.#askOvercounted();
      // With no worker to answer, having asked is all there is.
      if ((listeners ?? this.#model.workers.countUp) === 0) this.record.succeeded(this.#clock());
    } catch (error) {
      this.record.failed(error);
    }
  }

  /** Asks for what the tasks are called that tell numbers of the user's own and were never named; never rejects. */
  async learnNames(): Promise<void> {
    const { workers, customMetrics } = this.#model;
    const canTell = (nodename: string): boolean => {
      const worker = workers.get(nodename);
      return worker?.up === true && worker.pool?.pool !== 'solo';
    };
    const names = customMetrics.workersToAsk(canTell, this.#clock());
    if (names.length === 0) return;
    try {
      await this.#ask('active', names);
    } catch (error) {
      this.record.failed(error);
    }
  }

  /** Listening begins: whoever is there is told at once, known or not. */
  async enableEverywhere(): Promise<void> {
    if (!this.#settings.enableEvents) return;
    try {
      await this.#ask('enable_events');
    } catch (error) {
      this.record.failed(error);
    }
  }

  /**
   * A worker was seen for the first time: asks it at once, together with others that come in the same moment, until it
   * answers.
   */
  async greet(process: WorkerProcess, signal: AbortSignal): Promise<void> {
    this.#newcomers.add(process);
    // Whoever came first asks for all.
    if (this.#newcomers.size > 1 || !(await abortableDelay(GATHER_MS, signal))) return;
    const began = this.#clock();
    const isSilent = (each: WorkerProcess): boolean =>
      !each.goodbye && (this.#answeredTo.get(each) ?? -Infinity) < began;
    let silent = [...this.#newcomers];
    this.#newcomers.clear();
    for (const pause of ATTEMPTS_MS) {
      if (!(await abortableDelay(pause, signal))) return;
      silent = silent.filter(isSilent);
      if (silent.length === 0 || !(await this.#introduce(silent))) return;
    }
  }

  /** A message from the reply list. */
  reply(message: Message): void {
    const reply = readReply(message);
    const now = this.#clock();
    if (reply instanceof Refusal) return this.#model.refused(reply.reason, reply.detail);
    const { result } = reply;
    const question = this.#questions.get(reply.ticket);
    const stats = question?.method === 'stats' ? readStats(result) : undefined;
    const process = this.#model.workers.answered(reply.nodename, stats?.pid, now);
    if (question === undefined || process === undefined) return;
    const worker = process.owner;
    worker.holders.answered(reply.ticket);
    const answers = question.add(reply.nodename, result);
    // Of several with one name each tells a part.
    const isWhole = answers.count >= Math.max(1, worker.instances);
    if (isWhole) question.isWhole(reply.nodename);
    const error = replyError(result);
    if (question.method === this.#firstQuestion)
      this.#answeredTo.set(process, Math.max(question.askedAt, this.#answeredTo.get(process) ?? question.askedAt));
    switch (question.method) {
      case 'active_queues':
        if (isWhole) this.#consumes(worker, answers.queues);
        break;
      case 'stats':
        // Its transport options tell where its queues are to be read.
        if (stats !== undefined && worker.pool === undefined) this.#onQueuesKnown();
        if (stats !== undefined && isWhole && answers.pool !== undefined) this.#model.reportPool(worker, answers.pool);
        this.record.succeeded(now);
        break;
      case 'enable_events':
        for (const each of worker.up ? worker.speakers() : [process]) this.#enabled(each, result, error);
        break;
      case 'active': {
        const routing = new Routing();
        for (const task of readActiveTasks(result)) {
          const queue = task.routingKey === undefined ? undefined : routing.queueOf(task.routingKey, [worker]);
          this.#model.customMetrics.executes(task, queue);
        }
        const before = question.heartbeats.get(reply.nodename);
        if (before === undefined || !isWhole) break;
        for (const each of worker.speakers()) this.#model.reportActive(each, answers.active, before);
        break;
      }
      case 'ping':
        break;
    }
    if (error !== undefined && question.method !== 'enable_events') {
      this.#log.warn(
        { worker: reply.nodename, method: question.method, error: error.slice(0, 200) },
        'a worker answered remote control with an error',
      );
    }
  }

  get #firstQuestion(): ControlMethod {
    return this.#settings.enableEvents ? 'enable_events' : 'active_queues';
  }

  /** Asks new workers what is asked of each, in the order in which it matters; false where that failed. */
  async #introduce(processes: readonly WorkerProcess[]): Promise<boolean> {
    const names = [...new Set(processes.map(({ owner }) => owner.nodename))];
    try {
      if (this.#settings.enableEvents) {
        for (const each of processes) this.#enabledAt.set(each, this.#clock());
        await this.#ask('enable_events', names);
      }
      await this.#ask('active_queues', names);
      await this.#ask('stats', names);
      return true;
    } catch (error) {
      this.record.failed(error);
      return false;
    }
  }

  #consumes(worker: Worker, queues: readonly ConsumedQueue[]): void {
    const isNews = worker.queues?.length !== queues.length;
    // What is the same stays the same list: by that others see that nothing has changed.
    if (!isDeepStrictEqual(worker.queues, queues)) worker.queues = queues;
    if (isNews) this.#onQueuesKnown();
  }

  /** Tells those to send task events of which none were seen, or which fell quiet while they work. */
  async #enable(processes: readonly WorkerProcess[]): Promise<void> {
    const now = this.#clock();
    const names = processes
      .filter(
        (each) =>
          each.taskEvents !== 'on' &&
          !each.goodbye &&
          !each.silent &&
          now - (this.#enabledAt.get(each) ?? 0) >= ENABLE_AGAIN,
      )
      .map((each) => {
        this.#enabledAt.set(each, now);
        return each.owner.nodename;
      });
    if (names.length > 0) await this.#ask('enable_events', [...new Set(names)]);
  }

  #enabled(process: WorkerProcess, result: unknown, error: string | undefined): void {
    const { nodename } = process.owner;
    if (error !== undefined) {
      if (process.taskEvents !== 'unavailable') {
        this.#log.warn(
          { worker: nodename, error: error.slice(0, 200) },
          'task events cannot be switched on in this worker: start it with -E',
        );
      }
      process.taskEvents = 'unavailable';
      return;
    }
    const wereOff = JSON.stringify(result ?? null).includes('task events enabled');
    if (wereOff) this.#log.info({ worker: nodename }, 'task events switched on');
    process.confirmTaskEvents();
  }

  /** Workers on which more runs are tracked than they say: their list of executing tasks tells which have ended. */
  async #askOvercounted(): Promise<void> {
    const heartbeats = new Map<string, number>();
    for (const worker of this.#model.workers) {
      const speakers = worker.speakers();
      const beats = speakers.map(({ heartbeat }) => heartbeat?.timestamp ?? 0);
      if (speakers.some((each) => each.isOvercounted())) heartbeats.set(worker.nodename, Math.min(...beats));
    }
    if (heartbeats.size > 0) await this.#ask('active', [...heartbeats.keys()], heartbeats);
  }

  /**
   * Resolves to how many listeners the question reached, where the broker says it. It is open before it is sent: an
   * answer may come at once.
   */
  async #ask(
    method: ControlMethod,
    names?: readonly string[],
    heartbeats?: ReadonlyMap<string, number>,
  ): Promise<number | undefined> {
    const ticket = randomUUID();
    this.#questions.ask(ticket, new Question(method, this.#clock(), heartbeats));
    return this.#broker.broadcast({
      method,
      ticket,
      ...(names !== undefined && names.length <= MOST_NAMES && { destination: names }),
    });
  }
}

export interface PollerSettings {
  /** Whether workers are asked anything at all. */
  readonly remoteControl: boolean;
  /** Whether task events are switched on where they are off. */
  readonly enableEvents: boolean;
  /** Queues to watch whatever else is known. */
  readonly queues: readonly string[];
  /** Seconds between two readings of the queues. */
  readonly queueInterval: number;
  /** Seconds between two questions to all workers. */
  readonly workerInterval: number;
  /** Seconds after which no worker answers any more; a solo worker does when its task has ended. */
  readonly longestAnswer: number;
}
