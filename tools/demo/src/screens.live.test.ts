// The pages of the project in a real browser: the demo's inbox page with a real alert, and the exporter's page for
// people.
/// <reference lib="dom" />
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findProgram, type ReceivedMessage, Testbed, waitFor } from '@celery-watch/testbed';
import { type Browser, chromium, type Page } from 'playwright-core';
import { CauseRunner } from './causes/cause-runner.js';
import { causesOf } from './causes/table.js';
import { RecordStore } from './hops/record-store.js';
import { readJournal } from './hops/records.js';
import { watchPrometheus } from './hops/watch-prometheus.js';
import { type InboxServer, startInbox } from './inbox/server.js';
import { CHANNELS, type StandIns, startStandIns } from './parts/channels.js';
import { choosePorts, partsOf, type Ports, startSite } from './parts/site.js';

/** `tools/setup test` installs Debian's. */
const CHROMIUM = findProgram(['chromium', 'chromium-browser', 'google-chrome']);
const WITHIN = { timeout: 90_000 };
const EVIL = '<img src=x onerror="document.title=1"><script>document.title=1</script>';

interface View {
  readonly width?: number;
  readonly dark?: boolean;
}

describe('in a real browser', () => {
  const bed = new Testbed();
  const store = new RecordStore();
  const ended = new AbortController();
  let standIns: StandIns;
  let ports: Ports;
  let inbox: InboxServer;
  let browser: Browser;
  let watching: Promise<unknown>;

  beforeAll(async () => {
    ports = await choosePorts('redis', false);
    standIns = await startStandIns(
      (channel, message) => {
        store.message(channel, message);
      },
      (body) => {
        store.accepted(readJournal(body));
      },
    );
    const [site, started] = await Promise.all([
      startSite(bed, 'redis', ports, standIns, () => undefined),
      chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] }),
    ]);
    browser = started;
    const causes = causesOf(site);
    const runner = new CauseRunner({ causes, store, metrics: () => site.metrics(), everyMs: 200 });
    inbox = await startInbox(ports.inbox, { store, runner, causes, parts: () => partsOf(site) });
    watching = Promise.all([
      runner.follow(ended.signal),
      watchPrometheus(
        { store, prometheus: site.prometheus, alertmanager: site.alertmanager, everyMs: 200 },
        ended.signal,
      ),
    ]);
  }, 180_000);
  afterAll(async () => {
    ended.abort();
    await watching;
    await browser.close();
    await inbox[Symbol.asyncDispose]();
    await standIns[Symbol.asyncDispose]();
    await bed.close();
  }, 60_000);

  /** A page, and everything that its console complained of. */
  async function open(
    url: string,
    { width = 1280, dark = false }: View = {},
  ): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme: dark ? 'dark' : 'light' });
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => {
      complaints.push(error.message);
    });
    await page.goto(url);
    return { page, complaints };
  }
  const openInbox = (view?: View): ReturnType<typeof open> => open(`http://127.0.0.1:${inbox.port}/`, view);
  const widthOf = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth);

  it('an alert is made, followed, read and mended by keyboard alone', async () => {
    const { page, complaints } = await openInbox();
    // A machine without time for a scrape makes an alert pend for a moment: that passes by, and stays to be seen.
    const passedBy = page.locator('.journey .badge', { hasText: 'passed by' });
    await page.getByText('Nothing is wrong.').or(passedBy).first().waitFor(WITHIN);

    // Without its key: through the page to the button, and Enter.
    const button = page.getByRole('button', { name: 'Make tasks fail' });
    for (let steps = 0; steps < 20 && !(await button.evaluate((each) => each === document.activeElement)); steps += 1)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('status').getByText('the bank does not answer').waitFor();
    await waitFor(async () => (await button.getAttribute('aria-pressed')) === 'true', {
      within: 10_000,
      what: 'the button to be pressed',
    });

    const journey = page.locator('.journey', { hasText: 'CeleryTaskFailing' });
    await journey.locator('.hops[aria-label=Alarm] > li').nth(5).and(page.locator('.done')).waitFor(WITHIN);
    expect(await journey.locator('.hops[aria-label=Alarm] > li > b').allTextContents()).toEqual([
      'Cause',
      'Exporter',
      'Pending',
      'Firing',
      'Relay',
      'Delivered',
    ]);
    for (const channel of CHANNELS)
      await page.locator(`.message.${channel}`, { hasText: 'after the cause · CeleryTaskFailing' }).waitFor(WITHIN);
    expect(await page.locator('.message.dingtalk').first().textContent()).toContain('失败率过高');
    const mail = page.locator('.message.mail', { hasText: 'CeleryTaskFailing' }).first();
    await mail.frameLocator('iframe').getByText('Task shop.charge_card fails too often').first().waitFor(WITHIN);

    // The frame is as high as its mail: nothing of it is cut off.
    await waitFor(
      () =>
        mail
          .locator('iframe')
          .evaluate(
            (frame: HTMLIFrameElement) => frame.clientHeight >= (frame.contentDocument?.body.scrollHeight ?? Infinity),
          ),
      { within: 10_000, what: 'the frame to fit' },
    );

    await page.keyboard.press('Shift+R');
    await page.getByRole('status').getByText('the bank answers again').waitFor();
    await journey.locator('.hops[aria-label=All-clear] > li').last().and(page.locator('.done')).waitFor(WITHIN);
    for (const channel of CHANNELS)
      await page.locator(`.message.${channel}`, { hasText: 'after the repair · CeleryTaskFailing' }).waitFor(WITHIN);
    expect(await journey.locator('.badge').textContent()).toBe('resolved');
    expect(complaints).toEqual([]);
    await page.close();
  }, 240_000);

  it('a page that is opened later shows the same', async () => {
    const { page, complaints } = await openInbox();
    await page
      .locator('.message')
      .nth(2 * CHANNELS.length - 1)
      .waitFor(WITHIN);
    await page.locator('.journey').first().waitFor(WITHIN);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('a filter shows the messages of one channel', async () => {
    const { page } = await openInbox();
    await page.locator('.message.slack').first().waitFor(WITHIN);
    await page.getByRole('radio', { name: 'WeCom' }).focus();
    await page.keyboard.press('Space');
    await page.locator('.message.wecom').first().waitFor(WITHIN);
    await page
      .locator('.message.slack')
      .first()
      .waitFor({ ...WITHIN, state: 'hidden' });
    await page.close();
  });

  for (const dark of [false, true]) {
    it(`nothing is wider than a narrow phone, ${dark ? 'dark' : 'light'}`, async () => {
      for (const url of [`http://127.0.0.1:${inbox.port}/`, `http://127.0.0.1:${ports.exporter}/`]) {
        const { page, complaints } = await open(url, { width: 360, dark });
        expect([url, await widthOf(page)]).toEqual([url, 360]);
        expect(complaints).toEqual([]);
        await page.close();
      }
    });
  }

  it('only its own page presses the buttons', async () => {
    const response = await fetch(`http://127.0.0.1:${inbox.port}/cause/stop`, { method: 'POST' });
    expect(response.status).toBe(403);
  });

  it('a stopped Redis is said plainly, on both pages, and mended', async () => {
    const { page, complaints } = await openInbox();
    await page.keyboard.press('r');
    await page.locator('.parts .down', { hasText: 'Redis' }).waitFor(WITHIN);
    await page.keyboard.press('q');
    await page.getByRole('status').getByText('repair first').waitFor();
    await page.locator('.journey', { hasText: 'CeleryRedisConnectionFailed' }).waitFor(WITHIN);

    const exporter = await open(`http://127.0.0.1:${ports.exporter}/`);
    expect(await exporter.page.locator('.finding.problem').first().textContent()).toMatch(/Redis|broker/i);
    expect(exporter.complaints).toEqual([]);

    await page.keyboard.press('Shift+R');
    await page.locator('.parts .up', { hasText: 'Redis' }).waitFor(WITHIN);
    await page
      .locator('.journey', { hasText: 'CeleryRedisConnectionFailed' })
      .locator('.badge.resolved')
      .waitFor(WITHIN);
    expect(complaints).toEqual([]);
    await page.close();
    await exporter.page.close();
  }, 240_000);

  it('the exporter’s page is read by keyboard', async () => {
    const { page, complaints } = await open(`http://127.0.0.1:${ports.exporter}/`);
    expect(await page.getByRole('heading', { level: 1 }).isVisible()).toBe(true);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('A');
    expect(
      (await page.getByText('shop.charge_card').count()) + (await page.getByText('shop-2@demo').count()),
    ).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('what an alert says stays text, in every channel', async () => {
    const { page, complaints } = await openInbox();
    const raws = {
      mail: EVIL,
      slack: JSON.stringify({ text: EVIL, blocks: [{ type: 'section', text: { type: 'mrkdwn', text: EVIL } }] }),
      dingtalk: JSON.stringify({ markdown: { title: EVIL, text: EVIL } }),
      wecom: JSON.stringify({ msgtype: 'markdown', markdown: { content: EVIL } }),
      feishu: JSON.stringify({
        card: { header: { template: 'red', title: { content: EVIL } }, elements: [{ tag: 'markdown', content: EVIL }] },
      }),
    };
    for (const channel of CHANNELS) {
      const message: ReceivedMessage = {
        at: Date.now(),
        accepted: true,
        title: EVIL,
        text: EVIL,
        raw: raws[channel],
        ...(channel === 'mail' && { html: `<p>${EVIL}</p>` }),
      };
      store.message(channel, message);
    }
    for (const channel of CHANNELS)
      await page.locator(`.message.${channel}`).first().getByText('<script>').first().waitFor(WITHIN);
    expect(await page.locator('.message img, .message script').count()).toBe(0);
    // The mail's own HTML is rendered, and its frame runs and loads nothing.
    expect(await page.title()).toBe('Inbox · celery-watch demo');
    expect(complaints.filter((each) => !/Content Security Policy|sandboxed/.test(each))).toEqual([]);
    await page.close();
  });
});
