// What must hold for every dashboard, without any server.
import { describe, expect, it } from '@jest/globals';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { readRuleFile, SCOPE } from './alert-thresholds.js';
import { DELIVERY_VERDICTS, POST_RESULTS, TASK_STATES } from '@celery-watch/celery-protocol';
import { DASHBOARDS, dashboardFiles } from './shipped.js';
import { COLUMNS } from './grid.js';
import { RECORDED } from './rule-metrics.js';
import { panelsOf, queriesOf, targetsOf } from './testing/query-list.js';

const dashboards = Object.entries(DASHBOARDS).map(([file, build]) => ({ file, dashboard: build() }));
const panels = dashboards.flatMap(({ file, dashboard }) =>
  panelsOf(dashboard).map((panel) => ({ title: `${file}: ${panel.title ?? '?'}`, panel })),
);
const data = panels.filter(({ panel }) => panel.type !== 'row');

/** Labels with a closed list of values. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  state: TASK_STATES,
  verdict: DELIVERY_VERDICTS,
  result: POST_RESULTS,
};

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

  it('fits into a ConfigMap of its own, of which kubectl apply keeps a copy in an annotation of 256 KiB', () => {
    expect(JSON.stringify({ data: { file: dashboardFiles().get(`${file}.json`) } }).length).toBeLessThan(240 * 1024);
  });

  it('has a stable uid, and an id for each panel', () => {
    expect(dashboard.uid).toBe(file);
    expect(new Set(boxes.map(({ id }) => id)).size).toBe(boxes.length);
  });

  it('refreshes, shares its crosshair, lets choose the data source and marks alerts', () => {
    expect(dashboard).toMatchObject({ refresh: '30s', graphTooltip: 1, schemaVersion: 39, tags: ['celery'] });
    expect(dashboard.templating.list?.map(({ name }) => name).slice(0, 1 + SCOPE.length)).toEqual([
      'datasource',
      ...SCOPE,
    ]);
    expect(dashboard.annotations.list?.[0]?.expr).toMatch(/^ALERTS\{alertstate="firing", component="celery"/);
  });

  it('lets choose several of everything but the one task, or all, where there is no such label as well', () => {
    for (const { name, multi, includeAll, allValue } of (dashboard.templating.list ?? []).slice(1))
      if (name === 'task') expect({ multi, includeAll }).toEqual({ multi: false, includeAll: false });
      else
        expect({ name, multi, includeAll, allValue }).toEqual({ name, multi: true, includeAll: true, allValue: '.*' });
  });

  it('keeps what is chosen in its links, and encodes what it puts into them', () => {
    const urls = [...JSON.stringify(dashboard).matchAll(/"url":"(\/d\/[^"]+)"/g)].map(([, url]) => url ?? '');
    for (const url of urls) {
      for (const label of ['datasource', ...SCOPE])
        expect(url).toMatch(new RegExp(`\\$\\{${label}:queryparam\\}|&var-${label}=`));
      expect(
        url.replaceAll(
          /\$\{(?:\w+:queryparam|__url_time_range|(?:__value\.raw|__field\.labels\.name):percentencode)\}/g,
          '',
        ),
      ).not.toContain('$');
    }
  });

  it('fills in what is chosen between signs that nothing in a name ends, in a format of its own', () => {
    for (const { where, expr } of queriesOf(dashboard)) {
      const bare = expr
        .replaceAll(/`\$\{\w+:(?:regex|raw)\}\|?`/g, '')
        .replaceAll(/\$__(?:rate_interval|range)\b/g, '');
      expect([where, bare.includes('$')]).toEqual([where, false]);
    }
  });

  it('uses only variables that it has', () => {
    const known = new Set([
      ...(dashboard.templating.list ?? []).map(({ name }) => name),
      '__all',
      '__rate_interval',
      '__range',
      '__url_time_range',
      '__value',
      '__field',
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

  it.each(data)('$title says what it means when it is empty', ({ panel }) => {
    expect((panel.fieldConfig?.defaults.noValue ?? '').length).toBeGreaterThan(0);
  });

  it.each(data)('$title has no override that matches nothing', ({ panel }) => {
    const named = panel.type === 'table' ? columnsOf(panel) : valuesOf(panel).flatMap(seriesNamed);
    for (const { matcher } of panel.fieldConfig?.overrides ?? []) expect(named).toContain(matcher.options);
  });

  it.each(data.filter(({ panel }) => panel.type === 'table'))(
    '$title gives a cell without a value no colour, and a row without a label no word',
    ({ panel }) => {
      const values = new Set(valuesOf(panel).map(({ legendFormat }) => legendFormat));
      for (const { matcher, properties } of panel.fieldConfig?.overrides ?? []) {
        const has = (id: string, value: unknown): boolean =>
          properties.some((each) => each.id === id && JSON.stringify(each.value).includes(JSON.stringify(value)));
        const isValue = values.has(String(matcher.options));
        if (!isValue) expect([matcher.options, has('noValue', '')]).toEqual([matcher.options, true]);
        else if (has('custom.cellOptions', 'color-text'))
          expect([
            matcher.options,
            has('mappings', { match: 'null+nan', result: { text: '-', color: 'text', index: 9 } }),
          ]).toEqual([matcher.options, true]);
      }
    },
  );

  it.each(data)('$title tells the queues, workers and tasks of one name of two brokers apart', ({ panel }) => {
    for (const { expr, legendFormat, format } of valuesOf(panel)) {
      const last = expr
        .split(/\b(?:sum|max) by \(/)
        .slice(1)
        .map((rest) => rest.slice(0, rest.indexOf(')')).split(', '));
      const shown =
        format === 'table'
          ? last.slice(0, 1).flat()
          : [...legendFormat.matchAll(/\{\{(\w+)/g)].map(([, label]) => label);
      if (!shown.some((label) => ['queue', 'worker', 'name', 'hostname'].includes(label ?? ''))) continue;
      expect(shown).toEqual(expect.arrayContaining([...SCOPE]));
      for (const by of last) expect(by).toEqual(expect.arrayContaining([...SCOPE]));
    }
  });

  it.each(data)('$title has the numbers of the rules from the rules', ({ panel }) => {
    const asked = limitsOf(panel);
    for (const { expr } of asked) expect(expr).toMatch(/^max\(celery:threshold:\w+(?:\{\w+=""\})?\)$/);
    const configured = (panel.transformations ?? []).flatMap(({ id, options }) =>
      id === 'configFromData' ? [options as { configRefId: string; mappings: { fieldName: string }[] }] : [],
    );
    expect(configured.map(({ configRefId, mappings }) => [configRefId, mappings[0]?.fieldName])).toEqual(
      asked.map(({ refId, legendFormat }) => [refId, legendFormat]),
    );
    // A step of its own would stay when the rule is changed.
    const { defaults } = panel.fieldConfig ?? {};
    if (panel.type !== 'table' && asked.length > 0)
      expect((defaults?.thresholds?.steps ?? []).filter(({ value }) => value !== null)).toEqual([]);
  });

  it.each(data)('$title asks with the windows of Grafana, and names its series briefly', ({ panel }) => {
    for (const { expr, legendFormat } of targetsOf(panel)) {
      for (const [, window] of expr.matchAll(/(?:rate|increase)\([^[]*\[([^\]]+)\]/g))
        expect(['$__rate_interval', '$__range']).toContain(window);
      expect(legendFormat.length).toBeGreaterThan(0);
      // The labels of the broker stand behind a name, and mostly only one or two of them have a value.
      expect(withoutScope(legendFormat).length).toBeLessThanOrEqual(32);
    }
  });
});

it('every recorded series that a dashboard asks for is in the rule file', () => {
  const recorded = readRuleFile().groups.flatMap(({ rules }) => rules.map(({ record }) => record));
  expect(RECORDED.filter((name) => !recorded.includes(name))).toEqual([]);
});

function limitsOf(panel: Panel): ReturnType<typeof targetsOf> {
  return targetsOf(panel).filter(({ expr }) => expr.includes('celery:threshold:'));
}

function valuesOf(panel: Panel): ReturnType<typeof targetsOf> {
  return targetsOf(panel).filter(({ expr }) => !expr.includes('celery:threshold:'));
}

/** The columns of a table that are shown, by their titles. */
function columnsOf(panel: Panel): unknown[] {
  return (panel.transformations ?? []).flatMap(({ options }) => {
    const { renameByName = {}, excludeByName = {} } = options as Record<string, Record<string, unknown>>;
    return Object.entries(renameByName).flatMap(([name, title]) => (name in excludeByName ? [] : [title]));
  });
}

