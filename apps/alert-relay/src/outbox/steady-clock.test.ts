// Time that nobody can set, in one run and from one run to the next.
import { describe, expect, test } from '@jest/globals';
import { readKeptTime, SteadyClock, type KeptTime, type TimeSources } from './steady-clock.js';

const START = 1_800_000_000_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const JUMPS = [-30 * DAY, -8 * HOUR, -HOUR, -6_000, 6_000, HOUR, 8 * HOUR, 30 * DAY];

/** A machine whose clock can be set and which can be started anew. */
class Machine implements TimeSources {
  #passed = 50_000;
  #set = START;
  boot: string | undefined = 'first';
  readonly wall = (): number => this.#set + this.#passed;
  readonly ticks = (): number => this.#passed;
  pass(ms: number): void {
    this.#passed += ms;
  }
  setClock(by: number): void {
    this.#set += by;
  }
  /** `off`: how long it is off. */
  startAnew(off: number): void {
    this.#set += this.#passed + off;
    this.#passed = 0;
    this.boot = 'second';
  }
}

describe.each(JUMPS)('a clock that is set by %d ms', (jump) => {
  test('moves what clocks show, at the next look, and not what passes', () => {
    const machine = new Machine();
    const clock = new SteadyClock(machine);
    const [began, shown] = [clock.steady(), clock.now()];
    machine.pass(1_000);
    machine.setClock(jump);
    expect(clock.steady() - began).toBe(1_000);
    expect(clock.look()).toBe(jump);
    expect(clock.now() - shown).toBe(1_000 + jump);
    expect(clock.steady() - began).toBe(1_000);
    expect(clock.fromSteady(clock.toSteady(machine.wall()))).toBe(machine.wall());
    expect(clock.look()).toBe(0);
  });

  test('between two runs on a machine that stayed on passes no time and makes none', () => {
    const machine = new Machine();
    const before = new SteadyClock(machine);
    const kept = handedOver(before);
    machine.pass(5 * 60_000);
    machine.setClock(jump);
    const after = new SteadyClock(machine, kept);
    expect(after.steady() - before.steady()).toBe(0);
    expect(after.now()).toBe(machine.wall());
    expect(after.jumpBeforeStart).toBe(jump);
  });

  test('is remembered when the machine starts anew', () => {
    const machine = new Machine();
    const before = new SteadyClock(machine);
    machine.setClock(jump);
    before.look();
    const [kept, steady] = [handedOver(before), before.steady()];
    machine.startAnew(HOUR);
    const after = new SteadyClock(machine, kept);
    expect(after.steady() - steady).toBe(HOUR);
    expect(after.jumpBeforeStart).toBe(0);
  });
});

test('a machine that starts with a clock of long ago takes nothing back', () => {
  const machine = new Machine();
  const before = new SteadyClock(machine);
  const [kept, steady] = [handedOver(before), before.steady()];
  machine.startAnew(-300 * DAY);
  const after = new SteadyClock(machine, kept);
  expect(after.steady()).toBe(steady);
  expect(after.jumpBeforeStart).toBeLessThan(-299 * DAY);
  // Then the time server sets it right.
  machine.setClock(300 * DAY);
  after.look();
  expect([after.steady(), after.now()]).toEqual([steady, machine.wall()]);
});

test('small steps are taken over without a word, and rounding is none', () => {
  const machine = new Machine();
  const clock = new SteadyClock(machine);
  machine.setClock(700);
  expect([clock.look(), clock.now() - machine.wall()]).toEqual([0, 0]);
  machine.setClock(-1);
  expect([clock.look(), clock.now() - machine.wall()]).toEqual([0, 1]);
});

test.each([undefined, '', 'null', '7', '{}', '{"steady":1}', '{"steady":1,"ticks":"x","ahead":0}', '{'])(
  'a note that says nothing is none: %s',
  (note) => {
    expect(readKeptTime(note)).toBeUndefined();
  },
);

function handedOver(clock: SteadyClock): KeptTime | undefined {
  return readKeptTime(JSON.stringify(clock.keep()));
}
