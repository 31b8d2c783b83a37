// The form of a message that works where nothing else does.
import { describe, expect, test } from '@jest/globals';
import type { PlannedPart, StoredNotification } from '../notification/index.js';
import { MessageMaker } from './message-parts.js';
import { jobOf, limitOf, queues, setupOf, storedOf, TYPES } from './testing-threads.js';
import { alertOf, NOW, noteOf, queue, worker } from './testing.js';

const maker = new MessageMaker();
const make = (...[type, more]: Parameters<typeof jobOf>) => maker.make(jobOf(type, { ...more, form: 'plain' }));
const shown = (notifications: readonly StoredNotification[], more: Parameters<typeof jobOf>[1] = {}): string =>
  make('console', { notifications, ...more })
    .parts.map(({ content }) => content.trim())
    .join('\n');

test('says what it is, and each alert with its state, name and summary', () => {
  const ended = queue('mail', 3, { status: 'resolved', endsAt: NOW });
  expect(
    shown([storedOf(noteOf([worker, ended])), storedOf(noteOf([alertOf({ queue: 'b' })], { truncated: 7 }))]),
  ).toBe(
    `=== [RESOLVED:1, FIRING:2] CeleryWorkerDown, HighCeleryQueueLength

Plain form: the relay could not lay this message out as usual (its log says why)
Alertmanager left out 7 more alerts of this group

Critical · CeleryWorkerDown: Worker celery@w1 is down
Warning · HighCeleryQueueLength: component=celery, job=celery, queue=b
Resolved · HighCeleryQueueLength: Queue mail is too long`,
  );
  const setup = { ...setupOf('console'), locale: 'zh-CN' as const };
  expect(shown([storedOf(noteOf([worker]))], { setup, possibleDuplicate: true })).toContain(
    '简版：中继未能按常规方式排版此消息（原因见中继日志）\n可能重复：上一次发送可能已送达\n\n紧急 · CeleryWorkerDown：Celery Worker celery@w1 离线',
  );
});

test.each([
  ['is cut off', '{"kind":"news","group":{"key":"g","labels":{"alertname":"HighCele'],
  ['is nothing', 'null'],
  ['is another thing', '{"kind":"news","changes":[{"status":"firing","labels":null}]}'],
])('a notification whose text %s has an alert in its place, and the others are told', (_, json) => {
  const text = shown([{ json, acceptedAt: NOW }, storedOf(noteOf([worker]))]);
  expect(text).toContain('Critical · CeleryWorkerDown: Worker celery@w1 is down');
  expect(text).toContain('AlertRelayUnreadableAlert: The relay cannot read a notification in its own store');
  expect(shown([{ json, acceptedAt: NOW }])).toContain('AlertRelayUnreadableAlert');
});

describe.each(TYPES)('through %s', (type) => {
  test('it fits, however many alerts there are and whatever their texts do', () => {
    const hostile = ['<b>', '*_~`[x](http://e)', '队'.repeat(30_000), '\u202e\ud800\u0000', '</td>&amp;'];
    const many = noteOf(Array.from({ length: 500 }, (_, i) => queue(`${hostile[i % 5] ?? ''}${i}`, i)));
    const { parts, plan } = make(type, { notifications: [storedOf(many)] });
    expect(plan).toEqual([{ from: 0, to: 500, detail: 'folded', state: 'waiting' }]);
    expect(parts).toHaveLength(1);
    expect(parts[0]?.size).toBeLessThanOrEqual(limitOf(type));
    expect(parts[0]?.content.isWellFormed()).toBe(true);
  });

  test('a share of the limit is enough, too', () => {
    const most = Math.floor(limitOf(type) / 4);
    expect(make(type, { notifications: [queues(300)], most }).parts[0]?.size).toBeLessThanOrEqual(most);
  });
});

test('goes on where an earlier attempt was cut, under the same keys', () => {
  const plan: PlannedPart[] = [
    { from: 0, to: 2, detail: 'full', state: 'delivered' },
    { from: 2, to: 5, detail: 'full', state: 'waiting' },
  ];
  const made = make('console', { notifications: [queues(5)], plan });
  expect(made.plan).toEqual(plan);
  expect(made.parts.map(({ part }) => `${part.key} ${part.index}/${part.total} ${part.from}-${part.to}`)).toEqual([
    'b0c1-1 1/2 0-2',
    'b0c1-2 2/2 2-5',
  ]);
  expect(made.parts[1]?.content.match(/Warning · /g)).toHaveLength(3);
});
