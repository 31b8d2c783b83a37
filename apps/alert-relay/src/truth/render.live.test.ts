// Making messages in the running relay: templates that run away, pauses of the machine, and posts that are answered
// meanwhile.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { scrape, startSlackReceiver, Testbed, waitFor } from '@celery-watch/testbed';
import { busyTemplate, ENDLESS } from '../render/testing-threads.js';
import { postOf, startRelayProgram, type RunningRelay } from './testing.js';

/** A good template that takes much, and less than it may. */
const HEAVY = `${busyTemplate(8, 1)} letters: {{ alert.name }}`;

async function post(relay: RunningRelay, group: string): Promise<number> {
  const begun = performance.now();
  const body = JSON.stringify(postOf(group, [{ labels: { alertname: `Alert${group}` } }]));
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${relay.url}/webhook/alertmanager`, { method: 'POST', headers, body });
  expect(answer.status).toBe(200);
  return performance.now() - begun;
}

async function startWith(bed: Testbed, url: string, alert: string): Promise<RunningRelay> {
  const templates = path.join(bed.folder, 'templates');
  mkdirSync(templates);
  writeFileSync(path.join(templates, 'alert.liquid'), alert);
  return startRelayProgram(bed, {
    channels: [{ name: 'people', type: 'slack', webhook_url: url, templates }],
    route: { channels: ['people'] },
  });
}

describe('while messages are made', () => {
  it('templates that run away cost no alert and hold up no post: the built-in ones take their place', async () => {
    await using bed = new Testbed();
    await using slack = await startSlackReceiver();
    const relay = await startWith(bed, slack.url, ENDLESS);
    await post(relay, 'one');
    let longest = 0;
    await waitFor(
      async () => {
        longest = Math.max(longest, await post(relay, `more${longest}`));
        return slack.received.some(({ text }) => text.includes('Alertone'));
      },
      { within: 60_000, what: 'the message', every: 50 },
    );
    expect(longest).toBeLessThan(1_000);
    const page = await scrape(`${relay.url}/metrics`);
    expect(page.sum('alert_relay_render_failures_total')).toBeGreaterThan(0);
    expect(page.sum('alert_relay_dead_letters')).toBe(0);
  }, 120_000);

  it('a machine that is paused again and again ends no template: only processor time counts', async () => {
    await using bed = new Testbed();
    await using slack = await startSlackReceiver();
    const relay = await startWith(bed, slack.url, HEAVY);
    await post(relay, 'one');
    for (let pause = 0; pause < 4; pause++) {
      relay.process.signal('SIGSTOP');
      await delay(2_500);
      relay.process.signal('SIGCONT');
      await delay(150);
    }
    await waitFor(() => slack.received.length > 0, { within: 60_000, what: 'the message' });
    expect(slack.received[0]?.text).toContain('letters: Alertone');
    const page = await scrape(`${relay.url}/metrics`);
    expect(page.sum('alert_relay_render_failures_total')).toBe(0);
    expect(page.sum('alert_relay_dead_letters')).toBe(0);
  }, 120_000);
});
