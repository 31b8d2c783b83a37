// When the watchdog's silence is told, and when its return.
import { describe, expect, test } from '@jest/globals';
import { memoryLog } from '@celery-watch/service';
import { openMemoryOutbox, openSqliteOutbox, type Outbox } from '../outbox/index.js';
import { contentsOf, request } from '../outbox/testing.js';
import { judgeWatchdog, laterArrival, Watchdog, type ToldOfSilence, type WatchdogVerdict } from './watchdog.js';

const M = 60_000;
const told = (agoMs: number, hasComeSince = false): ToldOfSilence => ({ agoMs, hasComeSince });

test.each<[string, number, ToldOfSilence | undefined, WatchdogVerdict]>([
  ['it came a moment ago', 1, undefined, 'fine'],
  ['at the edge of its time', 5 * M, undefined, 'fine'],
  ['past its time', 5 * M + 1, undefined, 'broken'],
  ['people know', 60 * M, told(59 * M), 'fine'],
  ['people knew four hours ago', 300 * M, told(240 * M), 'still broken'],
  ['it is back', 1, told(10 * M, true), 'back'],
  ['the relay was restarted, and it has not come', 1, told(10 * M), 'fine'],
  ['the timeout was made longer, and it has not come', 4 * M, told(10 * M), 'fine'],
])('%s', (_, silent, known, verdict) => {
  expect(judgeWatchdog(silent, 5 * M, known)).toBe(verdict);
});

describe('an arrival', () => {
  test.each<[string, string | undefined, number | undefined, number | undefined]>([
    ['nobody knows of any', undefined, undefined, undefined],
    ['a note that says nothing', '', undefined, undefined],
    ['one that cannot be read', 'x', 5, 5],
    ['here, later than elsewhere', '3', 5, 5],
    ['elsewhere, later than here', '7', 5, 7],
    ['in the future, before the clock was set back', '900', 5, 10],
  ])('%s', (_, noted, own, expected) => {
    expect(laterArrival(noted, own, 10)).toBe(expected);
  });
});

const START = 1_800_000_000_000;
const STORES: readonly (readonly [string, () => Promise<Outbox>])[] = [
  ['memory', () => Promise.resolve(openMemoryOutbox())],
  ['sqlite', () => openSqliteOutbox(':memory:')],
];

