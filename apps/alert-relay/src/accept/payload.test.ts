// The door for posts: AlertManager's own shape, what other versions and senders make of it, and what is no post at all.
import { describe, expect, test } from '@jest/globals';
import { hashOfLabels, identityOf } from '../notification/index.js';
import { parsePost, unquoteReceiver, type Parsed, type Post } from './payload.js';

const NOW = Date.parse('2026-08-22T10:05:00Z');
const parse = (value: unknown): Parsed =>
  parsePost(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), NOW);

const ALERT = {
  status: 'firing',
  labels: { alertname: 'HighCeleryQueueLength', queue: 'default', severity: 'warning' },
  annotations: { summary: '…' },
  startsAt: '2026-08-22T10:00:00.123Z',
  endsAt: '0001-01-01T00:00:00Z',
  generatorURL: 'http://prometheus:9090/graph?g0.expr=x',
  fingerprint: '1a2b3c4d5e6f7081',
};
const POST = {
  receiver: String.raw`ops\.cn`,
  status: 'firing',
  alerts: [ALERT],
  notification_reason: 'first notification',
  groupLabels: { alertname: 'HighCeleryQueueLength' },
  commonLabels: {},
  commonAnnotations: {},
  routeLabels: {},
  externalURL: 'http://alertmanager:9093',
  version: '4',
  groupKey: '{}/{team="celery"}:{alertname="x"}',
  truncatedAlerts: 0,
};

const read = (value: unknown): Post => {
  const parsed = parse(value);
  if (parsed.kind !== 'post') throw new Error(`a post is wanted, this is ${parsed.kind}`);
  return parsed.post;
};

describe('a post of AlertManager', () => {
  test('is read, with the quoting of its receiver taken off and no end for what fires', () => {
    expect(parse(POST)).toEqual({
      kind: 'post',
      post: {
        receiver: 'ops.cn',
        groupKey: POST.groupKey,
        groupLabels: { ...POST.groupLabels },
        externalURL: POST.externalURL,
        truncated: 0,
        reason: 'change',
        alerts: [
          {
            status: 'firing',
            labels: ALERT.labels,
            annotations: ALERT.annotations,
            startsAt: Date.parse(ALERT.startsAt),
            generatorURL: ALERT.generatorURL,
            fingerprint: ALERT.fingerprint,
          },
        ],
      },
    });
  });

  test('a resolved alert has its end; the year 0001 is none', () => {
    const read = parse({
      ...POST,
      alerts: [
        { ...ALERT, status: 'resolved', endsAt: '2026-08-22T10:04:00Z' },
        { ...ALERT, status: 'resolved' },
      ],
    });
    expect(read.kind === 'post' && read.post.alerts.map((each) => each.endsAt)).toEqual([
      Date.parse('2026-08-22T10:04:00Z'),
      undefined,
    ]);
  });

  test('a time without its zone is UTC, wherever the relay runs', () => {
    const read = parse({ ...POST, alerts: [{ ...ALERT, startsAt: '2026-03-08T02:30:00.5' }] });
    expect(read.kind === 'post' && read.post.alerts[0]?.startsAt).toBe(Date.UTC(2026, 2, 8, 2, 30, 0, 500));
  });

  test('missing and unknown fields are no reason to refuse', () => {
    const read = parse({ alerts: [{ labels: { alertname: 'x', number: 5 }, somethingNew: true }], extra: [] });
    expect(read.kind === 'post' && read.post).toMatchObject({
      receiver: '',
      groupKey: '{}',
      alerts: [{ status: 'firing', labels: { alertname: 'x', number: '5' } }],
    });
    expect(read.kind === 'post' && read.post.alerts[0]?.fingerprint).toMatch(/^[0-9a-f]{16}$/);
  });

  test('a label named like a part of JavaScript is a label', () => {
    const read = parsePost(
      Buffer.from('{"alerts":[{"labels":{"__proto__":"x","constructor":"y","alertname":"z"}}]}'),
      NOW,
    );
    expect(read.kind === 'post' && Object.entries(read.post.alerts[0]?.labels ?? {})).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['alertname', 'z'],
    ]);
  });

  test.each([
    [-3, 0],
    ['7', 7],
    [' 3 ', 3],
    ['many', 0],
    ['-3', 0],
    [4, 4],
    [Infinity, 0],
  ])('truncatedAlerts %p counts as %p', (given, expected) => {
    const read = parsePost(
      Buffer.from(JSON.stringify(POST).replace('"truncatedAlerts":0', `"truncatedAlerts":${JSON.stringify(given)}`)),
      NOW,
    );
    expect(read.kind === 'post' && read.post.truncated).toBe(expected);
  });
});

