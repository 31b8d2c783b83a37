// The watched site: a Celery application with two workers and customers who never stop ordering.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ManagedProcess, Testbed } from '@celery-watch/testbed';

const SHOP = fileURLToPath(new URL('../../celery-app/', import.meta.url));
const PYTHON = '/usr/bin/python3';

export const WORKERS = ['shop-1@demo', 'shop-2@demo'] as const;
export type WorkerName = (typeof WORKERS)[number];
/** The one that is killed. */
export const VICTIM: WorkerName = 'shop-1@demo';
/** A fault of the world outside the shop; the application looks for a file of this name. */
export type Fault = 'bank-away' | 'supplier-hangs';

export class Shop {
  readonly #bed: Testbed;
  readonly #env: Readonly<Record<string, string>>;
  readonly #faults: string;
  readonly #workers = new Map<WorkerName, ManagedProcess>();
  #customers: ManagedProcess | undefined;
  #demands: ((answer: string) => void)[] = [];

  constructor(bed: Testbed, brokerUrl: string) {
    this.#bed = bed;
    this.#faults = path.join(bed.folder, 'faults');
    mkdirSync(this.#faults, { recursive: true });
    // Root runs it in containers, where the worker would refuse; and Python must not write into our sources.
    this.#env = {
      BROKER_URL: brokerUrl,
      FAULTS: this.#faults,
      PYTHONUNBUFFERED: '1',
      PYTHONDONTWRITEBYTECODE: '1',
      C_FORCE_ROOT: '1',
    };
  }

  /**
   * Started without -E: the exporter switches its task events on. Resolves when the program runs, not yet when the
   * worker is up.
   */
  async startWorker(name: WorkerName): Promise<void> {
    const args = [
      '-m',
      'celery',
      '-A',
      'shop',
      'worker',
      '-n',
      name,
      '-c',
      '2',
      '-Q',
      'celery,mail,images',
      '-l',
      'WARNING',
      '--without-mingle',
    ];
    this.#workers.set(name, await this.#start(`worker ${name}`, args));
  }

  async openForCustomers(): Promise<void> {
    this.#customers = await this.#start('customers', ['customers.py'], (line) => this.#demands.shift()?.(line));
  }

  worker(name: WorkerName): ManagedProcess | undefined {
    return this.#workers.get(name);
  }

  get customers(): ManagedProcess | undefined {
    return this.#customers;
  }

  /** Sends that many tasks of that name. Throws where the broker does not take them. */
  async send(task: string, count: number): Promise<void> {
    const { customers } = { customers: this.#customers };
    if (customers?.running !== true) throw new Error('the customers are gone');
    const answered = new Promise<string>((resolve) => {
      this.#demands.push(resolve);
    });
    customers.write(`send ${task} ${count}\n`);
    const answer = await Promise.race([answered, customers.exited.then(() => 'failed: the customers ended')]);
    if (answer !== 'sent') throw new Error(`the tasks could not be sent: ${answer}`);
  }

  set(fault: Fault, on: boolean): void {
    const file = path.join(this.#faults, fault);
    if (on) writeFileSync(file, '');
    else if (existsSync(file)) rmSync(file);
  }

  #start(name: string, args: readonly string[], onLine?: (line: string) => void): Promise<ManagedProcess> {
    return this.#bed.start({ name, command: PYTHON, args, cwd: SHOP, env: this.#env, leaf: true, onLine });
  }
}
