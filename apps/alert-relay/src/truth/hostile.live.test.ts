// The relay where things are at their worst: a full disk, a store that is taken, bodies that nobody should send, broken
// templates, a server that hangs at the end.
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import {
  type Receiver,
  startDingtalkReceiver,
  startFeishuReceiver,
  startSlackReceiver,
  startSmtpReceiver,
  startWebhookReceiver,
  startWecomReceiver,
  Testbed,
  waitFor,
} from '@celery-watch/testbed';
import { launchRelay, postOf, PROGRAM, startRelayProgram, type TestAlert } from './testing.js';
import { messages, toldTo } from './webhook-mail.js';

const run = promisify(execFile);
const alert = (id: string, more: Partial<TestAlert> = {}): TestAlert => ({
  labels: { alertname: 'HighCeleryQueueLength', id },
  ...more,
});
const people = (url: string) => ({
  channels: [{ name: 'people', type: 'webhook', url, timeout: '2s', budget: { per_minute: 6000, per_second: 100 } }],
  route: { channels: ['people'] },
});

describe('the relay', () => {
  it.concurrent('whose disk is full answers 503, delivers what it has, and recovers without a restart', async () => {
    await using bed = new Testbed();
    await using server = await startWebhookReceiver();
    // A limit on the size of files is a full disk that needs no root; it can be lifted from outside.
    const command = [
      'bash',
      '-c',
      `trap '' XFSZ; ulimit -S -f 400; exec "$@"`,
      'limited',
      process.execPath,
      PROGRAM,
    ] as const;
    const relay = await startRelayProgram(bed, people(server.url), { command });
    const accepted: string[] = [];
    const answers = new Set<number>();
    const post = async (id: string): Promise<number> => {
      const { status } = await relay.post(postOf(id, [alert(id, { annotations: { description: 'x'.repeat(5_000) } })]));
      answers.add(status);
      if (status === 200) accepted.push(id);
      return status;
    };
    for (let n = 0; n < 400 && !answers.has(503); n++) await post(`before-${n}`);
    expect([...answers]).toEqual([200, 503]);
    await waitFor(async () => (await relay.get('/readyz')).status === 503 || (await post('again')) === 503, {
      within: 10_000,
      what: 'the disk to be full',
    });
    expect((await relay.get('/healthz')).status).toBe(200);
    const refused = await relay.page();
    expect(refused.value('alert_relay_posts_total', { result: 'unavailable' })).toBeGreaterThan(0);
    await run('prlimit', ['--pid', String(relay.process.pid), '--fsize=unlimited']);
    await waitFor(async () => (await post('after')) === 200, { within: 10_000, what: 'a post to be taken again' });
    expect((await relay.get('/readyz')).status).toBe(200);
    await relay.until(
      'everything to be delivered',
      (page) => page.sum('alert_relay_pending_notifications') === 0,
      40_000,
    );
    const told = new Set(toldTo(server).flatMap(({ alerts }) => alerts.map((each) => each.split(' ')[0])));
    expect(accepted.filter((id) => !told.has(id))).toEqual([]);
    expect(relay.process.running).toBe(true);
  });

  it.concurrent(
    'waits for a store that another one has, says what to do, and takes alerts when that one is gone',
    async () => {
      await using bed = new Testbed();
      await using server = await startWebhookReceiver();
      const relay = await startRelayProgram(bed, people(server.url));
      const second = await startRelayProgram(bed, people(server.url));
      const { status, text } = await second.get('/readyz');
      expect(status).toBe(503);
      const why =
        'is in use by another process. Stop the other relay, or give this one a file of its own (storage.path)';
      expect(text).toContain(why);
      expect(second.written()).toContain(why);
      expect((await second.post(postOf('g', [alert('a')]))).status).toBe(503);
      expect((await relay.post(postOf('g', [alert('a')]))).status).toBe(200);
      await relay.process.stop();
      await waitFor(async () => (await second.get('/readyz')).status === 200, { within: 30_000, what: 'its turn' });
      expect((await second.post(postOf('g', [alert('b')]))).status).toBe(200);
    },
  );

  it.concurrent('sends with its own templates where those of the user are broken, and counts it', async () => {
    await using bed = new Testbed();
    await using server = await startSlackReceiver();
    const templates = path.join(bed.folder, 'templates');
    await mkdir(templates);
    await writeFile(path.join(templates, 'alert.liquid'), '{% for x in %}{{ boom');
    await writeFile(path.join(templates, 'title.liquid'), '{{ alert | no_such_filter }}');
    const relay = await startRelayProgram(bed, {
      channels: [{ name: 'slack', type: 'slack', webhook_url: server.url, templates }],
      route: { channels: ['slack'] },
    });
    await relay.post(postOf('g', [alert('a', { annotations: { summary: 'Queue is long' } })]));
    await waitFor(() => server.received.some(({ accepted, text }) => accepted && text.includes('Queue is long')), {
      within: 10_000,
      what: 'the message',
    });
    expect((await relay.page()).value('alert_relay_render_failures_total', { channel: 'slack' })).toBeGreaterThan(0);
  });

  it.concurrent(
    'keeps and tells of what it cannot read: no JSON, no UTF-8, a broken gzip, an unknown shape, nothing at all',
    async () => {
      await using bed = new Testbed();
      await using server = await startWebhookReceiver();
      const relay = await startRelayProgram(bed, people(server.url));
      const headers = { 'content-encoding': 'gzip' };
      const posts = [
        await relay.post('{"alerts":[{'),
        await relay.post(Uint8Array.of(0xff, 0xfe, 0x7b)),
        await relay.post(Buffer.from('no gzip'), { headers }),
        await relay.post(''),
        await relay.post('{"grafana":"something happened"}'),
        await relay.post(gzipSync(JSON.stringify(postOf('gz', [alert('zipped')]))), { headers }),
        await relay.post(postOf('zst', [alert('x')]), { headers: { 'content-encoding': 'zstd' } }),
      ];
      expect(posts.map(({ status }) => status)).toEqual([400, 400, 400, 400, 200, 200, 400]);
      await waitFor(() => toldTo(server).some(({ alerts }) => alerts.includes('zipped firing')), {
        within: 10_000,
        what: 'the one that can be read',
      });
      await waitFor(() => toldTo(server).some(({ text }) => text.includes('something happened')), {
        within: 10_000,
        what: 'the one of unknown shape, as it is',
      });
      expect(toldTo(server).some(({ alerts }) => alerts.includes('AlertRelayUnreadablePost firing'))).toBe(true);
      const page = await relay.page();
      expect(page.value('alert_relay_posts_total', { result: 'unreadable' })).toBe(5);
      expect(page.value('alert_relay_quarantined_posts')).toBe(6);
    },
  );

  it.concurrent(
    'tells people of a post that is over the limit, since AlertManager does not send it again',
    async () => {
      await using bed = new Testbed();
      await using server = await startWebhookReceiver();
      const relay = await startRelayProgram(bed, { ...people(server.url), limits: { body_bytes: 100_000 } });
      const { status } = await relay.post(
        postOf('g', [alert('a', { annotations: { description: 'x'.repeat(200_000) } })]),
      );
      expect(status).toBe(413);
      expect((await messages(server, 1))[0]).toMatchObject({ alerts: ['AlertRelayUnreadablePost firing'] });
      expect((await relay.page()).value('alert_relay_posts_total', { result: 'refused' })).toBe(1);
    },
  );

  it.concurrent('takes a body of 16 MB, and sends what fits of it, with its name', async () => {
    await using bed = new Testbed();
    await using hook = await startWebhookReceiver();
    await using ding = await startDingtalkReceiver();
    await using mail = await startSmtpReceiver();
    const relay = await startRelayProgram(bed, {
      channels: [
        { name: 'hook', type: 'webhook', url: hook.url },
        { name: 'ding', type: 'dingtalk', webhook_url: ding.url },
        { name: 'mail', type: 'email', smtp_url: mail.url, from: 'a@example.com', to: ['b@example.com'] },
      ],
      route: { channels: ['hook', 'ding', 'mail'] },
    });
    const { status } = await relay.post(
      postOf('g', [
        alert('huge', { annotations: { summary: 'A huge alert', description: '错误 <b>&`*\n'.repeat(1_150_000) } }),
      ]),
    );
    expect(status).toBe(200);
    for (const server of [hook, ding, mail])
      await waitFor(() => server.received.some(({ accepted, text }) => accepted && text.includes('A huge alert')), {
        within: 30_000,
        what: 'the huge alert',
      });
    await relay.until(
      'nothing to be pending',
      (page) => page.sum('alert_relay_pending_notifications') + page.sum('alert_relay_dead_letters') === 0,
    );
  });

  it.concurrent('sends labels of every hostile kind through every channel, and no server refuses one', async () => {
    await using bed = new Testbed();
    await using stack = new AsyncDisposableStack();
    const servers = await allServers(stack);
    const relay = await startRelayProgram(bed, {
      channels: servers.map(({ entry }) => entry),
      route: { channels: servers.map(({ entry }) => entry.name) },
    });
    const hostile = [
      '<!channel> <@U123> <http://evil.test|click>',
      '@all @所有人 <at id=all></at> <@all>',
      '](http://evil.test) **b** `c` ~~d~~',
      '\u0000\u0007\u001b[31m',
      '\ud800 lone',
      '\u202eright to left',
      '😀'.repeat(500),
      '中文'.repeat(3_000),
      'a\r\nBcc: evil@evil.test\r\n\r\nbody',
      '</script><script>alert(1)</script>',
      '{{ 7 | times: 7 }}{% raw %}',
      '%s %n ${x} $(x)',
      '"\'\\',
      'x'.repeat(30_000),
      '\n\n\n',
      '',
      '__proto__',
      '=cmd|calc',
    ];
    for (const [index, text] of hostile.entries()) {
      const odd = {
        alertname: `Hostile${index}`,
        id: `h${index}`,
        text,
        [text.slice(0, 50) || 'empty']: 'name',
        severity: text,
      };
      expect(
        (
          await relay.post(
            postOf(
              'hostile',
              [
                {
                  labels: odd,
                  annotations: { summary: text, description: text, runbook_url: `javascript:${text}`, value: text },
                },
              ],
              { groupLabels: { text }, externalURL: text },
            ),
          )
        ).status,
      ).toBe(200);
    }
    expect((await relay.post(postOf('hostile', [{ labels: { alertname: 'LastOfAll' } }]))).status).toBe(200);
    await relay.until('everything to be told', (page) => page.sum('alert_relay_pending_notifications') === 0, 60_000);
    const page = await relay.page();
    expect(page.sum('alert_relay_dead_letters')).toBe(0);
    for (const { server, entry } of servers) {
      expect([entry.name, server.received.filter(({ accepted }) => !accepted).map(({ refusal }) => refusal)]).toEqual([
        entry.name,
        [],
      ]);
      expect([entry.name, server.received.some(({ title, text }) => `${title}${text}`.includes('LastOfAll'))]).toEqual([
        entry.name,
        true,
      ]);
    }
  });

  it.concurrent(
    'that is told to stop while a server hangs leaves within 10 s with 0, and the next one delivers',
    async () => {
      await using bed = new Testbed();
      await using server = await startWebhookReceiver();
      await using other = await startWebhookReceiver();
      const relay = await startRelayProgram(bed, {
        channels: [
          { name: 'slow', type: 'webhook', url: server.url, timeout: '60s' },
          { name: 'quick', type: 'webhook', url: other.url },
        ],
        route: { channels: ['slow', 'quick'] },
      });
      server.misbehave('timeout');
      for (const id of ['a', 'b', 'c']) await relay.post(postOf(id, [alert(id)]));
      await waitFor(() => server.received.length === 1, { within: 10_000, what: 'the server to hang' });
      const began = performance.now();
      expect(await relay.process.stop()).toEqual({ code: 0, signal: null });
      expect(performance.now() - began).toBeLessThan(10_000);
      const next = await launchRelay(bed, relay.file);
      await next.until('nothing to be pending', (page) => page.sum('alert_relay_pending_notifications') === 0);
      expect(
        toldTo(server)
          .flatMap(({ alerts }) => alerts)
          .sort(),
      ).toEqual(['a firing', 'b firing', 'c firing']);
      expect(toldTo(other)).toHaveLength(3);
    },
  );
});

