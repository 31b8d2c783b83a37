// What people read, word for word, in each markup and both languages.
import { describe, expect, test } from '@jest/globals';
import type { Part } from '../channels/channel.js';
import { compose } from '../notification/index.js';
import {
  bytesOf,
  groupOf,
  messageOf,
  MARKUPS,
  minutesAgo,
  noteOf,
  NOW,
  queue,
  render,
  RUNBOOK,
  shown,
  worker,
  alertOf,
} from './testing.js';

const one = messageOf([worker], { group: groupOf({ alertname: 'CeleryWorkerDown', job: 'celery' }) });

const mixed = messageOf(
  [
    queue('default', 120),
    queue('mail', 230),
    queue('bulk', 101, { status: 'resolved', startsAt: minutesAgo(90), endsAt: minutesAgo(2) }),
  ],
  {
    standing: {
      count: 7,
      alerts: [queue('a', 1), queue('b', 1), queue('c', 1), queue('d', 1), queue('e', 1), queue('f', 1)],
    },
  },
);

const ONE: Record<string, Record<string, string>> = {
  en: {
    plain: `🔴 [FIRING:1 critical] Worker celery@w1 is down · box-7

+1 new · 10:36 Asia/Shanghai

🔴 Critical: Worker celery@w1 is down
Nothing was heard of it for more than 2 minutes.
since 10:02 (34 min)
host: box-7
CeleryWorkerDown
Graph: GRAPH
Silence: SILENCE
Runbook: ${RUNBOOK}

Alertmanager: ALERTS
alertname=CeleryWorkerDown job=celery · receiver: celery-relay`,
    slack: `🔴 [FIRING:1 critical] Worker celery@w1 is down · box-7

*+1 new* · 10:36 Asia/Shanghai

🔴 Critical · *Worker celery@w1 is down*
Nothing was heard of it for more than 2 minutes.
since 10:02 (34 min)
host: box-7
Runbook: ${RUNBOOK}
<GRAPH|Graph> · <SILENCE|Silence>

<ALERTS|Alertmanager>
alertname=CeleryWorkerDown job=celery · receiver: celery-relay`,
  },
  'zh-CN': {
    plain: `🔴 【告警中 1·紧急】Celery Worker celery@w1 离线 · box-7

新增 1 条 · 10:36 Asia/Shanghai

🔴 紧急：Celery Worker celery@w1 离线
超过 2 分钟没有收到该 Worker 的任何消息。
10:02 开始，已持续 34 分钟
主机：box-7
CeleryWorkerDown
查看图表: GRAPH
静默: SILENCE
处理手册：${RUNBOOK}

Alertmanager: ALERTS
alertname=CeleryWorkerDown job=celery · 接收者：celery-relay`,
    slack: `🔴 【告警中 1·紧急】Celery Worker celery@w1 离线 · box-7

*新增 1 条* · 10:36 Asia/Shanghai

🔴 紧急 · *Celery Worker celery@w1 离线*
超过 2 分钟没有收到该 Worker 的任何消息。
10:02 开始，已持续 34 分钟
主机：box-7
处理手册：${RUNBOOK}
<GRAPH|查看图表> · <SILENCE|静默>

<ALERTS|Alertmanager>
alertname=CeleryWorkerDown job=celery · 接收者：celery-relay`,
  },
};

/** The robots' Markdown differs from Slack's in its links and its bold, DingTalk's also in its line breaks. */
function robot(markup: string, slack: string): string {
  const markdown = slack.replace(/<(\w+)\|([^>]+)>/g, '[$2]($1)').replace(/\*([^*\n]+)\*/g, '**$1**');
  return markup === 'dingtalk'
    ? markdown
        .split('\n\n')
        .map((section, i) => (i === 0 ? section : section.replaceAll('\n', '  \n')))
        .join('\n\n')
    : markdown;
}

describe.each(['en', 'zh-CN'] as const)('one critical alert in %s', (locale) => {
  test.each(['plain', 'slack'] as const)('%s', (markup) => {
    expect(shown({ markup, locale }, one)).toBe(ONE[locale]?.[markup]);
  });

  test.each(['dingtalk', 'wecom', 'feishu'] as const)('%s', (markup) => {
    expect(shown({ markup, locale }, one)).toBe(robot(markup, ONE[locale]?.['slack'] ?? ''));
  });

  test('html says the same', () => {
    const words = shown({ markup: 'html', locale }, one)
      .replace(/<style>.*?<\/style>|<div class="preheader".*?<\/div>/gs, '')
      .replace(/<\/?(span|b)\b[^>]*>/g, '')
      .replace(/<[^>]+>/g, ' ');
    const said = (ONE[locale]?.['slack'] ?? '').replace(/<\w+\|([^>]+)>/g, '$1').replaceAll('*', '');
    for (const word of said.split(/\s+/)) expect(words).toContain(word);
  });
});

test('what changed comes first, and what fires on comes last', () => {
  expect(shown({ markup: 'slack' }, mixed)).toBe(`🟠 [FIRING:2 warning] HighCeleryQueueLength · default, mail

*+2 new, 1 resolved, 7 still firing (6 warning, …)* · 10:36 Asia/Shanghai

🟠 Warning · *Queue default is too long*
120 messages are waiting in it.
since 10:02 (34 min)
<SILENCE|Silence>

🟠 Warning · *Queue mail is too long*
230 messages are waiting in it.
since 10:02 (34 min)
<SILENCE|Silence>

✅ Resolved · *Queue bulk is too long*
09:06 – 10:34 (1 hr 28 min)

Still firing (7): 🟠 Queue a is too long, 🟠 Queue b is too long, 🟠 Queue c is too long, 🟠 Queue d is too long, 🟠 Queue e is too long, and 2 more
<https://runbooks.example.com/queue|Runbook> · <GRAPH|Graph> · <SILENCE|Silence group> · <ALERTS|Alertmanager>
alertname=HighCeleryQueueLength · receiver: celery-relay`);
});

