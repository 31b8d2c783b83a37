// All workers: who is up, who said goodbye, who died; fed by events, by replies and by the passing of time.
import type { CustomEvent, TaskEvent, WorkerEvent } from '@celery-watch/celery-protocol';
import { Incarnation } from './incarnation.js';
import { judge, type LivenessSettings } from './liveness.js';
import { type Process, Worker } from './worker.js';

export interface WorkerBookSettings extends LivenessSettings {
  /** Seconds that a worker which is down keeps its series. */
  readonly workerTtl: number;
  /** Most workers that are followed. */
  readonly maxWorkers: number;
}

/** Who wants to know. None of these may throw. */
export interface WorkerBookListener {
  /** A process was seen for the first time, or came online again: its events may be off, its queues are not known. */
  started(incarnation: Process): void;
  /** A process was given up: what still runs on it is lost. */
  died(incarnation: Process): void;
  /** A full heartbeat came. */
  beat(incarnation: Process): void;
  /** A worker found no room. */
  dropped(): void;
}

/**
 * Seconds after which a goodbye is believed. A worker that lost its connection says offline and online in one breath
 * when it has it back, over AMQP a little apart: it has neither left nor started.
 */
const BELIEVE_GOODBYE = 1;
/** Most processes of one worker that are followed at once; a worker has one, or two while it restarts. */
const MAX_PROCESSES = 100;

export class WorkerBook {
  readonly #settings: WorkerBookSettings;
  readonly #listener: WorkerBookListener;
  readonly #byName = new Map<string, Worker>();
  readonly #incarnations = new Map<number, Process>();
  #lastId = 0;
  /** Exporter's clock since when it listens without a gap; undefined while it does not. */
  #listeningSince: number | undefined = undefined;

  constructor(settings: WorkerBookSettings, listener: WorkerBookListener) {
    this.#settings = settings;
    this.#listener = listener;
  }

  get(nodename: string): Worker | undefined {
    return this.#byName.get(nodename);
  }

  [Symbol.iterator](): IterableIterator<Worker> {
    return this.#byName.values();
  }

  incarnation(id: number): Process | undefined {
    return this.#incarnations.get(id);
  }

