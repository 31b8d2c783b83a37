import { describe, expect, it } from '@jest/globals';
import { type Alert, compose, type Message } from '../notification/index.js';
import { type Links, NO_LINKS } from '../settings/links.js';
import { withOurLinks } from './our-links.js';

const RELAY = 'https://relay.example.com/alerts';
const GIT = 'https://git.example.com/ops/celery-watch/blob/main';
const GUIDE = 'docs/monitoring/ALERT_HANDLING_GUIDE.md';

function messageOf(alert: Partial<Alert>): Message {
  const whole = {
    status: 'firing',
    labels: { alertname: 'x' },
    annotations: {},
    startsAt: 10_000_000,
    generatorURL: '',
    fingerprint: 'f',
    ...alert,
  } as const;
  return compose(
    [
      {
        kind: 'news',
        group: { key: 'g', receiver: 'r', labels: {}, externalURL: '' },
        episode: { id: 'e', opened: true },
        acceptedAt: 0,
        changes: [whole],
        standing: { count: 0, alerts: [] },
        truncated: 0,
      },
    ],
    0,
  );
}

function told(alert: Partial<Alert>, links: Partial<Links>, locale: 'en' | 'zh-CN' = 'en'): Alert | undefined {
  return withOurLinks(messageOf(alert), { ...NO_LINKS, ...links }, locale).alerts[0]?.alert;
}

function runbookOf(annotations: Record<string, string>, links: Partial<Links>, alertname = 'x'): string | undefined {
  const alert = told({ annotations, labels: { alertname } }, links);
  return alert?.annotations['runbook_url'] ?? alert?.annotations['runbook'];
}

describe('a runbook', () => {
  it.each([
    [`${GUIDE}#celeryworkerdown`, `${GIT}/${GUIDE}#celeryworkerdown`],
    [`/${GUIDE}`, `${GIT}/${GUIDE}`],
    ['https://wiki.example.com/x', 'https://wiki.example.com/x'],
    ['javascript:alert(1)', 'javascript:alert(1)'],
    ['//evil.example.com/x', '//evil.example.com/x'],
    ['', ''],
  ])('%s leads to %s where a repository is named', (path, expected) => {
    expect(runbookOf({ runbook_url: path }, { runbookBase: GIT })).toBe(expected);
    expect(runbookOf({ runbook: path }, { runbookBase: `${GIT}/` })).toBe(expected);
    expect(runbookOf({ runbook: path }, { runbookBase: `${GIT}//` })).toBe(expected);
  });

  it('of our own rules is the relay’s page, in the language of the channel', () => {
    const alert = {
      labels: { alertname: 'CeleryWorkerDown' },
      annotations: { runbook_url: `${GUIDE}#celeryworkerdown` },
    };
    expect(told(alert, { externalUrl: RELAY })?.annotations['runbook_url']).toBe(
      `${RELAY}/runbooks/en/CeleryWorkerDown`,
    );
    expect(told(alert, { externalUrl: `${RELAY}/` }, 'zh-CN')?.annotations['runbook_url']).toBe(
      `${RELAY}/runbooks/zh-CN/CeleryWorkerDown`,
    );
    expect(told(alert, { externalUrl: RELAY, runbookBase: GIT })?.annotations['runbook_url']).toBe(
      `${GIT}/${GUIDE}#celeryworkerdown`,
    );
  });

  it('comes to an alert of ours that names none, and to no other', () => {
    expect(runbookOf({}, { externalUrl: RELAY }, 'CeleryWorkerDown')).toBe(`${RELAY}/runbooks/en/CeleryWorkerDown`);
    expect(runbookOf({}, { externalUrl: RELAY, runbookBase: GIT }, 'CeleryWorkerDown')).toBe(
      `${RELAY}/runbooks/en/CeleryWorkerDown`,
    );
    expect(runbookOf({}, { externalUrl: RELAY }, 'AlertPipelineBroken')).toBe(`${RELAY}/runbooks/en/Watchdog`);
    expect(runbookOf({}, { externalUrl: RELAY }, 'NodeDown')).toBeUndefined();
    expect(runbookOf({ runbook_url: 'ours/node.md' }, { externalUrl: RELAY }, 'NodeDown')).toBe('ours/node.md');
    expect(runbookOf({ runbook_url: 'ours/x.md' }, { externalUrl: RELAY }, 'CeleryWorkerDown')).toBe('ours/x.md');
  });

  it('stays as it is where no address is known', () => {
    const message = messageOf({ labels: { alertname: 'CeleryWorkerDown' }, annotations: { runbook_url: GUIDE } });
    expect(withOurLinks(message, NO_LINKS, 'en')).toBe(message);
  });
});

describe('a dashboard', () => {
  const GRAFANA = { grafanaUrl: 'https://grafana.example.com/g/' };
  const dashboard = (labels: Record<string, string>, more: Partial<Alert> = {}): string | undefined =>
    told({ labels, ...more }, GRAFANA)?.links?.dashboard;

  it('shows the one task that the alert names, from half an hour before it', () => {
    const labels = { alertname: 'CeleryTaskFailing', name: 'shop "a"&b/ü', broker: 'eu', severity: 'warning' };
    const url = new URL(dashboard(labels) ?? '');
    expect(url.origin + url.pathname).toBe('https://grafana.example.com/g/d/celery-task/');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      'var-broker': 'eu',
      'var-task': 'shop "a"&b/ü',
      from: String(10_000_000 - 30 * 60_000),
      to: 'now',
    });
  });

  it.each([
    ['HighCeleryTaskFailureRate', {}, '/d/celery-tasks/'],
    ['HighCeleryQueueLength', { queue: 'mail' }, '/d/celery-queues-workers/?var-queue=mail'],
    ['CeleryWorkerDown', { worker: 'a@b', job: 'x' }, '/d/celery-queues-workers/?var-job=x&var-worker=a%40b'],
    ['CeleryBrokerBlocked', { broker: 'eu' }, '/d/celery-brokers/?var-broker=eu'],
    ['CeleryEventsMissed', {}, '/d/celery-exporter-relay/'],
    ['AlertRelayDeadLetters', {}, '/d/celery-exporter-relay/'],
  ])('of %s is that of its subject', (alertname, labels, path) => {
    const url = told({ labels: { alertname, ...labels }, startsAt: undefined as never }, GRAFANA)?.links?.dashboard;
    expect(url).toBe(`https://grafana.example.com/g${path}`);
  });

  it('is not made for what has one, nor for alerts of others', () => {
    expect(dashboard({ alertname: 'Watchdog' })).toBeUndefined();
    expect(dashboard({ alertname: 'NodeDown' })).toBeUndefined();
    const named = { annotations: { dashboard_url: 'https://mine.example.com' } };
    expect(dashboard({ alertname: 'CeleryWorkerDown' }, named)).toBeUndefined();
    const theirs = { links: { dashboard: 'https://theirs.example.com', silence: 'https://s.example.com' } };
    expect(told({ labels: { alertname: 'CeleryWorkerDown' }, ...theirs }, GRAFANA)?.links).toEqual(theirs.links);
  });
});
