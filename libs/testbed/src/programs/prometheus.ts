// A real Prometheus, found by its name on the PATH.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '../processes/free-port.js';
import type { ManagedProcess } from '../processes/managed-process.js';
import type { Processes } from '../processes/processes.js';
import { PrometheusClient } from './prometheus-client.js';

export interface PrometheusOptions {
  /** Its prometheus.yml. */
  readonly config: string;
  /** Files beside it, by name: the rules. */
  readonly files?: Readonly<Record<string, string>> | undefined;
  /** On 127.0.0.1. Default: a free one. */
  readonly port?: number | undefined;
  /** Where it keeps everything; its series lie in `data` below. Default: a folder of the testbed. */
  readonly folder?: string | undefined;
  readonly args?: readonly string[] | undefined;
}

export class Prometheus extends PrometheusClient {
  readonly port: number;
  readonly process: ManagedProcess;
  readonly #configFile: string;

  constructor(port: number, process: ManagedProcess, configFile: string) {
    super(`http://127.0.0.1:${port}`);
    this.port = port;
    this.process = process;
    this.#configFile = configFile;
  }

  /** Gives it another prometheus.yml and tells it to read that. */
  async reconfigure(config: string): Promise<void> {
    await writeFile(this.#configFile, config);
    this.process.signal('SIGHUP');
  }
}

export async function startPrometheus(processes: Processes, options: PrometheusOptions): Promise<Prometheus> {
  const port = options.port ?? (await freePort());
  const folder = options.folder ?? path.join(processes.folder, 'prometheus');
  const configFile = path.join(folder, 'prometheus.yml');
  await mkdir(folder, { recursive: true });
  await writeFile(configFile, options.config);
  for (const [name, text] of Object.entries(options.files ?? {})) await writeFile(path.join(folder, name), text);
  const process = await processes.start({
    name: 'prometheus',
    command: 'prometheus',
    leaf: true,
    args: [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--web.external-url=http://localhost:${port}`,
      ...(options.args ?? []),
    ],
  });
  const prometheus = new Prometheus(port, process, configFile);
  await process.ready(async () => (await fetch(`${prometheus.url}/-/ready`)).ok, { within: 60_000 });
  return prometheus;
}
