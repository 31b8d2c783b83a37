// Timestamps as Python writes them: epoch seconds with seven decimals, each later than the one before.
import { TIME_LENGTH } from './body-template.js';

const ZERO = 48;
const DOT = 46;
const WHOLE_DIGITS = 10;

export class EventTime {
  /** The text of the last timestamp; reused. */
  readonly text = new Uint8Array(TIME_LENGTH);
  #second = 0;
  #millisecond = 0;
  #micros = 0;

  constructor() {
    this.text[WHOLE_DIGITS] = DOT;
  }

  /** Takes the time. Within one millisecond each call is a microsecond later, up to the next millisecond. */
  advance(): Uint8Array {
    const now = Date.now();
    if (now > this.#millisecond) {
      this.#millisecond = now;
      this.#micros = 0;
    } else if (this.#micros < 999) {
      this.#micros++;
    }
    const second = Math.floor(this.#millisecond / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#digits(second, WHOLE_DIGITS, 0);
    }
    // A last digit that is never zero keeps the text what Python's repr would give.
    this.#digits(((this.#millisecond % 1000) * 1000 + this.#micros) * 10 + 1 + (this.#micros % 9), 7, WHOLE_DIGITS + 1);
    return this.text;
  }

  #digits(value: number, count: number, at: number): void {
    let rest = value;
    for (let i = at + count - 1; i >= at; i--) {
      const next = Math.floor(rest / 10);
      this.text[i] = ZERO + rest - next * 10;
      rest = next;
    }
  }
}
