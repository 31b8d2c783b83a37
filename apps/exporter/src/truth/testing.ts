// For the tests on real parts: the exporter as the program that users run, and its page.
import { fileURLToPath } from 'node:url';
import { freePort, type ManagedProcess, type Scrape, scrape, type Testbed, waitFor } from '@celery-watch/testbed';

const PROGRAM = fileURLToPath(new URL('../../bin/celery-exporter.js', import.meta.url));

export interface RunningExporter {
  readonly url: string;
  readonly process: ManagedProcess;
  /** /metrics as it is now. */
  page(): Promise<Scrape>;
  /** Awaits a page on which the condition holds. */
  until(what: string, condition: (page: Scrape) => boolean, within?: number): Promise<Scrape>;
  /** Answer to any path: status and text. */
  get(path: string): Promise<{ readonly status: number; readonly text: string }>;
}

/** Starts the exporter with these flags on a free port; resolves when it answers, connected or not. */
export async function startExporterProgram(bed: Testbed, flags: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<RunningExporter> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const process = await bed.start({ name: 'exporter', command: globalThis.process.execPath, args: [PROGRAM, `--port=${port}`, '--host=127.0.0.1', ...flags], env, leaf: true });
  const get = async (path: string) => {
    const response = await fetch(url + path, { signal: AbortSignal.timeout(5000) });
    return { status: response.status, text: await response.text() };
  };
  await process.ready(async () => (await get('/healthz')).status === 200, { within: 30_000 });
  const page = (): Promise<Scrape> => scrape(`${url}/metrics`);
  return {
    url, process, page, get,
    until: async (what, condition, within = 30_000) => {
      let last: Scrape | undefined;
      try {
        await waitFor(async () => condition((last = await page())), { within, what });
      } catch (error) {
        throw new Error(`${what}: never came true. The last page:\n${tasksOnly(last)}`, { cause: error });
      }
      return last as unknown as Scrape;
    },
  };
}

/** Flags that make everything happen quickly. */
export const QUICK = ['--queue-poll-interval=1s', '--worker-poll-interval=5s'] as const;

function tasksOnly(page: Scrape | undefined): string {
  return (page?.text ?? 'none').split('\n').filter((line) => /^celery_/.test(line) && !/_bucket|_load_|_exporter_event_lag/.test(line) && !line.endsWith(' 0')).join('\n');
}
