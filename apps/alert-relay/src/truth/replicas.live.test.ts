// Several relays on one PostgreSQL: people hear each thing once, whoever hears of it, dies, or has another file.
import { describe, expect, it } from '@jest/globals';
import {
  freePort,
  type RunningRelay,
  startSlackReceiver,
  startTcpProxy,
  startWebhookReceiver,
  Testbed,
  waitFor,
} from '@celery-watch/testbed';
import { inSeconds, startAlertmanager } from './alertmanager.js';
import { startBalancer, startReplica, startReplicas } from './replicas.js';
import { postOf } from './testing.js';
import { messages, toldTo } from './webhook-mail.js';

const ACCEPTED = ['alert_relay_posts_total', { result: 'accepted' }] as const;
const firing = (id: string) => ({ labels: { alertname: 'HighCeleryQueueLength', id } });
const webhook = (name: string, url: string) => ({ name, type: 'webhook', url });

async function sum(relays: readonly RunningRelay[], name: string, labels?: Record<string, string>): Promise<number> {
  const pages = await Promise.all(relays.map((relay) => relay.page()));
  return pages.reduce((total, page) => total + page.sum(name, labels), 0);
}

describe('relays that share a store', () => {
  it('two AlertManagers of a cluster post to any of three, and people hear of each alert and its end once', async () => {
    await using bed = new Testbed();
    await using people = await startWebhookReceiver();
    const { url } = await (await bed.postgres()).database();
    const relays = await startReplicas(bed, 3, url, {
      channels: [webhook('people', people.url)],
      route: { channels: ['people'] },
    });
    await using balancer = await startBalancer(relays);
    const first = await startAlertmanager(bed, { webhook: balancer.url });
    const second = await startAlertmanager(bed, { webhook: balancer.url, peer: first.gossip });
    const names = Array.from({ length: 8 }, (_, index) => `twin-${index}`);
    const startsAt = inSeconds(-1);
    const fire = names.map((id) => ({ labels: { alertname: id, id, severity: 'warning' }, startsAt }));
    await Promise.all([first.send(...fire), second.send(...fire)]);
    const posted = (count: number) =>
      waitFor(async () => (await sum(relays, ...ACCEPTED)) >= count, { within: 30_000, what: `${count} posts` });
    await posted(2 * names.length);
    // What ends before anybody was told of it is told as over, once.
    await waitFor(() => toldTo(people).flatMap(({ alerts }) => alerts).length >= names.length, {
      within: 30_000,
      what: 'people to know what fires',
    });
    const end = fire.map((each) => ({ ...each, endsAt: inSeconds(-0.1) }));
    await Promise.all([first.send(...end), second.send(...end)]);
    await posted(4 * names.length);
    await waitFor(async () => (await sum(relays, 'alert_relay_pending_notifications')) === 0, {
      within: 30_000,
      what: 'nothing to wait',
    });
    const told = toldTo(people).flatMap(({ alerts }) => alerts);
    expect(told.toSorted()).toEqual(names.flatMap((id) => [`${id} firing`, `${id} resolved`]).toSorted());
    for (const id of names) expect(told.indexOf(`${id} firing`)).toBeLessThan(told.indexOf(`${id} resolved`));
    // Each of the three has taken posts, and so has had a part in it.
    for (const relay of relays) expect((await relay.page()).sum(...ACCEPTED)).toBeGreaterThan(0);
  });

  it('what a killed relay was sending goes out by another within half a minute, and says that it may be told twice', async () => {
    await using bed = new Testbed();
    await using people = await startSlackReceiver();
    const { url } = await (await bed.postgres()).database();
    const settings = {
      channels: [{ name: 'people', type: 'slack', webhook_url: people.url, timeout: '60s' }],
      route: { channels: ['people'] },
    };
    const [doomed] = await startReplicas(bed, 1, url, settings);
    people.misbehave('timeout');
    await doomed?.post(postOf('g', [firing('a')]));
    await waitFor(() => people.received.length === 1, { within: 20_000, what: 'the message on its way' });
    const other = await startReplica(bed, url, settings);
    await doomed?.process.kill();
    const killedAt = performance.now();
    await waitFor(() => people.received.length === 2, { within: 60_000, what: 'the message by the other relay' });
    expect(performance.now() - killedAt).toBeLessThan(30_000);
    expect(people.received[1]?.text).toContain('Possible duplicate');
    await other.until('nothing to wait', (page) => page.sum('alert_relay_pending_notifications') === 0);
  });

  it('while relays have different files, each tells what it knows, and nothing is given up', async () => {
    await using bed = new Testbed();
    await using kept = await startWebhookReceiver();
    await using addedServer = await startWebhookReceiver();
    const [gone, nowhere] = [await freePort(), await freePort()];
    await using wayToAdded = await startTcpProxy({ host: '127.0.0.1', port: nowhere });
    const { url } = await (await bed.postgres()).database();
    const before = {
      channels: [webhook('kept', kept.url), webhook('gone', `http://127.0.0.1:${gone}/`)],
      route: { channels: ['kept', 'gone'] },
    };
    const after = {
      channels: [webhook('kept', kept.url), webhook('added', addedServer.url.replace(/:\d+/, `:${wayToAdded.port}`))],
      route: { channels: ['kept', 'added'] },
    };
    const older = await startReplica(bed, url, before);
    expect((await older.post(postOf('g1', [firing('to the gone')]))).status).toBe(200);
    // Both look at their start for what nobody knows any more: the new one at "gone", the older one at "added".
    const newer = await startReplica(bed, url, after);
    expect((await newer.post(postOf('g2', [firing('to the added')]))).status).toBe(200);
    await newer.process.stop();
    await older.process.stop();
    const again = await startReplica(bed, url, before);
    const waits = async (relay: RunningRelay) => {
      const page = await relay.page();
      const waiting = (channel: string) => page.value('alert_relay_pending_notifications', { channel });
      return { gone: waiting('gone'), added: waiting('added'), dead: page.sum('alert_relay_dead_letters') };
    };
    await waitFor(async () => (await again.page()).sum('alert_relay_pending_notifications') === 2, {
      within: 20_000,
      what: 'both to wait',
    });
    expect(await waits(again)).toEqual({ gone: 1, added: 1, dead: 0 });
    // The server of the added channel is up by now, and only a relay of the new file tells it.
    wayToAdded.lead({ host: '127.0.0.1', port: Number(new URL(addedServer.url).port) });
    const newest = await startReplica(bed, url, after);
    await messages(addedServer, 1, 60_000);
    expect(toldTo(addedServer).map(({ alerts }) => alerts)).toEqual([['to the added firing']]);
    expect(await waits(newest)).toMatchObject({ gone: 1, dead: 0 });
    expect(toldTo(kept).flatMap(({ alerts }) => alerts)).toEqual(['to the gone firing', 'to the added firing']);
  });

  it('a watchdog that stays away is told of once by all of them together, and so is its return', async () => {
    await using bed = new Testbed();
    await using people = await startWebhookReceiver();
    const { url } = await (await bed.postgres()).database();
    const relays = await startReplicas(bed, 3, url, {
      channels: [webhook('people', people.url)],
      route: { channels: ['people'] },
      watchdog: { timeout: '10s' },
    });
    const alive = postOf('watchdog', [{ labels: { alertname: 'Watchdog' } }]);
    await relays[0]?.post(alive);
    await messages(people, 1, 60_000);
    // Each of them looks every five seconds.
    const looked = performance.now() + 6_000;
    await waitFor(() => performance.now() > looked || toldTo(people).length > 1, {
      within: 10_000,
      what: 'their looks',
    });
    expect(toldTo(people)).toHaveLength(1);
    await relays[1]?.post(alive);
    await messages(people, 2, 60_000);
    // One that is posted to a third relay says nothing new.
    await relays[2]?.post(alive);
    await relays[2]?.post(postOf('g', [firing('after')]));
    await messages(people, 3, 60_000);
    const told = toldTo(people).flatMap(({ alerts }) => alerts);
    expect(told).toHaveLength(3);
    expect(told[0]).toMatch(/firing$/);
    expect(told[1]).toMatch(/resolved$/);
    expect(told[2]).toBe('after firing');
  });
});
