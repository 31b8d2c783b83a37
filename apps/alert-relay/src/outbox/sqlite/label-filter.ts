// A Bloom filter of numbers: a small row of bits that says for sure which labels a run of notifications does not carry.

/** With ten bits for each label, one of a hundred that are not there is taken for one that may be. */
const BITS = 10;
const LOOKS = 7;

export function filterOf(terms: ReadonlySet<number>): Uint8Array {
  const filter = new Uint8Array(Math.max(8, Math.ceil((terms.size * BITS) / 8)));
  for (const term of terms)
    for (const bit of bitsOf(term, filter)) filter[bit >>> 3] = (filter[bit >>> 3] ?? 0) | (1 << (bit & 7));
  return filter;
}

export function mayHold(filter: Uint8Array, term: number): boolean {
  return bitsOf(term, filter).every((bit) => ((filter[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0);
}

/** Two halves of the number make as many places as are wanted. */
function bitsOf(term: number, filter: Uint8Array): number[] {
  const size = filter.length * 8;
  const step = (Math.floor(term / 2 ** 32) | 1) % size;
  const start = term % 2 ** 32;
  return Array.from({ length: LOOKS }, (_, i) => (start + i * step) % size);
}
