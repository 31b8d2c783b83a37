// What would stop the running relay, or make it answer for what it cannot keep: posts that are far too much, a store
// that is deleted, a process that is stopped.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { startSlackReceiver, startWebhookReceiver, Testbed, waitFor } from '@celery-watch/testbed';
import { launchRelay, postOf, startRelayProgram, type RunningRelay } from './testing.js';
import { messages, toldTo } from './webhook-mail.js';

const labelsOf = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`label_${i}`, `a value that is told ${i}`]));

/** The longest that `/healthz` took while `work` went on, in milliseconds. */
async function longestSilence(relay: RunningRelay, work: () => Promise<void>): Promise<number> {
  let longest = 0;
  const done = new AbortController();
  const asking = (async () => {
    while (!done.signal.aborted) {
      const asked = performance.now();
      await (await fetch(`${relay.url}/healthz`)).text();
      longest = Math.max(longest, performance.now() - asked);
      await delay(5);
    }
  })();
  await work();
  done.abort();
  await asking;
  return longest;
}

/**
 * It is answered beside the core: within some 50 ms, where the machine has time. One whose processors have three times
 * their work takes ten times that; a relay that answers nothing meanwhile takes seconds.
 */
const SILENCE_MS = 1_000;

describe('one post cannot stop the relay:', () => {
  it.each([
    ['an alert with 30,000 labels', postOf('g', [{ labels: { alertname: 'Much', ...labelsOf(30_000) } }])],
    [
      'a group with 100,000 labels',
      { ...postOf('g', [{ labels: { alertname: 'Much' } }]), groupLabels: labelsOf(100_000) },
    ],
    [
      'a thousand alerts with texts of 10 kB',
      postOf(
        'g',
        Array.from({ length: 1_000 }, (_, i) => ({
          labels: { alertname: 'Much', instance: String(i) },
          annotations: { summary: `of ${i}`, description: 'Much is *told* of <it>. '.repeat(420) },
        })),
      ),
    ],
  ])(
    '%s',
    async (_, post) => {
      await using bed = new Testbed();
      await using hook = await startWebhookReceiver();
      await using slack = await startSlackReceiver();
      const relay = await startRelayProgram(bed, {
        channels: [
          { name: 'hook', type: 'webhook', url: hook.url },
          { name: 'slack', type: 'slack', webhook_url: slack.url },
        ],
        route: { channels: ['hook', 'slack'] },
      });
      const silence = await longestSilence(relay, async () => {
        expect((await relay.post(post)).status).toBe(200);
        await relay.until('all to be told', (page) => page.sum('alert_relay_pending_notifications') === 0, 20_000);
      });
      expect(silence).toBeLessThan(SILENCE_MS);
      expect((await relay.page()).sum('alert_relay_dead_letters')).toBe(0);
      expect(slack.received.map(({ text, title }) => `${title} ${text}`).join('\n')).toContain('Much');
    },
    60_000,
  );
});

it('a store that is deleted under the relay: 503, not ready, people are told; and a clean stop loses nothing', async () => {
  await using bed = new Testbed();
  await using people = await startWebhookReceiver();
  const relay = await startRelayProgram(bed, {
    channels: [{ name: 'people', type: 'webhook', url: people.url }],
    route: { channels: ['people'] },
  });
  expect((await fetch(`${relay.url}/readyz`)).status).toBe(200);
  expect((await relay.page()).value('alert_relay_store_lost')).toBe(0);
  // It does not answer, so that the first message is on its way, and all others wait in the store.
  people.misbehave('timeout');
  const first = postOf('first', [{ labels: { alertname: 'First' } }]);
  expect((await relay.post(first)).status).toBe(200);
  const file = path.join(bed.folder, 'relay.db');
  for (const end of ['', '-wal']) rmSync(`${file}${end}`);

  expect((await relay.post(postOf('second', [{ labels: { alertname: 'Second' } }]))).status).toBe(503);
  const readyz = await fetch(`${relay.url}/readyz`);
  expect([readyz.status, await readyz.text()]).toEqual([503, expect.stringContaining('was deleted or moved away')]);
  expect((await relay.post('no JSON')).status).toBe(503);
  await relay.logged(/^the store is lost/);
  expect((await relay.page()).value('alert_relay_store_lost')).toBe(1);

  expect((await relay.process.stop()).code).toBe(0);
  expect(existsSync(file)).toBe(true);
  await launchRelay(bed, relay.file);
  const told = await messages(people, 3);
  for (const name of ['First', 'Second', 'AlertRelayStoreLost']) expect(JSON.stringify(told)).toContain(name);
}, 60_000);

function isStopped(pid: number): boolean {
  return /^\d+ \(.*\) T/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

it('a relay that is stopped again and again while it renders makes no dead letter', async () => {
  await using bed = new Testbed();
  await using people = await startWebhookReceiver();
  const relay = await startRelayProgram(bed, {
    channels: [{ name: 'people', type: 'webhook', url: people.url, budget: { per_minute: 10_000, per_second: 1_000 } }],
    route: { channels: ['people'] },
  });
  const alerts = Array.from({ length: 300 }, (_, i) => ({ labels: { alertname: 'Many', instance: String(i) } }));
  for (let round = 0; round < 6; round++) {
    for (let i = 0; i < 4; i++) await relay.post(postOf(`g${round}-${i}`, alerts));
    relay.process.signal('SIGSTOP');
    // Longer than any message may take to be rendered.
    const begin = performance.now();
    await waitFor(() => isStopped(relay.process.pid) && performance.now() - begin > 700, {
      within: 10_000,
      what: 'the relay to have stood still for long enough',
    });
    relay.process.signal('SIGCONT');
  }
  await relay.until('all to be told', (page) => page.sum('alert_relay_pending_notifications') === 0, 30_000);
  expect((await relay.page()).sum('alert_relay_dead_letters')).toBe(0);
  expect(toldTo(people).length).toBeGreaterThan(0);
}, 60_000);
