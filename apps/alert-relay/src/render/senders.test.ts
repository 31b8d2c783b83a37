// What messages show of what a sender knows: Grafana's own pages and values, and an alert that fires again.
import { describe, expect, test } from '@jest/globals';
import type { Alert } from '../notification/index.js';
import { alertOf, groupOf, MARKUPS, messageOf, minutesAgo, NOW, shown } from './testing.js';

const LINKS = {
  silence: 'https://grafana.example.com/alerting/silence/new?alertmanager=grafana&matcher=alertname%3DX',
  dashboard: 'https://grafana.example.com/d/dash1',
  panel: 'https://grafana.example.com/d/dash1?viewPanel=7',
  image: 'https://grafana.example.com/img.png',
};
const grafana = {
  group: groupOf({ alertname: 'X' }, { externalURL: 'https://grafana.example.com/', sender: 'grafana' }),
};
const of = (host: string, more: Parameters<typeof alertOf>[2] = {}) =>
  alertOf({ alertname: 'X', host }, { summary: `${host} is down` }, { generatorURL: '', ...more });
const withoutStart = ({ startsAt: _, ...alert }: Alert): Alert => alert;

describe.each(MARKUPS)("Grafana's pages in %s", (markup) => {
  const plain = (text: string): string => text.replaceAll('&amp;', '&');

  test('of one alert are its own, and none of AlertManager is built on its address', () => {
    const message = messageOf([of('db1', { links: LINKS, value: 'B = 1.93' })], grafana);
    const text = plain(shown({ markup }, message));
    for (const url of Object.values(LINKS)) expect(text).toContain(url);
    expect(text).toContain('1.93');
    for (const word of ['Silence', 'Dashboard', 'Panel', 'Image', 'Grafana']) expect(text).toContain(word);
    expect(text).not.toMatch(/#\/(silences|alerts)|Alertmanager/);
  });

  test('of several alerts are said once where they are the same, and the group has no form of AlertManager', () => {
    const alerts = ['db1', 'db2'].map((host) =>
      of(host, { links: { ...LINKS, silence: `${LINKS.silence}&host=${host}` } }),
    );
    const text = plain(shown({ markup }, messageOf(alerts, grafana)));
    expect(text.split('viewPanel=7').length - 1).toBe(1);
    expect(text).toContain('host=db1');
    expect(text).toContain('host=db2');
    expect(text).not.toContain('#/');
  });
});

test("Grafana's words in Chinese", () => {
  const text = shown({ locale: 'zh-CN' }, messageOf([of('db1', { links: LINKS, value: 'B = 1.93' })], grafana));
  for (const word of ['静默', '监控面板', '图表面板', '截图', '当前值：B = 1.93']) expect(text).toContain(word);
});

test("a rule's own dashboard and value go before the sender's, and an address that is none is not linked", () => {
  const alert = alertOf(
    { alertname: 'X' },
    { dashboard_url: 'https://wiki.example.com/d', value: '17' },
    { links: { ...LINKS, panel: '?orgId=1', image: 'javascript:alert(1)' }, value: 'B = 1.93' },
  );
  const text = shown({}, messageOf([alert], grafana));
  expect(text).toContain('https://wiki.example.com/d');
  expect(text).toContain('value: 17');
  expect(text).not.toMatch(/dash1|1\.93|javascript|Panel|Image/);
});

describe('an alert that fires again', () => {
  const again = of('db1', { startsAt: minutesAgo(30), endedBefore: NOW - 10_000 });

  test('says when it had ended, and is not counted as new', () => {
    const text = shown({}, messageOf([again]));
    expect(text).toContain('ended 10 sec ago, fires again, since 10:06 (30 min)');
    expect(text).toContain('1 fires again · 10:36');
    expect(text).not.toContain('new');
    expect(shown({}, messageOf([again, of('db2')]))).toContain('+1 new, 1 fires again · 10:36');
  });

  test('in Chinese', () => {
    const text = shown({ locale: 'zh-CN' }, messageOf([again]));
    expect(text).toContain('10 秒前恢复，现再次告警，10:06 开始，已持续 30 分钟');
    expect(text).toContain('再次告警 1 条');
  });
});

test('how long it lasted is not said where its start is not known or lies after its end', () => {
  const text = shown({}, messageOf([withoutStart(of('db1', { status: 'resolved', endsAt: minutesAgo(5) }))]));
  expect(text).toContain('until 10:31');
  expect(text).not.toMatch(/\(\d+ (sec|min|hr|days?)/);
  const odd = of('db1', { status: 'resolved', startsAt: NOW, endsAt: minutesAgo(5) });
  expect(shown({}, messageOf([odd]))).not.toMatch(/\(\d+ (sec|min|hr|days?)/);
});
