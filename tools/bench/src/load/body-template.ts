// The part of an event's body that follows its clock, made once and filled in for each event: id, timestamp and run
// time.
import { type PythonValue, pythonJson, Verbatim } from './python-json.js';
import { UUID_LENGTH } from './random.js';

/** Stand in the fields that change; each has the width of what is written over it. */
export const ID = 'iiiiiiii-iiii-iiii-iiii-iiiiiiiiiiii';
export const TIME = new Verbatim('tttttttttt.ttttttt');
export const RUNTIME = new Verbatim('r.rrrrrrrrrrrrrrrr');
export const TIME_LENGTH = TIME.text.length;
export const RUNTIME_LENGTH = RUNTIME.text.length;

export class BodyTemplate {
  readonly #bytes: Uint8Array;
  readonly #ids: readonly number[];
  readonly #time: number;
  readonly #runtime: number;

  /** @param fields what stands after "clock", in Celery's order, ending with timestamp and type. */
  constructor(fields: { readonly [key: string]: PythonValue }) {
    const text = `, ${pythonJson(fields).slice(1)}`;
    this.#bytes = Buffer.from(text, 'latin1');
    this.#ids = [...text.matchAll(new RegExp(ID, 'g'))].map((found) => found.index);
    this.#time = text.indexOf(TIME.text);
    this.#runtime = text.indexOf(RUNTIME.text);
  }

  /**
   * Writes it for one event and gives the position after it. `ids` holds the task's id at `idAt`; `runtime` is there
   * where the template has one.
   */
  write(target: Uint8Array, at: number, ids: Uint8Array, idAt: number, time: Uint8Array, runtime?: Uint8Array): number {
    target.set(this.#bytes, at);
    for (const offset of this.#ids) copy(ids, idAt, target, at + offset, UUID_LENGTH);
    copy(time, 0, target, at + this.#time, TIME_LENGTH);
    if (runtime !== undefined) copy(runtime, 0, target, at + this.#runtime, RUNTIME_LENGTH);
    return at + this.#bytes.length;
  }
}

/** For a few dozen bytes, a loop is quicker than a call into the engine. */
export function copy(from: Uint8Array, fromAt: number, to: Uint8Array, toAt: number, length: number): void {
  for (let i = 0; i < length; i++) to[toAt + i] = from[fromAt + i] as number;
}
