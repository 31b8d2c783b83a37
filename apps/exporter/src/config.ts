// From options to the exporter's settings: the one place that reads arguments, environment and file, and refuses what
// does not fit together.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { type Problem, showDuration } from '@celery-watch/service';
import { type BrokerSettings, ownName } from './brokers/settings.js';
import { readBrokerUrl } from './brokers/table.js';
import type { BrokerPlace } from './brokers/transport.js';
import { placeholderIn } from './brokers/placeholders.js';
import type { ActiveDropIn, DropInName } from './dropin/table.js';
import { readMode } from './mode.js';
import type { PollerSettings } from './pollers/worker-poller.js';
import type { ModelSettings } from './tracking/model.js';

export interface ExporterConfig {
  readonly place: BrokerPlace;
  readonly broker: Omit<BrokerSettings, 'log'>;
  readonly listen: { readonly host?: string; readonly port: number };
  readonly model: ModelSettings;
  readonly pollers: PollerSettings;
  readonly dropIn?: ActiveDropIn & { readonly name: DropInName };
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

export type ReadConfig =
  | { readonly ok: true; readonly config: ExporterConfig; readonly notices: readonly string[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface ConfigSources {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The whole configuration, or everything that is wrong with it.
 * @param unique a word that no other exporter has
 */
export function readConfig(
  { argv, env }: ConfigSources,
  unique = (): string => randomBytes(6).toString('hex'),
): ReadConfig {
  const read = readMode({ argv, env, readFile: (path) => readFileSync(path, 'utf8') }).readOptions();
  if (!read.ok) return read;
  const { values, dropIn } = read;
  const { sources } = read;
  const transportOptions = values.broker_transport_options;
  const place = readBrokerUrl(values.broker_url.reveal());
  if ('problem' in place) throw new TypeError(place.problem);
  const managementUrl = values.rabbitmq_management_url?.reveal();
  const eventQueueKeep = values.event_queue_keep;
  const problems: Problem[] = [
    ...place.misfits({ transportOptions, managementUrl, eventQueueKeep, instance: values.instance }),
  ];
  if ((values.broker_tls_cert_file === undefined) !== (values.broker_tls_key_file === undefined)) {
    problems.push({
      key: 'broker_tls_cert_file',
      where: 'beside broker_tls_key_file',
      wanted: 'both of them or neither: a client certificate needs its key',
    });
  }
  if (values.series_ttl <= values.task_ttl) {
    problems.push({
      key: 'series_ttl',
      where: sources.series_ttl,
      value: showDuration(values.series_ttl),
      wanted: `longer than task_ttl, which is ${showDuration(values.task_ttl)}`,
    });
  }
  const names = {
    event_exchange: values.event_exchange,
    control_exchange: values.control_exchange,
    queues: values.queues.find((queue) => placeholderIn(queue) !== undefined) ?? '',
    instance: values.instance ?? '',
    broker_transport_options: [transportOptions.globalKeyprefix, transportOptions.masterName ?? ''].join(' '),
  };
  for (const [key, name] of Object.entries(names)) {
    const placeholder = placeholderIn(name);
    if (placeholder === undefined) continue;
    problems.push({
      key,
      where: sources[key as keyof typeof names],
      wanted: `the name itself: nothing has filled in the placeholder ${placeholder}`,
    });
  }
  if (problems.length > 0) return { ok: false, problems };
  const { include_tasks: include, exclude_tasks: exclude } = values;
  return {
    ok: true,
    notices: [...(read.notice === undefined ? [] : [`variables: ${read.notice}`]), ...(dropIn?.notices ?? [])],
    config: Object.freeze({
      place,
      broker: {
        transportOptions,
        exchanges: { eventExchange: values.event_exchange, controlExchange: values.control_exchange },
        tls: {
          ...(values.broker_tls_ca_file !== undefined && { caFile: values.broker_tls_ca_file }),
          ...(values.broker_tls_cert_file !== undefined && { certFile: values.broker_tls_cert_file }),
          ...(values.broker_tls_key_file !== undefined && { keyFile: values.broker_tls_key_file }),
          verify: values.broker_tls_verify,
        },
        instance: values.instance,
        ownName: ownName(values.instance ?? `${hostname()}.${String(values.port)}`, unique()),
        managementUrl,
        eventQueueKeep,
        readHeads: values.queue_age,
      },
      listen: { ...(values.host !== undefined && { host: values.host }), port: values.port },
      model: {
        series: {
          maxSeries: values.max_series,
          maxExceptions: values.max_exceptions,
          isWanted: (name: string) =>
            (include.length === 0 || include.some((each) => each.test(name))) &&
            !exclude.some((each) => each.test(name)),
          durationBuckets: values.duration_buckets,
          waitBuckets: values.wait_buckets,
          runtimeBuckets: dropIn?.runtimeBuckets,
          pickupBuckets: dropIn?.pickupBuckets,
          moreWaitBuckets: dropIn?.waitBuckets,
        },
        tracker: {
          maxTasks: values.max_tasks,
          taskTtl: values.task_ttl,
          maxNames: values.max_series,
        },
        workers: {
          missedHeartbeats: values.missed_heartbeats,
          minSilence: values.min_worker_silence,
          soloSilence: values.solo_worker_silence,
          // Without heartbeats only answers to polls, or events, are signs of life.
          quietSilence: Math.max(values.worker_poll_interval * 3, values.min_worker_silence),
          lostAfter: values.lost_after,
          workerTtl: values.worker_ttl,
          maxWorkers: values.max_series,
        },
        maxQueues: values.max_series,
        seriesTtl: values.series_ttl,
      },
      pollers: {
        remoteControl: values.remote_control,
        enableEvents: values.enable_events,
        queues: values.queues,
        queueInterval: values.queue_poll_interval,
        workerInterval: values.worker_poll_interval,
        longestAnswer: values.solo_worker_silence,
      },
      ...(dropIn && { dropIn }),
      logLevel: values.log_level,
    }),
  };
}
