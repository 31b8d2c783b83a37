// How a message is cut: every alert once, every part fits, the same again for a resend, and nothing counted wrong.
import { describe, expect, test } from '@jest/globals';
import type { Part } from '../channels/channel.js';
import { compose, type Message, type PlannedPart } from '../notification/index.js';
import { covers, furthest } from './cut.js';
import { alertOf, bytesOf, groupOf, MARKUPS, messageOf, minutesAgo, noteOf, NOW, render, textOf } from './testing.js';

let seed = 11;
const random = (n: number): number => (seed = (seed * 48_271) % 2_147_483_647) % n;
const pick = <T>(items: readonly T[]): T => items[random(items.length)] as T;

/** An alert whose queue is its number, so that it can be found in a text. */
function numbered(i: number, length = random(5) === 0 ? random(3_000) : random(120)): ReturnType<typeof alertOf> {
  const resolved = random(4) === 0;
  return alertOf(
    {
      alertname: pick(['CeleryWorkerDown', 'HighCeleryQueueLength', 'CeleryTaskFailing']),
      severity: pick(['critical', 'warning', 'info']),
      queue: `#${i}#`,
    },
    { summary: `Queue #${i}# is too long`, description: pick(['x', '词', '<*>&', '👩‍🚒 ']).repeat(length) },
    {
      startsAt: minutesAgo(random(3_000)),
      ...(resolved && { status: 'resolved' as const, endsAt: minutesAgo(random(10)) }),
    },
  );
}

const alertsOf = (n: number, length?: number): Message =>
  messageOf(Array.from({ length: n }, (_, i) => numbered(i, length)));
const numbersIn = (text: string): string[] => [
  ...new Set(
    [
      ...text
        .replace(/<a [^>]*>|\]\([^)]*\)|<https?:[^|]*\||\u2060/g, '')
        .replaceAll('&#35;', '#')
        .replaceAll('＃', '#')
        .matchAll(/Queue #(\d+)#/g),
    ].map(([, i]) => i ?? ''),
  ),
];
/** How many alerts a fold counts, from its names. */
const folded = (text: string): number =>
  [...text.matchAll(/ × ([\d,]+)/g)].reduce((sum, [, n]) => sum + Number(n?.replaceAll(',', '')), 0);

test.each(MARKUPS)('in %s, whatever the alerts and the limit', (markup) => {
  for (let round = 0; round < 12; round++) {
    const message = alertsOf(1 + random(pick([3, 20, 120, 600])));
    const limit = (markup === 'html' ? 3_000 : 1_200) + random(pick([3_000, 20_000]));
    const maxParts = 1 + random(4);
    const fits = (part: Part): boolean => bytesOf(part) <= limit;
    const { parts, plan, failures } = render({ markup }, { message, fits, maxParts });
    expect(failures).toEqual([]);
    expect(covers(plan, message.alerts.length)).toBe(true);
    expect(parts.length).toBeLessThanOrEqual(maxParts);
    expect(parts.map(({ from, to }) => ({ from, to }))).toEqual(plan.map(({ from, to }) => ({ from, to })));
    expect(parts.map(({ key, index, total }) => ({ key, index, total }))).toEqual(
      plan.map((_, i) => ({ key: `b0c1-${i + 1}`, index: i + 1, total: plan.length })),
    );
    for (const [i, part] of parts.entries()) {
      expect(fits(part)).toBe(true);
      const told = message.alerts
        .slice(part.from, part.to)
        .map(({ alert }) => alert.labels['queue']?.replaceAll('#', '') ?? '');
      const blocks = part.plain.blocks.join('\n');
      const seen = numbersIn(blocks);
      if (plan[i]?.detail === 'folded') {
        expect(seen).toEqual(told.slice(0, seen.length));
        expect(seen.length + folded(blocks)).toBe(told.length);
      } else expect(seen).toEqual(told);
      // MarkupAndPlain forms say the same.
      expect(part.body.blocks).toHaveLength(part.plain.blocks.length);
    }
    // A resend, which may have to say that it is one.
    const again = render({ markup }, { message, fits, maxParts, plan });
    expect(again).toEqual({ parts, plan, failures });
    const doubtful = render({ markup }, { message, fits, maxParts, plan, possibleDuplicate: true });
    expect(doubtful.plan).toEqual(plan);
    for (const part of doubtful.parts) {
      expect(fits(part)).toBe(true);
      expect(textOf(part)).toContain('Possible duplicate');
    }
  }
});

