// What the chart has from elsewhere in the repository: a chart can read no file outside of its own folder, so it
// holds copies.
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { REPOSITORY } from '@celery-watch/testbed';
import { readmeOf } from './readme.js';

export const CHART = path.join(REPOSITORY, 'charts/celery-watch');
const RULES = 'monitoring/alert_rules.yml';
const DASHBOARDS = 'monitoring/grafana/dashboards';

/** Files of the chart that a program writes, by their paths in it. */
export function writtenFiles(): ReadonlyMap<string, string> {
  const read = (file: string): string => readFileSync(path.join(REPOSITORY, file), 'utf8');
  const dashboards = globSync('*.json', { cwd: path.join(REPOSITORY, DASHBOARDS) }).sort();
  return new Map([
    ['files/alert_rules.yml', read(RULES)],
    ...dashboards.map((file): [string, string] => [`files/dashboards/${file}`, read(`${DASHBOARDS}/${file}`)]),
    ['README.md', readmeOf(read('charts/celery-watch/values.yaml'))],
  ]);
}

/** What is not as it would be written now. */
export function staleFiles(wanted: ReadonlyMap<string, string>, folder = CHART): readonly string[] {
  const strays = globSync('files/dashboards/*.json', { cwd: folder }).filter((file) => !wanted.has(file));
  const stale = [...wanted].filter(([file, text]) => {
    const full = path.join(folder, file);
    return !existsSync(full) || readFileSync(full, 'utf8') !== text;
  });
  return [...stale.map(([file]) => file), ...strays];
}

export function writeFiles(wanted: ReadonlyMap<string, string>, folder = CHART): readonly string[] {
  const stale = staleFiles(wanted, folder);
  for (const file of stale) {
    const full = path.join(folder, file);
    const text = wanted.get(file);
    mkdirSync(path.dirname(full), { recursive: true });
    if (text === undefined) rmSync(full);
    else writeFileSync(full, text);
  }
  return stale;
}
