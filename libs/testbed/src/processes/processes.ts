// Every process of a testbed, in order of its start, and the one temporary folder that they share.
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ManagedProcess, type ProcessSpec } from './managed-process.js';
import { Reaper } from './reaper.js';

const STOP_WITHIN = 3_000;

export class Processes {
  readonly folder: string;
  /** For what a program has besides its own process group. */
  readonly reaper: Reaper;
  readonly #processes: ManagedProcess[] = [];
  #numbers = 0;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'testbed-'));
    this.reaper = new Reaper(this.folder);
  }

  /** A number that this testbed has not used yet, for names. */
  next(): number {
    this.#numbers += 1;
    return this.#numbers;
  }

  subfolder(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  async start(spec: ProcessSpec): Promise<ManagedProcess> {
    const started = await ManagedProcess.start({ cwd: this.folder, ...spec }, this.reaper);
    this.#processes.push(started);
    return started;
  }

  async close(): Promise<void> {
    const youngestFirst = this.#processes.splice(0).reverse();
    await Promise.all(
      youngestFirst.filter((started) => started.leaf).map((started) => started.stopGroup({ within: STOP_WITHIN })),
    );
    for (const started of youngestFirst) await started.stopGroup({ within: STOP_WITHIN });
    await this.reaper.close();
  }
}
