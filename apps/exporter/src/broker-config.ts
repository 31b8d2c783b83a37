// What one broker is opened, asked and followed with: from its options, or what does not fit together in them.
import { hostname } from 'node:os';
import { type OptionValues, type Problem, type Secret } from '@celery-watch/service';
import { placeholderIn } from './brokers/placeholders.js';
import { type BrokerSettings, ownName } from './brokers/settings.js';
import { readBrokerUrl } from './brokers/table.js';
import type { BrokerPlace } from './brokers/transport.js';
import type { ActiveDropIn } from './dropin/table.js';
import { metricsOf } from './custom/definition.js';
import type { BrokerOptions, EXPORTER_OPTIONS } from './options.js';
import type { PollerSettings } from './pollers/worker-poller.js';
import type { ModelSettings } from './tracking/model.js';

export interface BrokerConfig {
  /** The value of the label `broker`; undefined for the only broker that needs none. */
  readonly name: string | undefined;
  readonly place: BrokerPlace;
  readonly settings: Omit<BrokerSettings, 'log'>;
  readonly model: ModelSettings;
  readonly pollers: PollerSettings;
}

/** Options that all brokers share. */
export type CommonOptions = Pick<
  OptionValues<typeof EXPORTER_OPTIONS>,
  | 'port'
  | 'instance'
  | 'max_series'
  | 'max_exceptions'
  | 'duration_buckets'
  | 'wait_buckets'
  | 'max_tasks'
  | 'task_ttl'
  | 'worker_ttl'
  | 'series_ttl'
  | 'custom_metrics'
>;

export interface BrokerParts {
  readonly name: string | undefined;
  readonly url: Secret;
  readonly own: BrokerOptions;
  readonly common: CommonOptions;
  /** What the model counts besides, for it. */
  readonly dropIn: ActiveDropIn | undefined;
  /** The whole name of a key, such as `brokers[1].queues`, and where its value was given. */
  readonly place: (key: keyof BrokerOptions) => Pick<Problem, 'key' | 'where'>;
  /** Whether what was given for a key was refused: its default, which stands in its place, is not what is wrong. */
  readonly isRefused: (key: keyof BrokerOptions) => boolean;
  /** A word that no other exporter has. */
  readonly unique: string;
}

/** `problems` gets all that does not fit together; what is given back then is of no use. */
export function brokerConfig(parts: BrokerParts, problems: Problem[]): BrokerConfig {
  const { name, own, common } = parts;
  for (const [key, text] of namesIn(own)) {
    const placeholder = placeholderIn(text);
    if (placeholder === undefined) continue;
    const wanted = `the name itself: nothing has filled in the placeholder ${placeholder}`;
    problems.push({ ...parts.place(key), wanted });
  }
  return {
    name,
    ...brokerSettings(parts, problems),
    model: modelSettings(own, common, parts.dropIn),
    pollers: {
      remoteControl: own.remote_control,
      enableEvents: own.enable_events,
      queues: own.queues,
      queueInterval: own.queue_poll_interval,
      workerInterval: own.worker_poll_interval,
      longestAnswer: own.solo_worker_silence,
    },
  };
}

