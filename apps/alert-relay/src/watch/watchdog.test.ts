// When the watchdog's silence is told, and when its return.
import { describe, expect, test } from '@jest/globals';
import { memoryLog } from '@celery-watch/service';
import { openMemoryOutbox } from '../outbox/memory/memory-outbox.js';
import { contentsOf, request } from '../outbox/testing.js';
import { judgeWatchdog, Watchdog, type ToldOfSilence, type WatchdogVerdict } from './watchdog.js';

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

describe('over a restart', () => {
  test('a broken pipeline stays broken until the watchdog has really come', async () => {
    const outbox = openMemoryOutbox();
    let ticks = 0;
    const start = async (): Promise<Watchdog> => {
      const watchdog = new Watchdog({
        outbox,
        settings: () => ({ alertname: 'Watchdog', timeoutMs: 5 * M, channels: ['a'] }),
        log: memoryLog().log,
        now: () => 1_800_000_000_000 + ticks,
        ticks: () => ticks,
        onStored: () => undefined,
      });
      await watchdog.restore();
      return watchdog;
    };
    const statuses = async (): Promise<string[]> => {
      const claim = await outbox.claim('a', request(1_800_000_000_000 + ticks));
      if (claim) await outbox.settle(claim, { kind: 'delivered', at: ticks });
      return contentsOf(claim).flatMap((each) => each.changes.map((alert) => alert.status));
    };
    const first = await start();
    ticks = 6 * M;
    await first.look();
    expect(await statuses()).toEqual(['firing']);
    const second = await start();
    ticks += 5_000;
    await second.look();
    expect(await statuses()).toEqual([]);
    ticks += M;
    second.seen(ticks);
    await second.look();
    expect(await statuses()).toEqual(['resolved']);
  });
});