interface Reached {
  readonly server: Receiver;
  readonly entry: { readonly name: string; readonly [key: string]: unknown };
}

async function allServers(stack: AsyncDisposableStack): Promise<readonly Reached[]> {
  const [hook, slack, ding, wecom, feishu, mail] = await Promise.all([
    startWebhookReceiver(),
    startSlackReceiver(),
    startDingtalkReceiver({ secret: 'SEC1' }),
    startWecomReceiver(),
    startFeishuReceiver({ secret: 'SEC2' }),
    startSmtpReceiver(),
  ]);
  for (const server of [hook, slack, ding, wecom, feishu, mail]) stack.use(server);
  return [
    { server: hook, entry: { name: 'hook', type: 'webhook', url: hook.url } },
    { server: slack, entry: { name: 'slack', type: 'slack', webhook_url: slack.url } },
    { server: ding, entry: { name: 'ding', type: 'dingtalk', webhook_url: ding.url, secret: 'SEC1' } },
    { server: wecom, entry: { name: 'wecom', type: 'wecom', webhook_url: wecom.url, locale: 'zh-CN' } },
    {
      server: feishu,
      entry: { name: 'feishu', type: 'feishu', webhook_url: feishu.url, secret: 'SEC2', locale: 'zh-CN' },
    },
    {
      server: mail,
      entry: { name: 'mail', type: 'email', smtp_url: mail.url, from: 'a@example.com', to: ['b@example.com'] },
    },
  ];
}