/** Where the broker is, and what its transport is opened with. */
function brokerSettings(
  { name, url, own, common, dropIn, place: placeOf, isRefused, unique }: BrokerParts,
  problems: Problem[],
): Pick<BrokerConfig, 'place' | 'settings'> {
  const place = readBrokerUrl(url.reveal());
  if ('problem' in place) throw new TypeError(place.problem);
  // What several brokers have from the same option would be one name for all that they have on one server.
  const isShared = name !== undefined && own.instance !== undefined && own.instance === common.instance;
  const instance = isShared ? `${own.instance}.${name}` : own.instance;
  const settings = {
    transportOptions: own.broker_transport_options,
    exchanges: { eventExchange: own.event_exchange, controlExchange: own.control_exchange },
    tls: {
      ...(own.broker_tls_ca_file !== undefined && { caFile: own.broker_tls_ca_file }),
      ...(own.broker_tls_cert_file !== undefined && { certFile: own.broker_tls_cert_file }),
      ...(own.broker_tls_key_file !== undefined && { keyFile: own.broker_tls_key_file }),
      ...(dropIn?.tls?.serverName !== undefined && { serverName: dropIn.tls.serverName }),
      verify: own.broker_tls_verify,
    },
    instance,
    ownName: ownName(instance ?? `${hostname()}.${String(common.port)}`, unique),
    managementUrl: own.rabbitmq_management_url?.reveal(),
    eventQueueKeep: own.event_queue_keep,
    readHeads: own.queue_age,
  };
  for (const misfit of place.misfits(settings)) {
    const key = misfit.key as keyof BrokerOptions;
    if (isRefused(key)) continue;
    const whose = name === undefined ? '' : ` (broker ${name})`;
    problems.push({ ...misfit, ...placeOf(key), where: `${placeOf(key).where}, ${misfit.where}${whose}` });
  }
  const [cert, key] = ['broker_tls_cert_file', 'broker_tls_key_file'] as const;
  if ((own[cert] === undefined) !== (own[key] === undefined) && !isRefused(cert) && !isRefused(key)) {
    const [given, missing] = own[key] === undefined ? [cert, key] : [key, cert];
    problems.push({
      ...placeOf(given),
      where: `${placeOf(given).where} without ${missing}`,
      wanted: 'both of them or neither: a client certificate needs its key',
    });
  }
  return { place, settings };
}

function modelSettings(own: BrokerOptions, common: CommonOptions, dropIn: ActiveDropIn | undefined): ModelSettings {
  const { include_tasks: include, exclude_tasks: exclude } = own;
  return {
    series: {
      maxSeries: common.max_series,
      maxExceptions: common.max_exceptions,
      isWanted: (name: string) =>
        (include.length === 0 || include.some((each) => each.test(name))) && !exclude.some((each) => each.test(name)),
      durationBuckets: common.duration_buckets,
      waitBuckets: common.wait_buckets,
      runtimeBuckets: dropIn?.runtimeBuckets,
      pickupBuckets: dropIn?.pickupBuckets,
      moreWaitBuckets: dropIn?.waitBuckets,
    },
    tracker: {
      maxTasks: common.max_tasks,
      taskTtl: common.task_ttl,
      maxNames: common.max_series,
    },
    workers: {
      missedHeartbeats: own.missed_heartbeats,
      minSilence: own.min_worker_silence,
      soloSilence: own.solo_worker_silence,
      // Without heartbeats only answers to polls, or events, are signs of life.
      quietSilence: Math.max(own.worker_poll_interval * 3, own.min_worker_silence),
      lostAfter: own.lost_after,
      workerTtl: common.worker_ttl,
      maxWorkers: common.max_series,
    },
    maxQueues: common.max_series,
    seriesTtl: common.series_ttl,
    custom: metricsOf(common.custom_metrics, { maxSeries: common.max_series, ttl: common.series_ttl }),
  };
}

/** Names that are compared with the workers'. */
function namesIn(own: BrokerOptions): readonly (readonly [keyof BrokerOptions, string])[] {
  const { globalKeyprefix, masterName = '' } = own.broker_transport_options;
  return [
    ['event_exchange', own.event_exchange],
    ['control_exchange', own.control_exchange],
    ['queues', own.queues.find((queue) => placeholderIn(queue) !== undefined) ?? ''],
    ['instance', own.instance ?? ''],
    ['broker_transport_options', [globalKeyprefix, masterName].join(' ')],
  ];
}

const RABBITMQ_ONLY = { managementUrl: 'rabbitmq_management_url', eventQueueKeep: 'event_queue_keep' } as const;

/** Sentences on options that mean nothing where they are set. What RabbitMQ brokers share with others has its use. */
export function withoutEffect(brokers: readonly BrokerConfig[]): readonly string[] {
  return brokers.flatMap(({ name, place, settings }) =>
    Object.entries(RABBITMQ_ONLY).flatMap(([key, option]) => {
      const value = settings[key as keyof typeof RABBITMQ_ONLY];
      const isShared = brokers.some(
        (other) => other.place.transport === 'amqp' && other.settings[key as keyof typeof RABBITMQ_ONLY] === value,
      );
      if (value === undefined || place.transport === 'amqp' || isShared) return [];
      const where = name === undefined ? 'Redis, which the broker is' : `the broker ${name}, which is Redis`;
      return [`${option} has no effect on ${where}: it is for RabbitMQ (amqp://)`];
    }),
  );
}
