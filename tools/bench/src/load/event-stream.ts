// Turns the lives of tasks into messages: one event each as gevent workers send them, or `task.multi` lists as prefork
// workers do.
import { EventBodies, bodyHead, runtimes, workerBody } from './event-bodies.js';
import { EventTime } from './event-time.js';
import type { Outlet, Route } from './outlet.js';
import type { Random } from './random.js';
import { type Step, type Task, TaskLives } from './task-lives.js';
import { childOf, clients, type Emitter, pick, taskKinds, workers } from './vocabulary.js';

export type MessageKind = 'single' | 'multi';
export type EventType = 'worker-online' | 'worker-heartbeat' | 'task-sent' | `task-${Step}`;

export interface StreamSettings {
  readonly kind: MessageKind;
  readonly workers: number;
  readonly names: number;
}

/** Sizes of `task.multi` lists, one to six: small ones most often, as in the captures. */
const LIST_SIZES = [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 6] as const;
const HEARTBEAT_MS = 2_000;
const CLOCK_START = 1_000_000;
const CLOCK_DIGITS = 7;
const BRACKET_OPEN = 91;
const BRACKET_CLOSE = 93;
const COMMA = 44;
const SPACE = 32;

interface Sender {
  readonly emitter: Emitter;
  readonly head: Uint8Array;
  /** By routing key. */
  readonly routes: Readonly<Record<string, Route>>;
  clock: number;
}

export class EventStream {
  /** Events by type, exactly as sent. */
  readonly counts: Record<EventType, number> = {
    'worker-online': 0,
    'worker-heartbeat': 0,
    'task-sent': 0,
    'task-received': 0,
    'task-started': 0,
    'task-succeeded': 0,
    'task-failed': 0,
    'task-retried': 0,
  };
  readonly lives: TaskLives;
  readonly #outlet: Outlet;
  readonly #random: Random;
  readonly #isMulti: boolean;
  readonly #bodies: EventBodies;
  readonly #runtimes: readonly Uint8Array[];
  readonly #workers: readonly Sender[];
  readonly #clients: readonly Sender[];
  readonly #children: readonly Sender[];
  readonly #nextBeat: number[];
  readonly #time = new EventTime();
  readonly #scratch = Buffer.allocUnsafeSlow(64 * 1024);
  /** Tasks that retry, with the worker whose child sends them again. */
  readonly #again: [Task, number][] = [];

