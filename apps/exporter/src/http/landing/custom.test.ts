// The section of the user's own metrics: there when there is something to say, and deaf to hostile names.
import { describe, expect, it } from '@jest/globals';
import { landingPage } from '../landing-page.js';
import type { CustomStatus } from '../custom-status.js';
import { customMetricStatus, fineStatus, HOSTILE } from '../testing.js';

const pageOf = (custom: Partial<CustomStatus>): string =>
  landingPage(fineStatus({ custom: { metrics: [], uncounted: [], uncountedOthers: 0, ...custom } }));

/** The section as people read it. */
function sectionOf(custom: Partial<CustomStatus>): string {
  const sections = pageOf(custom).match(/<section aria-labelledby="(?:custom|uncounted)">.*?<\/section>/gs) ?? [];
  return sections
    .join(' ')
    .replaceAll('<wbr>', '')
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('\u00A0', ' ')
    .replace(/\s+/g, ' ');
}

describe('metrics of the user', () => {
  it('have no section where there are none and nobody sends events', () => {
    expect(sectionOf({})).toBe('');
  });

  it('show what they wait for, how much came, when, and what was counted last', () => {
    expect(sectionOf({ metrics: [customMetricStatus({ skipped: [['no_value', 2]] })] })).toContain(
      'myapp_rows_imported_total counter rows-imported 12 2 2 8 s ago {source="crm"} 250',
    );
  });

  it('that never counted say so, and how a task sends the event', () => {
    const section = sectionOf({ metrics: [customMetricStatus({ silence: undefined, last: undefined, counted: 0 })] });
    expect(section).toContain('never seen yet');
    expect(section).toContain('self.send_event("rows-imported", …)');
    expect(section).toContain('nothing yet');
  });

  it('stand above the events that nobody counts, the commonest first', () => {
    const section = sectionOf({
      uncounted: [
        ['a', 1],
        ['b', 20],
      ],
      uncountedOthers: 7,
    });
    expect(section).toMatch(/ b 20 a 1 /);
    expect(section).toContain('7 more events were of further types.');
  });

  it('cannot be made to show anything but text', () => {
    const hostile = customMetricStatus({
      name: HOSTILE,
      events: [HOSTILE],
      last: { value: 1, labels: [[HOSTILE, HOSTILE]] },
      skipped: [['no_value', 1]],
      lastSkip: { event: HOSTILE, fields: [HOSTILE] },
      values: [HOSTILE],
      unseenFields: [HOSTILE],
    });
    const page = pageOf({
      metrics: [hostile, { ...hostile, silence: undefined }],
      uncounted: [[HOSTILE, 1]],
    });
    for (const sign of ['<script', '\u202E', '\u0000', '\u2066']) expect(page).not.toContain(sign);
    expect(page).toContain('&lt;script&gt;');
  });
});
