// The door for posts: AlertManager's own shape, what other versions and senders make of it, and what is no post at all.
import { describe, expect, test } from '@jest/globals';
import { parsePost, unquoteReceiver, type Parsed } from './payload.js';

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
      NOW,
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
      alerts: [{ status: 'firing', startsAt: NOW, labels: { alertname: 'x', number: '5' } }],
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
    ['7', 0],
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