describe('null', () => {
  test('is nothing, wherever it stands', () => {
    const post = read({
      alerts: [
        {
          status: null,
          labels: { alertname: 'x', host: null },
          annotations: { summary: null, description: 'down' },
          startsAt: null,
          endsAt: null,
          generatorURL: null,
          fingerprint: null,
          values: null,
          valueString: null,
          silenceURL: null,
          dashboardURL: '',
        },
        { labels: { alertname: 'y' }, annotations: null },
      ],
      receiver: null,
      groupKey: null,
      groupLabels: null,
      externalURL: null,
      truncatedAlerts: null,
      notification_reason: null,
    });
    expect(post).toEqual({
      receiver: '',
      groupKey: '{}',
      groupLabels: {},
      externalURL: '',
      truncated: 0,
      alerts: ['x', 'y'].map((alertname) => ({
        status: 'firing',
        labels: { alertname },
        annotations: alertname === 'x' ? { description: 'down' } : {},
        generatorURL: '',
        fingerprint: hashOfLabels({ alertname }).slice(0, 16),
        // Its labels are not as they came.
        ...(alertname === 'x' && { identity: hashOfLabels({ alertname }) }),
      })),
    });
  });

  test('and numbers and truth values are texts', () => {
    const [alert] = read({
      alerts: [{ labels: { alertname: 'x', port: 5432, leader: true }, annotations: { value: 0, list: ['a'] } }],
    }).alerts;
    expect({ ...alert?.labels }).toEqual({ alertname: 'x', port: '5432', leader: 'true' });
    expect({ ...alert?.annotations }).toEqual({ value: '0', list: '["a"]' });
  });
});

test('annotations that are one text are the description', () => {
  const [alert] = read({ alerts: [{ labels: { alertname: 'x' }, annotations: 'db1 is down' }] }).alerts;
  expect({ ...alert?.annotations }).toEqual({ description: 'db1 is down' });
});

describe('what makes two alerts the same', () => {
  const identity = (labels: Record<string, unknown>): string | undefined =>
    read({ alerts: [{ labels }] }).alerts.map(identityOf)[0];

  test('is all of their labels, in any order, without those that are empty', () => {
    expect(identity({ a: '1', b: '2' })).toBe(identity({ b: '2', c: '', d: null, a: 1 }));
    expect(identity({ a: '1', b: '2' })).not.toBe(identity({ a: '1', b: '3' }));
    expect(identity({ a: '1,b=2' })).not.toBe(identity({ a: '1', b: '2' }));
  });

  test('is a nested value whatever the order of its keys', () => {
    const nested = { b: [{ y: 1, x: 2 }], a: 1 };
    expect(identity({ nested })).toBe(identity({ nested: { a: 1, b: [{ x: 2, y: 1 }] } }));
    expect(identity({ nested })).not.toBe(identity({ nested: { a: 1, b: [{ x: 1, y: 2 }] } }));
    expect(identity({ list: [1, 2] })).not.toBe(identity({ list: [2, 1] }));
  });

  test('is the whole text, also of what is shown with a cut', () => {
    const long = 'x'.repeat(70_000);
    expect(identity({ a: `${long}1` })).not.toBe(identity({ a: `${long}2` }));
    expect(identity({ [`${long}1`]: 'a' })).not.toBe(identity({ [`${long}2`]: 'a' }));
  });

  test('is its texts where it has no label', () => {
    const of = (summary: string): string | undefined =>
      read({ alerts: [{ labels: {}, annotations: { summary } }] }).alerts.map(identityOf)[0];
    expect(of('db1 is down')).toBe(of('db1 is down'));
    expect(of('db1 is down')).not.toBe(of('db2 is down'));
  });

  test('and the order of its labels makes no other group', () => {
    const key = (groupLabels: object): string => read({ alerts: [ALERT], groupLabels }).groupKey;
    expect(key({ a: '1', b: '2' })).toBe(key({ b: '2', a: '1' }));
  });
});

describe('an alert that cannot be read among others', () => {
  test.each<[unknown, string]>([
    [{ status: 'firing', labels: null }, 'alerts[1]: its labels are null, no object'],
    [{ status: 'firing' }, 'alerts[1]: it has no labels'],
    [{ labels: ['a'] }, 'alerts[1]: its labels are a list, no object'],
    [{ labels: 'a=b' }, 'alerts[1]: its labels are "a=b", no object'],
    [null, 'alerts[1]: it is null, no object'],
    [5, 'alerts[1]: it is 5, no object'],
  ])('%j is told apart, and takes none along', (odd, why) => {
    const post = read({ ...POST, alerts: [ALERT, odd, ALERT] });
    expect(post.alerts).toHaveLength(2);
    expect(post.odd).toMatchObject({ count: 1, why: [why], first: JSON.stringify(odd) });
  });

  test('is described in bounds, however many there are', () => {
    const { odd } = read({ alerts: [ALERT, ...Array.from({ length: 10_000 }, () => ({ labels: 'x'.repeat(5_000) }))] });
    expect([odd?.count, odd?.why.length]).toEqual([10_000, 5]);
    expect(JSON.stringify(odd).length).toBeLessThan(3_000);
  });
});

