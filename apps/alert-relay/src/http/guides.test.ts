import { describe, expect, it } from '@jest/globals';
import { type GuideBook, type GuideRequest, Guides, isGuidePath } from './guides.js';

const HEAD = {
  anchor: '',
  html: '<h1>Guide</h1><p><a href="#celeryone">One</a> <a href="../deployment/X.md#y">X</a></p>',
};
const ONE = {
  anchor: 'celeryone',
  html: '<h2 id="celeryone">CeleryOne</h2><p>See <a href="#celerytwo">two</a>, <a href="#elsewhere">that</a>, <a href="CELERY_MONITORING_GUIDE.md#7-x">more</a>, <a href="https://example.com/#a">out</a>.</p>',
};
const TWO = { anchor: 'celerytwo', html: '<h2 id="celerytwo">CeleryTwo</h2>' };
const BOOK: GuideBook = {
  'docs/README.md': { title: 'Documents', sections: [HEAD] },
  'docs/monitoring/ALERT_HANDLING_GUIDE.md': { title: 'What to do', sections: [HEAD, ONE, TWO] },
  'docs/monitoring/ALERT_HANDLING_GUIDE.zh-CN.md': { title: '处理手册', sections: [HEAD, ONE] },
};
const guides = new Guides(() => Promise.resolve(BOOK));

function ask(url: string, more: Partial<GuideRequest> = {}): ReturnType<Guides['answer']> {
  const isFolder = url.endsWith('/');
  const path = isFolder ? url.slice(0, -1) : url;
  return guides.answer({ path, isFolder, acceptLanguage: undefined, ifNoneMatch: undefined, ...more });
}

/** Where a request ends after its redirects, as a browser behind the path /prefix follows them. */
async function land(url: string, acceptLanguage?: string): Promise<string> {
  let at = new URL(`http://relay.example.com/prefix${url}`);
  for (let steps = 0; steps < 5; steps++) {
    const { status, headers } = await ask(at.pathname.replace('/prefix', ''), { acceptLanguage });
    if (status !== 302) return `${String(status)} ${at.pathname}`;
    at = new URL(headers['location'] as string, at);
  }
  return 'round and round';
}

const hrefs = (body: unknown): string[] => [...String(body).matchAll(/href="([^"]*)"/g)].map(([, to = '']) => to);

describe('a runbook', () => {
  it('is one section, whose links work two folders deep', async () => {
    const { status, body, headers } = await ask('/runbooks/en/CeleryOne');
    expect(status).toBe(200);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(body).toContain('<title>CeleryOne · What to do</title>');
    expect(hrefs(body)).toEqual([
      './',
      '../../docs/monitoring/ALERT_HANDLING_GUIDE.md#celeryone',
      '../zh-CN/CeleryOne',
      'CeleryTwo',
      '../../docs/monitoring/ALERT_HANDLING_GUIDE.md#elsewhere',
      '../../docs/monitoring/CELERY_MONITORING_GUIDE.md#7-x',
      'https://example.com/#a',
    ]);
  });

  it.each([
    ['/runbooks', '200 /prefix/runbooks/en/'],
    ['/runbooks/', '200 /prefix/runbooks/en/'],
    ['/runbooks/en', '200 /prefix/runbooks/en/'],
    ['/runbooks/zh-CN/', '200 /prefix/runbooks/zh-CN/'],
    ['/runbooks/celeryONE', '200 /prefix/runbooks/en/celeryONE'],
    ['/runbooks/CeleryOne/', '200 /prefix/runbooks/en/CeleryOne'],
    ['/runbooks/en/CeleryOne/', '200 /prefix/runbooks/en/CeleryOne'],
    ['/runbooks/zh-CN/CeleryTwo', '404 /prefix/runbooks/zh-CN/CeleryTwo'],
    ['/runbooks/en/a/b', '404 /prefix/runbooks/en/a/b'],
    ['/runbooks/en/%E0%A4%A', '404 /prefix/runbooks/en/%E0%A4%A'],
    ['/docs', '200 /prefix/docs/README.md'],
    ['/docs/', '200 /prefix/docs/README.md'],
    ['/docs/monitoring/', '404 /prefix/docs/monitoring/'],
    ['/docs/__proto__', '404 /prefix/docs/__proto__'],
  ])('%s ends at %s', async (url, end) => {
    expect(await land(url)).toBe(end);
  });

  it('speaks the language of the browser where the link names none', async () => {
    expect(await land('/runbooks/CeleryOne', 'zh-CN,zh;q=0.9,en;q=0.8')).toBe('200 /prefix/runbooks/zh-CN/CeleryOne');
    expect(await land('/runbooks/CeleryOne', 'de,zh;q=0.1')).toBe('200 /prefix/runbooks/en/CeleryOne');
  });

  it('that is not there is said with all that are, and nothing of the request is HTML', async () => {
    const { status, body } = await ask('/runbooks/en/%3Cscript%3E');
    expect([status, hrefs(body)]).toEqual([404, ['../../runbooks/en/CeleryOne', '../../runbooks/en/CeleryTwo']]);
    expect(body).toContain('Not here: &lt;script&gt;');
  });

  it('is not sent again to who has it', async () => {
    const { headers } = await ask('/docs/README.md');
    const again = await ask('/docs/README.md', { ifNoneMatch: `"x", ${headers['etag'] as string}` });
    expect([again.status, again.body]).toEqual([304, '']);
  });
});

it('pages that were not built are said to be missing, and looked for again', async () => {
  let tries = 0;
  const unbuilt = new Guides(() => Promise.reject(new Error(String(tries++))));
  const request = { path: '/docs/x', isFolder: false, acceptLanguage: undefined, ifNoneMatch: undefined };
  expect((await unbuilt.answer(request)).status).toBe(404);
  expect((await unbuilt.answer(request)).body).toContain('not built');
  expect(tries).toBe(2);
});

it('only its own paths are its own', () => {
  expect(['/runbooks', '/docs/x', '/runbooks/en/A'].every(isGuidePath)).toBe(true);
  expect(['/runbooksx', '/docsx', '/', '/-/docs'].some(isGuidePath)).toBe(false);
});
