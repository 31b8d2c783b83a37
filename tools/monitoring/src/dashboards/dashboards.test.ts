// What must hold for every dashboard, without any server.
import { describe, expect, it } from '@jest/globals';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { readRuleFile } from './alert-thresholds.js';
import { DASHBOARDS } from './shipped.js';
import { COLUMNS } from './grid.js';
import { RECORDED } from './rule-metrics.js';
import { panelsOf, targetsOf } from './testing/query-list.js';

const dashboards = Object.entries(DASHBOARDS).map(([file, build]) => ({ file, dashboard: build() }));
const panels = dashboards.flatMap(({ file, dashboard }) =>
  panelsOf(dashboard).map((panel) => ({ title: `${file}: ${panel.title ?? '?'}`, panel })),
);
const data = panels.filter(({ panel }) => panel.type !== 'row');

interface Box {
  readonly id: number;
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

describe.each(dashboards)('$file', ({ file, dashboard }) => {
  const boxes = (dashboard.panels ?? []).map((panel): Box => ({
    x: 0,
    y: 0,
    w: 0,
    h: 0,
    ...panel.gridPos,
    id: panel.id ?? 0,
  }));

  it('has no panels that overlap, and no hole in the grid', () => {
    const cells = new Map<string, number>();
    for (const { id, x, y, w, h } of boxes) {
      for (let column = x; column < x + w; column++) {
        for (let row = y; row < y + h; row++) {
          const cell = `column ${column}, row ${row}`;
          expect([cell, cells.get(cell)]).toEqual([cell, undefined]);
          cells.set(cell, id);
        }
      }
    }
    const height = Math.max(...boxes.map(({ y, h }) => y + h));
    expect(cells.size).toBe(height * COLUMNS);
    expect(Math.max(...boxes.map(({ x, w }) => x + w))).toBe(COLUMNS);
  });

  it('has a stable uid, and an id for each panel', () => {
    expect(dashboard.uid).toBe(file);
    expect(new Set(boxes.map(({ id }) => id)).size).toBe(boxes.length);
  });

  it('refreshes, shares its crosshair, lets choose the data source and marks alerts', () => {
    expect(dashboard).toMatchObject({ refresh: '30s', graphTooltip: 1, schemaVersion: 39, tags: ['celery'] });
    expect(dashboard.templating.list?.map(({ name }) => name).slice(0, 2)).toEqual(['datasource', 'job']);
    expect(dashboard.annotations.list?.[0]?.expr).toMatch(/^ALERTS\{alertstate="firing", component="celery"/);
  });

  it('uses only variables that it has', () => {
    const known = new Set([
      ...(dashboard.templating.list ?? []).map(({ name }) => name),
      '__all',
      '__rate_interval',
      '__range',
      '__url_time_range',
      '__value',
    ]);
    const used = [...JSON.stringify(dashboard).matchAll(/\$\{?(\w+)/g)].map(([, name]) => name);
    expect([...new Set(used)].filter((name) => !known.has(name ?? ''))).toEqual([]);
  });
});

describe('every panel', () => {
  it.each(data)('$title says what it means, and its unit', ({ panel }) => {
    expect((panel.description ?? '').length).toBeGreaterThan(20);
    expect(unitsOf(panel)).not.toContain(undefined);
    expect(panel.datasource?.uid).toBe('${datasource}');
  });

  it.each(data)('$title asks with the window of Grafana or of an alert, and names its series briefly', ({ panel }) => {
    for (const { expr, legendFormat } of targetsOf(panel)) {
      for (const [, window] of expr.matchAll(/(?:rate|increase)\([^[]*\[([^\]]+)\]/g))
        expect(['$__rate_interval', '$__range', '5m', '10m', '15m', '1h']).toContain(window);
      expect(legendFormat.length).toBeGreaterThan(0);
      expect(legendFormat.length).toBeLessThanOrEqual(32);
    }
  });
});

it('every recorded series that a dashboard asks for is in the rule file', () => {
  const recorded = readRuleFile().groups.flatMap(({ rules }) => rules.map(({ record }) => record));
  expect(RECORDED.filter((name) => !recorded.includes(name))).toEqual([]);
});

/** The unit of the panel; of a table, that of each column of values. */
function unitsOf(panel: Panel): (string | undefined)[] {
  const { defaults, overrides = [] } = panel.fieldConfig ?? {};
  if (panel.type !== 'table') return [defaults?.unit];
  return targetsOf(panel).map(({ legendFormat }) => {
    const override = overrides.find(({ matcher }) => matcher.options === legendFormat);
    return override?.properties.find(({ id }) => id === 'unit')?.value as string | undefined;
  });
}
