// The compact, bounded table of tasks: what is known of a task id between its first and its last event. Rows are
// columns of typed arrays (about 90 bytes a task, nothing for the garbage collector), found by a chained hash and
// kept in three lists by state, each in the order in which its tasks were last heard of.
import { key, mixed, setKey } from './task-key.js';

/**
 * waiting: sent, received or due for a retry. running: at least one execution is on. ended: kept a moment for late and
 * second events.
 */
export const WAITING = 0,
  RUNNING = 1,
  ENDED = 2;
export type RowState = typeof WAITING | typeof RUNNING | typeof ENDED;
export const ROW_STATES = ['waiting', 'running', 'ended'] as const;

const NONE = -1;
/** Twenty brokers have as many tables: an empty one takes 23 kB. */
const FIRST_CAPACITY = 256;

export class TaskTable {
  /** Most rows that it ever holds. */
  readonly limit: number;
  /** Index of the row's task series; of the publication that is waiting or running. */
  series = new Uint32Array(0);
  /** Series of a publication that was seen while the one before was still on; with nextSentAt. */
  nextSeries = new Uint32Array(0);
  /** When the task could have run: sent, or its ETA. Epoch seconds; 0 for not known. */
  sentAt = new Float64Array(0);
  nextSentAt = new Float64Array(0);
  /** When it could have run inside its worker: received, or its ETA. */
  receivedAt = new Float64Array(0);
  /** Start of the execution that is on, or of the last one. */
  startedAt = new Float64Array(0);
  /** Exporter's clock when the row was last heard of. */
  touchedAt = new Float64Array(0);
  /** Id of the process that runs or last ran it; 0 for none. */
  worker = new Uint32Array(0);
  /** Bit set of the end states that this execution was already counted in. */
  counted = new Uint16Array(0);
  /** 1 where task-sent was seen, so that name and queue are certain. */
  certain = new Uint8Array(0);
  /** Retries before the publication that was received last, and before the execution that began last; 255 for more. */
  receivedRetries = new Uint8Array(0);
  startedRetries = new Uint8Array(0);
  /** Executions that are on; the row tells of the first, `Executions` of the others. */
  runs = new Uint16Array(0);

  /** Rows by state. */
  readonly sizes: [number, number, number] = [0, 0, 0];

  readonly #onEvict: (row: number, state: RowState) => void;
  #keys = new Uint32Array(0);
  #state = new Uint8Array(0);
  #chain = new Int32Array(0);
  #before = new Int32Array(0);
  #after = new Int32Array(0);
  #buckets = new Int32Array(0);
  #capacity = 0;
  #used = 0;
  #free = NONE;
  readonly #heads: [number, number, number] = [NONE, NONE, NONE];
  readonly #tails: [number, number, number] = [NONE, NONE, NONE];

  /** @param onEvict told of each row that is put out for want of room, before its values go. */
  constructor(limit: number, onEvict: (row: number, state: RowState) => void) {
    if (!Number.isSafeInteger(limit) || limit < 1)
      throw new RangeError(`the task table needs room for at least one task, not ${String(limit)}`);
    this.limit = limit;
    this.#onEvict = onEvict;
    this.#grow(Math.min(limit, FIRST_CAPACITY));
  }

  get size(): number {
    return this.sizes[WAITING] + this.sizes[RUNNING] + this.sizes[ENDED];
  }

  /** The row of a task id, or -1. */
  find(id: string): number {
    setKey(id);
    return this.#lookUp();
  }

  /** A new row in state waiting for an id that has none; all its columns are 0. Puts the oldest out when full. */
  insert(id: string, now: number): number {
    if (this.size >= this.limit) this.#evictOne();
    const row = this.#takeFree();
    setKey(id);
    this.#keys.set(key, row * 4);
    const bucket = this.#bucket(key[0] as number, key[1] as number, key[2] as number, key[3] as number);
    this.#chain[row] = this.#buckets[bucket] as number;
    this.#buckets[bucket] = row;
    this.#clear(row);
    this.touchedAt[row] = now;
    this.#link(row, WAITING);
    return row;
  }

  stateOf(row: number): RowState {
    return this.#state[row] as RowState;
  }

  /** Heard of: moves the row to the young end of the list of that state. */
  touch(row: number, state: RowState, now: number): void {
    this.touchedAt[row] = now;
    this.#unlink(row);
    this.#link(row, state);
  }

  remove(row: number): void {
    this.#unlink(row);
    this.#unchain(row);
    this.#chain[row] = this.#free;
    this.#free = row;
  }

  /** The row of that state that was not heard of for longest, or -1. */
  oldest(state: RowState): number {
    return this.#heads[state];
  }

  /** The row after this one in its list, towards the young end, or -1. Take it before the row is moved or removed. */
  younger(row: number): number {
    return this.#after[row] as number;
  }

