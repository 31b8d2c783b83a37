// Findings about the metrics of the user's own.
import { describe, expect, it } from '@jest/globals';
import type { CustomStatus } from '../custom-status.js';
import { customMetricStatus, fineStatus } from '../testing.js';
import { emptyCustomLabels, fullCustomMetrics, misspelledCustomEvents, skippedCustomEvents } from './custom-metrics.js';
import { droppedSeries } from './losses.js';

const status = (changes: Partial<CustomStatus>, dropped: readonly (readonly [string, number])[] = []) =>
  fineStatus({ custom: { metrics: [], uncounted: [], uncountedOthers: 0, ...changes }, dropped });

describe('a metric of the user', () => {
  it('that fares well is not worth a word', () => {
    const fine = status({ metrics: [customMetricStatus()] });
    for (const rule of [skippedCustomEvents, misspelledCustomEvents, emptyCustomLabels, fullCustomMetrics])
      expect(rule(fine)).toEqual([]);
  });

  it('that cannot count gets a warning that shows what the last event had', () => {
    const skipping = customMetricStatus({
      skipped: [
        ['no_value', 3],
        ['bad_label', 0],
      ],
      lastSkip: { event: 'rows-imported', fields: ['row', 'kind'] },
    });
    const [found, ...more] = skippedCustomEvents(status({ metrics: [skipping] }));
    expect(more).toEqual([]);
    expect(found).toEqual({
      level: 'warning',
      title: '3 events were not counted in `myapp_rows_imported_total`: `no_value`',
      detail:
        'They lack the field `rows`, or it was None or NaN. The last one that was not counted, `rows-imported`, had the ' +
        'fields `row` and `kind`. They are counted in `celery_exporter_custom_events_skipped_total` alone.',
      fix: 'Compare how the field is spelled in the code and as `value` in `custom_metrics`.',
    });
  });

  it('that waits for a type nobody sends is shown what comes instead, if it is alike', () => {
    const metrics = [customMetricStatus({ silence: undefined, counted: 0 })];
    const [found] = misspelledCustomEvents(
      status({
        metrics,
        uncounted: [
          ['other', 5],
          ['rows-import', 1],
        ],
      }),
    );
    expect(found).toMatchObject({
      level: 'warning',
      title: '`myapp_rows_imported_total` waits for `rows-imported`, which never came',
      detail: 'What comes, and what nobody counts, is `rows-import`.',
    });
    expect(misspelledCustomEvents(status({ metrics, uncounted: [['other', 5]] }))).toEqual([]);
  });

  it('whose labels are never filled gets a note', () => {
    const [found] = emptyCustomLabels(status({ metrics: [customMetricStatus({ unseenFields: ['knid'] })] }));
    expect(found).toMatchObject({ level: 'note', detail: 'No event so far had the field `knid`.' });
  });

  it('that is full says what it loses, once, and where the cap is', () => {
    const full = status({ metrics: [customMetricStatus()] }, [['myapp_rows_imported_total', 2]]);
    expect(droppedSeries(full)).toEqual([]);
    const [found] = fullCustomMetrics(full);
    expect(found?.detail).toBe('Events with new labels are counted under "other". It happened 2 times.');
    expect(found?.fix).toContain('`max_series` of this entry');
    const [gauge] = fullCustomMetrics(
      status({ metrics: [customMetricStatus({ type: 'gauge' })] }, [['myapp_rows_imported_total', 1]]),
    );
    expect(gauge?.detail).toContain('left out. It happened once.');
  });
});
