// The exporter, looking more often than it usually does: the demo counts in seconds.
import { fileURLToPath } from 'node:url';
import type { ManagedProcess, Testbed } from '@celery-watch/testbed';

const EXPORTER = fileURLToPath(new URL('../../../../apps/exporter/bin/celery-exporter.js', import.meta.url));

export async function startExporter(bed: Testbed, brokerUrl: string, port: number): Promise<ManagedProcess> {
  const args = [
    EXPORTER,
    `--broker-url=${brokerUrl}`,
    `--port=${port}`,
    '--host=127.0.0.1',
    '--queue-poll-interval=1s',
    '--worker-poll-interval=5s',
    '--lost-after=6s',
  ];
  const exporter = await bed.start({ name: 'exporter', command: process.execPath, args, leaf: true });
  await exporter.ready(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok, {
    within: 60_000,
    what: 'the exporter to be connected',
  });
  return exporter;
}
