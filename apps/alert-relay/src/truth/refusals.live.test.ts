// The relay as a server: what it refuses is seen, and neither a log without room, nor idle connections, nor a post that
// is too large for its memory keeps it from its work.
import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { startWebhookReceiver, Testbed, waitFor } from '@celery-watch/testbed';
import { postOf, PROGRAM, startRelayProgram, type TestAlert } from './testing.js';
import { messages, toldTo } from './webhook-mail.js';

const alert = (id: string): TestAlert => ({ labels: { alertname: 'HighCeleryQueueLength', id } });
const people = (url: string) => ({
  channels: [{ name: 'people', type: 'webhook', url, timeout: '2s', budget: { per_minute: 6000, per_second: 100 } }],
  route: { channels: ['people'] },
});

describe('the relay', () => {
  it.concurrent('whose log has no room goes on, counts the lines that are lost, and stops as it should', async () => {
    await using bed = new Testbed();
    await using server = await startWebhookReceiver();
    const command = ['sh', '-c', 'exec "$@" > /dev/full', 'sh', process.execPath, PROGRAM] as const;
    const { channels } = people(server.url);
    // A channel that prints has no room either: its failures are its own.
    const both = { channels: [...channels, { name: 'log', type: 'console' }], route: { channels: ['people', 'log'] } };
    const relay = await startRelayProgram(bed, both, { command });
    expect((await relay.post(postOf('g', [alert('a')]))).status).toBe(200);
    expect((await relay.post('no JSON')).status).toBe(400);
    await waitFor(() => toldTo(server).some(({ alerts }) => alerts.includes('a firing')), {
      within: 10_000,
      what: 'the alert',
    });
    await relay.until(
      'the printing channel to have failed',
      (page) =>
        (page.value('alert_relay_deliveries_total', { channel: 'log', verdict: 'retry', reason: 'network' }) ?? 0) > 0,
    );
    expect((await relay.page()).value('alert_relay_log_lines_lost_total')).toBeGreaterThan(2);
    relay.process.signal('SIGTERM');
    expect(await relay.process.exited).toMatchObject({ code: 0 });
  });

  it.concurrent('answers a wrong path and a wrong method with the right ones, counts and logs them', async () => {
    await using bed = new Testbed();
    await using server = await startWebhookReceiver();
    const relay = await startRelayProgram(bed, { ...people(server.url), auth: { bearer_token: 'token' } });
    const headers = { authorization: 'Bearer token' };
    expect(await relay.post(postOf('g', [alert('a')]), { path: '/alerts', headers })).toEqual({
      status: 404,
      text: 'Not Found: AlertManager posts to /webhook/alertmanager; GET / lists the other paths\n',
    });
    const got = await fetch(`${relay.url}/webhook/alertmanager/team`);
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
    const posted = await relay.post('', { path: '/metrics' });
    expect([posted.status, posted.text]).toEqual([405, 'Method Not Allowed: /metrics takes GET, HEAD\n']);
    expect((await relay.post(postOf('g', [alert('a')]))).status).toBe(401);
    const refused = await relay.post('{}', { path: '/-/dead/discard', headers });
    expect(refused.status).toBe(400);
    const page = await relay.page();
    const counts = ['path', 'method', 'login', 'body', 'busy'].map((reason) =>
      page.value('alert_relay_http_refusals_total', { reason }),
    );
    expect(counts).toEqual([1, 2, 1, 1, 0]);
    expect(await relay.logged(/^a request for a path that is not there$/)).toMatchObject({
      level: 'warn',
      method: 'POST',
      path: '/alerts',
    });
    expect(relay.log().filter(({ reason }) => reason === 'method')).toHaveLength(1);
  });

  it.concurrent('takes posts although hundreds of connections that say nothing are open', async () => {
    await using bed = new Testbed();
    await using server = await startWebhookReceiver();
    const relay = await startRelayProgram(bed, { ...people(server.url), limits: { connections: 50 } });
    const { hostname, port } = new URL(relay.url);
    const idle = Array.from({ length: 300 }, () => connect(Number(port), hostname).on('error', () => undefined));
    try {
      await Promise.all(idle.map((socket) => once(socket, 'connect')));
      // The oldest are closed, and with them the one that this test has asked with so far.
      await waitFor(() => idle.filter(({ closed }) => closed).length >= 250, {
        within: 10_000,
        what: 'the oldest connections to be closed',
      });
      for (let n = 0; n < 28; n++) expect((await relay.post(postOf(`g${n}`, [alert(`a${n}`)]))).status).toBe(200);
      expect((await relay.page()).value('alert_relay_http_refusals_total', { reason: 'idle' })).toBeGreaterThan(200);
    } finally {
      for (const socket of idle) socket.destroy();
    }
  });

  it.concurrent('refuses what would not fit into its memory, and tells people', async () => {
    await using bed = new Testbed();
    await using server = await startWebhookReceiver();
    const relay = await startRelayProgram(bed, people(server.url), { nodeOptions: ['--max-old-space-size=64'] });
    const alerts = Array.from({ length: 60_000 }, (_, n) => alert(`a${n}`));
    const many = await relay.post(JSON.stringify(postOf('g', alerts)));
    expect([many.status, many.text]).toEqual([413, expect.stringMatching(/memory can take/)]);
    const empty = await relay.post(`{"alerts":[${'{},'.repeat(1_000_000)}{}]}`);
    expect([empty.status, empty.text]).toEqual([413, expect.stringMatching(/more than \d+ values/)]);
    const bomb = await relay.post(gzipSync(Buffer.alloc(60_000_000, 0x20)), {
      headers: { 'content-encoding': 'gzip' },
    });
    expect(bomb.status).toBe(413);
    expect((await messages(server, 1))[0]).toMatchObject({ alerts: ['AlertRelayUnreadablePost firing'] });
    expect((await relay.page()).value('alert_relay_http_refusals_total', { reason: 'too_large' })).toBe(3);
    expect((await relay.post(postOf('g', [alert('a')]))).status).toBe(200);
  });
});
