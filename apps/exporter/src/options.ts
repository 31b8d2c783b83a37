// Every option of the exporter: its flag, variable and key come from its name here, and so does the text of --help.
import { accessSync, constants } from 'node:fs';
import {
  DURATION_BUCKETS,
  readTransportOptions,
  type RedisTransportOptions,
  WAIT_BUCKETS,
} from '@celery-watch/celery-protocol';
import {
  boolean,
  custom,
  duration,
  integer,
  list,
  number,
  numberList,
  oneOf,
  option,
  options,
  type OptionValues,
  patterns,
  prose,
  PrintableError,
  secret,
  section,
  structured,
  text,
  withSections,
} from '@celery-watch/service';
import { BROKER_NAME_WANTED, readBrokerName, readBrokerUrls } from './broker-names.js';
import { readBrokerUrl } from './brokers/table.js';
import { DROP_IN_NAMES, knownElsewhere } from './dropin/table.js';
import { CUSTOM_METRICS_WANTED, readCustomMetrics } from './custom/read-metrics.js';

const JSON_WANTED = 'a JSON object, such as {"priority_steps": [0, 3, 6, 9]}';

/** Options of one broker that an entry of `brokers:` may have of its own: one line each. */
const PER_BROKER = [
  'broker_transport_options',
  'broker_tls_ca_file',
  'broker_tls_cert_file',
  'broker_tls_key_file',
  'broker_tls_verify',
  'rabbitmq_management_url',
  'event_queue_keep',
  'event_exchange',
  'control_exchange',
  'remote_control',
  'enable_events',
  'queues',
  'queue_poll_interval',
  'queue_age',
  'worker_poll_interval',
  'include_tasks',
  'exclude_tasks',
  'missed_heartbeats',
  'min_worker_silence',
  'solo_worker_silence',
  'lost_after',
  'instance',
] as const;

const BROKER_URLS = custom((raw) => readBrokerUrls(raw, refuseBadUrl), { wanted: 'a broker URL' });