/** The names that series can have: a label has the values of its closed list, or those that its query asks for. */
function seriesNamed({ legendFormat, expr }: ReturnType<typeof targetsOf>[number]): readonly string[] {
  const [, label = ''] = /^\{\{(\w+)\}\}$/.exec(legendFormat) ?? [];
  if (label === '') return [legendFormat];
  const asked = [...expr.matchAll(new RegExp(`\\b${label}=~?"([^"$]+)"`, 'g'))].map(([, values = '']) =>
    values.split('|'),
  );
  return (VALUES[label] ?? []).filter((value) => asked.every((values) => values.includes(value)));
}

function withoutScope(legend: string): string {
  return SCOPE.reduce((rest, label) => rest.replace(` {{${label}}}`, ''), legend);
}

/** The unit of the panel; of a table, that of each column of values. */
function unitsOf(panel: Panel): (string | undefined)[] {
  const { defaults, overrides = [] } = panel.fieldConfig ?? {};
  if (panel.type !== 'table') return [defaults?.unit];
  const shown = new Set(columnsOf(panel));
  return valuesOf(panel)
    .filter(({ legendFormat }) => shown.has(legendFormat))
    .map(({ legendFormat }) => {
      const override = overrides.find(({ matcher }) => matcher.options === legendFormat);
      return override?.properties.find(({ id }) => id === 'unit')?.value as string | undefined;
    });
}
