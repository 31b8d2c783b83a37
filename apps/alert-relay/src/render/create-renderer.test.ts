// What people read, word for word, in each markup and both languages.
import { describe, expect, test } from '@jest/globals';
import type { Part } from '../channels/channel.js';
import { compose, type Message } from '../notification/index.js';
import { alertOf, bytesOf, groupOf, messageOf, MARKUPS, minutesAgo, noteOf, NOW, render, shown } from './testing.js';

const RUNBOOK = 'docs/monitoring/ALERT_HANDLING_GUIDE.md#celeryworkerdown';
const WORKER_DOWN = {
  summary: 'Worker celery@w1 is down',
  description: 'Nothing was heard of it for more than 2 minutes.',
  summary_zh: 'Celery Worker celery@w1 离线',
  description_zh: '超过 2 分钟没有收到该 Worker 的任何消息。',
  runbook_url: RUNBOOK,
};
const worker = alertOf(
  { alertname: 'CeleryWorkerDown', severity: 'critical', worker: 'celery@w1', hostname: 'box-7' },
  WORKER_DOWN,
);
const one = messageOf([worker], { group: groupOf({ alertname: 'CeleryWorkerDown', job: 'celery' }) });

function queue(name: string, n: number, more = {}): ReturnType<typeof alertOf> {
  return alertOf(
    { queue: name },
    {
      summary: `Queue ${name} is too long`,
      summary_zh: `队列 ${name} 过长`,
      description: `${n} messages are waiting in it.`,
      description_zh: `队列中有 ${n} 条消息。`,
      runbook_url: 'https://runbooks.example.com/queue',
    },
    more,
  );
}
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
      title: '✅ [RESOLVED:1, FIRING:?] Worker celery@w1 is down · box-7',
      tone: 'resolved',
    });
  });
});

describe('a title', () => {
  const title = (message: Message, locale: 'en' | 'zh-CN' = 'en'): string =>
    render({ locale }, { message }).parts[0]?.title ?? '';
  const gone = queue('a', 1, { status: 'resolved', endsAt: NOW });

  test('of a reminder says that it fires on', () => {
    expect(title(messageOf([worker], { kind: 'reminder' }))).toBe(
      '🔴 [STILL FIRING:1 critical] Worker celery@w1 is down · box-7',
    );
    expect(title(messageOf([worker], { kind: 'reminder' }), 'zh-CN')).toBe(
      '🔴 【持续告警 1·紧急】Celery Worker celery@w1 离线 · box-7',
    );
  });

  test('of the end of everything is an all-clear', () => {
    expect(title(messageOf([gone, queue('b', 1, { status: 'resolved', endsAt: NOW })]))).toBe(
      '✅ [RESOLVED:2] HighCeleryQueueLength · a, b',
    );
  });

  test('of the end of a part is none', () => {
    const message = messageOf([gone], { standing: { count: 5, alerts: [worker] } });
    expect(title(message)).toBe('✅ [RESOLVED:1, FIRING:5] Queue a is too long');
  });

  test('is as loud as what the message tells, and not as what stands', () => {
    const info = alertOf({ alertname: 'CertSoon', severity: 'info' }, { summary: 'Certificate expires in 30 days' });
    const standing = { count: 3, alerts: [worker, queue('a', 1), queue('b', 1)] };
    const [part] = render({}, { message: messageOf([info], { standing }) }).parts;
    expect(part).toMatchObject({ title: '🔵 [FIRING:1 info] Certificate expires in 30 days', tone: 'info' });
    expect(part?.body.head).toBe('+1 new, 1 critical and 2 warning still firing · 10:36 Asia/Shanghai');
    expect(render({ locale: 'zh-CN' }, { message: messageOf([info], { standing }) }).parts[0]?.body.head).toBe(
      '新增 1 条，紧急 1 条、警告 2 条仍在告警 · 10:36 Asia/Shanghai',
    );
    const [end] = render({}, { message: messageOf([gone], { standing }) }).parts;
    expect(end).toMatchObject({ title: '✅ [RESOLVED:1, FIRING:3] Queue a is too long', tone: 'resolved' });
    expect(end?.body.head).toBe('1 resolved, 1 critical and 2 warning still firing · 10:36 Asia/Shanghai');
    expect(end?.body.foot).toContain('Still firing (3): 🔴 Worker celery@w1 is down');
  });

  test('of a reminder is as loud as what is reminded of', () => {
    const message = messageOf([queue('a', 1)], { kind: 'reminder', standing: { count: 1, alerts: [worker] } });
    expect(title(message)).toBe('🟠 [STILL FIRING:1 warning] Queue a is too long');
    expect(shown({}, message)).toContain('1 critical and 1 warning still firing (reminder) · 10:36');
  });

  test('says the labels of the group', () => {
    const message = messageOf([queue('a', 1), queue('a', 1)], {
      group: groupOf({ alertname: 'HighCeleryQueueLength', queue: 'a', job: 'celery' }),
    });
    expect(title(message)).toBe('🟠 [FIRING:2 warning] HighCeleryQueueLength · queue=a');
  });

  test('of a digest counts the groups and lists names while there is room', () => {
    const names = ['CeleryWorkerDown', 'CeleryTasksLost', 'HighCeleryQueueLength', 'CeleryExporterBlind'];
    const message = compose(
      names.map((alertname) => noteOf([alertOf({ alertname })], { group: groupOf({ alertname }) })),
      NOW,
    );
    expect(title(message)).toBe('🟠 [FIRING:4 warning] 4 groups: CeleryExporterBlind, CeleryTasksLost, +2');
    expect(title(message, 'zh-CN')).toBe(
      '🟠 【告警中 4·警告】4 个告警组：CeleryExporterBlind、CeleryTasksLost，另 2 种',
    );
  });

  test('is one line of at most 80 characters, with the number of its part', () => {
    const long = queue('x'.repeat(300), 1);
    const parts = render(
      {},
      {
        message: messageOf([long, alertOf({ queue: 'y', alertname: 'Z'.repeat(300) })]),
        fits: ({ to, from }) => to - from <= 1,
      },
    ).parts;
    expect(parts).toHaveLength(2);
    for (const part of parts) expect([...new Intl.Segmenter().segment(part.title)].length).toBeLessThanOrEqual(80);
    expect(parts.map((part) => part.title.slice(-6))).toEqual([' (1/2)', ' (2/2)']);
  });
});