describe('other senders', () => {
  test('Grafana: its links, its values, and what marks its pages', () => {
    const post = read({
      ...POST,
      version: '1',
      orgId: 1,
      alerts: [
        {
          ...ALERT,
          values: { B: 1.93, C: 1 },
          valueString: "[ var='B' labels={host=db1} value=9 ]",
          silenceURL: 'https://grafana.example.com/alerting/silence/new?x',
          dashboardURL: 'https://grafana.example.com/d/dash1',
          panelURL: 'https://grafana.example.com/d/dash1?viewPanel=7',
          imageURL: 'https://grafana.example.com/i.png',
        },
      ],
    });
    expect([post.sender, post.alerts[0]?.value, post.alerts[0]?.links]).toEqual([
      'grafana',
      'B = 1.93, C = 1',
      {
        silence: 'https://grafana.example.com/alerting/silence/new?x',
        dashboard: 'https://grafana.example.com/d/dash1',
        panel: 'https://grafana.example.com/d/dash1?viewPanel=7',
        image: 'https://grafana.example.com/i.png',
      },
    ]);
  });

  test.each([
    ["[ var='B' value=1.93 ]", 'B = 1.93'],
    ["[ var='A' labels={host=db1, x=y} value=22.2 ], [ var='C' labels={} value=1 ]", 'A = 22.2, C = 1'],
    ["[ metric='foo' labels={instance=bar} value=10 ]", 'foo = 10'],
    ['no measurement', 'no measurement'],
    ['', undefined],
  ])("Grafana's %j is read as %j", (valueString, expected) => {
    expect(read({ alerts: [{ ...ALERT, values: null, valueString }] }).alerts[0]?.value).toBe(expected);
  });

  test('Mimir and AlertManager have no marks of Grafana', () => {
    expect(read({ ...POST, externalURL: 'https://mimir.example.com/alertmanager' })).not.toHaveProperty('sender');
  });

  test('a list as Prometheus, vmalert or a ruler sends it to AlertManager', () => {
    const post = read([
      { labels: { alertname: 'x' }, startsAt: ALERT.startsAt, endsAt: '2026-08-22T10:09:00Z', generatorURL: '/graph' },
      { labels: { alertname: 'y' }, startsAt: ALERT.startsAt, endsAt: '2026-08-22T10:01:00Z' },
    ]);
    expect(post.alerts.map(({ status, labels }) => [labels['alertname'], status])).toEqual([
      ['x', 'firing'],
      ['y', 'resolved'],
    ]);
  });

  test.each([
    ['first notification', 'change'],
    ['new alerts added', 'change'],
    ['some alerts resolved', 'change'],
    ['all alerts resolved', 'change'],
    ['repeat interval elapsed', 'repeat'],
    ['something of the future', undefined],
    [undefined, undefined],
    [7, undefined],
  ])("AlertManager's reason %j", (reason, expected) => {
    expect(read({ ...POST, notification_reason: reason }).reason).toBe(expected);
  });
});

describe('what is no post of AlertManager', () => {
  test.each([
    ['{"text":"hello"}'],
    ['[]'],
    ['"x"'],
    ['null'],
    ['{"alerts":{}}'],
    ['{"alerts":[5]}'],
    ['{"alerts":[{"labels":[]}]}'],
  ])('%s is unknown, with its text', (text) => {
    expect(parse(text)).toEqual({ kind: 'unknown', text });
  });

  test.each([
    ['{"alerts":[', /no JSON/],
    ['', /no JSON/],
    ['<html>', /no JSON/],
  ])('%j is unreadable', (text, reason) => {
    expect(parse(text)).toMatchObject({ kind: 'unreadable', reason: expect.stringMatching(reason) as unknown });
  });

  test('bytes that are no UTF-8 are unreadable', () => {
    expect(parsePost(Uint8Array.from([0x22, 0xff, 0xfe, 0x22]), NOW)).toEqual({
      kind: 'unreadable',
      reason: 'no UTF-8',
    });
  });
});

test.each([
  ['default', 'default'],
  [String.raw`ops\.cn`, 'ops.cn'],
  [String.raw`a\+b\(c\)`, 'a+b(c)'],
  [String.raw`back\\slash`, String.raw`back\slash`],
])('the receiver %s is %s', (quoted, name) => {
  expect(unquoteReceiver(quoted)).toBe(name);
});
