// What one look at Prometheus's alerts says that the one before did not.
import { describe, expect, it } from '@jest/globals';
import type { PrometheusAlert } from '@celery-watch/testbed';
import { ANNOTATIONS, episode, LABELS } from './testing-records.js';
import { compareLooks } from './watch-prometheus.js';

const alert = (state: PrometheusAlert['state'], activeAt = 13): PrometheusAlert => ({
  labels: LABELS,
  annotations: ANNOTATIONS,
  state,
  activeAt: new Date(activeAt * 1000).toISOString(),
});

describe('a look at the alerts', () => {
  it('finds a new one, pending or already firing', () => {
    expect(compareLooks([], [alert('pending')], 14_000)).toEqual([{ kind: 'new', episode: episode(13) }]);
    expect(compareLooks([], [alert('firing')], 14_000)).toEqual([
      { kind: 'new', episode: episode(13, { firingAt: 14_000 }) },
    ]);
  });

  it('sees a known one fire, once', () => {
    const known = episode(13);
    expect(compareLooks([known], [alert('firing')], 20_000)).toEqual([
      { kind: 'changed', of: known, news: { firingAt: 20_000, annotations: ANNOTATIONS } },
    ]);
    expect(compareLooks([{ ...known, firingAt: 20_000 }], [alert('firing')], 21_000)).toEqual([]);
  });

  it('sees one go, also when it comes back at once', () => {
    const known = episode(13, { firingAt: 18_000 });
    expect(compareLooks([known], [], 30_000)).toEqual([{ kind: 'changed', of: known, news: { goneAt: 30_000 } }]);
    expect(compareLooks([known], [alert('pending', 29)], 30_000).map(({ kind }) => kind)).toEqual(['new', 'changed']);
  });
});