const SHAPE = {
  broker_url: option(BROKER_URLS, {
    default: 'redis://localhost:6379/0',
    env: ['CELERY_BROKER_URL'],
    placeholder: 'URL',
    secret: true,
    joinedWith: ' ',
    help: prose`
      The broker, as in Celery: redis://, rediss://, redis+socket://, sentinel://…;sentinel://… with
      master_name in the transport options, or amqp://, amqps:// (RabbitMQ), also several as
      amqp://host1/vhost;amqp://host2/vhost. Several brokers, each with a name: the flag again and again as
      NAME=URL, or the variable with white space between them; with options of their own under brokers: in the
      configuration file. Each metric of a broker with a name has the label broker.`,
  }),
  broker_transport_options: option(custom(readBrokerOptions, { wanted: JSON_WANTED }), {
    default: {},
    placeholder: 'JSON',
    // It may hold the Sentinels' password.
    secret: true,
    env: ['CELERY_BROKER_TRANSPORT_OPTIONS'],
    help: prose`
      broker_transport_options of the workers. Those that decide about names must be equal here:
      global_keyprefix, fanout_prefix, fanout_patterns, priority_steps, sep, unacked_key, master_name,
      sentinel_fanout_compat. Where priority_steps, sep or unacked_key is left out, that of the workers
      that answer is taken over. RabbitMQ needs none.`,
  }),
  broker_tls_ca_file: option(custom(readableFile), {
    default: undefined,
    placeholder: 'FILE',
    help: "Certificates (PEM) that the broker's certificate must be signed by.",
  }),
  broker_tls_cert_file: option(custom(readableFile), {
    default: undefined,
    placeholder: 'FILE',
    help: 'Client certificate (PEM), where the broker asks for one.',
  }),
  broker_tls_key_file: option(custom(readableFile), {
    default: undefined,
    placeholder: 'FILE',
    help: 'Key (PEM) of the client certificate.',
  }),
  broker_tls_verify: option(boolean(), {
    default: true,
    help: prose`
      Whether the broker's certificate is checked. Without it anybody on the way can read and change
      everything.`,
  }),
  rabbitmq_management_url: option(secret(), {
    default: undefined,
    placeholder: 'URL',
    help: prose`
      RabbitMQ's management API, such as http://user:password@rabbitmq:15672 (without a login: that of the
      broker). By it unacknowledged messages are known, and queues that no worker consumes.`,
    cost: 'two requests for each queue_poll_interval, with about 150 bytes for each queue of the vhost.',
  }),
  event_queue_keep: option(duration({ min: 10 }), {
    default: undefined,
    help: prose`
      RabbitMQ: how long it keeps events for this exporter while it is away, so that a restart loses none. Needs
      instance, a name that stays the same and that no other exporter of this broker has. Without it, events that
      come meanwhile are not seen. With it, events that the queue has no room for are not counted.`,
    cost: prose`
      a durable queue of up to 64 MiB, which fills while the exporter is away, and about a tenth of the speed,
      for acknowledgements.`,
  }),
  event_exchange: option(text(), { default: 'celeryev', help: "Celery's setting event_exchange." }),
  control_exchange: option(text(), { default: 'celery', help: "Celery's setting control_exchange." }),

  host: option(text(), {
    default: undefined,
    help: 'Address to listen on; without it, every address of this machine.',
  }),
  port: option(integer({ min: 0, max: 65535 }), {
    default: 9808,
    env: ['PORT', 'CELERY_EXPORTER_PORT'],
    help: 'Port to listen on; 0 takes a free one.',
  }),
  web_config_file: option(text(), {
    default: undefined,
    placeholder: 'FILE',
    aliases: [{ flag: '--web.config.file' }],
    help: prose`
      Prometheus's web configuration file, as its exporters have it: TLS, client certificates, users with passwords.
      It and what it names are read again when they change.`,
  }),
  metrics_token: option(secret(), {
    default: undefined,
    placeholder: 'TOKEN',
    help: prose`
      Who reads /metrics or the page for people must show it as Authorization: Bearer TOKEN, or log in as a user of
      web_config_file. /healthz and /readyz stay open.`,
  }),
  probe_port: option(integer({ min: 0, max: 65535 }), {
    default: undefined,
    help: prose`
      One more port, always plain HTTP, on which only /healthz and /readyz are answered: for probes that can show no
      client certificate.`,
  }),

  remote_control: option(boolean(), {
    default: true,
    help: 'Whether workers are asked for their queues and their pool, and told to send task events.',
    cost: prose`
      two broadcasts for each worker_poll_interval, which every worker answers with about 3 kB. Without it,
      consumers, pool sizes and the queue of unsent tasks are not known.`,
  }),
  enable_events: option(boolean(), {
    default: true,
    help: prose`
      Whether task events are switched on in workers that were started without -E, and again after each
      restart. Needs remote_control.`,
    cost: 'workers that had them off publish two to four small messages for each task from then on.',
  }),
  queues: option(list(), {
    default: [],
    help: 'Queues to watch in addition to those that workers consume and that task-sent events name.',
  }),
  queue_poll_interval: option(duration({ min: 1 }), {
    default: '15s',
    help: 'Time between two readings of the queues.',
    cost: 'one round trip to the broker, with a few small commands for each queue.',
  }),
  queue_age: option(boolean(), {
    default: true,
    help: prose`
      Whether the age of the oldest message of each queue is read. RabbitMQ does not show it: there it is
      worked out from task-sent events.`,
    cost: prose`
      the next message of each queue that is not empty, whole, at each reading. Turn it off where messages
      have megabytes.`,
  }),
  worker_poll_interval: option(duration({ min: 5 }), {
    default: '30s',
    help: 'Time between two questions to all workers for their queues and their pool.',
  }),

  include_tasks: option(patterns(), {
    default: [],
    help: prose`
      Only tasks whose name matches one of these get series of their own (* and ?, or /regex/); all others are
      counted under "other".`,
  }),
  exclude_tasks: option(patterns(), {
    default: [],
    help: 'Tasks whose name matches one of these are counted under "other".',
  }),
  max_series: option(integer({ min: 1 }), {
    default: 2000,
    help: prose`
      Most label sets of task name and queue, of workers, and of queues. What is over it is counted under
      "other" or left out, and celery_exporter_dropped_series_total says so. The limit is that of each broker.`,
    cost: 'about 65 series and 3 kB for each task name and queue.',
  }),
  max_exceptions: option(integer({ min: 1 }), {
    default: 50,
    help: 'Most exception classes for each task name and queue; more are counted under "other".',
  }),
  duration_buckets: option(numberList({ ascending: true, min: 0.000001 }), {
    default: [...DURATION_BUCKETS],
    help: 'Buckets of the run time, in seconds.',
    cost: 'one series for each bucket, task name and queue.',
  }),
  wait_buckets: option(numberList({ ascending: true, min: 0.000001 }), {
    default: [...WAIT_BUCKETS],
    help: 'Buckets of the two waiting times, in seconds.',
    cost: 'two series for each bucket, task name and queue.',
  }),
  series_ttl: option(duration({ min: 60 }), {
    default: '8d',
    help: 'How long the series of a task stay that is not heard of. Must be longer than task_ttl.',
  }),
  max_tasks: option(integer({ min: 1000 }), {
    default: 500_000,
    help: prose`
      Most tasks that are followed at once; beyond it the oldest are forgotten, and
      celery_exporter_evicted_tasks_total says so. The limit is that of each broker.`,
    cost: 'about 90 bytes for each task that is on its way.',
  }),
  task_ttl: option(duration({ min: 60 }), {
    default: '1d',
    help: 'How long a task is followed of which nothing more is heard.',
  }),

  custom_metrics: option(structured(readCustomMetrics, CUSTOM_METRICS_WANTED), {
    default: [],
    help: prose`
      Metrics of your own, each made of events that tasks send with self.send_event("…", field=…): a list with
      event, name, type, help, value, labels and more, as the monitoring guide explains.`,
    cost: 'a message for each such event, which the worker sends at once and waits for.',
  }),

  missed_heartbeats: option(number({ min: 1.5 }), {
    default: 3,
    help: prose`
      A worker is down when nothing was heard of it for this many of its heartbeat intervals (2 s unless set
      otherwise).`,
  }),
  min_worker_silence: option(duration({ min: 1 }), {
    default: '6s',
    help: 'A worker is never called down before this much silence.',
  }),
  solo_worker_silence: option(duration({ min: 1 }), {
    default: '1h',
    help: prose`
      How long a worker with the solo pool may be silent: it says nothing at all while it runs a task. Also
      how long a worker that said goodbye is given to end its tasks.`,
  }),
  lost_after: option(duration({ min: 1 }), {
    default: '1m',
    help: 'Silence after which the tasks that were running on a worker count as lost.',
  }),
  worker_ttl: option(duration({ min: 1 }), {
    default: '15m',
    help: 'How long a worker that is down stays on the page, at 0. Must be longer than any alert on it waits.',
  }),

  instance: option(text(), {
    default: undefined,
    help: prose`
      Name of this exporter for people who look at the broker's keys or queues: part of the names of its reply
      list or queues, which a random part makes its own. The queue of event_queue_keep has no such part: by this
      name alone it is found again, so there each exporter of a broker needs a name of its own. Without it: the
      host name and the port.`,
  }),
  log_level: option(oneOf(['debug', 'info', 'warn', 'error']), {
    default: 'info',
    help: 'Least level of what is logged.',
  }),
  drop_in: option(oneOf(DROP_IN_NAMES), {
    default: undefined,
    help: prose`
      Takes the place of another exporter: its flags, variables and metrics beside ours. danihodovic is
      danihodovic's celery-exporter; that mode is also on where CE_BROKER_URL is set and nothing of ours is.
      --help --drop-in=NAME lists what the mode adds.`,
  }),
};

