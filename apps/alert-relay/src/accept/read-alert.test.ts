// One alert as its sender words it: its state in any word and language, and its times.
import { describe, expect, test } from '@jest/globals';
import { parsePost, type Post } from './payload.js';

const NOW = Date.parse('2026-08-22T10:05:00Z');
const ALERT = {
  status: 'firing',
  labels: { alertname: 'HighCeleryQueueLength', queue: 'default', severity: 'warning' },
  annotations: { summary: '…' },
  startsAt: '2026-08-22T10:00:00.123Z',
  endsAt: '0001-01-01T00:00:00Z',
};
const POST = { receiver: 'r', groupKey: 'g', groupLabels: {}, version: '4' };

const read = (value: unknown): Post => {
  const parsed = parsePost(Buffer.from(JSON.stringify(value)), NOW);
  if (parsed.kind !== 'post') throw new Error(`a post is wanted, this is ${parsed.kind}`);
  return parsed.post;
};

describe('what senders call the state of an alert', () => {
  const past = '2026-08-22T10:04:00Z';
  const none = '0001-01-01T00:00:00Z';
  const later = '2026-09-22T10:04:00Z';
  test.each<[string, unknown, unknown, unknown, string]>([
    ['the alert itself', 'resolved', 'firing', none, 'resolved'],
    ['another spelling', 'RESOLVED', 'RESOLVED', none, 'resolved'],
    ['another word', 'ok', 'ok', none, 'resolved'],
    ['the post alone', undefined, 'resolved', past, 'resolved'],
    ['the post alone, without an end', null, 'resolved', null, 'resolved'],
    ['the post alone, in other letters', undefined, ' Ok ', none, 'resolved'],
    ['nobody, with an end that is past', undefined, undefined, past, 'resolved'],
    ['nobody, with an end that is past, in a post of which something fires', undefined, 'firing', past, 'resolved'],
    ['nobody, with an end to come', undefined, undefined, later, 'firing'],
    ['nobody', null, null, none, 'firing'],
    ['a word that is not known', 'who knows', undefined, none, 'firing'],
    ['the alert itself, whatever the post says', 'firing', 'resolved', none, 'firing'],
    ['the alert itself, whatever its end says', 'firing', 'firing', past, 'firing'],
    ['a word of Grafana', 'Alerting', 'ok', none, 'firing'],
    ['a number', 1, 1, past, 'resolved'],
  ])('%s', (_, status, of, endsAt, expected) => {
    const post = read({ ...POST, status: of, alerts: [{ ...ALERT, status, endsAt }] });
    expect(post.alerts.map((alert) => alert.status)).toEqual([expected]);
  });
});

test('the state of an alert may be called state', () => {
  const { status: _status, ...rest } = ALERT;
  const post = read({ state: 'ok', alerts: [{ ...rest, state: 'alerting' }, rest] });
  expect([_status, ...post.alerts.map((alert) => alert.status)]).toEqual(['firing', 'firing', 'resolved']);
});

test.each([
  ...['恢复', '已恢复', '恢复正常', '已解决', 'resolve', 'RESOLVED', 'fixed', 'ended', 'expired', 'Normal (NoData)'],
  ...['UP', 'success', 'green', '✅ Resolved!', 'auto-resolved', 'ＯＫ', 'Normal（NoData）'],
])('the word %j is an end', (status) => {
  expect(read({ ...POST, alerts: [{ ...ALERT, status }] }).alerts.map((alert) => alert.status)).toEqual(['resolved']);
  expect(read({ ...POST, status, alerts: [{ ...ALERT, status: undefined }] }).alerts[0]?.status).toBe('resolved');
});

test.each(['告警中', 'Alerting (Error)', 'no_data', 'DOWN', '未恢复', 'not resolved', 'acknowledged', 'recovering'])(
  'the word %j fires',
  (status) => {
    expect(read({ ...POST, alerts: [{ ...ALERT, status }] }).alerts.map((alert) => alert.status)).toEqual(['firing']);
  },
);