describe('an alert', () => {
  test('in the other language says what there is', () => {
    const only = messageOf([alertOf({}, { summary: 'Only English' })]);
    expect(shown({ locale: 'zh-CN' }, only)).toContain('警告：Only English');
    expect(shown({ locale: 'en' }, messageOf([alertOf({}, { summary_zh: '只有中文' })]))).toContain(
      'Warning: 只有中文',
    );
  });

  test('without annotations says its name and all of its labels', () => {
    const bare = messageOf(
      [alertOf({ alertname: 'Bare', queue: 'mail', namespace: 'shop' }, {}, { generatorURL: '' })],
      { group: groupOf({ alertname: 'Bare', queue: 'mail' }) },
    );
    expect(shown({}, bare)).toContain('Warning: Bare\nsince 10:02 (34 min)\nqueue: mail · namespace: shop\n');
  });

  test('without a name is still an alert', () => {
    const nameless = messageOf(
      [alertOf({ alertname: '', severity: '' }, {}, { startsAt: Number.NaN, generatorURL: 'not a url' })],
      { group: groupOf({}, { externalURL: '' }) },
    );
    expect(shown({}, nameless)).toBe(
      '🟠 [FIRING:1 warning] Unnamed alert\n\n+1 new · 10:36 Asia/Shanghai\n\n🟠 Warning: Unnamed alert\n\nreceiver: celery-relay',
    );
  });

  test('that flaps says how often it changed', () => {
    const step = (minute: number, status: 'firing' | 'resolved') =>
      noteOf(
        [
          {
            ...worker,
            status,
            startsAt: minutesAgo(minute + (status === 'resolved' ? 1 : 0)),
            ...(status === 'resolved' && { endsAt: minutesAgo(minute) }),
          },
        ],
        { acceptedAt: minutesAgo(minute) },
      );
    const flapping = compose(
      [step(20, 'firing'), step(18, 'resolved'), step(15, 'firing'), step(14, 'resolved'), step(10, 'firing')],
      NOW,
    );
    expect(shown({}, flapping)).toContain('\nchanged 5 times since 10:16, fired 10:26\n');
    expect(shown({ locale: 'zh-CN' }, flapping)).toContain('\n自 10:16 起状态变化 5 次，10:26 触发\n');
  });

  test('whose label is called like a thing of every object is shown as it is', () => {
    expect(shown({}, messageOf([alertOf({ constructor: 'abc', toString: 'def' }, { summary: 's' })]))).toContain(
      'constructor: abc · toString: def',
    );
  });

  test('shows its value, and a path of a runbook as text', () => {
    const message = messageOf([alertOf({}, { summary: 's', value: '93 %', runbook_url: 'javascript:alert(1)' })]);
    expect(shown({}, message)).toContain('\nvalue: 93 %\n');
    expect(shown({ markup: 'html' }, message)).not.toMatch(/href="javascript/i);
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
