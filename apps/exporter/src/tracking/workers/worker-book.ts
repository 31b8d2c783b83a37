// All workers: who is up, who said goodbye, who died; fed by events, by replies and by the passing of time.
import type { CustomEvent, TaskEvent, WorkerEvent } from '@celery-watch/celery-protocol';
import { presumeReconnected, reconnected } from './broken-connection.js';
import { Worker, WorkerProcess } from './worker.js';
import { judge, type LivenessSettings } from './liveness.js';
import { speakerOf } from './voices.js';

export interface WorkerBookSettings extends LivenessSettings {
  /** Seconds that a worker which is down keeps its series. */
  readonly workerTtl: number;
  /** Most workers that are followed. */
  readonly maxWorkers: number;
}

/** Who wants to know. None of these may throw. */
export interface WorkerBookListener {
  /** A process was seen for the first time, or came online again: its events may be off, its queues are not known. */
  started(process: WorkerProcess): void;
  /** A process was given up: what still runs on it is lost. */
  died(process: WorkerProcess): void;
  /** A full heartbeat came. */
  beat(process: WorkerProcess): void;
  /** A worker found no room. */
  dropped(): void;
}

/**
 * Seconds after which a goodbye is believed. A worker that lost its connection says offline and online at once
 * when it has it back, over AMQP a little apart: it has neither left nor started.
 */
const BELIEVE_GOODBYE = 1;
/** Seconds since the last tick after which this one is late. */
const LATE_TICK = 5;
/** Most processes of one worker that are followed at once; a worker has one, or two while it restarts. */
const MAX_PROCESSES = 100;

export class WorkerBook {
  readonly #settings: WorkerBookSettings;
  /** For one that another with its pid seems to have followed: even a solo worker is not waited for that long. */
  readonly #settingsOfSucceeded: WorkerBookSettings;
  readonly #listener: WorkerBookListener;
  readonly #byName = new Map<string, Worker>();
  readonly #processes = new Map<number, WorkerProcess>();
  #lastId = 0;
  #lastTick = Infinity;
  #isUnread = false;
  /** Exporter's clock since when it listens without a gap; undefined while it does not. */
  #listeningSince: number | undefined = undefined;

  constructor(settings: WorkerBookSettings, listener: WorkerBookListener) {
    this.#settings = settings;
    this.#settingsOfSucceeded = { ...settings, soloSilence: Math.min(settings.soloSilence, settings.lostAfter) };
    this.#listener = listener;
  }

  get(nodename: string): Worker | undefined {
    return this.#byName.get(nodename);
  }

  [Symbol.iterator](): IterableIterator<Worker> {
    return this.#byName.values();
  }

  process(id: number): WorkerProcess | undefined {
    return this.#processes.get(id);
  }

  eachProcess(): Iterable<WorkerProcess> {
    return this.#processes.values();
  }

  /** All that are known, those included that are down. */
  get size(): number {
    return this.#byName.size;
  }