describe.each(STORES)('in %s,', (_, open) => {
  async function bench() {
    const outbox = await open();
    const time = { ticks: 0, set: 0, timeoutMs: 5 * M };
    const now = (): number => START + time.ticks + time.set;
    const start = (): Watchdog =>
      new Watchdog({
        outbox,
        settings: () => ({ alertname: 'Watchdog', timeoutMs: time.timeoutMs, channels: ['a'] }),
        log: memoryLog().log,
        clock: { now, steady: now, fromSteady: (at) => at },
        ticks: () => time.ticks,
        onStored: () => undefined,
      });
    /** What people were told since the last time. */
    const told = async (): Promise<string[]> => {
      const all: string[] = [];
      for (;;) {
        const claim = await outbox.claim('a', request(now()));
        if (claim === undefined) return all;
        await outbox.settle(claim, { kind: 'delivered', at: now() });
        for (const { kind, changes } of contentsOf(claim))
          all.push(...changes.map(({ status }) => `${kind} ${status}`));
      }
    };
    /** Time passes, and all look every five seconds. */
    const pass = async (ms: number, ...relays: Watchdog[]): Promise<void> => {
      for (const end = time.ticks + ms; time.ticks < end;) {
        time.ticks += 5_000;
        for (const relay of relays) await relay.look();
      }
    };
    return { outbox, time, now, start, told, pass };
  }

  test('over a restart a broken pipeline stays broken until the watchdog has really come', async () => {
    const { start, told, pass } = await bench();
    await pass(6 * M, start());
    expect(await told()).toEqual(['news firing']);
    const second = start();
    await pass(4 * M, second);
    expect(await told()).toEqual([]);
    second.seen();
    await pass(5_000, second);
    expect(await told()).toEqual(['news resolved']);
  });

  test('three relays tell one alert, its reminders and one end, whoever of them ends or begins meanwhile', async () => {
    const { start, told, pass } = await bench();
    const [a, b, c] = [start(), start(), start()];
    for (let minute = 0; minute < 30; minute++) {
      // AlertManager posts to one of them.
      a.seen();
      await pass(M, a, b, c);
    }
    expect(await told()).toEqual([]);
    await pass(6 * M, a, b, c);
    expect(await told()).toEqual(['news firing']);
    const again = start();
    await pass(3 * 60 * M, again, b, c);
    expect(await told()).toEqual([]);
    await pass(70 * M, again, b, c);
    expect(await told()).toEqual(['reminder firing']);
    // The one that it comes back to never told anybody of it.
    const late = start();
    late.seen();
    await pass(M, late, b);
    expect(await told()).toEqual(['news resolved']);
    await pass(4 * M, late, b, c);
    expect(await told()).toEqual([]);
  });

  test('that one relay was started anew delays only its own judgement', async () => {
    const { start, told, pass } = await bench();
    const stays = start();
    stays.seen();
    for (let minute = 0; minute < 4; minute++) await pass(M, stays, start());
    expect(await told()).toEqual([]);
    await pass(90_000, stays, start());
    expect(await told()).toEqual(['news firing']);
  });

  test('an end is told by another relay where the one that told of the silence is gone', async () => {
    const { start, told, pass } = await bench();
    const [a, b] = [start(), start()];
    await pass(6 * M, a);
    expect(await told()).toEqual(['news firing']);
    b.seen();
    await pass(2 * M, b);
    expect(await told()).toEqual(['news resolved']);
  });

  test('that it came before a restart, long ago, is no return', async () => {
    const { start, told, pass } = await bench();
    const before = start();
    await pass(6 * M, before);
    before.seen();
    // It came, and the relay ended before it could say so.
    await pass(30 * M);
    const after = start();
    await pass(4 * M, after);
    expect(await told()).toEqual(['news firing']);
    after.seen();
    await pass(5_000, after);
    expect(await told()).toEqual(['news resolved']);
  });

  test.each([-3_600_000, 3_600_000])(
    "the store's clock that is set by %d ms makes no alarm and hides none",
    async (by) => {
      const { start, told, pass, time } = await bench();
      const watchdog = start();
      watchdog.seen();
      await pass(M, watchdog);
      time.set += by;
      for (let minute = 0; minute < 10; minute++) {
        await pass(M, watchdog);
        watchdog.seen();
      }
      expect(await told()).toEqual([]);
      await pass(6 * M, watchdog);
      expect(await told()).toEqual(['news firing']);
      time.set += by;
      await pass(M, watchdog);
      watchdog.seen();
      await pass(M, watchdog);
      expect((await told()).at(-1)).toBe('news resolved');
    },
  );

  test('what an earlier version had told is taken up once', async () => {
    const { outbox, start, told, pass } = await bench();
    await outbox.note('watchdog:told', String(START - 3_600_000));
    await outbox.note('watchdog:seen', String(START - 7_200_000));
    const watchdog = start();
    await pass(10 * M, watchdog);
    expect(await told()).toEqual([]);
    watchdog.seen();
    await pass(M, watchdog, start());
    expect([await told(), await outbox.note('watchdog:told')]).toEqual([['news resolved'], '']);
    await pass(4 * M, watchdog, start());
    expect(await told()).toEqual([]);
  });

  test('nothing is written while it comes, but for its arrival', async () => {
    const { outbox, time, now } = await bench();
    let records = 0;
    const watchdog = new Watchdog({
      outbox: {
        ...outbox,
        record: (...given) => {
          records++;
          return outbox.record(...given);
        },
      },
      settings: () => ({ alertname: 'Watchdog', timeoutMs: 5 * M, channels: ['a'] }),
      log: memoryLog().log,
      clock: { now, steady: now, fromSteady: (at) => at },
      ticks: () => time.ticks,
      onStored: () => undefined,
    });
    for (let look = 0; look < 60; look++, time.ticks += 5_000) await watchdog.look();
    // Once a minute: whether another relay has told people anything.
    expect(records).toBe(5);
  });
});
