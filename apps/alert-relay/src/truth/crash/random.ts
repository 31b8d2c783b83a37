// Random numbers that a seed repeats: a crash that was found once can be made again.

export interface Random {
  /** From 0 to below 1. */
  (): number;
}

/** mulberry32: small, and good enough to make a mess with. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A whole number from `least` up to but without `end`. */
export function between(random: Random, least: number, end: number): number {
  return least + Math.floor(random() * (end - least));
}

export function oneOf<T>(random: Random, values: readonly [T, ...T[]]): T {
  return values[between(random, 0, values.length)] ?? values[0];
}
