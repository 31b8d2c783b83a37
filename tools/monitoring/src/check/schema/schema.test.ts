// Dashboards against the types of @grafana/schema: those that ship are right, and each mistake in one is seen.
import { describe, expect, it } from '@jest/globals';
import { dashboardFiles } from '../../dashboards/shipped.js';
import { checkSchema } from './schema.js';

const FILES = [...dashboardFiles()].map(([file, text]) => ({ file, text }));
const TASKS = FILES.find(({ file }) => file === 'celery-tasks.json')?.text ?? '';

/** A mistake: what stands there, what is written in its place, and the key or value that the problem must name. */
const MISTAKES: readonly (readonly [what: string, from: string, to: string, named: RegExp])[] = [
  ['a key of the dashboard that there is not', '"refresh": "30s"', '"refreshs": "30s"', /refreshs/],
  ['a word where a number belongs', '"schemaVersion": 39', '"schemaVersion": "39"', /string.*number/],
  ['a crosshair that there is not', '"graphTooltip": 1', '"graphTooltip": 7', /7.*DashboardCursorSync/],
  ['an order of a variable that there is not', '"sort": 5', '"sort": 99', /99.*VariableSort/],
  ['a kind of link that there is not', '"type": "dashboards"', '"type": "dashboard"', /"dashboard"/],
  ['a kind of panel that nobody shows', '"type": "heatmap"', '"type": "heatmaps"', /heatmaps/],
  ['a place on the grid without a width', '"w": 4,', '"width": 4,', /width/],
  ['a colour mode of a stat that there is not', '"colorMode": "background"', '"colorMode": "back"', /"back"/],
  ['an option of a stat that there is not', '"graphMode": "none"', '"graphMod": "none"', /graphMod/],
  ['a style of drawing that there is not', '"drawStyle": "line"', '"drawStyle": "lines"', /"lines"/],
  ['a stacking that there is not', '"mode": "normal"', '"mode": "stacked"', /"stacked"/],
  ['a threshold without a colour', '"color": "blue"', '"colour": "blue"', /colour/],
  ['a mode of thresholds that there is not', '"mode": "absolute"', '"mode": "relative"', /"relative"/],
  ['a setting of a column that there is not', '"id": "custom.width"', '"id": "custom.widht"', /custom\.widht/],
  ['a unit that is no text', '"unit": "ops"', '"unit": 5', /number.*string/],
  ['a transformation that is not used here', '"id": "organize"', '"id": "organise"', /"organise"/],
  ['a legend that stands nowhere', '"placement": "right"', '"placement": "middle"', /"middle"/],
  ['a query without its id', '"refId": "A"', '"ref": "A"', /ref/],
  ['a value of a cell that is shown in no way', '"type": "color-text"', '"type": "color-word"', /"color-word"/],
];

describe('the schema of Grafana', () => {
  it('knows everything in the dashboards that ship', () => {
    expect(FILES.length).toBeGreaterThan(4);
    expect(checkSchema(FILES)).toEqual([]);
  }, 30_000);

  it('does not know a single one of these mistakes, and the problem names the line', () => {
    const broken = MISTAKES.map(([what, from, to]) => {
      expect([what, TASKS.includes(from)]).toEqual([what, true]);
      return { file: what, text: TASKS.replace(from, to) };
    });
    const problems = checkSchema(broken);
    for (const [what, , to, named] of MISTAKES) {
      const own = problems.filter(({ file }) => file === what);
      expect([what, own.map(({ text }) => text).join('\n')]).toEqual([what, expect.stringMatching(named)]);
      const line = TASKS.replace(MISTAKES.find(([each]) => each === what)?.[1] ?? '', to)
        .split('\n')
        .findIndex((each) => each.includes(to));
      // Of a key that is missing the compiler says it at the head of the thing that lacks it.
      expect(Math.min(...own.map((problem) => Math.abs((problem.line ?? 0) - 1 - line)))).toBeLessThan(10);
    }
  }, 60_000);

  it('leaves what is no JSON to those who read it', () => {
    expect(checkSchema([{ file: 'x.json', text: '{"a": 1,' }])).toEqual([]);
  }, 30_000);
});
