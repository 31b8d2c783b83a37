// Random but legal lives of tasks over several workers, for tests: it makes the events that Celery would make, delivers
// them by connections that keep their own order only, and keeps its own record of what really happened.
import { type FakeWorker, Random, Stage, type Wire } from './testing.js';

const NAMES = ['buy', 'sell', 'mail', 'index', 'report', 'clean'] as const;
/** Each name has one queue, so that a task that is received before its task-sent still counts in the right pair. */
const queueOf = (name: string): string => `queue ${String(NAMES.indexOf(name as (typeof NAMES)[number]) % 3)}`;

/** Seconds in which tasks are sent, and after which everything has come to rest. */
const SENDING = 120;
const REST = 500;
/** Longest delay of an event on its way; runs are longer, and pauses between heartbeats much longer. */
const MAX_DELAY = 0.25;

const OUTCOMES = [
  'succeeded',
  'succeeded',
  'succeeded',
  'succeeded',
  'succeeded',
  'failed',
  'failedTwice',
  'terminatedTwice',
  'retried',
  'retried',
  'ignored',
  'dropped',
  'failedAndRejected',
  'requeued',
  'cancelled',
] as const;
type Outcome = (typeof OUTCOMES)[number];

/** A task's message, as it lies in its queue. */
interface TaskMessage {
  readonly id: string;
  readonly name: string;
  readonly retries: number;
  readonly simple: boolean;
}

class Connection {
  /** When its last event arrives: no later one overtakes it. */
  last = 0;
}

class SimulatedProcess {
  readonly fake: FakeWorker;
  readonly connection = new Connection();
  /** Task events are buffered, so that heartbeats may overtake them. */
  readonly vitals = new Connection();
  isAlive = true;
  isLeaving = false;
  /** Messages that it has taken and not acknowledged, and those of them that run. */
  readonly held = new Set<TaskMessage>();
  readonly running = new Set<TaskMessage>();
  heartbeats = 0;
  startsDropped = 0;

  constructor(fake: FakeWorker) {
    this.fake = fake;
  }

  get takesTasks(): boolean {
    return this.isAlive && !this.isLeaving;
  }
}

export class Simulation {
  readonly stage = new Stage({ workers: { soloSilence: 150 } });
  /** What really happened, by pair: events of each state. */
  readonly truth = new Map<string, Record<string, number>>();
  /** Ids of the runs that ended without an event; one more than once where it ran more than once. */
  readonly silentEnds: string[] = [];
  /** Events said a second time. */
  readonly repeats: Record<string, number> = {};
  readonly processes: SimulatedProcess[] = [];
  /** Called after each event that was delivered. */
  afterEach: () => void = () => undefined;
  readonly #random: Random;
  readonly #loss: number;
  readonly #outcomes: readonly Outcome[];
  readonly #client = new Connection();
  readonly #agenda: { at: number; order: number; action: () => void }[] = [];
  #order = 0;
  #nextId = 0;
  #nextPid = 100;

  /** @param loss probability that an event never arrives */
  constructor(seed: number, loss: number) {
    this.#random = new Random(seed);
    this.#loss = loss;
    // Where the end of one run was lost, a second event about the next run looks like the end of the first: nobody
    // could tell.
    this.#outcomes = loss === 0 ? OUTCOMES : OUTCOMES.filter((outcome) => !outcome.endsWith('Twice'));
    for (const name of NAMES) this.stage.model.tracker.queueRules.learn(name, queueOf(name));
  }

