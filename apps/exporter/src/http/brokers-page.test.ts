// The page of several brokers: those that need a look first, a link to each, and what the page of one shows of that.
import { describe, expect, it } from '@jest/globals';
import { brokersPage } from './brokers-page.js';
import { landingPage } from './landing-page.js';
import { fineStatus, HOSTILE, workerStatus } from './testing.js';
import type { Status } from './status.js';

const fine = fineStatus();
const named = (name: string, changes: Partial<Status> = {}): Status => {
  const status = fineStatus(changes);
  return { ...status, broker: { ...status.broker, name } };
};
const away = named('away', { broker: { ...fine.broker, isUp: false, reason: 'gone', failures: 1 } });
const silent = named('silent', { workers: [workerStatus({ up: false, exit: 'died' }), workerStatus()] });

/** The cells of each row, without their marks. */
function rows(page: string): readonly (readonly string[])[] {
  return [...page.matchAll(/<tr><th scope="row">(.*)<\/tr>/g)].map(([, row = '']) =>
    row.split(/<\/t[dh]>/).map((cell) => cell.replace(/<[^>]*>/g, '').replaceAll('\u00A0', ' ')),
  );
}

describe('the page of several brokers', () => {
  it('tells of each its state, its findings, its workers and its queues, the worst first', () => {
    const page = brokersPage([named('fine'), named('also-fine'), silent, away]);
    expect(page).toContain('3 of 4 brokers connected.');
    const url = 'redis://:[redacted]@redis.internal:6379/0';
    expect(rows(page).map((cells) => cells.slice(0, 7))).toEqual([
      ['away', 'not connected 3 d 4 h', '1 problem', 'last known: 3 of 3', 'last known: 3', 'last known: 352', url],
      ['silent', 'connected 3 d 4 h', expect.stringMatching(/^1 (problem|warning)$/), '1 of 2', '3', '352', url],
      ['also-fine', 'connected 3 d 4 h', 'none', '3 of 3', '3', '352', url],
      ['fine', 'connected 3 d 4 h', 'none', '3 of 3', '3', '352', url],
    ]);
  });

  it('says of a broker that takes no messages that it is blocked, in the colour of a warning', () => {
    const blocked = named('full', { broker: { ...fine.broker, transport: 'amqp', blockedFor: 'low on disk' } });
    const page = brokersPage([named('fine'), blocked]);
    expect(rows(page).map(([name, state]) => [name, state])).toEqual([
      ['full', 'blocked'],
      ['fine', 'connected 3 d 4 h'],
    ]);
    for (const each of [page, landingPage(blocked)])
      expect(each).toContain('<span class="badge warning">blocked</span>');
  });

  it('shows no number of a broker that was never heard', () => {
    const never = named('never', { broker: { ...fine.broker, isUp: false }, workers: [], queues: [] });
    expect(rows(brokersPage([never, named('fine')]))[0]?.slice(3, 6)).toEqual(['–', '–', '–']);
  });

  it('leads to the page of each, by links that work behind a path', () => {
    const hrefs = (page: string) => [...page.matchAll(/href="([^"]*)"/g)].map(([, to]) => to);
    expect(hrefs(brokersPage([named('a'), named('b.-_')]))).toEqual([
      './',
      'metrics',
      'healthz',
      'readyz',
      './?broker=a',
      './?broker=b.-_',
    ]);
    expect(hrefs(landingPage(named('a')))).toEqual(['./?broker=a', './', 'metrics', 'healthz', 'readyz']);
  });

  it('stands with all of its rows in the page, in no box that scrolls downwards', () => {
    const many = Array.from({ length: 20 }, (_, n) =>
      fineStatus({ broker: { ...fineStatus().broker, name: `b${n}` } }),
    );
    const page = brokersPage(many as [Status, ...Status[]]);
    expect(page).toContain('<div class="scroll whole"');
    expect(page).toContain('.scroll.whole[tabindex] { max-height: none; }');
    expect(landingPage(fineStatus())).not.toContain('class="scroll whole"');
  });

  it('shows nothing of others as markup', () => {
    const hostile = named('a', { broker: { ...fine.broker, url: HOSTILE } });
    expect(brokersPage([hostile, hostile])).not.toMatch(/<script|onload="/);
  });

  it('names the broker on its own page, and nowhere where it is the only one', () => {
    expect(landingPage(named('shop'))).toMatch(
      /<title>shop – Celery exporter<\/title>[^]*<h1>Celery exporter: broker .*shop/,
    );
    expect(landingPage(fine)).toContain('<h1>Celery exporter</h1>');
  });
});
