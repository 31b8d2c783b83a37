// Passwords are compared once, and whoever guesses neither learns who is there nor keeps others out.
import { describe, expect, it } from '@jest/globals';
import { Passwords } from './passwords.js';

const hashOf = (password: string): string => `$2y$12$${password.padEnd(53, '.')}`;
const USERS = [
  { name: 'ann', hash: hashOf('right') },
  { name: 'bob', hash: `$2y$04$${'other'.padEnd(53, '.')}` },
];

/** Each comparison waits until it is let go. */
function setUp() {
  const compared: { readonly password: string; readonly hash: string; readonly go: () => void }[] = [];
  const pauses: number[] = [];
  let now = 0;
  const passwords = new Passwords({
    compare: (password, hash) =>
      new Promise((resolve) => {
        const go = (): void => {
          now += 70;
          resolve(hash.slice(7) === password.padEnd(53, '.'));
        };
        compared.push({ password, hash, go });
      }),
    ticks: () => now,
    pause: (ms) => {
      pauses.push(ms);
      return Promise.resolve();
    },
  });
  const check = (name: string, password: string, address = '10.0.0.1') =>
    passwords.check({ name, password }, USERS, address);
  return { check, compared, pauses, passwords };
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

async function checked(waiting: ReturnType<Passwords['check']>, { compared }: ReturnType<typeof setUp>) {
  await turn();
  compared.at(-1)?.go();
  return waiting;
}

describe('a login', () => {
  it('is compared once, whether it is right or wrong', async () => {
    const bench = setUp();
    expect(await checked(bench.check('ann', 'right'), bench)).toBe(true);
    expect(await checked(bench.check('ann', 'wrong'), bench)).toBe(false);
    expect([bench.check('ann', 'right'), bench.check('ann', 'wrong')]).toEqual([true, false]);
    expect(bench.compared).toHaveLength(2);
  });

  it('of a name that nobody has costs what the costliest user costs, and is never right', async () => {
    const bench = setUp();
    expect(await checked(bench.check('eve', 'right'), bench)).toBe(false);
    expect(bench.compared[0]?.hash.slice(0, 7)).toBe('$2b$12$');
  });

  it('holds no longer than the hash that it was compared with', async () => {
    const bench = setUp();
    await checked(bench.check('ann', 'right'), bench);
    const changed = [{ name: 'ann', hash: hashOf('new') }];
    const again = bench.passwords.check({ name: 'ann', password: 'right' }, changed, '10.0.0.1');
    expect(await checked(again, bench)).toBe(false);
  });
});

describe('a flood of guesses', () => {
  it('gets half of a thread, a short line, and no place before others', async () => {
    const bench = setUp();
    const guesses = Array.from({ length: 8 }, (_, n) => bench.check('ann', `guess ${n}`));
    // One is being compared, four wait.
    expect(guesses.filter((each) => each === 'busy')).toHaveLength(3);
    const right = bench.check('ann', 'right', '10.0.0.2');
    await turn();
    bench.compared[0]?.go();
    await turn();
    bench.compared[1]?.go();
    await turn();
    bench.compared[2]?.go();
    expect(await right).toBe(true);
    expect(bench.compared.slice(0, 3).map(({ password }) => password)).toContain('right');
    expect(bench.pauses.every((ms) => ms === 70)).toBe(true);
  });

  it('from everywhere fills no memory', () => {
    const bench = setUp();
    const guesses = Array.from({ length: 500 }, (_, n) => bench.check('ann', 'x', `10.0.${n >> 8}.${n & 255}`));
    expect(guesses.filter((each) => each === 'busy').length).toBeGreaterThanOrEqual(500 - 33);
  });

  it('does not hold up who is known', async () => {
    const bench = setUp();
    await checked(bench.check('ann', 'right'), bench);
    for (let n = 0; n < 100; n++) void bench.check('ann', `guess ${n}`, `10.1.0.${n}`);
    expect(bench.check('ann', 'right', '10.1.0.1')).toBe(true);
  });
});
