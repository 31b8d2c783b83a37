// The demo's site on RabbitMQ: its buttons do there what they do on Redis.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Scrape, Testbed, waitFor } from '@celery-watch/testbed';
import { type CauseName, causesOf } from '../causes/table.js';
import { type StandIns, startStandIns } from './channels.js';
import { choosePorts, partsOf, type Site, startSite } from './site.js';

describe('a shop on RabbitMQ', () => {
  const bed = new Testbed();
  let standIns: StandIns;
  let site: Site;

  beforeAll(async () => {
    standIns = await startStandIns(
      () => undefined,
      () => undefined,
    );
    site = await startSite(bed, 'rabbitmq', await choosePorts('rabbitmq', false), standIns, () => undefined);
  }, 180_000);
  afterAll(async () => {
    await bed.close();
    await standIns[Symbol.asyncDispose]();
  }, 60_000);

  const found = async (what: string, find: (page: Scrape) => string | undefined): Promise<string> =>
    waitFor(async () => find(await site.metrics()), { within: 60_000, what });

  it('shows its broker among the parts, with a page of its own that answers', async () => {
    const rabbitmq = partsOf(site).find(({ name }) => name === 'RabbitMQ');
    expect(rabbitmq?.up).toBe(true);
    expect((await fetch(rabbitmq?.link ?? '')).status).toBe(200);
  });

  it.each<CauseName>(['fill', 'hang', 'stop'])(
    'the button “%s” shows on the page, and so does its repair',
    async (name) => {
      const cause = causesOf(site)[name];
      const before = await site.metrics();
      await cause.make();
      await found(`${name} is seen`, (page) => cause.seen(page, before));
      const broken = await site.metrics();
      await cause.repair();
      await found(`${name} is mended`, (page) => cause.mended(page, broken));
    },
  );

  it('has customers and workers that go on after the broker was away', async () => {
    const done = (page: Scrape): number => page.sum('celery_tasks_total', { state: 'succeeded' });
    const before = done(await site.metrics());
    await waitFor(async () => done(await site.metrics()) > before + 5, { within: 60_000, what: 'more finished tasks' });
    expect(partsOf(site).filter(({ up }) => !up)).toEqual([]);
  });
});
