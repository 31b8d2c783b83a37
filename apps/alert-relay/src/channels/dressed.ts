// What a dresser gives back: the bytes, their size, and of the part only what sending needs.
import type { Dressed, Part } from './channel.js';

export function dressed(part: Part, content: string, size: number): Dressed {
  const { key, index, total, from, to, possibleDuplicate } = part;
  return { content, size, part: { key, index, total, from, to, possibleDuplicate } };
}
