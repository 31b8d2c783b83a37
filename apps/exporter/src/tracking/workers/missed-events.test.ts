// How many task-started events never arrived: exact arithmetic, whatever was late, lost or switched off.
import { describe, expect, it } from '@jest/globals';
import { MissedEvents } from './missed-events.js';
import { Random } from '../testing.js';

/** A worker with its own clock: heartbeats each 2 s, starts in between, of which some never arrive. */
class Line {
  readonly missed = new MissedEvents();
  on = true;
  clock = 1000;
  processed = 0;

  /** Starts tasks; the numbers in `lost` (0 is the first) never arrive. */
  start(count: number, lost: readonly number[] = []): void {
    for (let i = 0; i < count; i++) {
      this.clock += 0.01;
      this.processed++;
      if (!lost.includes(i)) this.missed.started(this.clock);
    }
  }

  beat(): number {
    this.clock += 1;
    this.missed.heartbeat({ timestamp: this.clock, active: 0, processed: this.processed }, this.on);
    this.clock += 1;
    return this.missed.count;
  }
}

describe('missed events', () => {
  it('are none while all arrive', () => {
    const line = new Line();
    for (let i = 0; i < 20; i++) {
      expect(line.beat()).toBe(0);
      line.start(i);
    }
    expect([line.beat(), line.beat()]).toEqual([0, 0]);
  });

  it('are told one heartbeat late, and exactly', () => {
    const line = new Line();
    line.beat();
    line.start(5, [1, 3]);
    expect([line.beat(), line.beat(), line.beat()]).toEqual([0, 2, 2]);
    line.start(4, [0, 1, 2, 3]);
    expect([line.beat(), line.beat()]).toEqual([2, 6]);
  });

  it('do not count an event that was made before a heartbeat and arrives after it', () => {
    const line = new Line();
    line.beat();
    line.start(3, [0, 1, 2]);
    const made = line.clock;
    line.beat();
    line.missed.started(made);
    line.missed.started(made - 0.01);
    line.missed.started(made - 0.02);
    expect([line.beat(), line.beat()]).toEqual([0, 0]);
  });

  it('count one of which only a late part arrives', () => {
    const line = new Line();
    line.beat();
    line.start(3, [0, 1, 2]);
    const made = line.clock;
    line.beat();
    line.missed.started(made);
    expect([line.beat(), line.beat()]).toEqual([2, 2]);
  });

  it('begin, for an exporter that comes into the middle, at the first heartbeat after events were seen to be on', () => {
    const line = new Line();
    line.on = false;
    line.processed = 5000;
    line.beat();
    line.start(7, [0, 1, 2, 3]);
    expect(line.beat()).toBe(0);
    line.on = true;
    line.start(10, [9]);
    expect([line.beat(), line.beat(), line.beat()]).toEqual([0, 0, 0]);
    line.start(10, [4, 5, 6]);
    expect([line.beat(), line.beat()]).toEqual([0, 3]);
  });

  it('do not count events made before the heartbeat that is the base, even where they arrive after it', () => {
    const line = new Line();
    line.processed = 100;
    line.start(5, [0, 1, 2, 3, 4]);
    const made = line.clock;
    line.beat();
    for (let i = 0; i < 5; i++) line.missed.started(made - i * 0.01);
    line.start(4, [2]);
    expect([line.beat(), line.beat()]).toEqual([0, 1]);
  });

  it('are not those of a process that was met with its events off and had worked before, until its events are on', () => {
    const line = new Line();
    line.on = false;
    line.processed = 40;
    for (let i = 0; i < 5; i++) {
      line.start(3, [0, 1, 2]);
      expect(line.beat()).toBe(0);
    }
    line.on = true;
    expect(line.beat()).toBe(0);
    line.start(4, [2]);
    expect([line.beat(), line.beat()]).toEqual([0, 1]);
  });

  it('are all that a process started with its events off, where it was watched from its first task on', () => {
    const line = new Line();
    line.on = false;
    line.beat();
    line.start(7, [0, 1, 2, 3, 4, 5, 6]);
    line.beat();
    expect(line.beat()).toBe(7);
    line.on = true;
    line.start(5);
    expect([line.beat(), line.beat()]).toEqual([7, 7]);
    line.on = false;
    line.start(2, [0, 1]);
    expect([line.beat(), line.beat()]).toEqual([7, 9]);
  });

  it('never fall when an event arrives twice', () => {
    const line = new Line();
    line.beat();
    line.start(4, [0, 1]);
    line.beat();
    expect(line.beat()).toBe(2);
    line.start(1);
    for (let i = 0; i < 10; i++) line.missed.started(line.clock);
    line.beat();
    expect(line.beat()).toBe(2);
  });

  it('need a heartbeat: without any, nothing is said', () => {
    const line = new Line();
    line.start(10, [1]);
    expect(line.missed.count).toBe(0);
  });

  it.each([1, 2, 3, 4, 5])('are exactly those that a random loss took (seed %p)', (seed) => {
    const random = new Random(seed);
    const line = new Line();
    let lost = 0;
    const late: number[] = [];
    line.beat();
    for (let round = 0; round < 200; round++) {
      const count = random.below(20);
      for (let i = 0; i < count; i++) {
        const fate = random.next();
        line.start(1, fate < 0.3 ? [0] : []);
        if (fate < 0.1) late.push(line.clock);
        else if (fate < 0.3) lost++;
      }
      line.beat();
      // What was buffered arrives before the next heartbeat, in any order.
      for (const made of late.splice(0).reverse()) line.missed.started(made);
    }
    line.beat();
    expect(line.missed.count).toBe(lost);
    expect(lost).toBeGreaterThan(100);
  });
});
