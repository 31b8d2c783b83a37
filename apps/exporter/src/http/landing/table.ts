// A table that is read as well by a screen reader and on a phone, and that never grows without end.
import { type Html, type Content, withCode, visibleHtml as html } from '@celery-watch/html';
import { count } from '../wording.js';
import type { Level } from '../diagnosis.js';

/** Most rows that are shown; what matters most must stand first. */
export const MOST_ROWS = 200;

export interface Column<Row> {
  readonly title: string;
  /** brief: never broken over lines. The first column is the row's heading. */
  readonly kind?: 'text' | 'number' | 'brief';
  readonly cell: (row: Row) => Content;
}

export interface Table<Row> {
  /** For those who do not see the heading above it. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** What stands there without any row. */
  readonly empty: string;
  /** The page is for it alone: it stands there with all of its rows, and does not scroll in a box of its own. */
  readonly isWhole?: boolean;
}

export function table<Row>({ caption, columns, rows, empty, isWhole = false }: Table<Row>): Html {
  if (rows.length === 0) return html`<p class="panel empty">${withCode(empty)}</p>`;
  const more = rows.length - MOST_ROWS;
  // A table that may have to scroll in its box must be in reach of the keyboard.
  const box =
    columns.length > 3
      ? html`<div class="scroll${isWhole ? ' whole' : ''}" role="region" aria-label="${caption}" tabindex="0">`
      : html`<div class="scroll">`;
  return html`<div class="panel">${box}<table>
<caption>${caption}</caption>
<thead><tr>${columns.map(({ title, kind }) => html`<th scope="col"${kindOf(kind)}>${title}</th>`)}</tr></thead>
<tbody>
${rows.slice(0, MOST_ROWS).map((row) => html`<tr>${columns.map((column, i) => cell(column, row, i === 0))}</tr>\n`)}</tbody>
</table></div>${more > 0 ? html`<p class="more">and ${count(more)} more, not shown</p>` : ''}</div>`;
}

function cell<Row>({ kind, cell: show }: Column<Row>, row: Row, isHeading: boolean): Html {
  return isHeading ? html`<th scope="row">${show(row)}</th>` : html`<td${kindOf(kind)}>${show(row)}</td>`;
}

function kindOf(kind: Column<never>['kind']): Content {
  return kind === undefined ? '' : html` class="${kind}"`;
}

export function badge(level: Level, text: string): Html {
  return html`<span class="badge ${level}">${text}</span>`;
}
