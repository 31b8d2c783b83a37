// The testbed: starts real servers, workers and clients, and leaves nothing of them behind.
import { join } from 'node:path';

import type { BrokerAddress } from './broker.js';
import { type Client, type ClientOptions, type SendRequest, startClient } from './client.js';
import { Ground } from './ground.js';
import type { ManagedProcess, ProcessSpec } from './managed-process.js';
import { type RedisOptions, type RedisServer, startRedis } from './redis.js';
import { type SentinelOptions, type SentinelSetup, startSentinel } from './sentinel.js';
import { readTruth, type Truth } from './truth.js';
import { startWorker, type Worker, type WorkerOptions } from './worker.js';

export class Testbed implements AsyncDisposable {
  readonly #ground = new Ground();

  /** The temporary folder, removed at the end. */
  get folder(): string {
    return this.#ground.folder;
  }

  /** Where tasks record what happened to them, unless a worker is told another file. */
  get truthFile(): string {
    return join(this.folder, 'truth.jsonl');
  }

  redis(options?: RedisOptions): Promise<RedisServer> {
    return startRedis(this.#ground, options);
  }

  sentinel(options?: SentinelOptions): Promise<SentinelSetup> {
    return startSentinel(this.#ground, options);
  }

  worker(options: WorkerOptions): Promise<Worker> {
    return startWorker(this.#ground, this.truthFile, options);
  }

  /** A client that stays: starting Python anew for each call costs half a second. */
  client(options: ClientOptions): Promise<Client> {
    return startClient(this.#ground, this.truthFile, options);
  }

  /** Sends through a client of its own, for a test that sends once; gives the ids. */
  async send(broker: BrokerAddress, requests: SendRequest | readonly SendRequest[]): Promise<string[]> {
    await using client = await this.client({ broker });
    return await client.send(requests);
  }

  truth(file = this.truthFile): Promise<Truth> {
    return readTruth(file);
  }

  /** Any other program. It belongs to the testbed at once; `process.ready()` waits until it can be used. */
  start(spec: ProcessSpec): Promise<ManagedProcess> {
    return this.#ground.start(spec);
  }

  /** Ends every process, workers and clients together, then the rest, the youngest first; and removes the folder. */
  close(): Promise<void> {
    return this.#ground.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