test('the same in Chinese', () => {
  expect(shown({ markup: 'wecom', locale: 'zh-CN' }, mixed))
    .toBe(`🟠 【告警中 2·警告】HighCeleryQueueLength · default、mail

**新增 2 条，恢复 1 条，7 条仍在告警（警告 6 条、…）** · 10:36 Asia/Shanghai

🟠 警告 · **队列 default 过长**
队列中有 120 条消息。
10:02 开始，已持续 34 分钟
[静默](SILENCE)

🟠 警告 · **队列 mail 过长**
队列中有 230 条消息。
10:02 开始，已持续 34 分钟
[静默](SILENCE)

✅ 已恢复 · **队列 bulk 过长**
09:06 – 10:34，持续 1 小时 28 分钟

仍在告警（7 条）：🟠 队列 a 过长、🟠 队列 b 过长、🟠 队列 c 过长、🟠 队列 d 过长、🟠 队列 e 过长，另有 2 条
[处理手册](https://runbooks.example.com/queue) · [查看图表](GRAPH) · [静默整组](SILENCE) · [Alertmanager](ALERTS)
alertname=HighCeleryQueueLength · 接收者：celery-relay`);
});

describe('what people should know of the delivery', () => {
  const episode = { id: 'e1', opened: true };
  const late = compose(
    [
      noteOf([worker], {
        acceptedAt: minutesAgo(33),
        episode,
        undelivered: { channel: 'oncall-ding', reason: 'credentials' },
      }),
      noteOf([{ ...worker, status: 'resolved', endsAt: minutesAgo(30) }], {
        acceptedAt: minutesAgo(30),
        truncated: 12,
      }),
    ],
    NOW,
  );

  test('stands below what changed, in English', () => {
    expect(shown({}, late, { possibleDuplicate: true })).toContain(`
! Not delivered through oncall-ding: credentials refused
! Delivered late: reached the relay at 10:03, 33 min ago
! Possible duplicate: an earlier attempt may have arrived
! Alertmanager left out 12 more alerts of this group

✅ Resolved: Worker celery@w1 is down
fired 10:02, resolved 10:06 (4 min)
`);
  });

  test('and in Chinese', () => {
    expect(shown({ locale: 'zh-CN' }, late, { possibleDuplicate: true })).toContain(`
! 未能通过 oncall-ding 送达：鉴权失败
! 延迟送达：10:03 已收到，距今 33 分钟
! 可能重复：上一次发送可能已送达
! Alertmanager 还省略了本组 12 条告警

✅ 已恢复：Celery Worker celery@w1 离线
10:02 触发，10:06 恢复，持续 4 分钟
`);
  });

  test('is not there where there is nothing to know', () => {
    expect(shown({}, one)).not.toContain('!');
  });

  test('is how late it goes out, hours after it was composed', () => {
    const sentAt = NOW + 17 * 3_600_000;
    const plan = [{ from: 0, to: 1, detail: 'full', state: 'ambiguous' }] as const;
    const [again] = render({}, { message: one, plan, sentAt }).parts;
    expect(again?.body.head).toBe(
      '+1 new · 24 Nov 10:36 Asia/Shanghai\n! Delivered late: reached the relay at 24 Nov 10:36, 17 hr ago',
    );
    expect(render({ locale: 'zh-CN' }, { message: one, plan, sentAt }).parts[0]?.body.head).toContain(
      '! 延迟送达：11月24日 10:36 已收到，距今 17 小时',
    );
    const [first] = render({}, { message: one, plan }).parts;
    expect(again).toMatchObject({ key: first?.key, title: first?.title, sentAt, body: { blocks: first?.body.blocks } });
    expect(first?.body.head).toBe('+1 new · 10:36 Asia/Shanghai');
  });

  test('fits whenever it is sent again', () => {
    const message = messageOf(Array.from({ length: 6 }, (_, i) => queue(`q${i}`, 1)));
    for (let size = 500; size < 1_400; size += 20) {
      const fits = (part: Part): boolean => bytesOf(part) <= size;
      const { parts, plan } = render({}, { message, fits, maxParts: 6 });
      if (!parts.every(fits)) continue;
      expect(
        render({}, { message, fits, plan, sentAt: NOW + 30 * 86_400_000, possibleDuplicate: true }).parts.filter(
          (part) => !fits(part),
        ),
      ).toEqual([]);
    }
  });

  test('is not an all-clear where AlertManager left alerts out', () => {
    const [part] = render({}, { message: late }).parts;
    expect(part).toMatchObject({
      title: '✅ [RESOLVED:1, FIRING:?] Over: Worker celery@w1 is down · box-7',
      tone: 'resolved',
    });
  });
});

test.each(MARKUPS)('no year 0001 is ever shown in %s', (markup) => {
  const zero = Date.parse('0001-01-01T00:00:00Z');
  const message = messageOf([
    alertOf({}, {}, { startsAt: zero }),
    alertOf({}, {}, { status: 'resolved', startsAt: zero, endsAt: zero }),
  ]);
  for (const locale of ['en', 'zh-CN'] as const) {
    const text = shown({ markup, locale }, message);
    expect(text).not.toMatch(/0001|\b1 Jan|1年|NaN|undefined|Invalid/);
  }
});

test('every part carries plain text beside its markup', () => {
  const [html] = render({ markup: 'html' }, { message: mixed }).parts;
  const [plain] = render({ markup: 'plain' }, { message: mixed }).parts;
  expect(html?.plain).toEqual(plain?.body);
});