  #evictOne(): void {
    const state = ([ENDED, WAITING, RUNNING] as const).find((each) => this.#heads[each] !== NONE) ?? ENDED;
    const row = this.#heads[state];
    this.#onEvict(row, state);
    this.remove(row);
  }

  #clear(row: number): void {
    this.series[row] = 0;
    this.nextSeries[row] = 0;
    this.sentAt[row] = 0;
    this.nextSentAt[row] = 0;
    this.receivedAt[row] = 0;
    this.startedAt[row] = 0;
    this.worker[row] = 0;
    this.counted[row] = 0;
    this.certain[row] = 0;
    this.receivedRetries[row] = 0;
    this.startedRetries[row] = 0;
    this.runs[row] = 0;
  }

  #lookUp(): number {
    const k0 = key[0] as number,
      k1 = key[1] as number,
      k2 = key[2] as number,
      k3 = key[3] as number;
    const keys = this.#keys;
    let row = this.#buckets[this.#bucket(k0, k1, k2, k3)] as number;
    while (row !== NONE) {
      const at = row * 4;
      if (keys[at] === k0 && keys[at + 1] === k1 && keys[at + 2] === k2 && keys[at + 3] === k3) return row;
      row = this.#chain[row] as number;
    }
    return NONE;
  }

  /** Buckets are a power of two. */
  #bucket(k0: number, k1: number, k2: number, k3: number): number {
    return mixed(k0, k1, k2, k3) & (this.#buckets.length - 1);
  }

  #takeFree(): number {
    if (this.#free !== NONE) {
      const row = this.#free;
      this.#free = this.#chain[row] as number;
      return row;
    }
    if (this.#used === this.#capacity) this.#grow(Math.min(this.limit, this.#capacity * 2));
    return this.#used++;
  }

  #grow(capacity: number): void {
    this.series = copied(this.series, new Uint32Array(capacity));
    this.nextSeries = copied(this.nextSeries, new Uint32Array(capacity));
    this.sentAt = copied(this.sentAt, new Float64Array(capacity));
    this.nextSentAt = copied(this.nextSentAt, new Float64Array(capacity));
    this.receivedAt = copied(this.receivedAt, new Float64Array(capacity));
    this.startedAt = copied(this.startedAt, new Float64Array(capacity));
    this.touchedAt = copied(this.touchedAt, new Float64Array(capacity));
    this.worker = copied(this.worker, new Uint32Array(capacity));
    this.counted = copied(this.counted, new Uint16Array(capacity));
    this.certain = copied(this.certain, new Uint8Array(capacity));
    this.receivedRetries = copied(this.receivedRetries, new Uint8Array(capacity));
    this.startedRetries = copied(this.startedRetries, new Uint8Array(capacity));
    this.runs = copied(this.runs, new Uint16Array(capacity));
    this.#keys = copied(this.#keys, new Uint32Array(capacity * 4));
    this.#state = copied(this.#state, new Uint8Array(capacity));
    this.#chain = copied(this.#chain, new Int32Array(capacity));
    this.#before = copied(this.#before, new Int32Array(capacity));
    this.#after = copied(this.#after, new Int32Array(capacity));
    this.#capacity = capacity;
    this.#buckets = new Int32Array(2 ** Math.ceil(Math.log2(capacity))).fill(NONE);
    for (let row = 0; row < this.#used; row++) {
      const at = row * 4;
      const bucket = this.#bucket(
        this.#keys[at] as number,
        this.#keys[at + 1] as number,
        this.#keys[at + 2] as number,
        this.#keys[at + 3] as number,
      );
      this.#chain[row] = this.#buckets[bucket] as number;
      this.#buckets[bucket] = row;
    }
  }

  #link(row: number, state: RowState): void {
    const tail = this.#tails[state];
    this.#state[row] = state;
    this.#before[row] = tail;
    this.#after[row] = NONE;
    if (tail === NONE) this.#heads[state] = row;
    else this.#after[tail] = row;
    this.#tails[state] = row;
    this.sizes[state]++;
  }

  #unlink(row: number): void {
    const state = this.stateOf(row);
    const before = this.#before[row] as number;
    const after = this.#after[row] as number;
    if (before === NONE) this.#heads[state] = after;
    else this.#after[before] = after;
    if (after === NONE) this.#tails[state] = before;
    else this.#before[after] = before;
    this.sizes[state]--;
  }

  #unchain(row: number): void {
    const at = row * 4;
    const bucket = this.#bucket(
      this.#keys[at] as number,
      this.#keys[at + 1] as number,
      this.#keys[at + 2] as number,
      this.#keys[at + 3] as number,
    );
    let link = this.#buckets[bucket] as number;
    if (link === row) {
      this.#buckets[bucket] = this.#chain[row] as number;
      return;
    }
    while (this.#chain[link] !== row) link = this.#chain[link] as number;
    this.#chain[link] = this.#chain[row] as number;
  }
}

/** Columns only grow when every row is used, so no row is free and every chain is made anew. */
function copied<T extends Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
