// The contract of the quarantine and of shared notes as tests.
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Outbox } from './outbox.js';

export function quarantineContract(open: () => Promise<Outbox>): void {
  describe('the quarantine', () => {
    let outbox: Outbox;
    beforeEach(async () => {
      outbox = await open();
    });

    it('lists the newest first without contents, gives each as it came, and drops those that are named', async () => {
      expect(await outbox.listQuarantine(10)).toEqual([]);
      const posts = [Buffer.from([0, 255, 128]), Buffer.alloc(0), Buffer.from('{"alerts": 警')];
      for (const [i, bytes] of posts.entries()) await outbox.quarantine(bytes, `reason-${i}`, 30 - i);
      const listed = await outbox.listQuarantine(10);
      expect(listed.map(({ at, reason, bytes }) => [at, reason, bytes])).toEqual([
        [28, 'reason-2', 14],
        [29, 'reason-1', 0],
        [30, 'reason-0', 3],
      ]);
      for (const [i, each] of listed.toReversed().entries()) {
        const found = await outbox.quarantined(each.id);
        expect({ ...found, content: undefined }).toEqual({ ...each, content: undefined });
        expect(Buffer.from(found?.content ?? 'missing').equals(posts[i] ?? Buffer.from('-'))).toBe(true);
      }
      expect(await outbox.listQuarantine(1)).toEqual(listed.slice(0, 1));
      expect(await outbox.listQuarantine(NaN)).toEqual(listed);
      const [newest, middle, oldest] = listed.map((each) => each.id);
      expect(await outbox.dropQuarantined([middle ?? 0, oldest ?? 0, 1e9, NaN, 0.5])).toBe(2);
      expect(await outbox.dropQuarantined([middle ?? 0])).toBe(0);
      expect(await outbox.dropQuarantined([])).toBe(0);
      expect(await outbox.quarantined(middle ?? 0)).toBeUndefined();
      expect((await outbox.listQuarantine(10)).map((each) => each.id)).toEqual([newest]);
      expect((await outbox.figures()).quarantined).toBe(1);
    });

    it('forgets what came before the time that is kept', async () => {
      for (const at of [98, 99, 100]) await outbox.quarantine(Buffer.from('x'), 'not_json', at);
      expect(await outbox.prune({ deliveredBefore: 100, seenBefore: 0 })).toBe(2);
      expect(await outbox.prune({ deliveredBefore: 100, seenBefore: 0 })).toBe(0);
      expect((await outbox.listQuarantine(10)).map((each) => each.at)).toEqual([100]);
    });

    it('never gives the id of a post that is gone to another one', async () => {
      await outbox.quarantine(Buffer.from('x'), 'not_json', 1);
      const [first] = await outbox.listQuarantine(1);
      await outbox.dropQuarantined([first?.id ?? 0]);
      await outbox.quarantine(Buffer.from('y'), 'not_json', 2);
      expect((await outbox.listQuarantine(1))[0]?.id).toBeGreaterThan(first?.id ?? Infinity);
    });
  });
}

export function notesContract(open: () => Promise<Outbox>): void {
  describe('shared notes', () => {
    let outbox: Outbox;
    beforeEach(async () => {
      outbox = await open();
    });

    it('are read and written in one step, or left as they are', async () => {
      const seen: (string | undefined)[] = [];
      const look = await outbox.changeNote('n', (value) => ({ result: seen.push(value) }));
      expect([look, seen, await outbox.note('n')]).toEqual([1, [undefined], undefined]);
      expect(await outbox.changeNote('n', () => ({ value: '', result: 'written' }))).toBe('written');
      expect(await outbox.changeNote('n', (value) => ({ value: `${value}警`, result: value }))).toBe('');
      expect(await outbox.changeNote('n', (value) => ({ result: value }))).toBe('警');
      expect([await outbox.note('n'), await outbox.note('other')]).toEqual(['警', undefined]);
    });

    it('lose no change of many at once', async () => {
      const add = (value: string | undefined): { value: string; result: number } => ({
        value: String(Number(value ?? 0) + 1),
        result: Number(value ?? 0),
      });
      const results = await Promise.all(Array.from({ length: 50 }, () => outbox.changeNote('count', add)));
      expect(await outbox.note('count')).toBe('50');
      expect(results.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    });

    it('stay as they are where the change fails', async () => {
      await outbox.note('n', 'before');
      const failing = outbox.changeNote('n', () => {
        throw new Error('it cannot be read');
      });
      await expect(failing).rejects.toThrow(/it cannot be read/);
      expect(await outbox.note('n')).toBe('before');
    });
  });
}
