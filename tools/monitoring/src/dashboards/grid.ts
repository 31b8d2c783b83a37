// Puts panels on Grafana's grid of 24 columns: line after line, each line full, all panels of a line equally high.
import type { RowPanel, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Placeable } from './panels/query.js';

export const COLUMNS = 24;
/** Heights that show all without scrolling: a number, a graph, a table (or a graph with a long legend), a short one. */
export const HEIGHT = { stat: 4, graph: 8, table: 9, rows: 6 } as const;

export interface Line {
  readonly height: number;
  readonly panels: readonly (readonly [width: number, panel: Placeable])[];
}

export interface Section {
  readonly title: string;
  readonly lines: readonly Line[];
}

/** A line of panels of one width. */
export function line(height: number, ...panels: readonly Placeable[]): Line {
  return { height, panels: panels.map((panel) => [COLUMNS / panels.length, panel]) };
}

export function place(sections: readonly Section[]): (Panel | RowPanel)[] {
  const placed: (Panel | RowPanel)[] = [];
  let y = 0;
  for (const { title, lines } of sections) {
    placed.push(
      new RowBuilder(title)
        .id(placed.length + 1)
        .gridPos({ x: 0, y, w: COLUMNS, h: 1 })
        .build(),
    );
    y += 1;
    for (const { height, panels } of lines) {
      let x = 0;
      for (const [width, panel] of panels) {
        placed.push(
          panel
            .id(placed.length + 1)
            .gridPos({ x, y, w: width, h: height })
            .build(),
        );
        x += width;
      }
      if (x !== COLUMNS) throw new RangeError(`a line of "${title}" is ${x} columns wide, not ${COLUMNS}`);
      y += height;
    }
  }
  return placed;
}
