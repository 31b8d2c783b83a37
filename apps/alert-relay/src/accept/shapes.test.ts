// Alerts in shapes other than AlertManager's webhook: they are read as alerts, and what cannot be read is as urgent as
// the post says.
import { describe, expect, test } from '@jest/globals';
import { urgencyOf } from '../notification/index.js';
import { parsePost, type Parsed, type Post } from './payload.js';
import { oddAlert, unknownPost } from './own-posts.js';

const NOW = Date.parse('2026-08-22T10:05:00Z');
const LABELS = { alertname: 'CeleryWorkerDown', severity: 'critical' };
const STARTED = '2026-08-22T10:00:00Z';
const ALERT = { labels: LABELS, annotations: { summary: '…' }, startsAt: STARTED };

const parse = (value: unknown): Parsed => parsePost(Buffer.from(JSON.stringify(value)), NOW);
const read = (value: unknown): Post => {
  const parsed = parse(value);
  if (parsed.kind !== 'post') throw new Error(`a post is wanted, this is ${parsed.kind}`);
  return parsed.post;
};

describe('one alert that fires since ten', () => {
  test.each<[string, unknown]>([
    ['alone', { ...ALERT, status: 'firing' }],
    [
      'alone, with large letters',
      { Labels: LABELS, Annotations: { summary: '…' }, StartsAt: STARTED, Status: 'firing' },
    ],
    ['in a list with large letters', { Alerts: [{ Labels: LABELS, StartsAt: STARTED, Status: 'firing' }] }],
    ['in a list of the webhook, with large letters', { alerts: [{ Labels: LABELS, StartsAt: STARTED }] }],
    ['in snake case', { alerts: [{ labels: LABELS, startsAt: STARTED }], group_labels: { a: '1' } }],
    ['as an object instead of a list', { receiver: 'r', alerts: { ...ALERT, status: 'firing' } }],
    ['in an object by its number', { alerts: { '0': ALERT } }],
    [
      "of Prometheus's /api/v1/alerts",
      {
        status: 'success',
        data: { alerts: [{ labels: LABELS, annotations: {}, state: 'firing', activeAt: STARTED, value: '1e+00' }] },
      },
    ],
    [
      "of Prometheus's /api/v1/rules",
      {
        status: 'success',
        data: {
          groups: [
            { rules: [{ type: 'recording' }, { alerts: [{ labels: LABELS, state: 'firing', activeAt: STARTED }] }] },
          ],
        },
      },
    ],
    ["of AlertManager's /api/v1/alerts", { status: 'success', data: [{ ...ALERT, status: { state: 'active' } }] }],
    ["of AlertManager's /api/v2/alerts", [{ ...ALERT, status: { state: 'active', silencedBy: [] }, receivers: [] }]],
    [
      "of AlertManager's /api/v2/alerts/groups",
      [{ labels: { alertname: 'x' }, receiver: { name: 'r' }, alerts: [{ ...ALERT, status: { state: 'active' } }] }],
    ],
  ])('%s', (_, value) => {
    const { alerts, odd } = read(value);
    expect(odd).toBeUndefined();
    expect(alerts.map(({ status, labels, startsAt }) => ({ status, labels, startsAt }))).toEqual([
      { status: 'firing', labels: LABELS, startsAt: Date.parse(STARTED) },
    ]);
  });
});

test('groups are taken apart into all of their alerts', () => {
  const alertsOf = (...names: string[]) => names.map((alertname) => ({ labels: { alertname } }));
  const post = read([
    { labels: { team: 'a' }, alerts: alertsOf('x', 'y') },
    { labels: { team: 'b' }, alerts: [...alertsOf('z'), 5] },
  ]);
  expect(post.alerts.map(({ labels }) => labels['alertname'])).toEqual(['x', 'y', 'z']);
  expect(post.odd).toMatchObject({ count: 1 });
});

test("an alert is no group because of a list of the sender's own", () => {
  expect(read([{ ...ALERT, alerts: [] }]).alerts).toHaveLength(1);
});

test.each([
  { status: 'success', data: { alerts: [] } },
  { status: 'success', data: { result: [{ metric: {} }] } },
  { labels: { app: 'x' }, message: 'the disk is full' },
  { Alerts: 'none' },
  { alerts: { count: 3 } },
])('%j is no alert', (value) => {
  expect(parse(value).kind).toBe('unknown');
});

describe('an alert that cannot be read', () => {
  const told = (value: unknown) => {
    const post = read(value);
    if (post.odd === undefined) throw new Error('all of it could be read');
    const alert = oddAlert(post, post.odd, NOW);
    return [alert.labels['alertname'], alert.status, urgencyOf(alert)];
  };
  const odd = { labels: null, status: 'firing' };
  const warning = { labels: { alertname: 'x', severity: 'warning' } };

  test.each<[string, unknown]>([
    ['its common labels', { alerts: [odd, warning], commonLabels: { severity: 'critical' } }],
    ["its group's labels", { alerts: [odd, warning], groupLabels: { severity: 'Critical ' } }],
    ['the alert itself, elsewhere', { alerts: [warning, { ...odd, labels: '{severity="critical"}' }] }],
    ['its common labels, and nothing can be read', { alerts: [odd], commonLabels: { severity: 'critical' } }],
  ])('is critical where the post says so: %s', (_, post) => {
    expect(told(post)).toEqual(['AlertRelayUnreadableAlert', 'firing', 'critical']);
  });

  test('is a warning where nothing says more', () => {
    expect(told({ alerts: [odd, warning], commonLabels: { severity: 'info' } })[2]).toBe('warning');
  });

  test('raises nothing where it has ended', () => {
    const over = { labels: null, status: 'resolved' };
    expect(told({ status: 'resolved', alerts: [{ ...warning, status: 'resolved' }, over] })[1]).toBe('resolved');
    expect(told({ status: 'resolved', alerts: [5] })[1]).toBe('resolved');
    expect(told({ status: 'firing', alerts: [warning, over] })[1]).toBe('resolved');
    expect(told({ status: 'resolved', alerts: [warning, odd] })[1]).toBe('firing');
  });
});

test.each([
  ['{"labels":"severity=critical"}', 'critical'],
  ['{"event":{"severity":"CRITICAL"}}', 'critical'],
  ['{"Severity": "fatal"}', 'critical'],
  ['{"severity":"info"}', 'warning'],
  ['{"text":"hello"}', 'warning'],
])('JSON of unknown shape is as urgent as it says: %s', (text, urgency) => {
  expect(unknownPost(text, NOW).alerts.map(urgencyOf)).toEqual([urgency]);
});
