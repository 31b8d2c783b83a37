// Where a runbook's path leads.
import { expect, test } from '@jest/globals';
import { compose } from '../notification/index.js';
import { withRunbooks } from './runbook.js';

const BASE = 'https://git.example.com/ops/celery-watch/blob/main';

function runbookOf(annotations: Record<string, string>, base: string | undefined): string | undefined {
  const alert = {
    status: 'firing',
    labels: { alertname: 'x' },
    annotations,
    startsAt: 0,
    generatorURL: '',
    fingerprint: 'f',
  } as const;
  const group = { key: 'g', receiver: 'r', labels: {}, externalURL: '' };
  const message = compose(
    [
      {
        kind: 'news',
        group,
        episode: { id: 'e', opened: true },
        acceptedAt: 0,
        changes: [alert],
        standing: { count: 0, alerts: [] },
        truncated: 0,
      },
    ],
    0,
  );
  const [first] = withRunbooks(message, base).alerts;
  return first?.alert.annotations['runbook_url'] ?? first?.alert.annotations['runbook'];
}

test.each([
  ['docs/GUIDE.md#celeryworkerdown', `${BASE}/docs/GUIDE.md#celeryworkerdown`],
  ['/docs/GUIDE.md', `${BASE}/docs/GUIDE.md`],
  ['https://wiki.example.com/x', 'https://wiki.example.com/x'],
  ['javascript:alert(1)', 'javascript:alert(1)'],
  ['//evil.example.com/x', '//evil.example.com/x'],
  ['', ''],
])('%s leads to %s', (path, expected) => {
  expect(runbookOf({ runbook_url: path }, BASE)).toBe(expected);
  expect(runbookOf({ runbook: path }, `${BASE}/`)).toBe(expected);
});

test('without a base nothing changes, and an alert without a runbook gets none', () => {
  expect(runbookOf({ runbook_url: 'docs/GUIDE.md' }, undefined)).toBe('docs/GUIDE.md');
  expect(runbookOf({}, BASE)).toBeUndefined();
});
