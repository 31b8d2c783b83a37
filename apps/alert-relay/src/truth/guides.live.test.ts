// The runbooks that messages link to, asked of a running relay: every alert that ships has one in both languages, and
// no page leads nowhere.
import { expect, it } from '@jest/globals';
import { ALERT_CATALOGUE } from '@celery-watch/celery-protocol/alerts';
import { freePort, Testbed } from '@celery-watch/testbed';

const TOKEN = 'token-of-this-test-4711';

it('the relay serves its guides to everybody, whole and by alert, without a link that leads nowhere', async () => {
  await using bed = new Testbed();
  const relay = await bed.relay({
    config: {
      listen: `127.0.0.1:${String(await freePort())}`,
      auth: { bearer_token: TOKEN },
      storage: { path: `${bed.folder}/relay.db` },
      channels: [{ name: 'out', type: 'console' }],
      route: { channels: ['out'] },
    },
  });
  for (const { name } of ALERT_CATALOGUE) {
    for (const language of ['en', 'zh-CN']) {
      const answer = await fetch(new URL(`/runbooks/${language}/${name}`, relay.url));
      expect([name, language, answer.status]).toEqual([name, language, 200]);
      expect(await answer.text()).toContain(`id="${name.toLowerCase()}"`);
    }
  }

  const pages = new Map<string, string>();
  const waiting = [new URL('/docs/README.md', relay.url).href, new URL('/docs/README.zh-CN.md', relay.url).href];
  const dead: string[] = [];
  const wanted: { readonly from: string; readonly page: string; readonly anchor: string }[] = [];
  for (let page = waiting.pop(); page !== undefined; page = waiting.pop()) {
    if (pages.has(page)) continue;
    const answer = await fetch(page);
    const html = await answer.text();
    pages.set(page, html);
    if (answer.status !== 200) dead.push(`${page}: ${String(answer.status)}`);
    for (const [, href = ''] of html.matchAll(/href="([^"]*)"/g)) {
      const target = new URL(href.replaceAll('&amp;', '&'), page);
      if (target.host !== new URL(relay.url).host) continue;
      const anchor = decodeURIComponent(target.hash.slice(1));
      target.hash = '';
      waiting.push(target.href);
      if (anchor !== '') wanted.push({ from: page, page: target.href, anchor });
    }
  }
  for (const { from, page, anchor } of wanted)
    if (pages.get(page)?.includes(`id="${anchor}"`) !== true) dead.push(`${from}: ${page}#${anchor}`);
  expect(dead).toEqual([]);
  expect(pages.size).toBeGreaterThan(2 * ALERT_CATALOGUE.length);
  // What Markdown did not take for bold or code would stand there as it is.
  const bare = [...pages].filter(([, html]) => /\*\*/.test(html.replaceAll(/<(pre|code)[^]*?<\/\1>/g, '')));
  expect(bare.map(([page]) => page)).toEqual([]);
});
