// Our exporter with all metrics on: nothing but the broker's URL and a port.
import { type ExporterOptions, scrape, type Testbed } from '@celery-watch/testbed';
import type { Consumer } from './consumer.js';

export interface ExporterStart extends Pick<ExporterOptions, 'nodeOptions'> {
  /** Options of the exporter, where the defaults are not what is to be measured. */
  readonly options?: readonly string[];
}

export async function startExporter(
  bed: Testbed,
  { url: brokerUrl }: { readonly url: string },
  { nodeOptions, options = [] }: ExporterStart = {},
): Promise<Consumer> {
  const { process, url } = await bed.exporter({
    args: [`--broker-url=${brokerUrl}`, '--log-level=warn', ...options],
    nodeOptions,
  });
  const metricsUrl = `${url}/metrics`;
  return {
    name: 'celery-exporter',
    process,
    metricsUrl,
    counts: async () => {
      const page = await scrape(metricsUrl);
      return Object.fromEntries(
        page
          .series('celery_exporter_events_total')
          .map(({ labels, value }): [string, number] => [labels['type'] ?? '', value]),
      );
    },
  };
}
