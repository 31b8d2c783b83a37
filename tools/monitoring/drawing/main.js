// Draws all dashboards: a real site at work (the one of the tests), its answers through Grafana's own code, and a
// picture and a text of each, to be looked at. Into test-results/dashboards, or the folder that is named.
/* global AbortController, fetch, URLSearchParams */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Testbed } from '@celery-watch/testbed';
import { DASHBOARDS } from '../dist/dashboards/shipped.js';
import { startCelerySite } from '../dist/dashboards/testing/celery-site.js';
import { filledIn } from '../dist/dashboards/testing/query-list.js';
import { page } from './page.js';

const AT_WORK_S = 150;
/** As `$__range` is filled in. */
const SHOWN_S = 120;
const TASK = 'truth.ok';
const here = fileURLToPath(new URL('./', import.meta.url));
const folder = path.resolve(process.argv[2] ?? path.join(here, '../../../test-results/dashboards'));

if (!existsSync(path.join(here, 'node_modules'))) {
  console.error(`Grafana's code is not here; it is 300 MB and no other command needs it: npm ci --prefix ${here}`);
  process.exit(1);
}
const { shown } = await import('./grafana.js');

/** All at one moment, as Grafana asks: rows of a table with different times would not become one. */
async function answersOf(panel, { url }, end) {
  const answers = new Map();
  for (const { refId, expr, instant } of panel.targets) {
    const when = instant ? { time: end } : { start: end - SHOWN_S, end, step: 2 };
    const query = { query: filledIn(expr, new Map([['task', [TASK]]])), ...when };
    const answer = await fetch(`${url}/api/v1/query${instant ? '' : '_range'}?${new URLSearchParams(query)}`);
    const { data, error } = await answer.json();
    if (data === undefined) throw new Error(`${panel.title} ${refId}: ${error}`);
    const series = data.result.map(({ metric, value, values = [value] }) => ({ labels: metric, samples: values }));
    answers.set(refId, series);
  }
  return answers;
}

/** What a person would read, for those who look without a picture. */
function inWords(panel, what) {
  if (what.length === 0) return `${panel.title}: ${panel.fieldConfig.defaults.noValue}`;
  if (panel.type === 'stat')
    return `${panel.title}: ${what.map(({ name, text, color }) => `${name} = ${text} ${color}`).join(' | ')}`;
  if (panel.type !== 'table')
    return `${panel.title}: ${what.map(({ name, last, max }) => `${name} = ${last} (max ${max})`).join(' ; ')}`;
  const rows = what[0].cells.map((_, i) => what.map(({ cells }) => cells[i].text + (cells[i].color ?? '')).join(' | '));
  return [`${panel.title}: ${what.map(({ name }) => name).join(' | ')}`, ...rows].join('\n    ');
}

async function draw(name, dashboard, prometheus) {
  const end = Math.floor(Date.now() / 1000);
  const panels = [];
  for (const panel of dashboard.panels)
    panels.push({
      panel,
      what: panel.type === 'row' ? undefined : await shown(panel, await answersOf(panel, prometheus, end)),
    });
  const { html, width, height } = page(dashboard.title, panels);
  const file = path.join(folder, name);
  writeFileSync(`${file}.html`, html);
  const words = panels.flatMap(({ panel, what }) =>
    what === undefined ? [`\n${panel.title}`] : [inWords(panel, what)],
  );
  writeFileSync(`${file}.txt`, `${words.join('\n')}\n`);
  await promisify(execFile)('chromium', [
    '--headless',
    '--no-sandbox',
    '--hide-scrollbars',
    `--window-size=${width + 8},${height}`,
    `--screenshot=${file}.png`,
    String(pathToFileURL(`${file}.html`)),
  ]);
  console.log(`${file}.png`);
}

mkdirSync(folder, { recursive: true });
const bed = new Testbed();
const stop = new AbortController();
try {
  console.log('starting a Celery site');
  const { prometheus } = await startCelerySite(bed, stop.signal);
  console.log(`letting it work for ${AT_WORK_S} s`);
  await delay(AT_WORK_S * 1000);
  for (const [name, build] of Object.entries(DASHBOARDS))
    await draw(name, JSON.parse(JSON.stringify(build())), prometheus);
} finally {
  stop.abort();
  await bed.close();
}
