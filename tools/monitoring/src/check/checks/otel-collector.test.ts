// Tests of the recipe for the OpenTelemetry Collector: that it scrapes what Prometheus scrapes, under the same job and
// labels, since the rules rest on them, and that its pipeline holds together. The Collector itself is not asked.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';

interface Scrape {
  job_name: string;
  scrape_interval?: string;
  scrape_timeout?: string;
}
interface Collector {
  receivers: Record<string, { config: { scrape_configs: Scrape[] } }>;
  exporters: Record<string, { endpoint: string }>;
  service: { pipelines: Record<string, Record<string, string[]>> };
}
interface Prometheus {
  global: { scrape_interval: string; scrape_timeout: string };
  scrape_configs: Scrape[];
}

const root = path.resolve(import.meta.dirname, '../../../../..');
const text = (name: string): string => readFileSync(path.join(root, 'monitoring', name), 'utf8');
const collector = parse(text('otel-collector.yml')) as Collector;
const prometheus = parse(text('prometheus.yml')) as Prometheus;

describe('the recipe for the OpenTelemetry Collector', () => {
  it("scrapes exporter and relay exactly as Prometheus's configuration does", () => {
    const { scrape_interval, scrape_timeout } = prometheus.global;
    const ours = prometheus.scrape_configs.filter(({ job_name }) => ['celery', 'alert-relay'].includes(job_name));
    expect(ours).toHaveLength(2);
    expect(collector.receivers['prometheus']?.config.scrape_configs).toEqual(
      ours.map((scrape) => ({ ...scrape, scrape_interval, scrape_timeout })),
    );
  });

  it('has one pipeline, of the receivers and exporters that are defined, and nothing between that could change job', () => {
    expect(collector.service.pipelines).toEqual({
      metrics: { receivers: Object.keys(collector.receivers), exporters: Object.keys(collector.exporters) },
    });
  });

  it.each(['OTHER_BACKENDS.md', 'OTHER_BACKENDS.zh-CN.md'])('has a variant for remote write in %s', (guide) => {
    const page = readFileSync(path.join(root, 'docs/monitoring', guide), 'utf8');
    // Without disable_scope_info each version of the Collector starts new series.
    expect([...page.matchAll(/```yaml\n([^`]*)```/g)].map(([, yaml = '']) => parse(yaml) as unknown)).toEqual([
      {
        exporters: {
          prometheusremotewrite: { endpoint: 'http://prometheus:9090/api/v1/write', disable_scope_info: true },
        },
      },
    ]);
  });

  it('has no $ that the Collector would take for a variable', () => {
    expect(text('otel-collector.yml').replace(/^\s*#.*$/gm, '')).not.toMatch(/(?<!\$)\$(?!\$)/);
  });
});
