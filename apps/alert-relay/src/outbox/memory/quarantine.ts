// The quarantine in memory: posts that could not be parsed, the newest.
import type { QuarantinedPost } from '../outbox.js';
import { boundedLimit } from '../rules.js';

interface Kept {
  readonly id: number;
  readonly at: number;
  readonly reason: string;
  readonly content: Uint8Array;
}

export class MemoryQuarantine {
  readonly #keep: number;
  #posts: Kept[] = [];
  #ids = 0;

  constructor(keep: number) {
    this.#keep = keep;
  }

  get size(): number {
    return this.#posts.length;
  }

  add(bytes: Uint8Array, reason: string, at: number): void {
    this.#posts.push({ id: (this.#ids += 1), at, reason, content: Uint8Array.from(bytes) });
    if (this.#posts.length > this.#keep) this.#posts.shift();
  }

  list(limit: number): QuarantinedPost[] {
    return this.#posts.toReversed().slice(0, boundedLimit(limit)).map(shown);
  }

  get(id: number): (QuarantinedPost & { readonly content: Uint8Array }) | undefined {
    const found = this.#posts.find((each) => each.id === id);
    return found && { ...shown(found), content: found.content };
  }

  drop(ids: readonly number[]): number {
    return this.#forget((each) => ids.includes(each.id));
  }

  prune(before: number): number {
    return this.#forget((each) => each.at < before);
  }

  #forget(isGone: (post: Kept) => boolean): number {
    const before = this.#posts.length;
    this.#posts = this.#posts.filter((each) => !isGone(each));
    return before - this.#posts.length;
  }
}

function shown({ id, at, reason, content }: Kept): QuarantinedPost {
  return { id, at, reason, bytes: content.byteLength };
}
