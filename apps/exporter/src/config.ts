// From options to the exporter's settings: the one place that reads arguments, environment and file, and refuses what
// does not fit together.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { MetricEntry } from '@celery-watch/celery-protocol';
import { type Problem, readOptions, showDuration } from '@celery-watch/service';
import { type BrokerSettings, replyListName } from './brokers/settings.js';
import { type BrokerAddress, parseBrokerUrl } from './brokers/broker-url.js';
import { clashProblems, metricsOf } from './custom/definition.js';
import { placeholderIn } from './brokers/placeholders.js';
import { EXPORTER_OPTIONS } from './options.js';
import type { PollerSettings } from './pollers/worker-poller.js';
import type { ModelSettings } from './tracking/model.js';

export interface ExporterConfig {
  readonly brokerKind: BrokerAddress['kind'];
  readonly broker: Omit<BrokerSettings, 'log'>;
  readonly listen: { readonly host?: string; readonly port: number };
  readonly model: ModelSettings;
  readonly pollers: PollerSettings;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

export type ReadConfig =
  | { readonly ok: true; readonly config: ExporterConfig; readonly notice?: string }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Metrics that the page has in some modes only: a metric of the user's own may have none of their names. */
const OTHER_METRICS: readonly MetricEntry[] = [];

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
  const read = readOptions(EXPORTER_OPTIONS, { argv, env, readFile: (path) => readFileSync(path, 'utf8') });
  if (!read.ok) return read;
  const { values } = read;
  const { sources } = read;
  const transportOptions = values.broker_transport_options;
  const address = parseBrokerUrl(values.broker_url.reveal());
  if ('problem' in address) throw new TypeError(address.problem);
  const problems: Problem[] = [];
  if (address.kind === 'sentinel' && transportOptions.masterName === undefined) {
    problems.push({
      key: 'broker_transport_options',
      where: 'with a sentinel:// broker_url',
      wanted: 'master_name, the name of the master as the Sentinels know it, such as {"master_name": "mymaster"}',
    });
  }
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
  problems.push(...clashProblems(values.custom_metrics, OTHER_METRICS, (path) => read.placeOf('custom_metrics', path)));
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
    ...(read.notice !== undefined && { notice: read.notice }),
    config: Object.freeze({
      brokerKind: address.kind,
      broker: {
        url: values.broker_url.reveal(),
        transportOptions,
        exchanges: { eventExchange: values.event_exchange, controlExchange: values.control_exchange },
        tls: {
          ...(values.broker_tls_ca_file !== undefined && { caFile: values.broker_tls_ca_file }),
          ...(values.broker_tls_cert_file !== undefined && { certFile: values.broker_tls_cert_file }),
          ...(values.broker_tls_key_file !== undefined && { keyFile: values.broker_tls_key_file }),
          verify: values.broker_tls_verify,
        },
        replyList: replyListName(values.instance ?? `${hostname()}.${String(values.port)}`, unique()),
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
        custom: metricsOf(values.custom_metrics, { maxSeries: values.max_series, ttl: values.series_ttl }),
      },
      pollers: {
        remoteControl: values.remote_control,
        enableEvents: values.enable_events,
        queues: values.queues,
        queueInterval: values.queue_poll_interval,
        workerInterval: values.worker_poll_interval,
        longestAnswer: values.solo_worker_silence,
      },
      logLevel: values.log_level,
    }),
  };
}
