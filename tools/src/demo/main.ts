// `npm run demo`: a real Redis, a real Celery worker at work, and the exporter beside them; Ctrl-C ends all of it.
import { fileURLToPath } from 'node:url';
import { abortableDelay } from '@celery-watch/service';
import { freePort, isPortFree, type ManagedProcess, type Scrape, scrape, Testbed, waitFor } from '@celery-watch/testbed';
import { report } from './report.js';

const EXPORTER = fileURLToPath(new URL('../../../apps/exporter/bin/celery-exporter.js', import.meta.url));
const SHOP = fileURLToPath(new URL('../../demo-app/', import.meta.url));
const PYTHON = '/usr/bin/python3';
const SHOW_EVERY_MS = process.stdout.isTTY ? 2000 : 10_000;

/** `--once`: ends by itself, with 0 when the numbers came, else 1. */
const once = process.argv.includes('--once');

async function demo(signal: AbortSignal): Promise<void> {
  await using bed = new Testbed();
  const say = (what: string): void => { console.log(`  ${what}`); };
  console.log('Starting the demo (Ctrl-C ends everything it starts)\n');

  const redis = await bed.redis({ port: await preferredPort(6379) });
  say(`Redis             ${redis.url}`);
  const port = await preferredPort(9808);
  const exporter = await bed.start({ name: 'exporter', command: process.execPath, args: [EXPORTER, `--broker-url=${redis.url}`, `--port=${port}`], leaf: true });
  const url = `http://localhost:${port}`;
  await exporter.ready(async () => (await fetch(`${url}/readyz`)).ok, { within: 30_000, what: 'the exporter to be connected' });
  say(`exporter          ${url}/metrics   (what it sees, for people: ${url}/)`);
  const worker = await startPython(bed, 'worker', redis.url, ['-m', 'celery', '-A', 'shop', 'worker', '-n', 'shop@%h', '-c', '2', '-Q', 'celery,mail,images', '-l', 'WARNING']);
  say('Celery worker     shop@…, started without -E: the exporter switches its task events on');
  await waitFor(async () => (await scrape(`${url}/metrics`)).sum('celery_worker_task_events_enabled') === 1, { within: 60_000, what: 'the worker with its task events on' });
  const customers = await startPython(bed, 'customers', redis.url, ['customers.py']);
  say('customers         send a steady mix of tasks\n');

  const page = await waitFor(async () => worked(await scrape(`${url}/metrics`)), { within: 60_000, what: 'the first finished tasks on /metrics' });
  console.log(report(page));
  if (once) return;
  console.log(`\nLook at ${url}/metrics and ${url}/ in a browser. Ctrl-C to stop.\n`);
  while (await abortableDelay(SHOW_EVERY_MS, signal)) {
    for (const each of [redis.process, exporter, worker, customers]) if (!each.running) throw new Error(`${each.name} ended unexpectedly:\n${each.lastLines()}`);
    if (process.stdout.isTTY) process.stdout.write('\x1b[2J\x1b[H');
    console.log(`${report(await scrape(`${url}/metrics`))}\n\n${url}/metrics   ${url}/   Ctrl-C to stop`);
  }
  console.log('\nStopping everything …');
}

function startPython(bed: Testbed, name: string, brokerUrl: string, args: readonly string[]): Promise<ManagedProcess> {
  return bed.start({ name, command: PYTHON, args, cwd: SHOP, env: { BROKER_URL: brokerUrl, PYTHONUNBUFFERED: '1' }, leaf: true });
}

/** The port that people expect, or a free one where another program has it. */
async function preferredPort(port: number): Promise<number> {
  return (await isPortFree(port)) ? port : freePort();
}

/** The page once tasks have been counted to their end. */
function worked(page: Scrape): Scrape | undefined {
  return page.sum('celery_tasks_total', { state: 'succeeded' }) >= 5 && page.value('celery_workers') === 1 ? page : undefined;
}

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => { stop.abort(); });
try {
  await demo(stop.signal);
} catch (error) {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
