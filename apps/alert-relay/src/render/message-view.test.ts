// What titles and single alerts say.
import { describe, expect, test } from '@jest/globals';
import { compose, type Message } from '../notification/index.js';
import { alertOf, groupOf, messageOf, minutesAgo, noteOf, NOW, queue, render, shown, worker } from './testing.js';

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
    expect(title(message)).toBe('✅ [RESOLVED:1, FIRING:5] Over: Queue a is too long');
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
    expect(end).toMatchObject({ title: '✅ [RESOLVED:1, FIRING:3] Over: Queue a is too long', tone: 'resolved' });
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

describe('the subject of a mail, and what an inbox shows below it', () => {
  const inbox = (message: Message, locale: 'en' | 'zh-CN' = 'en', more = {}): string[] => {
    const [part] = render({ locale, markup: 'html' }, { message, ...more }).parts;
    return [part?.subject ?? '', /class="preheader"[^>]*>([^<]*)</.exec(part?.body.head ?? '')?.[1] ?? ''];
  };
  const nobody = { group: groupOf({}) };
  const over = { ...worker, status: 'resolved' as const, endsAt: NOW };

  test('say state, number and name, whatever the group is called', () => {
    const message = messageOf([worker], nobody);
    expect(inbox(message)).toEqual([
      '[CRITICAL] FIRING:1 · CeleryWorkerDown · Worker celery@w1 is down · box-7',
      '[FIRING:1 critical] CeleryWorkerDown · +1 new · Nothing was heard of it for more than 2 minutes.',
    ]);
    expect(inbox(message, 'zh-CN')).toEqual([
      '[CRITICAL] 告警中 1 · CeleryWorkerDown · Celery Worker celery@w1 离线 · box-7',
      '【告警中 1·紧急】CeleryWorkerDown · 新增 1 条 · 超过 2 分钟没有收到该 Worker 的任何消息。',
    ]);
  });

  test('are one line each, however many a description has', () => {
    const long = {
      ...worker,
      annotations: { summary: 'Down', description: 'Nothing was heard.\n\nLook at  box-7.\r\n' },
    };
    expect(inbox(messageOf([long], nobody))[1]).toMatch(/ · Nothing was heard\. Look at box-7\.$/);
    const whole = render({ locale: 'en', markup: 'html' }, { message: messageOf([long], nobody) }).parts[0];
    expect(/class="preheader".*?<\/div>/s.exec(whole?.body.head ?? '')?.[0]).not.toMatch(/<br|\n/);
  });

  test('say that it is over', () => {
    expect(inbox(messageOf([over], nobody))).toEqual([
      '[RESOLVED:1] CeleryWorkerDown · Over: Worker celery@w1 is down · box-7',
      '[RESOLVED:1] CeleryWorkerDown · 1 resolved · Over: Worker celery@w1 is down',
    ]);
    expect(inbox(messageOf([over], nobody), 'zh-CN')[0]).toBe(
      '【已恢复 1】CeleryWorkerDown · 已结束：Celery Worker celery@w1 离线 · box-7',
    );
  });

  test('of several name them, and of a digest count the groups', () => {
    expect(inbox(messageOf([worker, queue('a', 1)], nobody))[0]).toBe(
      '[CRITICAL] FIRING:2 · CeleryWorkerDown, HighCeleryQueueLength · celery@w1, a',
    );
    const digest = compose(
      ['A', 'B'].map((alertname) => noteOf([alertOf({ alertname })], { group: groupOf({ alertname }) })),
      NOW,
    );
    expect(inbox(digest)[0]).toBe('[WARNING] FIRING:2 · 2 groups: A, B');
  });

  test('of a name without a summary says it once', () => {
    expect(inbox(messageOf([alertOf({ alertname: 'Bare' })], nobody))[0]).toBe('[WARNING] FIRING:1 · Bare');
  });

  test('is numbered where a message comes in parts, and short whatever is in it', () => {
    const message = messageOf([queue('x'.repeat(500), 1), queue('y'.repeat(500), 1)], nobody);
    const parts = render({}, { message, fits: ({ from, to }) => to - from <= 1 }).parts;
    expect(parts.map(({ subject = '' }) => subject.slice(-6))).toEqual([' (1/2)', ' (2/2)']);
    for (const { subject = '' } of parts) expect(subject.length).toBeLessThanOrEqual(160);
  });
});

describe('the order of labels', () => {
  const LABELS = {
    ...{ cluster: 'prod-eu', container: 'app', instance: '10.0.0.7:9808', namespace: 'payments', pod: 'api-7f9' },
    ...{ region: 'eu-1', service: 'exporter', zone: 'b', reason: 'oom' },
  };
  const title = (message: Message): string => render({}, { message }).parts[0]?.title ?? '';

  test('is by meaning: what is in trouble, where to look, and at last what is the same nearly everywhere', () => {
    const bare = messageOf([alertOf({ alertname: 'OutOfMemory', ...LABELS })], { group: groupOf({}) });
    expect(title(bare)).toBe('🟠 [FIRING:1 warning] OutOfMemory · payments · api-7f9 · oom · exporter · app ·…');
    const task = messageOf([alertOf({ alertname: 'TaskFails', ...LABELS, name: 'shop.pay' })], { group: groupOf({}) });
    expect(title(task)).toMatch(/TaskFails · shop\.pay · payments · api-7f9/);
  });

  test('is the same in the labels of a group', () => {
    const group = groupOf({ alertname: 'X', cluster: 'eu', instance: 'a:1', namespace: 'shop', pod: 'p' });
    const message = messageOf([queue('a', 1), queue('b', 1)], { group });
    expect(title(message)).toContain('· namespace=shop pod=p instance=a:1');
    expect(shown({}, message)).toContain('alertname=X namespace=shop pod=p instance=a:1 cluster=eu');
  });

  test('names of several alerts what they do not share', () => {
    const of = (pod: string) => alertOf({ alertname: 'CrashLoop', namespace: 'shop', pod, cluster: 'eu' });
    expect(title(messageOf([of('a'), of('b')], { group: groupOf({}) }))).toBe('🟠 [FIRING:2 warning] CrashLoop · a, b');
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
