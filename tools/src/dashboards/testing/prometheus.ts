// A real Prometheus for tests: scrapes one exporter and one relay each second, with the rule file that ships, its
// intervals shortened.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, type Testbed } from '@celery-watch/testbed';
import { stringify } from 'yaml';
import { readRuleFile } from '../alert-thresholds.js';

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** Unix seconds and value. */
  readonly samples: readonly (readonly [number, number])[];
}

export interface Prometheus {
  readonly url: string;
  instant(expr: string): Promise<readonly Series[]>;
  range(expr: string, seconds: number, step: number): Promise<readonly Series[]>;
  /** Answers Grafana's `label_values(series, label)`. */
  labelValues(query: string): Promise<readonly string[]>;
}

interface Result {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

export async function startPrometheus(bed: Testbed, exporterUrl: string, relayUrl: string): Promise<Prometheus> {
  const folder = join(bed.folder, 'prometheus');
  mkdirSync(folder);
  writeFileSync(join(folder, 'rules.yml'), stringify(shortened()));
  writeFileSync(
    join(folder, 'prometheus.yml'),
    stringify({
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: ['rules.yml'],
      scrape_configs: [
        {
          job_name: 'celery',
          static_configs: [
            { targets: [new URL(exporterUrl).host], labels: { component: 'task-queue', instance: 'celery-exporter' } },
          ],
        },
        {
          job_name: 'alert-relay',
          static_configs: [
            { targets: [new URL(relayUrl).host], labels: { component: 'alert-relay', instance: 'alert-relay' } },
          ],
        },
      ],
    }),
  );
  const address = `127.0.0.1:${await freePort()}`;
  const process = await bed.start({
    name: 'prometheus',
    command: 'prometheus',
    leaf: true,
    args: [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--storage.tsdb.retention.time=15d',
    ],
  });
  const url = `http://${address}`;
  await process.ready(async () => (await fetch(`${url}/-/ready`)).ok, { within: 30_000 });
  return client(url);
}

/** The same rules, evaluated each second, and alerts that do not wait. */
function shortened(): unknown {
  const file = readRuleFile();
  return {
    groups: file.groups.map((group) => ({
      ...group,
      interval: '1s',
      rules: group.rules.map((rule) => (rule.alert === undefined ? rule : { ...rule, for: '0s' })),
    })),
  };
}

function client(url: string): Prometheus {
  const ask = async <T>(path: string, parameters: Readonly<Record<string, string>>): Promise<T> => {
    const response = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`, {
      signal: AbortSignal.timeout(20_000),
    });
    const answer = (await response.json()) as { readonly status: string; readonly error?: string; readonly data: T };
    if (answer.status !== 'success')
      throw new Error(`Prometheus refused ${JSON.stringify(parameters)}: ${answer.error ?? response.statusText}`);
    return answer.data;
  };
  const query = async (path: string, parameters: Readonly<Record<string, string>>): Promise<readonly Series[]> =>
    (await ask<{ readonly result: readonly Result[] }>(path, parameters)).result.map(({ metric, value, values }) => ({
      labels: metric,
      samples: (values ?? (value ? [value] : [])).map(([time, text]) => [time, Number(text)] as const),
    }));
  return {
    url,
    instant: (expr) => query('query', { query: expr }),
    range: (expr, seconds, step) => {
      const end = Math.floor(Date.now() / 1000 / step) * step;
      return query('query_range', { query: expr, start: String(end - seconds), end: String(end), step: String(step) });
    },
    labelValues: (text) => {
      const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(text) ?? [];
      return ask(`label/${label}/values`, { 'match[]': selector });
    },
  };
}
