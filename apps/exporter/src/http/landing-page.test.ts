// The landing page: complete, self-contained, bounded, and deaf to hostile names.
import { describe, expect, it } from '@jest/globals';
import { landingPage } from './landing-page.js';
import { fineStatus, HOSTILE, workerStatus } from './testing.js';

const fine = fineStatus();

describe('the landing page', () => {
  it('is one document with its language, its width and its title', () => {
    const page = landingPage(fine);
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
    expect(page).toContain('<title>Celery exporter</title>');
    expect(headings(page)).toEqual([
      'Celery exporter',
      'Findings',
      'Broker',
      'Tasks that are followed',
      'Workers',
      'Queues',
      'Events by type',
      'How the queues of tasks were learnt',
      'Missed, refused, dropped',
      'Questions asked in the background',
    ]);
  });

  it('is well-formed: each element that is opened is closed in its turn', () => {
    for (const status of [fine, emptyStatus(), hostileStatus()]) expect(openElements(landingPage(status))).toEqual([]);
  });

  it('says that consumers are not known, which are not none', () => {
    const page = (consumers: number | undefined): string =>
      landingPage(fineStatus({ queues: [{ name: 'q', length: 5, consumers, oldestAge: 1 }] }));
    expect(page(undefined)).toContain('not known');
    expect(page(0)).toContain('none');
    expect(page(0)).not.toContain('not known');
  });

  it('loads nothing and runs nothing: the content security policy has nothing to stop', () => {
    expect(landingPage(fine)).not.toMatch(
      /<(script|img|link|iframe|form|object|embed|base)\b|\son\w+=|javascript:|\bsrc=|\sstyle=|http-equiv/i,
    );
  });

  it('links to the other pages without a leading slash, so that it works behind a path', () => {
    expect([...landingPage(fine).matchAll(/href="([^"]*)"/g)].map(([, to]) => to)).toEqual([
      './',
      'metrics',
      'healthz',
      'readyz',
    ]);
  });

  it('has headings for the rows and columns of each table, and a caption', () => {
    const page = landingPage(fine);
    const tables = page.split('<table>').slice(1);
    expect(tables).toHaveLength(6);
    for (const table of tables) {
      expect(table).toMatch(
        /^\n<caption>[^<]+<\/caption>\n<thead><tr>(<th scope="col"[^>]*>[^<]+<\/th>)+<\/tr><\/thead>/,
      );
      expect(table).toContain('<tr><th scope="row">');
    }
  });

  it('gives each section a name, and uses no id twice', () => {
    const page = landingPage(fine);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...page.matchAll(/aria-labelledby="([^"]+)"/g)].map(([, id]) => id)).toEqual(ids);
  });

  it('opens with one calm line where all is well', () => {
    const page = landingPage(fine);
    expect(page.match(/<li class="finding /g)).toHaveLength(1);
    expect(page).toContain('<span class="badge ok">OK</span><span>All is well</span>');
    expect(page).not.toMatch(/badge (problem|warning|note)/);
  });

  it('says the level of each finding in words', () => {
    const page = landingPage(
      fineStatus({
        events: { ...fine.events, refused: [['pickle', 3]] },
        workers: [...fine.workers, workerStatus({ nodename: 'gone@x', up: false, exit: 'shutdown' })],
      }),
    );
    expect(page).toContain('<p class="muted">1 warning, 1 note</p>');
    expect(page).toContain(
      '<span class="badge warning">Warning</span><span>3 messages were refused: <code class="brief">pickle</code></span>',
    );
    expect(page).toContain(
      '<strong>What to do:</strong> Set <code class="brief">event_serializer = &quot;json&quot;</code>',
    );
  });

  it('says that workers and queues are as last known while the broker is away', () => {
    const page = landingPage(fineStatus({ broker: { ...fine.broker, isUp: false, reason: 'nothing listens there' } }));
    expect(page.match(/As last known, before the connection was lost: /g)).toHaveLength(2);
    expect(page).toContain('<span class="badge note">was up</span>');
    expect(page).not.toContain('<span class="badge ok">up</span>');
    expect(page).toContain('nothing listens there');
  });

  it('says of an exporter that has seen nothing what will fill each table', () => {
    const page = landingPage(emptyStatus());
    expect(page).toContain('No worker has been seen.');
    expect(page).toContain('from <code class="brief">--queues</code>.');
    expect(page).toContain('No event has arrived yet.');
  });
});

