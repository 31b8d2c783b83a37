// What the last poll found in the queues, and how old the message that is next is.
import { describe, expect, it } from '@jest/globals';
import { QueueBook } from './queue-book.js';

const NOTHING_SENT = (): undefined => undefined;

function heads(...ids: string[]): { id: string; eta: null }[] {
  return ids.map((id) => ({ id, eta: null }));
}

function read(book: QueueBook): Record<string, [number, number | undefined]> {
  return Object.fromEntries([...book].map(({ name, length, oldestSince }) => [name, [length, oldestSince]]));
}

describe('the book of queues', () => {
  it('takes the age of the next message from its task-sent', () => {
    const book = new QueueBook(10, () => undefined);
    book.read('q', 5, heads('a'), (id) => (id === 'a' ? 900 : undefined), 1000);
    expect(read(book)).toEqual({ q: [5, 900] });
  });

  it('counts from its first sight where no task-sent is known, and keeps that while it stays', () => {
    const book = new QueueBook(10, () => undefined);
    for (const now of [1000, 1010, 1020]) book.read('q', 2, heads('a'), NOTHING_SENT, now);
    expect(read(book)).toEqual({ q: [2, 1000] });
    book.read('q', 1, heads('b'), NOTHING_SENT, 1030);
    expect(read(book)).toEqual({ q: [1, 1030] });
    // The same message comes back after it was away: it is seen anew.
    book.read('q', 1, heads('a'), NOTHING_SENT, 1040);
    expect(read(book)).toEqual({ q: [1, 1040] });
  });

  it('takes one that is told by its beginning alone for another once some were taken, but not where more came', () => {
    const book = new QueueBook(10, () => undefined);
    const cut = heads('17 MB').map((head) => ({ ...head, isCut: true as const }));
    const ages = [8, 8, 9, 9, 8, 8, 7].map((length, i) => {
      const now = 1000 + i * 10;
      book.read('q', length, cut, NOTHING_SENT, now);
      return now - (book.get('q')?.oldestSince ?? NaN);
    });
    expect(ages).toEqual([0, 10, 20, 30, 0, 10, 0]);
    // What was read whole is known by its bytes.
    book.read('whole', 2, heads('a'), NOTHING_SENT, 1000);
    book.read('whole', 1, heads('a'), NOTHING_SENT, 1010);
    expect(book.get('whole')?.oldestSince).toBe(1000);
  });

  it('takes the oldest of the heads of all priority steps', () => {
    const book = new QueueBook(10, () => undefined);
    book.read('q', 3, heads('low'), NOTHING_SENT, 1000);
    book.read('q', 3, heads('high', 'low'), (id) => (id === 'high' ? 1005 : undefined), 1010);
    expect(read(book)).toEqual({ q: [3, 1000] });
  });

  it('prefers task-sent once it is known', () => {
    const book = new QueueBook(10, () => undefined);
    book.read('q', 1, heads('a'), NOTHING_SENT, 1000);
    book.read('q', 1, heads('a'), () => 700, 1010);
    expect(read(book)).toEqual({ q: [1, 700] });
  });

  it('says nothing of the age of an empty queue, and forgets its heads', () => {
    const book = new QueueBook(10, () => undefined);
    book.read('q', 1, heads('a'), NOTHING_SENT, 1000);
    book.read('q', 0, [], NOTHING_SENT, 1010);
    expect(read(book)).toEqual({ q: [0, undefined] });
    book.read('q', 1, heads('a'), NOTHING_SENT, 1020);
    expect(read(book)).toEqual({ q: [1, 1020] });
  });

  it('says nothing of the age of messages of which none is known, and remembers those that were', () => {
    const book = new QueueBook(10, () => undefined);
    book.read('q', 2, heads('a'), NOTHING_SENT, 1000);
    book.read('q', 2, undefined, NOTHING_SENT, 1010);
    expect(read(book)).toEqual({ q: [2, undefined] });
    book.read('q', 2, heads('a'), NOTHING_SENT, 1020);
    expect(read(book)).toEqual({ q: [2, 1000] });
  });

  it('counts for a message that cannot be read, too, and says why it cannot', () => {
    const book = new QueueBook(10, () => undefined);
    const unread = [{ id: '#1', eta: null, unread: 'pickle' }];
    for (const now of [1000, 1010]) book.read('q', 2, unread, NOTHING_SENT, now);
    expect(read(book)).toEqual({ q: [2, 1000] });
    expect([...book].map((queue) => queue.unread)).toEqual(['pickle']);
    book.read('q', 1, heads('a'), NOTHING_SENT, 1020);
    expect([...book].map((queue) => queue.unread)).toEqual([undefined]);
  });

  it('counts from the ETA of a message where that is to come', () => {
    const book = new QueueBook(10, () => undefined);
    const due = (eta: string) => [{ id: eta, eta }];
    // Naive: UTC, as Celery takes it.
    book.read('later', 1, due('1970-01-01T00:20:00'), NOTHING_SENT, 1000);
    book.read('past', 1, due('1970-01-01T00:10:00+00:00'), NOTHING_SENT, 1000);
    book.read('odd', 1, due('tomorrow'), NOTHING_SENT, 1000);
    expect(read(book)).toEqual({ later: [1, 1200], past: [1, 1000], odd: [1, 1000] });
  });

  it('keeps queues apart, also those whose heads have the same id', () => {
    const book = new QueueBook(10, () => undefined);
    book.read('q', 1, heads('a'), NOTHING_SENT, 1000);
    book.read('r', 2, heads('a'), NOTHING_SENT, 1001);
    expect(read(book)).toEqual({ q: [1, 1000], r: [2, 1001] });
  });

  it('follows no more queues than its limit, counts each reading that found no room, and goes on with those it has', () => {
    let dropped = 0;
    const book = new QueueBook(2, () => {
      dropped++;
    });
    for (const name of ['a', 'b', 'c', 'd', 'a', 'c']) book.read(name, 1, [], NOTHING_SENT, 1000);
    expect([dropped, Object.keys(read(book))]).toEqual([3, ['a', 'b']]);
  });

  it('forgets the queues that no source names any more, and has room again', () => {
    const book = new QueueBook(2, () => undefined);
    book.read('a', 1, [], NOTHING_SENT, 1000);
    book.read('b', 1, [], NOTHING_SENT, 1000);
    book.keepOnly(new Set(['b', 'never seen']));
    book.read('c', 7, [], NOTHING_SENT, 1000);
    expect(read(book)).toEqual({ b: [1, undefined], c: [7, undefined] });
  });
});
