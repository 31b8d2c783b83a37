// Of which time events may be lost: what counts, what does not, and that the sum never falls.
import { describe, expect, it } from '@jest/globals';
import { Unheard } from './unheard.js';

describe('the time of which nothing may have been heard', () => {
  it('is not known before the exporter has ever listened', () => {
    const unheard = new Unheard();
    unheard.interrupted(10);
    expect(unheard.seconds(20)).toBeUndefined();
    unheard.listening(25);
    expect(unheard.seconds(30)).toBe(0);
  });

  it('begins where everything had been heard, grows while nobody listens, and ends with the next connection', () => {
    const unheard = new Unheard();
    unheard.listening(0);
    // Stopped for a minute, and cut by the broker meanwhile: that shows only once the process goes on.
    unheard.interrupted(96);
    expect(unheard.seconds(160)).toBe(64);
    // Further attempts that fail begin no other time.
    unheard.interrupted(162);
    expect(unheard.seconds(163)).toBe(67);
    unheard.listening(166);
    expect([unheard.seconds(166), unheard.seconds(500)]).toEqual([70, 70]);
    unheard.interrupted(500);
    unheard.listening(502);
    expect(unheard.seconds(900)).toBe(72);
  });

  it('does not count what the broker keeps meanwhile, and all of it where that was too long', () => {
    const unheard = new Unheard(600);
    unheard.listening(0);
    unheard.interrupted(100);
    expect(unheard.seconds(690)).toBe(0);
    unheard.listening(700);
    expect(unheard.seconds(710)).toBe(0);
    unheard.interrupted(1000);
    expect([unheard.seconds(1600), unheard.seconds(1601)]).toEqual([0, 601]);
    unheard.listening(1700);
    expect(unheard.seconds(9999)).toBe(700);
  });

  it('is never negative, whatever the clock says', () => {
    const unheard = new Unheard();
    unheard.listening(100);
    unheard.interrupted(120);
    unheard.listening(110);
    expect(unheard.seconds(111)).toBe(0);
  });
});
