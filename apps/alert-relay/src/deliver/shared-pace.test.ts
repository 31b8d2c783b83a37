// What a lone relay writes down of its pace and when, and what it takes up from earlier versions.
import { describe, expect, test } from '@jest/globals';
import { openMemoryOutbox, StoreUnavailable, type Outbox } from '../outbox/index.js';
import { readPace } from './pace.js';
import { SharedPace } from './shared-pace.js';

const NOW = 1_800_000_000_000;

/** A lone relay's store; writes are counted, and fail where that is wanted. */
function bench(outbox: Outbox = openMemoryOutbox()) {
  const state = { now: NOW, writes: 0, fails: false };
  const open = (): Promise<SharedPace> =>
    SharedPace.open({
      outbox: {
        ...outbox,
        changeNote: async (name, change) => {
          if (state.fails) throw new StoreUnavailable('away');
          return outbox.changeNote(name, (value) => {
            const changed = change(value);
            if (changed.value !== undefined) state.writes++;
            return changed;
          });
        },
      },
      name: 'c',
      budget: { perMinute: 3 },
      steady: () => state.now,
    });
  return { state, open, outbox };
}

describe('a lone relay', () => {
  test('writes once for each request, and a pause at once', async () => {
    const { state, open } = bench();
    const pace = await open();
    state.writes = 0;
    for (let i = 0; i < 3; i++) {
      expect((await pace.take(false)).kind).toBe('taken');
      state.now += 100;
      pace.ended(0);
    }
    expect(state.writes).toBe(3);
    expect(await pace.take(false)).toEqual({ kind: 'wait', ms: 60_000 - 200 });
    state.now += 60_000;
    await pace.take(false);
    pace.ended(state.now + 600_000);
    const next = await open();
    expect(await next.take(false)).toEqual({ kind: 'paused', ms: 600_000 });
  });

  test('whose store was away for a moment has not forgotten the pause', async () => {
    const { state, open } = bench();
    const pace = await open();
    await pace.take(false);
    state.fails = true;
    pace.ended(NOW + 600_000);
    await expect(pace.take(false)).rejects.toThrow('away');
    state.fails = false;
    expect(await pace.take(false)).toEqual({ kind: 'paused', ms: 600_000 });
    expect(await (await open()).take(false)).toEqual({ kind: 'paused', ms: 600_000 });
  });

  test('knows after a crash that nothing of it is under way', async () => {
    const { state, open, outbox } = bench();
    await (await open()).take(false);
    state.now += 2_000;
    await open();
    expect(readPace(await outbox.note('sent:c'))).toEqual({ sent: [NOW + 2_000], underWay: [], pausedUntil: 0 });
  });

  test('takes up the notes of earlier versions, the pause once', async () => {
    const { open, outbox, state } = bench();
    await outbox.note('sent:c', JSON.stringify([NOW - 90_000, NOW - 30_000, NOW - 20_000]));
    await outbox.note('pause:c', String(NOW + 300_000));
    await open();
    expect(readPace(await outbox.note('sent:c'))).toEqual({
      sent: [NOW - 30_000, NOW - 20_000],
      underWay: [],
      pausedUntil: NOW + 300_000,
    });
    state.now += 300_000;
    await open();
    state.now -= 300_000;
    expect(await (await open()).take(false)).toMatchObject({ kind: 'taken' });
  });

  test('takes nothing from the budget for what was not sent', async () => {
    const { open } = bench();
    const pace = await open();
    for (let i = 0; i < 10; i++) {
      expect((await pace.take(false)).kind).toBe('taken');
      pace.returned();
    }
    await pace.flush();
    // Nothing is returned twice, nor what has ended.
    await pace.take(false);
    pace.ended(0);
    pace.returned();
    expect(await pace.take(true)).toMatchObject({ kind: 'taken', spare: 1 });
    // Of what is left each message has its share of the minute; the parts of one have not.
    expect(await pace.take(true)).toEqual({ kind: 'wait', ms: 20_000 });
    expect(await pace.take(false)).toMatchObject({ kind: 'taken', spare: 0 });
  });
});