describe('what is not for people', () => {
  test.each(['pending', 'Pending (NoData)', 'suppressed', 'silenced', 'inhibited', '已屏蔽'])(
    'an alert that is %j is left out and counted',
    (status) => {
      const post = read({ ...POST, alerts: [{ ...ALERT, status }, ALERT] });
      expect([post.alerts.length, post.quiet]).toEqual([1, 1]);
    },
  );

  test("AlertManager's own API says it in an object, Prometheus's in `state`", () => {
    const { status: _status, ...rest } = ALERT;
    const states = ['active', 'suppressed', 'unprocessed'].map((state) => ({
      ...rest,
      status: { state, silencedBy: [] },
    }));
    const post = read([...states, { ...rest, state: 'pending' }, { ...rest, state: _status }]);
    expect([post.alerts.map((alert) => alert.status), post.quiet]).toEqual([['firing', 'firing', 'firing'], 2]);
    expect(read([{ ...rest, state: 'pending' }])).toMatchObject({ alerts: [], quiet: 1 });
  });
});

describe('a word that is not known', () => {
  const annotations = (status: unknown, given: object = {}): Readonly<Record<string, string>> | undefined =>
    read({ ...POST, alerts: [{ ...ALERT, status, annotations: given }] }).alerts[0]?.annotations;

  test('fires, and people read which word it was', () => {
    expect(annotations('kaputt', { description: 'db1', description_zh: '数据库' })).toEqual({
      description: 'db1\nThe sender calls its state "kaputt", which the relay does not know.',
      description_zh: '数据库\n发送方给出的状态是“kaputt”，告警中继不认识，按告警中处理。',
    });
    expect(annotations({ state: 'kaputt' })?.['description']).toMatch(/"kaputt"/);
    expect(annotations('x'.repeat(10_000))?.['description']?.length).toBeLessThan(200);
  });

  test('makes no other alert of it', () => {
    const of = (status: string): string | undefined =>
      read({ ...POST, alerts: [{ ...ALERT, status }] }).alerts[0]?.identity;
    expect(of('kaputt')).toBe(of('firing'));
  });

  test.each([undefined, null, '', 'firing', 'ok'])('%j says nothing that is not known', (status) => {
    expect(annotations(status)).toEqual({});
  });
});

describe('a time', () => {
  test.each<[unknown, number | undefined]>([
    ['2026-08-22T10:00:00.123456789Z', Date.parse('2026-08-22T10:00:00.123Z')],
    ['2026-08-22T12:00:00+02:00', Date.parse('2026-08-22T10:00:00Z')],
    ['2026-08-22T10:00:00', Date.parse('2026-08-22T10:00:00Z')],
    [1_787_392_800, 1_787_392_800_000],
    [1_787_392_800_123, 1_787_392_800_123],
    [1_787_392_800_123_456, 1_787_392_800_123],
    [1_787_392_800_123_456_768, 1_787_392_800_123],
    ['1787392800', 1_787_392_800_000],
    ['1787392800.5', 1_787_392_800_500],
    ['1787392800123', 1_787_392_800_123],
    ['1787392800123456789', 1_787_392_800_123],
    ['0001-01-01T00:00:00Z', undefined],
    ['0001-01-01 00:00:00 +0000 UTC', undefined],
    ['0001-01-01', undefined],
    ['0', undefined],
    ['-1', undefined],
    ['1/1/0001 12:00:00 AM', undefined],
    ['soon', undefined],
    [0, undefined],
    [-62_135_596_800, undefined],
    [1e300, undefined],
    [-5, undefined],
    [{}, undefined],
  ])('%j', (startsAt, expected) => {
    expect(read({ alerts: [{ ...ALERT, startsAt }] }).alerts[0]?.startsAt).toBe(expected);
  });
});

test.each([
  '0001-01-01 00:00:00 +0000 UTC',
  '0001-01-01',
  '0001-01-01 00:00:00',
  '0',
  '-1',
  '1/1/0001 12:00:00 AM',
  0,
  1,
])('the end %j of an alert that says nothing else is none: it fires', (endsAt) => {
  expect(read([{ ...ALERT, status: undefined, endsAt }]).alerts.map(({ status }) => status)).toEqual(['firing']);
});
