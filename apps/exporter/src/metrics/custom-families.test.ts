// The user's own metrics on the page: of one broker, of several, in both formats, beside the exporter's.
import { describe, expect, it } from '@jest/globals';
import { Registry } from '@celery-watch/metrics';
import { metric } from '../tracking/custom/testing.js';
import { Stage } from '../tracking/testing.js';
import { customFamilies } from './custom-families.js';
import { exporterFamilies } from './exporter-families.js';
import { joinBrokers } from './join-brokers.js';

const custom = [
  metric('counter', { labels: { kind: 'kind' } }),
  metric('gauge', { name: 'level' }),
  metric('histogram', { name: 'size_bytes' }),
];

function pageOf(stages: Readonly<Record<string, Stage>>, format: 'text' | 'openmetrics' = 'text'): readonly string[] {
  const registry = new Registry({
    onError: (entry, error) => {
      throw new Error(entry.name, { cause: error });
    },
  });
  const parts = Object.entries(stages).map(([name, { model, now }]) => ({
    name: name === '' ? undefined : name,
    families: [...customFamilies(model, () => now), ...exporterFamilies(model, [])],
  }));
  registry.add(...joinBrokers(parts));
  const lines = registry.render(format).split('\n');
  return lines.filter((line) => /mine|level|size_bytes/.test(line) && !/HELP|dropped_series| 0$/.test(line));
}

function told(...events: readonly Readonly<Record<string, unknown>>[]): Stage {
  const stage = new Stage({ custom });
  const worker = stage.worker();
  stage.deliver(...events.map((fields) => worker.make('told', fields)));
  return stage;
}

describe('metrics of the user', () => {
  it('stand on the page with their type, and with what was not counted', () => {
    expect(pageOf({ '': told({ n: 2, kind: 'a"b' }, { n: 'x' }) })).toEqual([
      '# TYPE mine_total counter',
      String.raw`mine_total{kind="a\"b"} 2`,
      '# TYPE level gauge',
      'level 2',
      '# TYPE size_bytes histogram',
      'size_bytes_bucket{le="10"} 1',
      'size_bytes_bucket{le="+Inf"} 1',
      'size_bytes_sum 2',
      'size_bytes_count 1',
      'celery_exporter_custom_events_skipped_total{metric="mine_total",reason="not_a_number"} 1',
      'celery_exporter_custom_events_skipped_total{metric="level",reason="not_a_number"} 1',
      'celery_exporter_custom_events_skipped_total{metric="size_bytes",reason="not_a_number"} 1',
    ]);
  });

  it('of several brokers are one metric with a label more', () => {
    const lines = pageOf({ eu: told({ n: 2, kind: 'a' }), us: told({ n: 5, kind: 'a' }) }, 'openmetrics');
    expect(lines.filter((line) => /mine|level/.test(line))).toEqual([
      '# TYPE mine counter',
      'mine_total{broker="eu",kind="a"} 2',
      'mine_total{broker="us",kind="a"} 5',
      '# TYPE level gauge',
      'level{broker="eu"} 2',
      'level{broker="us"} 5',
    ]);
  });
});
