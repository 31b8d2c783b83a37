// A dashboard as a page: its grid, its titles, and in each panel what Grafana's code made of the answers. Lines are
// drawn by uPlot, as Grafana does; colours and frames are near to it and no more.
import { readFileSync } from 'node:fs';

const WIDTH = 1600;
const COLUMN = WIDTH / 24;
const ROW = 38;
const beside = (file) => readFileSync(new URL(`./${file}`, import.meta.url), 'utf8');
const SIGNS = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const text = (value) => String(value ?? '').replace(/[&<>"]/g, (sign) => SIGNS[sign]);

/** @param panels each with what it shows, undefined for rows @returns the page and its height */
export function page(title, panels) {
  const charts = [];
  const boxes = panels.map(({ panel, what }) => {
    const { x, y, w, h } = panel.gridPos;
    const size = { width: w * COLUMN - 8, height: h * ROW - 8 };
    const style = `left:${x * COLUMN}px;top:${y * ROW}px;width:${size.width}px;height:${size.height}px`;
    if (what === undefined) return `<div class="row" style="${style}">${text(panel.title)}</div>`;
    const body = what.length === 0 ? nothing(panel) : BODIES[panel.type](panel, what, size, charts);
    return `<div class="panel" style="${style}"><div class="title">${text(panel.title)}</div>${body}</div>`;
  });
  const height = 60 + Math.max(...panels.map(({ panel: { gridPos: at } }) => (at.y + at.h) * ROW));
  const given = JSON.stringify(charts, (_, value) =>
    Number.isFinite(value) || typeof value !== 'number' ? value : null,
  );
  const html =
    `<!doctype html><meta charset="utf-8"><title>${text(title)}</title>` +
    `<style>${beside('node_modules/uplot/dist/uPlot.min.css')}${beside('page.css')}</style>` +
    `<body style="width:${WIDTH}px;height:${height}px"><h1>${text(title)}</h1><div id="grid">${boxes.join('')}</div>` +
    `<script>${beside('node_modules/uplot/dist/uPlot.iife.min.js')}</script>` +
    `<script>const charts = ${given.replaceAll('<', '\\u003c')};${beside('chart.js')}</script>`;
  return { html, width: WIDTH, height };
}

const nothing = (panel) => `<div class="nothing">${text(panel.fieldConfig.defaults.noValue)}</div>`;
const mark = (color) => `<i style="background:${text(color)}"></i>`;

const BODIES = {
  stat: (_, values, { width }) => {
    const size = ({ text: words }) => Math.min(40, (1.5 * width) / values.length / Math.max(4, words.length));
    const tile = (value) =>
      `<div style="background:${value.color}"><span>${values.length > 1 ? text(value.name) : ''}</span>` +
      `<b style="font-size:${size(value)}px">${text(value.text)}</b></div>`;
    return `<div class="tiles">${values.map(tile).join('')}</div>`;
  },
  table: (panel, columns) => {
    const rows = columns[0].cells.map((_, i) => columns.map(({ cells }) => cells[i]));
    if (rows.length === 0) return nothing(panel);
    const head = columns.map(({ name, width }) => `<th style="width:${width ? `${width}px` : ''}">${text(name)}</th>`);
    const line = (cells) =>
      cells.map((cell) => `<td style="color:${cell.color ?? ''}">${text(cell.text)}</td>`).join('');
    return `<table><tr>${head.join('')}</tr>${rows.map((cells) => `<tr>${line(cells)}</tr>`).join('')}</table>`;
  },
  timeseries: (panel, lines, { width, height }, charts) => {
    const { defaults } = panel.fieldConfig;
    const asTable = panel.options.legend.displayMode === 'table';
    const values = lines.flatMap((each) => each.values).filter(Number.isFinite);
    if (values.length === 0) return nothing(panel);
    const low = Math.min(defaults.min ?? Infinity, ...values);
    const high = Math.max(...values);
    charts.push({
      id: `chart${panel.id}`,
      width: asTable ? 0.62 * width : width - 10,
      height: height - (asTable ? 40 : 64),
      stacked: defaults.custom.stacking?.mode === 'normal',
      bars: defaults.custom.drawStyle === 'bars',
      range: [low, defaults.max ?? high],
      ticks: [0, 1, 2, 3, 4].map((i) => low + ((high - low) * i) / 4).map((value) => [value, lines[0].say(value)]),
      limit: lines[0].limit,
      lines: lines.map(({ color, times, values: of }) => ({ color, times, values: of })),
    });
    const rows = lines.map((each) => `<tr><td>${mark(each.color)}${text(each.name)}<td>${each.last}<td>${each.max}`);
    const legend = asTable
      ? `<table class="legend"><tr><th><th>Last *<th>Max</tr>${rows.join('')}</table>`
      : `<div class="legend">${lines.map((each) => `<span>${mark(each.color)}${text(each.name)}</span>`).join('')}</div>`;
    return `<div class="${asTable ? 'beside' : ''}"><div id="chart${panel.id}"></div>${legend}</div>`;
  },
  heatmap: (_, buckets) => {
    const most = Math.max(...buckets.flatMap(({ values }) => values).filter(Number.isFinite), 1);
    const cell = (value) => mark(`rgba(255,140,40,${value > 0 ? 0.15 + 0.85 * Math.sqrt(value / most) : 0})`);
    const row = ({ name, values }) => `<div><span>${text(name)}</span>${values.map(cell).join('')}</div>`;
    return `<div class="heat">${[...buckets].reverse().map(row).join('')}</div>`;
  },
};