const OPTIONS = options('CELERY_EXPORTER', SHAPE, { elsewhere: knownElsewhere(undefined) });

/** The options, and `brokers:`, the list of the file. An entry has what it leaves out from the options. */
export const EXPORTER_OPTIONS = withSections(OPTIONS, {
  brokers: section({
    name: option(custom(readBrokerName, { wanted: BROKER_NAME_WANTED }), { help: 'Stands in the label broker.' }),
    url: option(secret({ check: refuseBadUrl, wanted: 'a broker URL' }), { help: 'As broker_url.' }),
    ...(Object.fromEntries(PER_BROKER.map((key) => [key, OPTIONS.shape[key]])) as PerBroker),
  }),
});

type PerBroker = Pick<typeof OPTIONS.shape, (typeof PER_BROKER)[number]>;
/** What one broker is opened, asked and followed with. */
export type BrokerOptions = OptionValues<{ readonly shape: PerBroker }>;

function refuseBadUrl(url: string): void {
  const parsed = readBrokerUrl(url);
  // The sentence shows the URL without its secret.
  if ('problem' in parsed) throw new PrintableError(`a broker URL that can be used: ${parsed.problem}`);
}

function readBrokerOptions(raw: unknown): RedisTransportOptions {
  const given: unknown = typeof raw === 'string' ? JSON.parse(raw) : raw;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw new Error('not an object');
  const { options: read, problems } = readTransportOptions(given as Record<string, unknown>);
  if (problems.length > 0) throw new PrintableError(problems.join('; '));
  return read;
}

function readableFile(raw: unknown): string {
  if (typeof raw !== 'string' || raw === '') throw new Error('the path of a file');
  try {
    accessSync(raw, constants.R_OK);
  } catch (error) {
    throw new Error(`a file that can be read (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`, {
      cause: error,
    });
  }
  return raw;
}
