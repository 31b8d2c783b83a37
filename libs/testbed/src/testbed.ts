// The testbed: starts real servers, workers and clients, and leaves nothing of them behind.
import { join } from 'node:path';

import type { BrokerAddress } from './celery/environment.js';
import { type Client, type ClientOptions, type SendRequest, startClient } from './celery/client.js';
import { Processes } from './processes/processes.js';
import type { ManagedProcess, ProcessExit, ProcessSpec } from './processes/managed-process.js';
import { type Alertmanager, type AlertmanagerOptions, startAlertmanager } from './programs/alertmanager.js';
import { type ExporterOptions, runExporter, type RunningExporter, startExporter } from './programs/exporter.js';
import { type Prometheus, type PrometheusOptions, startPrometheus } from './programs/prometheus.js';
import {
  type RelayOptions,
  type RelaySettings,
  type RunningRelay,
  runRelay,
  startRelay,
  writeRelayConfig,
} from './programs/relay.js';
import type { Environment } from './programs/running-app.js';
import {
  type MonitoringPorts,
  startShippedAlertmanager,
  startShippedPrometheus,
} from './programs/shipped-monitoring.js';
import { type PostgresOptions, type PostgresServer, startPostgres } from './postgres/postgres.js';
import { type RabbitmqOptions, type RabbitmqServer, startRabbitmq } from './rabbitmq/rabbitmq.js';
import { type RedisOptions, type RedisServer, startRedis } from './redis/redis.js';
import { type SentinelOptions, type SentinelSetup, startSentinel } from './redis/sentinel.js';
import { readTruth, type Truth } from './celery/truth.js';
import { startWorker, type Worker, type WorkerOptions } from './celery/worker.js';

export class Testbed implements AsyncDisposable {
  readonly #processes = new Processes();

  /** The temporary folder, removed at the end. */
  get folder(): string {
    return this.#processes.folder;
  }

  /** Where tasks record what happened to them, unless a worker is told another file. */
  get truthFile(): string {
    return join(this.folder, 'truth.jsonl');
  }

  redis(options?: RedisOptions): Promise<RedisServer> {
    return startRedis(this.#processes, options);
  }

  rabbitmq(options?: RabbitmqOptions): Promise<RabbitmqServer> {
    return startRabbitmq(this.#processes, options);
  }

  postgres(options?: PostgresOptions): Promise<PostgresServer> {
    return startPostgres(this.#processes, options);
  }

  sentinel(options?: SentinelOptions): Promise<SentinelSetup> {
    return startSentinel(this.#processes, options);
  }

  worker(options: WorkerOptions): Promise<Worker> {
    return startWorker(this.#processes, this.truthFile, options);
  }

  /** A client that stays: starting Python anew for each call costs half a second. */
  client(options: ClientOptions): Promise<Client> {
    return startClient(this.#processes, this.truthFile, options);
  }

  /** Sends through a client of its own, for a test that sends once; gives the ids. */
  async send(broker: BrokerAddress, requests: SendRequest | readonly SendRequest[]): Promise<string[]> {
    await using client = await this.client({ broker });
    return await client.send(requests);
  }

  exporter(options: ExporterOptions): Promise<RunningExporter> {
    return startExporter(this.#processes, options);
  }

  /** Runs the exporter to an end that it comes to by itself. */
  runExporter(args: readonly string[], env?: Environment): Promise<ProcessExit & { readonly output: string }> {
    return runExporter(this.#processes, args, env);
  }

  relay(options: RelayOptions): Promise<RunningRelay> {
    return startRelay(this.#processes, options);
  }

  /** Writes a relay's configuration into the folder, and gives the file. */
  relayConfig(settings: RelaySettings, name = 'alert-relay.yml'): Promise<string> {
    return writeRelayConfig(this.#processes, settings, name);
  }

  /** Runs a command of the relay, or a start that fails, to its end. */
  runRelay(
    args: readonly string[],
    env?: Environment,
  ): Promise<ProcessExit & { readonly out: string; readonly err: string }> {
    return runRelay(this.#processes, args, env);
  }

  prometheus(options: PrometheusOptions): Promise<Prometheus> {
    return startPrometheus(this.#processes, options);
  }

  alertmanager(options: AlertmanagerOptions): Promise<Alertmanager> {
    return startAlertmanager(this.#processes, options);
  }

  /** Prometheus with the rules that ship, minutes as seconds. */
  shippedPrometheus(ports: MonitoringPorts): Promise<Prometheus> {
    return startShippedPrometheus(this.#processes, ports);
  }

  /** AlertManager with the routes that ship, intervals shortened; it shows the relay this token. */
  shippedAlertmanager(ports: MonitoringPorts, token: string): Promise<Alertmanager> {
    return startShippedAlertmanager(this.#processes, ports, token);
  }

  truth(file = this.truthFile): Promise<Truth> {
    return readTruth(file);
  }

  /** Any other program. It belongs to the testbed at once; `process.ready()` waits until it can be used. */
  start(spec: ProcessSpec): Promise<ManagedProcess> {
    return this.#processes.start(spec);
  }

  /** Ends every process, workers and clients together, then the rest, the youngest first; and removes the folder. */
  close(): Promise<void> {
    return this.#processes.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
