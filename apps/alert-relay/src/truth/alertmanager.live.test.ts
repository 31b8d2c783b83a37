// The relay behind the real AlertManager: what a person reads when groups change, resolve and repeat, and when
// something of the way is down.
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { freePort, startWebhookReceiver, Testbed, waitFor } from '@celery-watch/testbed';
import { inSeconds, startAlertmanager } from './alertmanager.js';
import { launchRelay, settingsOf, startRelayProgram, writeConfig } from './testing.js';
import { messages, toldTo } from './webhook-mail.js';

const TOKEN = 'token-of-this-test-4711';
const alert = (id: string, alertname = 'HighCeleryQueueLength') => ({
  labels: { alertname, id, severity: 'warning' },
  annotations: { summary: `Queue ${id} is long` },
});

describe('behind the real AlertManager', () => {
  it.concurrent(
    'people read what changed: a new alert, one more, one resolved, a reminder, the end; the token comes from files',
    async () => {
      await using bed = new Testbed();
      await using people = await startWebhookReceiver();
      const tokenFile = path.join(bed.folder, 'token');
      await writeFile(tokenFile, `${TOKEN}\n`);
      const relay = await startRelayProgram(bed, {
        auth: { bearer_token_file: tokenFile },
        channels: [{ name: 'people', type: 'webhook', url: people.url }],
        route: { channels: ['people'] },
        dedup: { window: '2s', longest: '10s' },
      });
      const manager = await startAlertmanager(bed, {
        webhook: `${relay.url}/webhook/alertmanager`,
        tokenFile,
        repeatInterval: '5s',
      });
      const startsAt = inSeconds(-1);
      await manager.send({ ...alert('a'), startsAt });
      expect((await messages(people, 1))[0]).toMatchObject({
        kind: 'news',
        alerts: ['a firing'],
        counts: { firing: 1, standing: 0 },
        receiver: 'relay.main',
      });
      // Another replica of Prometheus, which saw it earlier: AlertManager takes the earlier start.
      await manager.send({ ...alert('a'), startsAt: inSeconds(-40) });
      await manager.send({ ...alert('b'), startsAt });
      expect((await messages(people, 2))[1]).toMatchObject({
        kind: 'news',
        alerts: ['b firing'],
        counts: { firing: 1, standing: 1 },
      });
      await manager.send({ ...alert('a'), startsAt, endsAt: inSeconds(-0.1) });
      expect((await messages(people, 3))[2]).toMatchObject({
        kind: 'news',
        alerts: ['a resolved'],
        counts: { resolved: 1, standing: 1 },
      });
      expect((await messages(people, 4))[3]).toMatchObject({
        kind: 'reminder',
        alerts: ['b firing'],
        counts: { reminded: 1 },
      });
      await manager.send({ ...alert('b'), startsAt, endsAt: inSeconds(-0.1) });
      await waitFor(() => toldTo(people).at(-1)?.alerts.includes('b resolved'), {
        within: 30_000,
        what: 'the end of b',
      });
      expect(
        toldTo(people)
          .slice(3, -1)
          .every(({ kind }) => kind === 'reminder'),
      ).toBe(true);
      expect((await relay.post({}, { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
      expect(relay.written()).not.toContain(TOKEN);
    },
  );

  it.concurrent('two AlertManagers of a cluster that post the same group tell people once', async () => {
    await using bed = new Testbed();
    await using people = await startWebhookReceiver();
    const relay = await startRelayProgram(bed, {
      channels: [{ name: 'people', type: 'webhook', url: people.url }],
      route: { channels: ['people'] },
    });
    const webhook = `${relay.url}/webhook/alertmanager`;
    const first = await startAlertmanager(bed, { webhook });
    const second = await startAlertmanager(bed, { webhook, peer: first.gossip });
    const startsAt = inSeconds(-1);
    const fire = { ...alert('twin'), startsAt };
    await Promise.all([first.send(fire), second.send(fire)]);
    await relay.until(
      'both to have posted',
      (page) => page.sum('alert_relay_posts_total', { result: 'accepted' }) >= 2,
    );
    const end = { ...fire, endsAt: inSeconds(-0.1) };
    await Promise.all([first.send(end), second.send(end)]);
    const page = await relay.until(
      'both to have posted the end',
      (now) =>
        now.sum('alert_relay_posts_total', { result: 'accepted' }) >= 4 &&
        now.sum('alert_relay_pending_notifications') === 0,
    );
    expect(page.value('alert_relay_alerts_total', { kind: 'news' })).toBe(2);
    expect(page.value('alert_relay_alerts_total', { kind: 'duplicate' })).toBeGreaterThanOrEqual(2);
    expect(toldTo(people).map(({ alerts }) => alerts)).toEqual([['twin firing'], ['twin resolved']]);
  });

  it.concurrent('an alert that fires while the relay is away, or answers 503, arrives after all', async () => {
    await using bed = new Testbed();
    await using people = await startWebhookReceiver();
    const port = await freePort();
    const file = await writeConfig(
      bed,
      await settingsOf(bed, {
        listen: `127.0.0.1:${port}`,
        channels: [{ name: 'people', type: 'webhook', url: people.url }],
        route: { channels: ['people'] },
      }),
    );
    const manager = await startAlertmanager(bed, { webhook: `http://127.0.0.1:${port}/webhook/alertmanager` });
    await manager.send({ ...alert('early'), startsAt: inSeconds(-1) });
    let refused = 0;
    // What a relay does that cannot store.
    const unavailable = createServer((_request, response) => {
      refused++;
      response.writeHead(503).end();
    });
    await new Promise<void>((resolve) => {
      unavailable.listen(port, '127.0.0.1', resolve);
    });
    await waitFor(() => refused >= 2, { within: 60_000, what: 'AlertManager to try again after a 503' });
    unavailable.closeAllConnections();
    await new Promise((resolve) => {
      unavailable.close(resolve);
    });
    const relay = await launchRelay(bed, file);
    expect((await messages(people, 1, 60_000))[0]).toMatchObject({ alerts: ['early firing'] });

    expect((await relay.process.stop()).code).toBe(0);
    await manager.send({ ...alert('late', 'CeleryWorkerDown'), startsAt: inSeconds(-1) });
    await launchRelay(bed, file);
    expect((await messages(people, 2, 60_000)).map(({ alerts }) => alerts)).toEqual([
      ['early firing'],
      ['late firing'],
    ]);
  });
});
