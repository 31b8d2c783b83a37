// How much of a message is decoded: what a process of this size can hold, and what does not keep it from everything
// else for long. Nothing that Celery itself sends comes near, but for the answers of very large workers.
import { getHeapStatistics } from 'node:v8';

export interface Limits {
  /** Of a message as it comes, and of a body once it is decompressed. */
  readonly bytes: number;
  /** Values in one message that nobody asked for: events, and what waits in a queue. */
  readonly values: number;
  /** Values in an answer: a worker that runs ten thousand tasks lists each of them. */
  readonly valuesOfReply: number;
}

const KB = 1024;
const MB = 1024 * KB;

/**
 * Decoding takes up to five times the bytes of a message, and up to 200 bytes for each value: the largest message takes
 * a fifth of the room at most. A value takes up to 0.8 microseconds where each has a key of its own, so 50,000 of them
 * hold nothing else up for longer than 50 ms; the keys of an answer repeat.
 * @param room bytes that the process may have
 */
export function limitsFor(room: number): Limits {
  return {
    bytes: within(MB, room / 32, 16 * MB),
    values: within(10_000, room / (4 * KB), 50_000),
    valuesOfReply: within(10_000, room / KB, 250_000),
  };
}

/** What the process may have: its heap, or the container where that is smaller. */
export function roomOfProcess(
  heap = getHeapStatistics().heap_size_limit,
  /** 0 where nothing is known. */
  container = process.constrainedMemory(),
): number {
  return container > 0 ? Math.min(heap, container) : heap;
}

export const LIMITS = limitsFor(roomOfProcess());

/** Bytes of YAML, and words and signs in it: a value takes several of them, and each of them up to 3 microseconds. */
export function yamlLimits(values: number): { readonly bytes: number; readonly lexemes: number } {
  return { bytes: Math.min(MB, 5 * values), lexemes: Math.floor(0.3 * values) };
}

/**
 * How large a body may become that is decompressed: a message of 16 kB can grow a thousandfold, and fifty of them then
 * stand still for a minute. Task messages of megabytes shrink to a twentieth at best.
 */
export function mostUnpacked(packed: number, { bytes }: Limits = LIMITS): number {
  return Math.min(bytes, Math.max(MB, 20 * packed));
}

function within(least: number, wanted: number, most: number): number {
  return Math.floor(Math.min(most, Math.max(least, wanted)));
}
