// What is held back: who tells it, when, and how often.
import { describe, expect, test } from '@jest/globals';
import { openMemoryOutbox, StoredNotToStay, StoreUnavailable, type Outbox } from '../outbox/index.js';
import { alert, bench, group, NOW, words } from './testing.js';

describe('two AlertManagers out of step', () => {
  const ends = (given: ReturnType<typeof alert>): object => ({
    ...given,
    status: 'resolved',
    endsAt: new Date(NOW + 20_000).toISOString(),
  });
  const run = async (outbox: Outbox = openMemoryOutbox()) => {
    const all = bench(outbox);
    const at = async (second: number, ...alerts: object[]): Promise<void> => {
      all.clock.now = NOW + second * 1_000;
      await all.acceptor.tellHeld();
      if (alerts.length > 0) await all.post(group(...alerts));
    };
    await at(10, alert('x'));
    await at(20, ends(alert('x')));
    await at(25, alert('x'));
    return { ...all, at };
  };

  test('that post firing, resolved, firing, resolved: people read that it fired and ended', async () => {
    const { at, told, outbox } = await run();
    await at(40, ends(alert('x')));
    await at(400);
    expect(words(await told('root'))).toEqual(['news: x firing', 'news: x resolved']);
    expect(await outbox.held()).toEqual([]);
  });

  test('and of which the last word is that it fires: people read that it had ended and fires again', async () => {
    const { at, told } = await run();
    expect(words(await told('root'))).toEqual(['news: x firing', 'news: x resolved']);
    await at(84);
    expect(await told('root')).toEqual([]);
    await at(85);
    expect(await told('root')).toMatchObject([
      { kind: 'news', changes: [{ status: 'firing', startsAt: NOW, endedBefore: NOW + 20_000 }] },
    ]);
    await at(90, ends(alert('x')));
    expect(words(await told('root'))).toEqual(['news: x resolved']);
  });

  test('the word that is held back survives a restart, and waits where the store fails', async () => {
    const { outbox, at } = await run();
    await at(30);
    const later = bench(outbox);
    later.clock.now = NOW + 90_000;
    const failing = bench({ ...outbox, record: () => Promise.reject(new StoreUnavailable('disk full')) });
    failing.clock.now = NOW + 90_000;
    await expect(failing.acceptor.tellHeld()).rejects.toThrow('disk full');
    await later.acceptor.tellHeld();
    expect(words(await later.told('root'))).toContain('news: x firing');
    expect(await outbox.held()).toEqual([]);
  });

  test('and two relays that come to tell it at once tell it once', async () => {
    const { outbox, told } = await run();
    await told('root');
    const both = [bench(outbox), bench(outbox)];
    for (const { clock } of both) clock.now = NOW + 90_000;
    await Promise.all(both.map(({ acceptor }) => acceptor.tellHeld()));
    expect(words(await told('root'))).toEqual(['news: x firing']);
    expect([await outbox.held(), (await outbox.figures()).quarantined]).toEqual([[], 0]);
  });

  test('and another relay tells it where the one that took it is gone', async () => {
    const outbox = openMemoryOutbox();
    const other = bench(outbox);
    // It has looked before, and found nothing.
    await other.acceptor.tellHeld();
    const { told } = await run(outbox);
    await told('root');
    other.clock.now = NOW + 90_000;
    for (let second = 0; second < 10; second++) await other.acceptor.tellHeld();
    expect(words(await told('root'))).toEqual(['news: x firing']);
  });

  test('one that cannot be told holds up no other, is kept for people, and they hear of it', async () => {
    const { outbox, at, told, lines } = await run();
    await told('root');
    // An alert that has no labels; and what is none at all.
    for (const content of ['{"post":{"group":{"key":"g"},"alerts":[null]}}', '{}'])
      await outbox.record('poison', [], () => ({
        states: new Map(),
        episode: undefined,
        entries: [],
        held: { dueAt: NOW, content },
      }));
    await at(90);
    expect(words(await told('root'))).toEqual([
      'news: AlertRelayUnreadablePost firing',
      expect.stringMatching(/x firing/),
    ]);
    expect([await outbox.held(), (await outbox.figures()).quarantined]).toEqual([[], 2]);
    expect(lines.filter(({ msg }) => msg === 'what was held back cannot be told')).toHaveLength(2);
  });

  test('where the store fails for one, the others are told all the same', async () => {
    const { outbox } = await run();
    await outbox.record('other', [], () => ({
      states: new Map(),
      episode: undefined,
      entries: [],
      held: { dueAt: NOW, content: JSON.stringify({ post: { group: { key: 'bad' }, alerts: [alert('y')] } }) },
    }));
    const { acceptor, clock, told } = bench({
      ...outbox,
      record: (key, ...given) =>
        key === 'bad' ? Promise.reject(new StoreUnavailable('too big')) : outbox.record(key, ...given),
    });
    clock.now = NOW + 90_000;
    await expect(acceptor.tellHeld()).rejects.toThrow('too big');
    expect(words(await told('root'))).toContain('news: x firing');
    expect(await outbox.held()).toHaveLength(1);
  });

  test('what a lost store took is told once', async () => {
    const { outbox } = await run();
    const { acceptor, clock, told } = bench({
      ...outbox,
      record: async (...given) => {
        await outbox.record(...given);
        throw new StoredNotToStay('relay.db was deleted');
      },
    });
    clock.now = NOW + 90_000;
    await acceptor.tellHeld();
    expect(words(await told('root')).filter((each) => each === 'news: x firing')).toHaveLength(2);
    expect(await outbox.held()).toEqual([]);
  });

  test('and a clock that is set back does not keep it longer', async () => {
    const { at, told } = await run();
    await told('root');
    await at(-3_600);
    expect(words(await told('root'))).toEqual(['news: x firing']);
  });
});