  get countUp(): number {
    let up = 0;
    for (const worker of this.#byName.values()) up += worker.instances;
    return up;
  }

  /**
   * While the exporter hears nobody (undefined), silence is no sign of death.
   * @param wasAway whether what was said meanwhile is lost
   * @param wallIsAhead see Model.wallIsAhead
   */
  listening(now: number | undefined, wasAway: boolean, wallIsAhead = 0): void {
    if (now !== undefined && this.#listeningSince === undefined && wasAway)
      for (const process of this.#processes.values())
        presumeReconnected(process, now + process.owner.aheadOfNow(wallIsAhead));
    this.#listeningSince = now;
  }

  /**
   * The process that a task event of a worker comes from, known from now on; undefined where there is no room for it.
   */
  ofTaskEvent(event: TaskEvent, now: number): WorkerProcess | undefined {
    const known = this.#byName.get(event.hostname)?.byPid(event.pid);
    const process = known ?? this.#meet(event.hostname, event.pid, now);
    if (process === undefined) return undefined;
    this.#heardOfOne(process, now);
    return process;
  }

  /**
   * A custom event comes from a pool process or anything else: it is a sign of life of a worker that is known, no more.
   */
  custom(event: CustomEvent, now: number): void {
    const current = this.#byName.get(event.hostname)?.current();
    if (current !== undefined) this.#heardOfOne(current, now);
  }

  /**
   * A worker answered a request. One that is not known yet becomes so where the answer tells its pid: without
   * heartbeats and with its events off, answers are all that is heard of it.
   */
  answered(nodename: string, pid: number | undefined, now: number): WorkerProcess | undefined {
    const worker = this.#byName.get(nodename);
    const process =
      (pid === undefined ? worker?.current() : worker?.byPid(pid)) ??
      (pid === undefined ? undefined : this.#meet(nodename, pid, now));
    if (process !== undefined) this.#heardOfOne(process, now);
    return process;
  }

  /**
   * worker-online, worker-heartbeat or worker-offline.
   * @param wallIsAhead see Model.wallIsAhead
   */
  event(event: WorkerEvent, now: number, wallIsAhead = 0): void {
    const namesakes = this.#byName.get(event.hostname)?.processes.filter(({ pid }) => pid === event.pid) ?? [];
    let process = speakerOf(event, namesakes, (only) => only.isCrowded || (only.owner.holders.count ?? 1) > 1);
    if (event.type === 'worker-offline') return this.#sayGoodbye(process ?? namesakes.at(-1), event, now);
    if (process === undefined) {
      for (const each of namesakes) this.#isSucceeded(each);
      process = this.#meet(event.hostname, event.pid, now);
    } else this.#comesBack(process, event, now);
    if (process === undefined) return;
    const worker = process.owner;
    this.#alive(process, now);
    worker.describe(event, now, wallIsAhead);
    const isFull = process.beat(event, now);
    worker.settle(now);
    if (isFull) this.#listener.beat(process);
  }

  /** Judges everybody; call it about once a second. */
  tick(now: number): void {
    // What came while this program was stopped, or starved of CPU, is read after the tick that is late: the next one
    // judges.
    this.#isUnread = !this.#isUnread && now - this.#lastTick > LATE_TICK;
    this.#lastTick = now;
    if (this.#listeningSince === undefined || this.#isUnread) return;
    for (const worker of this.#byName.values()) {
      for (const process of [...worker.processes]) this.#judge(process, now, this.#listeningSince);
      worker.settle(now);
      const isOver = worker.downSince !== undefined && now - worker.downSince > this.#settings.workerTtl;
      // A warm shutdown may outlast the TTL: the worker stays at 0 until the tasks that run on it are settled.
      if (isOver && worker.processes.every((each) => each.dead || each.runs === 0)) this.#forget(worker);
    }
  }

  #judge(process: WorkerProcess, now: number, listeningSince: number): void {
    const worker = process.owner;
    if (process.saidGoodbyeAt !== undefined && now - process.saidGoodbyeAt >= BELIEVE_GOODBYE) this.#leave(process);
    const verdict = judge(
      {
        silence: now - Math.max(process.lastSeen, listeningSince),
        frequency: process.frequency,
        isSolo: worker.isSolo(process),
        goodbye: process.goodbye,
      },
      !process.goodbye && worker.hasYoungerTwin(process) ? this.#settingsOfSucceeded : this.#settings,
    );
    // Only a sign of life ends a silence: that the exporter listens again is none.
    const silent = process.silent || verdict !== 'up';
    if (silent && !process.silent && !process.goodbye) worker.exits.died++;
    process.silent = silent;
    if (verdict === 'dead' && !process.dead) {
      process.dead = true;
      this.#listener.died(process);
    }
    // Keep one to speak for the worker while its series last; the others have nothing more to tell.
    if (process.dead && worker.processes.length > 1) this.#giveUp(process);
  }

  /** A process that is known, or an idle one that was started anew and got its pid, is there again. */
  #comesBack(process: WorkerProcess, { type, timestamp }: WorkerEvent, now: number): void {
    const isOnline = type === 'worker-online';
    if (isOnline && process.left) process.owner.starts++;
    else if (isOnline) reconnected(process, timestamp, now);
    process.saidGoodbyeAt = undefined;
    process.left = false;
    // With its old connection it gave back what it had not begun.
    if (isOnline) process.owner.held.forget();
    if (isOnline) this.#listener.started(process);
  }

  /**
   * Another process with the pid of this one came. In a container that is a restart, most likely; that this one is gone
   * is only sure where it had fallen silent, or said goodbye with nothing left to do. Else its own silence decides, as
   * it does where the pid is another.
   */
  #isSucceeded(process: WorkerProcess): void {
    if (process.goodbye ? process.runs === 0 : process.silent) this.#giveUp(process);
  }

  /** Counts a goodbye, once. */
  #leave(process: WorkerProcess): void {
    if (process.left) return;
    process.left = true;
    process.owner.exits.shutdown++;
  }

  #sayGoodbye(process: WorkerProcess | undefined, event: WorkerEvent, now: number): void {
    const known = process ?? this.#meet(event.hostname, event.pid, now);
    if (known === undefined) return;
    known.lastSeen = now;
    known.saidGoodbyeAt ??= now;
    known.owner.settle(now);
  }

  /** Something that only this process can have sent. */
  heard(process: WorkerProcess, now: number): void {
    this.#alive(process, now);
  }

  /** A sign of life of this process, or of a living twin: then only the heartbeats of each tell who lives. */
  #heardOfOne(process: WorkerProcess, now: number): void {
    const { owner, frequency } = process;
    const hasTwin = frequency !== undefined && owner.processes.length > 1 && owner.hasLivingTwin(process);
    if (!hasTwin) this.#alive(process, now);
  }

  #alive(process: WorkerProcess, now: number): void {
    process.lastSeen = now;
    process.dead = false;
    if (!process.silent || process.goodbye) return;
    process.silent = false;
    process.owner.settle(now);
  }

  #meet(nodename: string, pid: number, now: number): WorkerProcess | undefined {
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
      worker.held.forget();
      const [oldest] = worker.processes;
      if (oldest !== undefined && worker.processes.length >= MAX_PROCESSES) this.#giveUp(oldest);
    }
    const process = new WorkerProcess(++this.#lastId, worker, pid, now);
    worker.processes.push(process);
    this.#processes.set(process.id, process);
    worker.settle(now);
    this.#listener.started(process);
    return process;
  }

  #giveUp(process: WorkerProcess): void {
    const worker = process.owner;
    if (!process.dead) {
      process.dead = true;
      this.#listener.died(process);
    }
    if (process.goodbye) this.#leave(process);
    // The survivor was given starts of both.
    worker.heirOf(process)?.missed.beginAgain();
    worker.missedBefore += process.missed.count;
    worker.missedEndsBefore += process.missed.ends;
    worker.processed.gone(process);
    worker.processes.splice(worker.processes.indexOf(process), 1);
    this.#processes.delete(process.id);
  }

  #forget(worker: Worker): void {
    for (const process of [...worker.processes]) this.#giveUp(process);
    this.#byName.delete(worker.nodename);
  }
}
