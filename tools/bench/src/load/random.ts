// Fast random numbers for the generator: fresh UUIDs as bytes, and small integers. Not for secrets.

const HEX = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
const DASH = 45;
/** Where the groups 8-4-4-4-12 begin. */
const GROUPS = [0, 9, 14, 19, 24, 28] as const;

export const UUID_LENGTH = 36;

/** xorshift128: 15 ns a UUID, where `randomUUID` and its string would cost the generator a tenth of its time. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = 0x9e3779b9 ^ Math.trunc(seed / 2 ** 32);
    this.#c = 0x243f6a88;
    this.#d = 0xb7e15162;
    for (let i = 0; i < 32; i++) this.next();
  }

  /** 32 bits, signed. */
  next(): number {
    let t = this.#d;
    const s = this.#a;
    this.#d = this.#c;
    this.#c = this.#b;
    this.#b = s;
    t ^= t << 11;
    t ^= t >>> 8;
    return (this.#a = t ^ s ^ (s >>> 19));
  }

  /** 0 to limit - 1. */
  below(limit: number): number {
    return Math.floor(((this.next() >>> 0) / 2 ** 32) * limit);
  }

  /** Whether something happens that has this probability. */
  chance(probability: number): boolean {
    return this.next() >>> 0 < probability * 2 ** 32;
  }

  /** Writes a random version-4 UUID, 36 characters. */
  uuid(target: Uint8Array, at: number): void {
    let bits = 0;
    for (let group = 0; group < 5; group++) {
      const begin = at + (GROUPS[group] as number);
      const end = group === 4 ? at + UUID_LENGTH : at + (GROUPS[group + 1] as number) - 1;
      for (let i = begin; i < end; i++) {
        if (((i - begin) & 7) === 0) bits = this.next();
        target[i] = HEX[bits & 15] as number;
        bits >>>= 4;
      }
      if (group < 4) target[end] = DASH;
    }
    target[at + 14] = 52;
  }
}