  run(): void {
    const start = this.stage.now;
    for (let i = 0; i < 4; i++) this.#startProcess(`celery@${String(i)}`, this.#nextPid++);
    for (let i = 0; i < 400; i++)
      this.#in(this.#random.next() * SENDING, () => {
        this.#send();
      });
    for (let i = 0; i < 8; i++)
      this.#in(10 + this.#random.next() * SENDING, () => {
        this.#disturb();
      });
    for (let second = 1; second <= REST; second++)
      this.#in(second, () => {
        this.stage.model.tick(this.stage.now);
      });
    for (let next = this.#takeNext(); next !== undefined && next.at <= start + REST; next = this.#takeNext()) {
      this.stage.now = next.at;
      next.action();
    }
  }

  /** How often a state was really reached, over all pairs. */
  total(state: string): number {
    let sum = 0;
    for (const counts of this.truth.values()) sum += counts[state] ?? 0;
    return sum;
  }

  #in(seconds: number, action: () => void): void {
    const entry = { at: this.stage.now + seconds, order: this.#order++, action };
    let low = 0;
    for (let high = this.#agenda.length; low < high;) {
      const middle = (low + high) >>> 1;
      const other = this.#agenda[middle] as typeof entry;
      if (other.at > entry.at || (other.at === entry.at && other.order > entry.order)) low = middle + 1;
      else high = middle;
    }
    this.#agenda.splice(low, 0, entry);
  }

  #takeNext(): { at: number; action: () => void } | undefined {
    return this.#agenda.pop();
  }

  /** Puts an event on its way. */
  #emit(connection: Connection, event: Wire, delay = this.#random.next() * MAX_DELAY): boolean {
    const isResting = this.#nextId >= 400 && this.stage.now > connection.last + 60;
    if (!isResting && event.type !== 'worker-online' && this.#random.chance(this.#loss)) return false;
    connection.last = Math.max(connection.last, this.stage.now + delay);
    this.#in(connection.last - this.stage.now, () => {
      this.stage.deliver(event);
      this.afterEach();
    });
    return true;
  }

  #happened(message: TaskMessage, ...states: string[]): void {
    const pair = `${message.name}|${queueOf(message.name)}`;
    let counts = this.truth.get(pair);
    if (counts === undefined) this.truth.set(pair, (counts = {}));
    for (const state of states) counts[state] = (counts[state] ?? 0) + 1;
  }

  #send(): void {
    const message = {
      id: this.#random.chance(0.1) ? `job ${String(this.#nextId)}` : this.#random.uuid(),
      name: this.#random.pick(NAMES),
      retries: 0,
      simple: false,
    };
    this.#nextId++;
    this.#publish(message, this.#client);
  }

  #publish(message: TaskMessage, connection: Connection): void {
    this.#happened(message, 'sent');
    this.#emit(
      connection,
      this.stage.sent(message.id, { name: message.name, queue: queueOf(message.name), retries: message.retries }),
    );
    this.#deliverMessage(message, this.#random.chance(0.3) ? 0.002 : this.#random.next() * 3);
  }

  #deliverMessage(message: TaskMessage, seconds: number): void {
    this.#in(seconds, () => {
      const takers = this.processes.filter((each) => each.takesTasks);
      if (takers.length === 0) return this.#deliverMessage(message, 1);
      this.#receive(this.#random.pick(takers), message);
    });
  }

  #receive(process: SimulatedProcess, message: TaskMessage): void {
    process.held.add(message);
    this.#happened(message, 'received');
    this.#emit(process.connection, process.fake.received(message.id, { name: message.name, retries: message.retries }));
    // Revoked is what waits for its ETA in the worker: it ends when that comes.
    const isRevoked = !message.simple && this.#random.chance(0.05);
    this.#in(isRevoked ? 0.5 : this.#random.chance(0.5) ? 0.001 : this.#random.next() * 2, () => {
      if (!process.takesTasks || !process.held.has(message)) return;
      if (isRevoked) {
        process.held.delete(message);
        this.#happened(message, 'revoked');
        this.#emit(process.connection, process.fake.revoked(message.id));
      } else {
        this.#start(process, message);
      }
    });
  }

  #start(process: SimulatedProcess, message: TaskMessage): void {
    process.running.add(message);
    this.#happened(message, 'started');
    if (!this.#emit(process.connection, process.fake.started(message.id))) process.startsDropped++;
    const seconds = 0.3 + this.#random.next() * (this.#random.chance(0.1) ? 20 : 3);
    // The visibility timeout: the broker believes that the message was forgotten, and gives it to somebody else too.
    const isTwin = message.retries === 0 && this.#random.chance(0.05);
    if (isTwin) this.#deliverMessage({ ...message, simple: true }, this.#random.next() * seconds);
    const outcome =
      isTwin || message.simple
        ? this.#random.pick(['succeeded', 'failed'] as const)
        : this.#random.pick(this.#outcomes);
    this.#in(seconds, () => {
      if (!process.isAlive) return;
      process.held.delete(message);
      process.running.delete(message);
      this.#end(process, message, outcome, seconds);
      if (process.isLeaving && process.running.size === 0) process.isAlive = false;
    });
  }

  #end(process: SimulatedProcess, message: TaskMessage, outcome: Outcome, seconds: number): void {
    const { fake, connection } = process;
    const { id } = message;
    const say = (event: Wire, state: string): void => {
      this.#happened(message, state);
      this.#emit(connection, event);
    };
    const repeat = (event: Wire, state: string): void => {
      this.repeats[state] = (this.repeats[state] ?? 0) + 1;
      this.#emit(connection, event);
    };
    switch (outcome) {
      case 'succeeded':
        return say(fake.succeeded(id, seconds), 'succeeded');
      case 'failed':
        return say(fake.failed(id), 'failed');
      case 'failedTwice':
        say(fake.failed(id), 'failed');
        return repeat(fake.failed(id), 'failed');
      case 'terminatedTwice':
        say(fake.revoked(id, { terminated: true, signum: 15 }), 'revoked');
        return repeat(fake.revoked(id, { terminated: true, signum: '15' }), 'revoked');
      case 'failedAndRejected':
        say(fake.failed(id), 'failed');
        return say(fake.rejected(id, false), 'rejected');
      case 'dropped':
        return say(fake.rejected(id, false), 'rejected');
      case 'requeued':
        say(fake.rejected(id, true), 'rejected');
        return this.#deliverMessage(message, MAX_DELAY + this.#random.next());
      case 'cancelled':
        say(fake.cancelled(id), 'cancelled');
        return this.#deliverMessage(message, MAX_DELAY + this.#random.next());
      case 'retried':
        // A child publishes it by a connection of its own, before its main process hears of it.
        this.#publish({ ...message, retries: message.retries + 1 }, new Connection());
        return say(fake.retried(id), 'retried');
      case 'ignored':
        this.silentEnds.push(id);
    }
  }

  #startProcess(nodename: string, pid: number): void {
    const process = new SimulatedProcess(this.stage.worker(nodename, pid));
    // It tells the ends of what ran when its connection broke.
    process.fake.version = '5.7.0';
    this.processes.push(process);
    this.#emit(process.vitals, process.fake.online(), 0);
    this.#in(0, () => {
      this.stage.known(nodename).pool = { pid, pool: 'prefork', processes: 100 };
    });
    const beat = (): void => {
      if (!process.takesTasks) return;
      process.heartbeats++;
      process.fake.active = process.running.size;
      this.#emit(process.vitals, process.fake.heartbeat(), 0);
      this.#in(0.5, () => {
        this.#askWhatRuns(process);
      });
      this.#in(2, beat);
    };
    this.#in(2, beat);
  }

  /** As the poller does where more runs are tracked than the worker says. */
  #askWhatRuns(process: SimulatedProcess): void {
    const known = this.stage.model.workers.get(process.fake.nodename)?.byPid(process.fake.pid);
    if (known?.heartbeat === undefined || !known.isOvercounted() || !process.takesTasks || this.#random.chance(0.5))
      return;
    this.stage.model.reportActive(known, new Set([...process.running].map(({ id }) => id)), known.heartbeat.timestamp);
  }

  /** A kill, a warm shutdown, or a connection that breaks. */
  #disturb(): void {
    const candidates = this.processes.filter((each) => each.takesTasks && each.heartbeats >= 3);
    if (candidates.length === 0) return;
    const process = this.#random.pick(candidates);
    const { fake } = process;
    const handBack = (messages: readonly TaskMessage[], seconds: number): void => {
      for (const message of messages) this.#deliverMessage(message, this.#random.next() * seconds);
    };
    switch (this.#random.below(4)) {
      case 0: {
        process.isAlive = false;
        for (const { id } of process.running) this.silentEnds.push(id);
        handBack([...process.held], 90);
        const heartbeat = this.stage.known(fake.nodename).byPid(fake.pid)?.heartbeat;
        const samePid = heartbeat !== undefined && heartbeat.processed > 0 && this.#random.chance(0.5);
        this.#in(3 + this.#random.next() * 20, () => {
          this.#startProcess(fake.nodename, samePid ? fake.pid : this.#nextPid++);
        });
        break;
      }
      case 1:
        process.isLeaving = true;
        process.isAlive = process.running.size > 0;
        this.#emit(process.vitals, fake.offline());
        handBack(
          [...process.held].filter((message) => !process.running.has(message)),
          2,
        );
        this.#in(1 + this.#random.next() * 20, () => {
          this.#startProcess(fake.nodename, this.#nextPid++);
        });
        break;
      default:
        fake.active = process.running.size;
        this.#emit(process.vitals, fake.online());
    }
  }
}
