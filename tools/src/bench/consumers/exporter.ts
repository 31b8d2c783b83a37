// Our exporter with all metrics on: nothing but the broker's URL and a port.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { freePort, type RedisServer, scrape, type Testbed } from '@celery-watch/testbed';
import type { Consumer } from './consumer.js';

const PROGRAM = fileURLToPath(new URL('../../../../apps/exporter/bin/celery-exporter.js', import.meta.url));
const COMPILED = fileURLToPath(new URL('../../../../apps/exporter/dist/main.js', import.meta.url));

export interface ExporterStart {
  /** Options of Node.js itself, such as `--cpu-prof`. */
  readonly nodeOptions?: readonly string[];
  /** Options of the exporter, where the defaults are not what is to be measured. */
  readonly options?: readonly string[];
}

export async function startExporter(
  bed: Testbed,
  { url: brokerUrl }: Pick<RedisServer, 'url'>,
  { nodeOptions = [], options = [] }: ExporterStart = {},
): Promise<Consumer> {
  if (!existsSync(COMPILED))
    throw new Error(`the exporter is not built: ${COMPILED} is missing; run \`npm run build\``);
  const port = await freePort();
  const url = `http://127.0.0.1:${String(port)}`;
  const started = await bed.start({
    name: 'celery-exporter',
    command: process.execPath,
    args: [
      ...nodeOptions,
      PROGRAM,
      `--broker-url=${brokerUrl}`,
      `--port=${String(port)}`,
      '--host=127.0.0.1',
      '--log-level=warn',
      ...options,
    ],
    leaf: true,
  });
  await started.ready(async () => (await fetch(`${url}/readyz`)).ok, { within: 20_000 });
  const metricsUrl = `${url}/metrics`;
  return {
    name: 'celery-exporter',
    process: started,
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
