// How much of what is claimed may be in memory at once.
import { describe, expect, it } from '@jest/globals';
import type { StoredNotification } from '../notification/index.js';
import { ClaimRoom, type ClaimPlace } from './claim-room.js';
import { turns } from './testing.js';

const MB = 2 ** 20;
const of = (bytes: number): StoredNotification[] => [{ json: 'x'.repeat(bytes), acceptedAt: 0 }];

/** Those of `count` claims that were let in so far, in the order in which they asked. */
function entering(room: ClaimRoom, count: number): Map<number, ClaimPlace> {
  const places = new Map<number, ClaimPlace>();
  for (let i = 0; i < count; i++) void room.enter().then((place) => places.set(i, place));
  return places;
}

describe('the room for claims', () => {
  it('bounds a claim by the heap, and by what is read in a moment', () => {
    expect(new ClaimRoom(64 * MB).bytesOfOne).toBe(2 * MB);
    expect(new ClaimRoom(4096 * MB).bytesOfOne).toBe(8 * MB);
  });

  it('lets four read at once, and many hold what is small', async () => {
    const room = new ClaimRoom(32 * MB);
    const places = entering(room, 40);
    await turns();
    expect([...places.keys()]).toEqual([0, 1, 2, 3]);
    for (let i = 0; i < 40; i++) {
      places.get(i)?.holds(of(1_000));
      await turns();
    }
    expect(places.size).toBe(40);
  });

  it('keeps others out while what is large is held, and lets them in by the order in which they asked', async () => {
    const room = new ClaimRoom(32 * MB);
    const places = entering(room, 6);
    await turns();
    places.get(0)?.holds(of(3 * MB));
    for (const i of [1, 2, 3]) places.get(i)?.leave();
    await turns();
    // 3 MB are held, and one more claim may be of 1 MB.
    expect([...places.keys()]).toEqual([0, 1, 2, 3, 4]);
    places.get(4)?.holds(of(2 * MB));
    places.get(0)?.leave();
    places.get(0)?.leave();
    await turns();
    expect(places.has(5)).toBe(true);
  });
});
