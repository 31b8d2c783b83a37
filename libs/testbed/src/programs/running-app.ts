// An app of ours that runs as a program: what it answers, shows on its page and logs.
import type { ManagedProcess } from '../processes/managed-process.js';
import { type Scrape, scrape } from '../metrics-page/scrape.js';
import { waitFor } from '../processes/wait-for.js';

/** Variables added to the environment; undefined takes one away. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface RunningApp {
  readonly url: string;
  readonly process: ManagedProcess;
  /** /metrics as it is now. */
  page(): Promise<Scrape>;
  /** Awaits a page on which the condition holds. */
  until(what: string, condition: (page: Scrape) => boolean, within?: number): Promise<Scrape>;
  /** Answer to any path. */
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** What it has logged so far. */
  log(): readonly LogLine[];
  /** Awaits a log line whose message fits. */
  logged(message: RegExp, within?: number): Promise<LogLine>;
}

export interface AppParts {
  readonly url: string;
  readonly process: ManagedProcess;
  /** The lines of its log; those that are no JSON come from Node.js itself. */
  readonly lines: () => readonly string[];
  /** Which lines of its page a failure shows. */
  readonly isTelling: (line: string) => boolean;
}

export function runningApp({ url, process, lines, isTelling }: AppParts): RunningApp {
  const page = (): Promise<Scrape> => scrape(`${url}/metrics`);
  return {
    url,
    process,
    page,
    get: (path, headers = {}) => ask(url + path, { headers }),
    log: () => logOf(lines()),
    logged: (message, within) => awaitLog(process, lines, message, within),
    until: async (what, condition, within = 30_000) => {
      let last: Scrape | undefined;
      try {
        await waitFor(async () => condition((last = await page())), { within, what });
      } catch (error) {
        const shown = (last?.text ?? 'none').split('\n').filter(isTelling).join('\n');
        throw new Error(`${what}: never came true. The last page:\n${shown}\n${process.lastLines()}`, { cause: error });
      }
      return last as unknown as Scrape;
    },
  };
}

export function awaitLog(
  process: ManagedProcess,
  lines: () => readonly string[],
  message: RegExp,
  within = 30_000,
): Promise<LogLine> {
  return waitFor(() => logOf(lines()).find(({ msg }) => message.test(msg)), {
    within,
    what: `${process.name} logs ${String(message)}, not only\n${process.lastLines()}`,
    every: 20,
  });
}

export async function ask(url: string, options: RequestInit): Promise<Answer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000), ...options });
  return { status: response.status, text: await response.text() };
}

export function logOf(lines: readonly string[]): readonly LogLine[] {
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine);
}