describe('a long list', () => {
  const nodename = (i: number): string => `w${String(i).padStart(4, '0')}@host`;
  const workers = Array.from({ length: 300 }, (_, i) => workerStatus({ nodename: nodename(i) }));
  workers[250] = workerStatus({ nodename: nodename(250), taskEvents: 'idle' });
  workers[280] = workerStatus({ nodename: nodename(280), up: false, exit: 'died' });
  workers[270] = workerStatus({ nodename: nodename(270), up: false, exit: 'shutdown' });
  workers[260] = workerStatus({ nodename: nodename(260), missed: 5 });
  const queues = Array.from({ length: 1000 }, (_, i) => ({
    name: `q${i}`,
    length: i,
    consumers: i === 7 || i === 0 ? 0 : 1,
    oldestAge: i,
  }));
  const page = landingPage(fineStatus({ workers, queues }));

  it('stops at 200 rows and says how many more there are', () => {
    expect(rowsOf(page, 'Workers, ')).toHaveLength(200);
    expect(rowsOf(page, 'Queues, ')).toHaveLength(200);
    expect([...page.matchAll(/<p class="more">([^<]+)</g)].map(([, more]) => more)).toEqual([
      'and 100 more, not shown',
      'and 800 more, not shown',
    ]);
  });

  it('shows the workers that need a look first: died, events off, missed, gone; then the others by name', () => {
    expect(rowsOf(page, 'Workers, ').slice(0, 6)).toEqual([280, 250, 260, 270, 0, 1].map(nodename));
  });

  it('shows the queues without a consumer first, then the longest', () => {
    expect(rowsOf(page, 'Queues, ').slice(0, 3)).toEqual(['q7', 'q999', 'q998']);
    expect(page.match(/<span class="badge warning">none<\/span>/g)).toHaveLength(1);
  });
});

describe('hostile text', () => {
  const page = landingPage(hostileStatus());

  it('stays text, wherever it comes from', () => {
    const tags = new Set([...page.matchAll(/<\/?([^\s>]+)/g)].map(([, tag]) => tag));
    expect([...tags].sort()).toEqual(
      [
        '!doctype',
        'bdi',
        'body',
        'br',
        'caption',
        'code',
        'dd',
        'div',
        'dl',
        'dt',
        'h1',
        'h2',
        'h3',
        'head',
        'header',
        'html',
        'li',
        'main',
        'meta',
        'nav',
        'p',
        'section',
        'span',
        'strong',
        'style',
        'table',
        'tbody',
        'td',
        'th',
        'thead',
        'title',
        'tr',
        'ul',
        'wbr',
        'a',
      ].sort(),
    );
    expect(page).not.toContain('<script');
  });

  it('brings no control characters, marks of direction or halves of letters', () => {
    expect(page.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
  });

  it('does not make the page long', () => {
    const long = 'x'.repeat(1_000_000);
    const status = fineStatus({
      workers: [workerStatus({ nodename: long, queues: [long], pool: long, version: long, taskEvents: 'idle' })],
      queues: [{ name: long, length: 1, consumers: 0, oldestAge: 1 }],
    });
    expect(landingPage(status).length).toBeLessThan(20_000);
  });
});

function emptyStatus() {
  return fineStatus({
    uptime: 1,
    broker: { ...fine.broker, forSeconds: 0.5 },
    workers: [],
    queues: [],
    events: { total: 0, sent: 0, byType: [], refused: [], duplicates: 0, dropped: undefined },
  });
}

function hostileStatus() {
  return fineStatus({
    version: HOSTILE,
    broker: { ...fine.broker, isUp: false, url: HOSTILE, reason: HOSTILE },
    workers: [
      workerStatus({
        nodename: HOSTILE,
        queues: [HOSTILE, HOSTILE],
        pool: HOSTILE,
        version: HOSTILE,
        taskEvents: 'idle',
        missed: 1,
      }),
    ],
    queues: [{ name: HOSTILE, length: Number.NaN, consumers: -1, oldestAge: Number.NaN }],
    events: {
      ...fine.events,
      byType: [[HOSTILE, 1]],
      refused: [
        [HOSTILE, 1],
        ['__proto__', 1],
      ],
    },
    dropped: [
      [HOSTILE, 1],
      ['constructor', 1],
    ],
    pollers: [{ name: HOSTILE, secondsSinceSuccess: 1, failures: 1, lastError: HOSTILE }],
  });
}

function headings(page: string): string[] {
  return [...page.matchAll(/<h[12][^>]*>([^<]*)</g)].map(([, text]) => text ?? '');
}

/** The first cell of each row of the table whose caption begins so. */
function rowsOf(page: string, caption: string): string[] {
  const table = page.slice(page.indexOf(`<caption>${caption}`)).split('</table>')[0] ?? '';
  return [...table.matchAll(/<tr><th scope="row"><bdi>([^<]*)</g)].map(([, text]) => text ?? '');
}

function openElements(page: string): string[] {
  const open: string[] = [];
  for (const [, slash, tag = ''] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)\b[^>]*>/g)) {
    if (['meta', 'br', 'wbr'].includes(tag)) continue;
    if (slash === '') open.push(tag);
    else if (open.pop() !== tag) return [`</${tag}> out of turn`];
  }
  return open;
}