  /** @param mostNames for how many task names templates are made. */
  constructor(outlet: Outlet, random: Random, settings: StreamSettings, mostNames = settings.names) {
    this.#outlet = outlet;
    this.#random = random;
    this.#isMulti = settings.kind === 'multi';
    this.#bodies = new EventBodies(taskKinds(mostNames));
    this.#runtimes = runtimes(random, 4096);
    this.lives = new TaskLives(random, settings);
    const site = workers(settings.workers);
    this.#workers = site.map((emitter) =>
      sender(outlet, emitter, [
        'task.multi',
        'task.received',
        'task.started',
        'task.succeeded',
        'task.failed',
        'task.retried',
        'worker.online',
        'worker.heartbeat',
      ]),
    );
    this.#children = site.map((emitter) => sender(outlet, childOf(emitter), ['task.sent']));
    this.#clients = clients(4).map((emitter) => sender(outlet, emitter, ['task.sent']));
    const now = Date.now();
    this.#nextBeat = site.map((_, i) => now + (HEARTBEAT_MS * (i + 1)) / site.length);
  }

  get events(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  online(): void {
    this.#workers.forEach((_, worker) => {
      this.#workerEvent('worker-online', worker);
    });
  }

  /** The heartbeats that are due. */
  heartbeats(): void {
    const now = Date.now();
    this.#nextBeat.forEach((due, worker) => {
      if (now < due) return;
      this.#nextBeat[worker] = due + HEARTBEAT_MS;
      this.#workerEvent('worker-heartbeat', worker);
    });
  }

  /** Publishes the next message and gives the number of its events. */
  next(): number {
    if (this.lives.wantsTask) return this.#sent(this.lives.send(), pick(this.#clients, this.#random.below(4)));
    const worker = this.#random.below(this.#workers.length);
    if (!this.#isMulti) return this.#single(worker);
    const size = pick(LIST_SIZES, this.#random.below(LIST_SIZES.length));
    let at = 0;
    let events = 0;
    // A list ends with a retry: what would follow may be the same task, which is sent again only after it.
    while (events < size && this.#again.length === 0) {
      at = this.#opened(at);
      const [step, task] = this.lives.step(worker);
      at = this.#event(step, task, worker, at);
      events++;
    }
    this.#closed(at, worker);
    return events + this.#sendAgain();
  }

  /** A task that never ends: sent, received and, if wanted, started. Gives the number of events. */
  abandon(isStarted: boolean): number {
    const worker = this.#random.below(this.#workers.length);
    const task = this.lives.abandon(worker, isStarted);
    this.#sent(task, pick(this.#clients, this.#random.below(4)));
    let at = this.#event('received', task, worker, this.#opened(0));
    if (isStarted) at = this.#event('started', task, worker, this.#opened(at));
    this.#closed(at, worker);
    return isStarted ? 3 : 2;
  }

  #single(worker: number): number {
    const [step, task] = this.lives.step(worker);
    const end = this.#event(step, task, worker, 0);
    this.#outlet.publish(routeOf(pick(this.#workers, worker), `task.${step}`), this.#scratch, end);
    return 1 + this.#sendAgain();
  }

  #opened(at: number): number {
    if (at === 0) {
      this.#scratch[0] = BRACKET_OPEN;
      return 1;
    }
    this.#scratch[at] = COMMA;
    this.#scratch[at + 1] = SPACE;
    return at + 2;
  }

  #closed(at: number, worker: number): void {
    this.#scratch[at] = BRACKET_CLOSE;
    this.#outlet.publish(routeOf(pick(this.#workers, worker), 'task.multi'), this.#scratch, at + 1);
  }

  #sendAgain(): number {
    const count = this.#again.length;
    for (const [task, worker] of this.#again.splice(0)) this.#sent(task, pick(this.#children, worker));
    return count;
  }

  #sent(task: Task, from: Sender): number {
    this.counts['task-sent']++;
    const body = this.#bodies.sent(task.name, task.call, task.retries > 0);
    const end = body.write(this.#scratch, this.#head(from, 0), this.lives.ids, task.idAt, this.#time.advance());
    this.#outlet.publish(routeOf(from, 'task.sent'), this.#scratch, end);
    return 1;
  }

  #event(step: Step, task: Task, worker: number, at: number): number {
    this.counts[`task-${step}`]++;
    const begin = this.#head(pick(this.#workers, worker), at);
    const time = this.#time.advance();
    const { ids } = this.lives;
    switch (step) {
      case 'received':
        return this.#bodies
          .received(task.name, task.call, task.retries > 0)
          .write(this.#scratch, begin, ids, task.idAt, time);
      case 'started':
        return this.#bodies.started.write(this.#scratch, begin, ids, task.idAt, time);
      case 'succeeded':
        return pick(this.#bodies.succeeded, task.name).write(
          this.#scratch,
          begin,
          ids,
          task.idAt,
          time,
          pick(this.#runtimes, this.#random.below(4096)),
        );
      case 'failed':
        return pick(this.#bodies.failed, task.name).write(this.#scratch, begin, ids, task.idAt, time);
      case 'retried':
        this.#again.push([task, worker]);
        return pick(this.#bodies.retried, task.name).write(this.#scratch, begin, ids, task.idAt, time);
    }
  }

  #head(from: Sender, at: number): number {
    this.#scratch.set(from.head, at);
    const begin = at + from.head.length;
    let rest = from.clock++;
    for (let i = begin + CLOCK_DIGITS - 1; i >= begin; i--) {
      this.#scratch[i] = 48 + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    return begin + CLOCK_DIGITS;
  }

  #workerEvent(type: 'worker-online' | 'worker-heartbeat', worker: number): void {
    const from = pick(this.#workers, worker);
    const time = Buffer.from(this.#time.advance()).toString('latin1');
    const state = {
      clock: from.clock++,
      active: this.lives.running(worker),
      processed: this.lives.processed(worker),
      time,
    };
    const body = workerBody(type, from.emitter, state);
    this.#scratch.set(body);
    this.#outlet.publish(routeOf(from, type.replace('-', '.')), this.#scratch, body.length);
    this.counts[type]++;
  }
}

function sender(outlet: Outlet, emitter: Emitter, routingKeys: readonly string[]): Sender {
  const routes = Object.fromEntries(routingKeys.map((key) => [key, outlet.route(emitter.nodename, key)]));
  return { emitter, head: bodyHead(emitter), routes, clock: CLOCK_START };
}

function routeOf(from: Sender, routingKey: string): Route {
  return from.routes[routingKey] as Route;
}
