// What an operator does: reads the configuration again, takes a channel away, looks after dead letters, tries a
// channel; and the watchdog that stays away.
import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { startSlackReceiver, startWebhookReceiver, Testbed, waitFor } from '@celery-watch/testbed';
import {
  launchRelay,
  postOf,
  runProgram,
  settingsOf,
  startRelayProgram,
  type TestAlert,
  writeConfig,
} from './testing.js';
import { messages, toldTo } from './webhook-mail.js';

const firing = (id: string, more: Partial<TestAlert> = {}): TestAlert => ({
  labels: { alertname: 'HighCeleryQueueLength', id },
  ...more,
});

describe('an operator', () => {
  it.concurrent(
    'reloads by SIGHUP and by POST: a good file takes effect, a bad one changes nothing and says why',
    async () => {
      await using bed = new Testbed();
      await using one = await startWebhookReceiver();
      await using two = await startWebhookReceiver();
      const channels = [
        { name: 'one', type: 'webhook', url: one.url },
        { name: 'two', type: 'webhook', url: two.url },
      ];
      const settings = await settingsOf(bed, { channels, route: { channels: ['one'] } });
      const relay = await launchRelay(bed, await writeConfig(bed, settings));
      await relay.post(postOf('g1', [firing('before')]));
      await messages(one, 1);

      await writeFile(relay.file, JSON.stringify({ ...settings, route: { channels: ['too'] }, colour: 'red' }));
      const refused = await relay.post('', { path: '/-/reload' });
      expect(refused.status).toBe(400);
      expect(refused.text).toContain('nothing was changed');
      expect(refused.text).toContain('colour');
      expect(refused.text).toMatch(/too[\s\S]*two/);
      expect((await relay.page()).value('alert_relay_config_last_reload_successful')).toBe(0);
      await relay.post(postOf('g2', [firing('while bad')]));
      await messages(one, 2);
      relay.process.signal('SIGHUP');
      await waitFor(
        () =>
          relay.log().filter(({ msg }) => msg === 'the configuration was not taken: nothing has changed').length === 2,
        { within: 10_000, what: 'SIGHUP to be refused as well' },
      );

      await writeFile(relay.file, JSON.stringify({ ...settings, route: { channels: ['two'] } }));
      relay.process.signal('SIGHUP');
      await relay.logged(/^the configuration was read again$/);
      expect((await relay.page()).value('alert_relay_config_last_reload_successful')).toBe(1);
      await relay.post(postOf('g3', [firing('after')]));
      await messages(two, 1);
      await writeFile(relay.file, JSON.stringify(settings));
      expect(await relay.post('', { path: '/-/reload' })).toEqual({ status: 200, text: 'reloaded\n' });
      await relay.post(postOf('g4', [firing('again')]));
      await messages(one, 3);
      expect([toldTo(one), toldTo(two)].map((told) => told.map(({ alerts }) => alerts[0]))).toEqual([
        ['before firing', 'while bad firing', 'again firing'],
        ['after firing'],
      ]);
    },
  );

  it.concurrent(
    'who takes a channel away finds what waited for it among the dead letters, and sends it elsewhere',
    async () => {
      await using bed = new Testbed();
      await using kept = await startWebhookReceiver();
      await using gone = await startWebhookReceiver();
      const channel = (name: string, url: string) => ({ name, type: 'webhook', url, timeout: '1s' });
      const settings = await settingsOf(bed, {
        channels: [channel('kept', kept.url), channel('gone', gone.url)],
        route: { channels: ['gone'] },
      });
      const relay = await launchRelay(bed, await writeConfig(bed, settings));
      gone.misbehave({ status: 500 }, 1000);
      await relay.post(postOf('g1', [firing('a')]));
      await relay.post(postOf('g2', [firing('b')]));
      await waitFor(() => gone.received.length > 0, { within: 10_000, what: 'an attempt' });
      await writeFile(
        relay.file,
        JSON.stringify({ ...settings, channels: [channel('kept', kept.url)], route: { channels: ['kept'] } }),
      );
      expect((await relay.post('', { path: '/-/reload' })).status).toBe(200);
      const page = await relay.until(
        'dead letters',
        (now) => now.value('alert_relay_dead_letters', { channel: 'gone' }) === 2,
      );
      expect(page.sum('alert_relay_pending_notifications')).toBe(0);

      const run = (...args: string[]) => runProgram(bed, [...args, '--config', relay.file]);
      const listed = await run('dead', 'list');
      expect(listed.out.split('\n').filter((line) => line.includes('channel_removed'))).toHaveLength(2);
      // Without --to they would wait for a channel that nobody looks after.
      const nowhere = await run('dead', 'replay', '--all');
      expect([nowhere.code, nowhere.err]).toEqual([1, expect.stringContaining('gone')]);
      expect((await relay.page()).value('alert_relay_dead_letters', { channel: 'gone' })).toBe(2);
      // What does not say which letters touches none: {} once meant all.
      for (const body of [{}, { ids: [1] }, { id: ['x'] }, { channel: '' }])
        expect((await relay.post(body, { path: '/-/dead/discard' })).status).toBe(400);
      const unknown = await relay.post({ all: true, to: 'nobody' }, { path: '/-/dead/replay' });
      expect([unknown.status, unknown.text]).toEqual([400, expect.stringContaining('kept')]);
      expect(await run('dead', 'replay', '--all', '--to', 'kept')).toMatchObject({
        code: 0,
        out: '2 back in the queue',
      });
      expect((await messages(kept, 2)).map(({ alerts }) => alerts[0]).sort()).toEqual(['a firing', 'b firing']);
      await relay.until('no dead letter', (now) => now.sum('alert_relay_dead_letters') === 0);
    },
  );

  it.concurrent(
    'sees what was told to whom, and takes posts out of quarantine, with and without a running relay',
    async () => {
      await using bed = new Testbed();
      await using people = await startWebhookReceiver();
      const relay = await startRelayProgram(bed, {
        auth: { bearer_token: 'token' },
        channels: [{ name: 'people', type: 'webhook', url: people.url }],
        route: { channels: ['people'] },
      });
      const headers = { authorization: 'Bearer token' };
      people.misbehave({ status: 503 }, 1);
      await relay.post(postOf('g', [firing('a')]), { headers });
      await messages(people, 1);
      await relay.post('no JSON \u0007', { headers });
      await messages(people, 2);
      expect((await fetch(`${relay.url}/-/history`)).status).toBe(401);
      const run = (...args: string[]) => runProgram(bed, [...args, '--config', relay.file]);
      const look = async (): Promise<void> => {
        const listed = await run('history', '--label', 'id=a', '--since', '1h', '--state', 'delivered');
        expect([listed.code, listed.out.split('\n').length]).toEqual([0, 2]);
        expect(listed.out).toMatch(/delivered +2 +people +HighCeleryQueueLength/);
        expect((await run('history', '--label', 'id=b')).out).toBe('Nothing was told that fits.');
        const [id = ''] = listed.out.split('\n')[1]?.trim().split(' ') ?? [];
        const shown = await run('show', id);
        expect(shown.out).toMatch(
          /Attempt 1, .* retry \(server_error\) in \d+ ms[\s\S]*Attempt 2, .* delivered in \d+ ms/,
        );
        expect(shown.out).toContain('HighCeleryQueueLength');
        expect(JSON.parse((await run('show', id, '--json')).out)).toMatchObject({ id: Number(id), sends: [{}, {}] });
        expect(await run('show', '999')).toMatchObject({ code: 1, err: expect.stringContaining('no such delivery') });
        const [, kept = ''] = (await run('quarantine')).out.split('\n');
        expect(kept).toMatch(/no JSON/);
        const [post = ''] = kept.trim().split(' ');
        expect((await run('quarantine', 'show', post)).out).toBe('no JSON \u0007');
        const fed = await run('quarantine', 'feed', '--all');
        expect([fed.code, fed.out]).toEqual([1, expect.stringContaining('stays')]);
      };
      await look();
      expect((await relay.process.stop()).code).toBe(0);
      await look();
      expect(await run('quarantine', 'discard', '--all')).toMatchObject({ code: 0, out: '1 post thrown away' });
      expect((await run('quarantine', 'list')).out).toBe('Nothing is in quarantine.');
    },
  );

  it.concurrent('handles dead letters while the relay runs and while it does not', async () => {
    await using bed = new Testbed();
    await using people = await startWebhookReceiver();
    const relay = await startRelayProgram(bed, {
      channels: [{ name: 'people', type: 'webhook', url: people.url }],
      route: { channels: ['people'] },
    });
    people.misbehave({ status: 404 }, 3);
    for (const id of ['a', 'b', 'c']) await relay.post(postOf(id, [firing(id)]));
    await relay.until('three dead letters', (page) => page.sum('alert_relay_dead_letters') === 3);
    const run = (...args: string[]) => runProgram(bed, ['dead', ...args, '--config', relay.file]);
    const listed = await run('list');
    expect(listed.out.match(/address after 1 attempt /g)).toHaveLength(3);
    const [id = ''] = listed.out.split(' ');
    expect(await run('discard', '--id', id)).toMatchObject({ code: 0, out: '1 discarded' });
    expect(await run('replay')).toMatchObject({ code: 1, err: expect.stringContaining('--all') });
    expect((await relay.process.stop()).code).toBe(0);
    expect((await run('list')).out.split('\n').filter((line) => line.includes('address'))).toHaveLength(2);
    expect(await run('replay', '--channel', 'people')).toMatchObject({ code: 0, out: '2 back in the queue' });
    await launchRelay(bed, relay.file);
    await messages(people, 2);
  });

  it.concurrent('tries a channel: check-config, preview, send-test; and no command or log shows a secret', async () => {
    await using bed = new Testbed();
    await using slack = await startSlackReceiver();
    const settings = await settingsOf(bed, {
      auth: { basic: { username: 'am', password: 'basic-password-123' } },
      channels: [
        { name: 'slack', type: 'slack', webhook_url: slack.url },
        {
          name: 'ding',
          type: 'dingtalk',
          webhook_url: 'http://127.0.0.1:9/robot/send?access_token=ding-token-456',
          secret: 'ding-secret-789',
        },
        {
          name: 'mail',
          type: 'email',
          smtp_url: 'smtp://me:smtp-password-012@127.0.0.1:9',
          from: 'a@example.com',
          to: ['b@example.com'],
        },
        {
          name: 'hook',
          type: 'webhook',
          url: 'http://127.0.0.1:9/x?key=url-key-345',
          secret: 'hook-secret-678',
          bearer_token: 'hook-token-901',
          headers: { 'X-Key': 'header-key-234' },
        },
      ],
      route: { channels: ['slack', 'ding', 'mail', 'hook'] },
    });
    const file = await writeConfig(bed, settings);
    const broken = await writeConfig(bed, { ...settings, locale: 'klingon', storage: { paht: 'x' } }, 'broken.yml');
    const run = (...args: string[]) =>
      runProgram(bed, [...args, ...(args.includes('--config') ? [] : ['--config', file])]);
    const results = {
      checked: await run('check-config'),
      refused: await run('check-config', '--config', broken),
      preview: await run('preview', '--channel', 'slack'),
      sent: await run('send-test', '--channel', 'slack'),
      ding: await run('send-test', '--channel', 'ding'),
      mail: await run('send-test', '--channel', 'mail'),
      hook: await run('send-test', '--channel', 'hook'),
      nobody: await run('preview', '--channel', 'slak'),
    };
    expect(Object.values(results).map(({ code }) => code)).toEqual([0, 1, 0, 0, 1, 1, 1, 1]);
    expect(results.refused.err).toMatch(/locale[\s\S]*paht|paht[\s\S]*locale/);
    expect(results.preview.out).toContain('"blocks"');
    expect(results.sent.out).toBe('slack (slack): delivered, ok: ok');
    expect(results.ding.err).toContain('ding (dingtalk): retry, network');
    expect(results.nobody.err).toContain('slack');

    const relay = await launchRelay(bed, file);
    expect((await relay.post(postOf('g', [firing('a')]))).status).toBe(401);
    expect(
      (
        await relay.post(postOf('g', [firing('a')]), {
          headers: { authorization: `Basic ${btoa('am:basic-password-123')}` },
        })
      ).status,
    ).toBe(200);
    await relay.until('attempts on each channel', (page) =>
      ['ding', 'mail', 'hook'].every(
        (channel) => page.sum('alert_relay_deliveries_total', { channel, verdict: 'retry' }) > 0,
      ),
    );
    expect((await relay.page()).value('alert_relay_posts_total', { result: 'refused' })).toBe(1);
    await relay.process.stop();
    const written = [relay.written(), ...Object.values(results).flatMap(({ out, err }) => [out, err])].join('\n');
    const path = new URL(slack.url).pathname.split('/').at(-1) ?? '';
    for (const secret of [
      path,
      'basic-password-123',
      'ding-token-456',
      'ding-secret-789',
      'smtp-password-012',
      'url-key-345',
      'hook-secret-678',
      'hook-token-901',
      'header-key-234',
    ])
      expect(written).not.toContain(secret);
    expect(await readFile(file, 'utf8')).toContain('ding-secret-789');
  });

  it.concurrent('hears from the relay itself when the watchdog stays away, and when it is back', async () => {
    await using bed = new Testbed();
    await using people = await startWebhookReceiver();
    const relay = await startRelayProgram(bed, {
      watchdog: { timeout: '10s' },
      channels: [{ name: 'people', type: 'webhook', url: people.url }],
      route: { channels: ['people'] },
    });
    const watchdog = postOf('watchdog', [{ labels: { alertname: 'Watchdog' } }]);
    await relay.post(watchdog);
    expect((await messages(people, 1, 30_000))[0]).toMatchObject({ alerts: ['AlertPipelineBroken firing'] });
    await relay.post(watchdog);
    expect((await messages(people, 2, 15_000))[1]).toMatchObject({ alerts: ['AlertPipelineBroken resolved'] });
    expect((await relay.page()).value('alert_relay_watchdog_last_seen_timestamp_seconds')).toBeGreaterThan(1e9);
    expect(people.received.some(({ raw }) => raw.includes('"alertname":"Watchdog"'))).toBe(false);
  });
});
