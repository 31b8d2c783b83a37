// The users' list of what must be shown, line by line, on the whole pipeline of real parts: Redis, Celery workers,
// exporter, Prometheus, AlertManager, relay, an SMTP server and strict stand-ins for the robots.
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ALERT_CATALOGUE, METRIC_CATALOGUE } from '@celery-watch/celery-protocol';
import {
  MONITORING,
  parsePrometheusText,
  type Prometheus,
  type ReceivedMessage,
  scrape,
  Testbed,
  waitFor,
} from '@celery-watch/testbed';
import { type Cause, causesOf } from '../causes/table.js';
import { type ChannelName, type StandIns, startStandIns } from '../parts/channels.js';
import { choosePorts, type Site, startSite } from '../parts/site.js';
import { workerEffect } from './worker-effect.js';

const run = promisify(execFile);
const ALERT = 'CeleryTaskFailing';

describe('the verification list', () => {
  const bed = new Testbed();
  const inbox: { readonly channel: ChannelName; readonly message: ReceivedMessage }[] = [];
  const journal: string[] = [];
  let standIns: StandIns;
  let site: Site;
  let prometheus: Prometheus;
  let failing: Cause;

  /** The first message of a channel with all of these words, among those that came after `from`. */
  const message = (channel: ChannelName, words: readonly string[], from = 0): Promise<ReceivedMessage> =>
    waitFor(
      () =>
        inbox
          .slice(from)
          .find(
            (each) =>
              each.channel === channel &&
              each.message.accepted &&
              words.every((word) => `${each.message.title}\n${each.message.text}`.includes(word)),
          )?.message,
      { within: 90_000, what: `a message of ${channel} with ${words.join(', ')}`, every: 100 },
    );
  const page = (): ReturnType<Site['metrics']> => site.metrics();

  beforeAll(async () => {
    standIns = await startStandIns(
      (channel, each) => {
        inbox.push({ channel, message: each });
      },
      (body) => {
        journal.push(body);
      },
    );
    site = await startSite(bed, 'redis', await choosePorts('redis', false), standIns, () => undefined);
    ({ prometheus } = site);
    failing = causesOf(site).fail;
  }, 180_000);
  afterAll(async () => {
    await bed.close();
    await standIns[Symbol.asyncDispose]();
  }, 60_000);

  describe('metrics', () => {
    it('the exporter runs', async () => {
      expect(site.exporter.process.running).toBe(true);
      expect((await fetch(`http://127.0.0.1:${site.ports.exporter}/readyz`)).status).toBe(200);
    });

    it('/metrics answers', async () => {
      const response = await fetch(`http://127.0.0.1:${site.ports.exporter}/metrics`);
      expect([response.status, response.headers.get('content-type')]).toEqual([
        200,
        'text/plain; version=0.0.4; charset=utf-8',
      ]);
    });

    it('Prometheus scrapes it', async () => {
      await waitFor(async () => (await prometheus.value('up{job="celery"}')) === 1, {
        within: 30_000,
        what: 'up{job="celery"} to be 1',
      });
      const target = (await prometheus.targets()).find(({ labels }) => labels['job'] === 'celery');
      expect(target).toMatchObject({ health: 'up', labels: { instance: 'celery-exporter', component: 'task-queue' } });
    });

    it('format, values and labels are right', async () => {
      const text = await (await fetch(`http://127.0.0.1:${site.ports.exporter}/metrics`)).text();
      await promtool(['check', 'metrics'], text);
      const known = new Map(
        METRIC_CATALOGUE.flatMap(({ name, type, labels }) =>
          type === 'histogram'
            ? ['_bucket', '_sum', '_count'].map(
                (end) => [name + end, end === '_bucket' ? [...labels, 'le'] : labels] as const,
              )
            : [[name, labels] as const],
        ),
      );
      const ours = parsePrometheusText(text).filter(({ name }) => name.startsWith('celery_'));
      expect(ours.length).toBeGreaterThan(100);
      for (const { name, labels } of ours)
        expect([name, Object.keys(labels).sort()]).toEqual([name, [...(known.get(name) ?? ['no such metric'])].sort()]);
      const metrics = await page();
      expect([metrics.value('celery_workers'), metrics.value('celery_broker_up')]).toEqual([2, 1]);
    });

    it('values follow the work in real time', async () => {
      const count = async (): Promise<number> =>
        (await page()).sum('celery_tasks_total', { name: 'shop.sync_stock', state: 'succeeded' });
      const before = await count();
      await site.shop.send('shop.sync_stock', 3);
      // Three runs of 0.3 s on four processes that have other work too.
      await waitFor(async () => (await count()) >= before + 3, {
        within: 15_000,
        what: 'three more successes of shop.sync_stock',
        every: 100,
      });
    });
  });

  describe('rules', () => {
    it('their syntax is right', async () => {
      expect(await promtool(['check', 'rules', path.join(MONITORING, 'alert_rules.yml')])).toMatch(
        /SUCCESS: \d+ rules found/,
      );
    });

    it('Prometheus has loaded them all', async () => {
      const names = [
        ...readFileSync(path.join(MONITORING, 'alert_rules.yml'), 'utf8').matchAll(
          /^ +- (?:alert|record): "?([\w:]+)"?|[{ ](?:alert|record): "?([\w:]+)"?/gm,
        ),
      ].map(([, block, flow]) => block ?? flow ?? '');
      const rules = (await prometheus.groups()).flatMap((group) => group.rules);
      expect(new Set(rules.map(({ name }) => name))).toEqual(new Set(names));
      await waitFor(
        async () => (await prometheus.groups()).flatMap((group) => group.rules).every(({ health }) => health === 'ok'),
        { within: 30_000, what: 'every rule to be evaluated without an error' },
      );
    });

    it('each fires when it should, and honours its `for`, and resolves, in tests of its own', async () => {
      const tests = globSync(path.join(MONITORING, 'tests', '*.yml'));
      await promtool(['test', 'rules', ...tests]);
      const texts = tests.map((file) => readFileSync(file, 'utf8')).join('\n');
      for (const { name } of ALERT_CATALOGUE) {
        const statements = texts
          .split(/(?=alertname:)/)
          .filter((each) => new RegExp(`^alertname: "?${name}\\b`).test(each));
        const silent = statements.filter((each) => /exp_alerts: \[\]|^(?![^]*exp_alerts)/.test(each)).length;
        // The Watchdog never rests.
        expect([name, statements.length > silent, name === 'Watchdog' || silent > 0]).toEqual([name, true, true]);
      }
    });

    it('one that waits is pending before it fires', async () => {
      await failing.make();
      const seen: string[] = [];
      await waitFor(
        async () => {
          const state = (await prometheus.stateOf(ALERT)) ?? '';
          if (seen.at(-1) !== state) seen.push(state);
          return state === 'firing';
        },
        { within: 90_000, what: `${ALERT} to fire`, every: 50 },
      );
      expect(seen.slice(-2)).toEqual(['pending', 'firing']);
    });
  });

  describe('notifications', () => {
    it('AlertManager runs, and Prometheus knows it', async () => {
      expect((await fetch(`http://127.0.0.1:${site.ports.alertmanager}/-/ready`)).status).toBe(200);
      expect(await prometheus.alertmanagers()).toBe(1);
    });

    it.each([
      ['critical', 'critical'],
      ['warning', 'warning'],
      ['none', 'default'],
    ])('routes are right: severity %s goes to the receiver %s', async (severity, receiver) => {
      const { stdout } = await run('amtool', [
        'config',
        'routes',
        'test',
        `--config.file=${path.join(MONITORING, 'alertmanager.yml')}`,
        'alertname=X',
        `severity=${severity}`,
        'component=celery',
      ]);
      expect(stdout.trim()).toBe(receiver);
    });

    it('an e-mail arrives, in English', async () => {
      const mail = await message('mail', ['shop.charge_card']);
      expect(mail.title).toMatch(/^\[WARNING\] FIRING:/);
      expect(mail.text).toContain('Task shop.charge_card fails too often');
      expect(mail.html).toContain('Task shop.charge_card fails too often');
    });

    it('a webhook is called', async () => {
      await waitFor(() => journal.some((body) => body.includes(ALERT)), {
        within: 60_000,
        what: `${ALERT} at the webhook`,
      });
    });

    it.each<[ChannelName]>([['dingtalk'], ['wecom'], ['feishu']])('%s hears of it, in Chinese', async (channel) => {
      await message(channel, ['任务 shop.charge_card 失败率过高', '告警中']);
    });

    it('Slack hears of it', async () => {
      await message('slack', ['Task shop.charge_card fails too often']);
    });

    it('the content is right: what, how much, since when, where to look', async () => {
      const { text } = await message('mail', ['shop.charge_card']);
      expect(text).toMatch(/\d+(\.\d+)?% of its executions that finished in the last 5 minutes failed/);
      expect(text).toMatch(/since \d\d:\d\d/);
      const runbook = `http://localhost:${site.ports.relay}/runbooks/en/CeleryTaskFailing`;
      expect(text).toContain(runbook);
      expect(await (await fetch(runbook)).text()).toContain('CeleryTaskFailing');
      expect(text).toContain(`http://localhost:${site.ports.prometheus}/graph?`);
      expect(text).toContain(`http://localhost:${site.ports.alertmanager}/#/silences/new?filter=`);
      const said = inbox.map((each) => each.message.raw).join('\n');
      expect(said).not.toMatch(/0001-01-01|undefined|\[object|NaN/);
    });

    it('duplicates are suppressed', async () => {
      const relay = (): ReturnType<Site['metrics']> => scrape(`http://127.0.0.1:${site.ports.relay}/metrics`);
      const before = await relay();
      const told = (): number =>
        inbox.filter(
          (each) => each.channel === 'mail' && each.message.text.includes('shop.charge_card') && each.message.accepted,
        ).length;
      const mails = told();
      // AlertManager posts the whole group again for each change in it: here a second alert of the same group.
      await postAgain();
      await postAgain();
      const after = await relay();
      expect(
        (after.value('alert_relay_alerts_total', { kind: 'duplicate' }) ?? 0) -
          (before.value('alert_relay_alerts_total', { kind: 'duplicate' }) ?? 0),
      ).toBeGreaterThanOrEqual(1);
      expect(told()).toBe(mails);
    });

    it('the end is told too, in both languages', async () => {
      const from = inbox.length;
      await failing.repair();
      await Promise.all([
        message('mail', ['shop.charge_card', 'Resolved'], from),
        message('dingtalk', ['shop.charge_card', '已恢复'], from),
        message('wecom', ['已恢复'], from),
        message('feishu', ['已恢复'], from),
        message('slack', ['Resolved'], from),
      ]);
      expect(await prometheus.stateOf(ALERT)).toBe('inactive');
    });
  });

  describe('performance', () => {
    it('the effect on the monitored system is under 5 %', async () => {
      const effect = await workerEffect();
      console.log(
        `a worker beside the exporter takes ${(100 * (effect - 1)).toFixed(1)} % more CPU for a task of 20 ms`,
      );
      expect(effect).toBeLessThan(1.05);
    }, 180_000);

    it("Prometheus' storage is fine", async () => {
      const series = (await prometheus.value('scrape_samples_post_metric_relabeling{job="celery"}')) ?? Infinity;
      // Two bytes a sample, every 15 s, for 15 days.
      expect((series * 2 * 15 * 86_400) / 15 / 1e6).toBeLessThan(500);
      expect(
        await prometheus.value(
          'prometheus_tsdb_wal_corruptions_total + prometheus_tsdb_compactions_failed_total + prometheus_tsdb_head_truncations_failed_total',
        ),
      ).toBe(0);
    });

    it('all rules together evaluate in under 1 s', async () => {
      const seconds = (await prometheus.groups()).reduce((sum, group) => sum + group.evaluationTime, 0);
      console.log(`all rules evaluate in ${(1000 * seconds).toFixed(1)} ms`);
      expect(seconds).toBeLessThan(1);
    });
  });

  /** The same group once more, as a twin in a cluster or a retry would post it. */
  async function postAgain(): Promise<void> {
    const last = JSON.parse(journal.findLast((body) => body.includes(ALERT)) ?? '{}') as {
      groups: { key: string; receiver: string; labels: object; externalURL: string }[];
      alerts: { alert: Record<string, unknown> & { startsAt: number } }[];
    };
    const [group] = last.groups;
    const alerts = last.alerts.map(({ alert }) => ({
      ...alert,
      startsAt: new Date(alert.startsAt).toISOString(),
      endsAt: '0001-01-01T00:00:00Z',
    }));
    const body = JSON.stringify({
      version: '4',
      receiver: group?.receiver,
      groupKey: group?.key.slice(group.key.indexOf('\n') + 1),
      groupLabels: group?.labels,
      externalURL: group?.externalURL,
      alerts,
      truncatedAlerts: 0,
    });
    const response = await fetch(`http://127.0.0.1:${site.ports.relay}/webhook/alertmanager`, {
      method: 'POST',
      headers: { authorization: `Bearer ${readFileSync(path.join(bed.folder, 'alertmanager', 'token'), 'utf8')}` },
      body,
    });
    expect([response.status, ((await response.json()) as { duplicate: number }).duplicate]).toEqual([
      200,
      alerts.length,
    ]);
  }
});

/** Runs promtool; rejects with its words where it is not content. */
async function promtool(args: readonly string[], input?: string): Promise<string> {
  const done = run('promtool', [...args], { maxBuffer: 1e7 });
  done.child.stdin?.end(input);
  const { stdout } = await done;
  return stdout;
}