  get countUp(): number {
    let up = 0;
    for (const worker of this.#byName.values()) if (worker.up) up++;
    return up;
  }

  /** While the exporter hears nothing, silence is no sign of death. */
  listening(now: number | undefined): void {
    this.#listeningSince = now;
  }

  /**
   * The process that a task event of a worker comes from, known from now on; undefined where there is no room for it.
   */
  ofTaskEvent(event: TaskEvent, now: number): Process | undefined {
    const known = this.#byName.get(event.hostname)?.byPid(event.pid);
    const incarnation = known ?? this.#meet(event.hostname, event.pid, now);
    if (incarnation === undefined) return undefined;
    this.#alive(incarnation, now);
    return incarnation;
  }

  /**
   * A custom event comes from a pool process or anything else: it is a sign of life of a worker that is known, no more.
   */
  custom(event: CustomEvent, now: number): void {
    const current = this.#byName.get(event.hostname)?.current();
    if (current !== undefined) this.#alive(current, now);
  }

  /**
   * A worker answered a request. One that is not known yet becomes so where the answer tells its pid: without
   * heartbeats and with its events off, answers are all that is heard of it.
   */
  answered(nodename: string, pid: number | undefined, now: number): Process | undefined {
    const worker = this.#byName.get(nodename);
    const process =
      (pid === undefined ? worker?.current() : worker?.byPid(pid)) ??
      (pid === undefined ? undefined : this.#meet(nodename, pid, now));
    if (process !== undefined) this.#alive(process, now);
    return process;
  }

  /** worker-online, worker-heartbeat or worker-offline. */
  event(event: WorkerEvent, now: number): void {
    let incarnation = this.#byName.get(event.hostname)?.byPid(event.pid);
    if (event.type === 'worker-offline') return this.#sayGoodbye(incarnation, event, now);
    if (incarnation?.isSucceededBy(event) === true) {
      if (!incarnation.goodbye && !incarnation.silent) incarnation.owner.exits.died++;
      this.#giveUp(incarnation);
      incarnation = undefined;
    }
    if (incarnation === undefined) incarnation = this.#meet(event.hostname, event.pid, now);
    else this.#comesBack(incarnation, event);
    if (incarnation === undefined) return;
    const worker = incarnation.owner;
    this.#alive(incarnation, now);
    worker.describe(event, now);
    const isFull = incarnation.beat(event);
    worker.settle(now);
    if (isFull) this.#listener.beat(incarnation);
  }

  /** Judges everybody; call it about once a second. */
  tick(now: number): void {
    if (this.#listeningSince === undefined) return;
    for (const worker of this.#byName.values()) {
      for (const incarnation of [...worker.incarnations]) this.#judge(incarnation, now, this.#listeningSince);
      worker.settle(now);
      const isOver = worker.downSince !== undefined && now - worker.downSince > this.#settings.workerTtl;
      // A warm shutdown may outlast the TTL: the worker stays at 0 until the tasks that run on it are settled.
      if (isOver && worker.incarnations.every((each) => each.dead || each.runs === 0)) this.#forget(worker);
    }
  }

  #judge(incarnation: Process, now: number, listeningSince: number): void {
    const worker = incarnation.owner;
    if (incarnation.saidGoodbyeAt !== undefined && now - incarnation.saidGoodbyeAt >= BELIEVE_GOODBYE)
      this.#leave(incarnation);
    const verdict = judge(
      {
        silence: now - Math.max(incarnation.lastSeen, listeningSince),
        frequency: incarnation.frequency,
        isSolo: worker.isSolo(incarnation),
        goodbye: incarnation.goodbye,
      },
      this.#settings,
    );
    // Only a sign of life ends a silence: that the exporter listens again is none.
    const silent = incarnation.silent || verdict !== 'up';
    if (silent && !incarnation.silent && !incarnation.goodbye) worker.exits.died++;
    incarnation.silent = silent;
    if (verdict === 'dead' && !incarnation.dead) {
      incarnation.dead = true;
      this.#listener.died(incarnation);
    }
    // Keep one to speak for the worker while its series last; the others have nothing more to tell.
    if (incarnation.dead && worker.incarnations.length > 1) this.#giveUp(incarnation);
  }

  /** A process that is known, or an idle one that was started anew and got its pid, is there again. */
  #comesBack(incarnation: Process, { type }: WorkerEvent): void {
    const isOnline = type === 'worker-online';
    if (isOnline && incarnation.left) incarnation.owner.starts++;
    incarnation.saidGoodbyeAt = undefined;
    incarnation.left = false;
    if (isOnline) this.#listener.started(incarnation);
  }

  /** Counts a goodbye, once. */
  #leave(incarnation: Process): void {
    if (incarnation.left) return;
    incarnation.left = true;
    incarnation.owner.exits.shutdown++;
  }

  #sayGoodbye(incarnation: Process | undefined, event: WorkerEvent, now: number): void {
    const known = incarnation ?? this.#meet(event.hostname, event.pid, now);
    if (known === undefined) return;
    known.lastSeen = now;
    known.saidGoodbyeAt ??= now;
    known.owner.settle(now);
  }

  #alive(incarnation: Process, now: number): void {
    incarnation.lastSeen = now;
    incarnation.dead = false;
    if (!incarnation.silent || incarnation.goodbye) return;
    incarnation.silent = false;
    incarnation.owner.settle(now);
  }

  #meet(nodename: string, pid: number, now: number): Process | undefined {
    let worker = this.#byName.get(nodename);
    if (worker === undefined) {
      if (this.#byName.size >= this.#settings.maxWorkers) {
        this.#listener.dropped();
        return undefined;
      }
      worker = new Worker(nodename);
      this.#byName.set(nodename, worker);
    } else {
      worker.starts++;
      worker.queues = undefined;
      const [oldest] = worker.incarnations;
      if (oldest !== undefined && worker.incarnations.length >= MAX_PROCESSES) this.#giveUp(oldest);
    }
    const incarnation = new Incarnation(++this.#lastId, worker, pid, now);
    worker.incarnations.push(incarnation);
    this.#incarnations.set(incarnation.id, incarnation);
    worker.settle(now);
    this.#listener.started(incarnation);
    return incarnation;
  }

  #giveUp(incarnation: Process): void {
    const worker = incarnation.owner;
    if (!incarnation.dead) {
      incarnation.dead = true;
      this.#listener.died(incarnation);
    }
    if (incarnation.goodbye) this.#leave(incarnation);
    worker.missedBefore += incarnation.missed.count;
    worker.incarnations.splice(worker.incarnations.indexOf(incarnation), 1);
    this.#incarnations.delete(incarnation.id);
  }

  #forget(worker: Worker): void {
    for (const incarnation of [...worker.incarnations]) this.#giveUp(incarnation);
    this.#byName.delete(worker.nodename);
  }
}
