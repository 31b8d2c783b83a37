// For tests: a seeded source of chance, and ways to spoil what workers sent.

/** Numbers from 0 up to below 1, the same for the same seed (mulberry32). */
export class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }
}

const NASTY_BYTES = [
  0x00, 0x0a, 0x20, 0x22, 0x2c, 0x3a, 0x3d, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d, 0x7f, 0x80, 0xc1, 0xdd, 0xdf, 0xff,
];

/** Changes bytes: flips, cuts, inserts, removes, doubles. */
export function spoilBytes(bytes: Buffer, dice: Dice): Buffer {
  let spoiled = Buffer.from(bytes);
  for (let times = 1 + dice.below(4); times > 0; times--) {
    const at = dice.below(spoiled.length + 1);
    const end = Math.min(spoiled.length, at + dice.below(40));
    switch (dice.below(6)) {
      case 0:
        if (at < spoiled.length) spoiled[at] = (spoiled[at] as number) ^ (1 << dice.below(8));
        break;
      case 1:
        if (at < spoiled.length) spoiled[at] = dice.pick(NASTY_BYTES);
        break;
      case 2:
        spoiled = spoiled.subarray(0, at);
        break;
      case 3:
        spoiled = Buffer.concat([spoiled.subarray(0, at), Buffer.from([dice.pick(NASTY_BYTES)]), spoiled.subarray(at)]);
        break;
      case 4:
        spoiled = Buffer.concat([spoiled.subarray(0, at), spoiled.subarray(end)]);
        break;
      default:
        spoiled = Buffer.concat([spoiled.subarray(0, end), spoiled.subarray(at)]);
    }
  }
  return spoiled;
}

/** JSON texts of wrong values: put as text, since not all of them can be written by JSON.stringify. */
const WRONG_VALUES = [
  'null',
  'true',
  'false',
  '0',
  '-1',
  '1.5',
  'NaN',
  'Infinity',
  '-Infinity',
  '1e999',
  '1e-999',
  '1e308',
  '-0',
  '18014398509481985',
  '1180591620717411303424',
  '""',
  '" "',
  '"\\ud800"',
  '"\\u0000"',
  '"é漢😀"',
  '[]',
  '{}',
  '[[]]',
  '[{}]',
  '[null,null]',
  '{"":""}',
  '{"__proto__":{"polluted":1}}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  '["__proto__"]',
  '"task-failed"',
  '"task-sent"',
  '"worker-heartbeat"',
  '1795451526.5',
  '"NotRegistered(\'x\')"',
  '"ExceptionWithTraceback()"',
  '"Traceback (most recent call last):\\n  File \\"x\\"\\nX: y"',
  `"${'x'.repeat(2000)}"`,
  '['.repeat(50) + ']'.repeat(50),
  '"2026-11-23T16:29:53+00:00"',
] as const;
/** Rare, because each takes milliseconds. */
const HEAVY_VALUES = [
  '['.repeat(100_000) + ']'.repeat(100_000),
  '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000),
  `"${'\\"'.repeat(100_000)}"`,
  `[${'1,'.repeat(100_000)}1]`,
  `[${'NaN,'.repeat(50_000)}NaN]`,
] as const;
const ODD_KEYS = [
  '__proto__',
  'constructor',
  'toString',
  'type',
  'uuid',
  'hostname',
  'timestamp',
  'body',
  'headers',
  'properties',
  'compression',
  'body_encoding',
  '',
];

/** A marker that no capture holds; where it stands, a raw JSON text is put. */
const HOLE = '\u0001hole\u0001';

/** Puts wrong values, odd keys and keys that stand twice into JSON. */
export function spoilJson(value: unknown, dice: Dice): string {
  const holes: string[] = [];
  const wrong = (): string => {
    holes.push(dice.below(2000) === 0 ? dice.pick(HEAVY_VALUES) : dice.pick(WRONG_VALUES));
    return HOLE;
  };
  const chance = 0.3 * dice.next() ** 2;
  const walk = (node: unknown): unknown => {
    if (dice.next() < chance) return wrong();
    if (Array.isArray(node)) {
      const items = node.flatMap((item) => (dice.next() < chance / 2 ? [] : [walk(item)]));
      return dice.next() < chance ? [...items, wrong()] : items;
    }
    if (typeof node !== 'object' || node === null) return node;
    const entries = Object.entries(node).flatMap(([key, item]): [string, unknown][] => {
      if (dice.next() < chance / 2) return [];
      return [[dice.next() < chance / 4 ? dice.pick(ODD_KEYS) : key, walk(item)]];
    });
    if (dice.next() < chance) entries.push([dice.pick(ODD_KEYS), wrong()]);
    return Object.fromEntries(entries);
  };
  let text = JSON.stringify(walk(value));
  if (text.startsWith('{') && dice.below(20) === 0)
    text = `{"${dice.pick(ODD_KEYS)}":${dice.pick(WRONG_VALUES)}${text === '{}' ? '' : ','}${text.slice(1)}`;
  let next = 0;
  return text.replaceAll(JSON.stringify(HOLE), () => holes[next++] ?? 'null');
}