test('a plan keeps its states, and a plan of another message is not used', () => {
  const message = alertsOf(3, 10);
  const plan: PlannedPart[] = [
    { from: 0, to: 2, detail: 'full', state: 'delivered' },
    { from: 2, to: 3, detail: 'lines', clip: 40, state: 'ambiguous' },
  ];
  const kept = render({}, { message, plan });
  expect(kept.plan).toEqual(plan);
  expect(kept.parts.map(({ from, to }) => [from, to])).toEqual([
    [0, 2],
    [2, 3],
  ]);
  for (const wrong of [
    [],
    [{ from: 0, to: 2, detail: 'full', state: 'waiting' }],
    [{ from: 1, to: 3, detail: 'full', state: 'waiting' }],
    [{ from: 0, to: 4, detail: 'full', state: 'waiting' }],
  ] as PlannedPart[][]) {
    expect(render({}, { message, plan: wrong }).plan).toEqual([{ from: 0, to: 3, detail: 'full', state: 'waiting' }]);
  }
});

describe('one alert that is too large alone', () => {
  const huge = alertOf({ queue: 'big' }, { summary: 'Too large', description: '👩‍🚒<词>'.repeat(50_000) });

  test.each([
    [6_000, 1000],
    [3_500, 300],
    [2_000, 100],
  ])('is shortened to fit %d bytes, visibly and with its links', (limit, clip) => {
    for (const markup of MARKUPS) {
      const { parts, plan } = render(
        { markup },
        {
          message: messageOf([huge]),
          fits: (part) =>
            Buffer.byteLength(textOf(part).replace(/style="[^"]*"|<style>.*?<\/style>/gs, '')) <=
            limit * (markup === 'feishu' || markup === 'html' ? 3 : 2),
        },
      );
      expect(plan).toHaveLength(1);
      expect(plan[0]?.detail).toBe('full');
      expect(plan[0]?.clip ?? 0).toBeLessThanOrEqual(1000);
      if (markup === 'plain') expect([100, 300, 1000]).toContain(clip);
      const text = textOf(parts[0] as Part);
      expect(text).toContain('… (shortened)');
      expect(text).toContain('silences/new');
      expect(text.replaceAll('\u2060', '')).not.toMatch(/\ufffd|👩(?!‍🚒)/u);
    }
  });

  test('stands alone, and its neighbours are whole', () => {
    const message = messageOf([
      alertOf({ queue: 'a' }, { summary: 'First', description: 'd'.repeat(500) }),
      huge,
      alertOf({ queue: 'c' }, { summary: 'Third', description: 'e'.repeat(500) }),
    ]);
    const { plan } = render({}, { message, fits: (part) => bytesOf(part) <= 4_500, maxParts: 5 });
    expect(plan.map(({ from, to, clip }) => [from, to, clip])).toEqual([
      [0, 1, undefined],
      [1, 2, 1000],
      [2, 3, undefined],
    ]);
  });
});

test('more alerts than parts come as lines, and more than lines as names with numbers, what is critical first', () => {
  const message = alertsOf(300, 200);
  const lines = render({}, { message, fits: (part) => bytesOf(part) <= 12_000, maxParts: 3 });
  expect(new Set(lines.plan.map(({ detail }) => detail))).toEqual(new Set(['lines']));
  const fold = render({}, { message, fits: (part) => bytesOf(part) <= 3_000, maxParts: 2 });
  expect(fold.plan.at(-1)).toMatchObject({ detail: 'folded', to: 300 });
  const [first] = fold.parts;
  expect(first?.plain.blocks.join('\n')).toMatch(/^🔴/);
});

test('where every critical alert has its line, one message folds the rest', () => {
  const critical = Array.from({ length: 5 }, (_, i) =>
    alertOf({ severity: 'critical', queue: `c${i}` }, { summary: `Critical ${i}` }),
  );
  const others = Array.from({ length: 5_000 }, (_, i) => alertOf({ queue: `q${i}` }, { summary: `Queue ${i}` }));
  const { parts, plan } = render(
    { locale: 'zh-CN' },
    { message: messageOf([...others, ...critical]), fits: (part) => bytesOf(part) <= 4_000, maxParts: 5 },
  );
  expect(plan).toEqual([{ from: 0, to: 5_005, detail: 'folded', state: 'waiting' }]);
  const text = textOf(parts[0] as Part);
  for (let i = 0; i < 5; i++) expect(text).toContain(`🔴 Critical ${i}`);
  expect(text).toMatch(/… 另有 4,9\d\d 条（警告 4,9\d\d 条）\nHighCeleryQueueLength × 4,9\d\d/);
});

test('where nothing fits, the shortest is shown all the same', () => {
  const { parts, plan } = render({}, { message: alertsOf(9), fits: () => false });
  expect(plan).toHaveLength(1);
  expect(folded(textOf(parts[0] as Part))).toBe(9);
  expect(textOf(parts[0] as Part).length).toBeLessThan(400);
});

test('each part has the tone of what it tells of', () => {
  const message = messageOf([
    alertOf({ severity: 'critical' }),
    alertOf({}),
    alertOf({}, {}, { status: 'resolved', endsAt: NOW }),
  ]);
  const oneEach = (part: Part): boolean => part.to - part.from <= 1;
  expect(render({}, { message, fits: oneEach }).parts.map(({ tone }) => tone)).toEqual([
    'critical',
    'warning',
    'resolved',
  ]);
  expect(
    render({}, { message: messageOf([alertOf({}, {}, { status: 'resolved', endsAt: NOW })]) }).parts[0]?.tone,
  ).toBe('resolved');
});

test('alerts of several groups say which group each is of', () => {
  const message = compose(
    ['a', 'b'].map((queue) =>
      noteOf([alertOf({ queue }, { summary: 'Too long' })], {
        group: groupOf({ alertname: 'HighCeleryQueueLength', queue }),
      }),
    ),
    NOW,
  );
  expect(textOf(render({}, { message }).parts[0] as Part)).toMatch(/queue: a[^]*queue: b/);
});

test('10,000 alerts take well below two seconds and few questions', () => {
  const alerts = Array.from({ length: 10_000 }, (_, i) => numbered(i, 100));
  const message = messageOf(alerts);
  for (const markup of MARKUPS) {
    let questions = 0;
    const started = performance.now();
    const fits = (part: Part): boolean => {
      questions++;
      return bytesOf(part) <= 20_000;
    };
    const { parts } = render({ markup }, { message, fits, maxParts: 5 });
    expect(performance.now() - started).toBeLessThan(1_500);
    expect(questions).toBeLessThan(150);
    expect(parts.length).toBeLessThanOrEqual(5);
  }
});

test('the furthest end is found with few questions, wherever it is', () => {
  for (let most = 0; most <= 40; most++) {
    for (let end = 0; end <= most; end++) {
      for (const guess of [1, 7, 100]) {
        let asked = 0;
        const found = furthest(0, most, guess, (to) => {
          asked++;
          expect(to).toBeLessThanOrEqual(most);
          return to <= end;
        });
        expect(found).toBe(end);
        expect(asked).toBeLessThanOrEqual(14);
      }
    }
  }
});
