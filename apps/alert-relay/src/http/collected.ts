// The chunks of a body in one piece of memory: a sender may cut megabytes into single bytes, and an object for each of
// them takes a hundred times as much.
const SMALLEST = 4_096;

export class Collected {
  #memory = Buffer.alloc(0);
  #length = 0;

  add(chunk: Buffer): void {
    const wanted = this.#length + chunk.length;
    if (wanted > this.#memory.length) this.#grow(Math.max(wanted, 2 * this.#memory.length, SMALLEST));
    this.#memory.set(chunk, this.#length);
    this.#length = wanted;
  }

  drop(): void {
    this.#memory = Buffer.alloc(0);
    this.#length = 0;
  }

  /** All of it, in memory of its own, so that it can be handed to another thread; nothing is left here. */
  bytes(): Buffer {
    const memory = Buffer.from(this.#memory.buffer.transfer(this.#length));
    this.#memory = Buffer.alloc(0);
    this.#length = 0;
    return memory;
  }

  #grow(size: number): void {
    const memory = Buffer.allocUnsafeSlow(size);
    memory.set(this.#memory.subarray(0, this.#length));
    this.#memory = memory;
  }
}
