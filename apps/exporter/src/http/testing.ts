// A state of the exporter in which all is well, for tests that change one thing about it.
import { SKIP_REASONS } from '../tracking/custom/custom-metric.js';
import type { CustomMetricStatus } from './custom-status.js';
import type { Status, WorkerStatus } from './status.js';

export function workerStatus(changes: Partial<WorkerStatus> = {}): WorkerStatus {
  return {
    nodename: 'celery@web-1',
    up: true,
    exit: undefined,
    taskEvents: 'on',
    pool: 'prefork',
    processes: 8,
    active: 3,
    queues: ['celery'],
    silence: 1.2,
    missed: 0,
    missedEnds: 0,
    version: '5.6.3',
    clockSkew: 0.004,
    knownFor: 86_400,
    instances: 1,
    stalled: 0,
    ...changes,
  };
}

export function customMetricStatus(changes: Partial<CustomMetricStatus> = {}): CustomMetricStatus {
  return {
    name: 'myapp_rows_imported_total',
    type: 'counter',
    events: ['rows-imported'],
    counted: 12,
    series: 2,
    silence: 8.5,
    last: {
      value: 250,
      labels: [
        ['source', 'crm'],
        ['empty', ''],
      ],
    },
    skipped: [],
    lastSkip: undefined,
    values: ['rows'],
    unseenFields: [],
    ...changes,
  };
}

export function fineStatus(changes: Partial<Status> = {}): Status {
  return {
    version: '0.1.0',
    uptime: 273_900,
    broker: {
      url: 'redis://:[redacted]@redis.internal:6379/0',
      transport: 'redis',
      isUp: true,
      blockedFor: undefined,
      reason: '',
      forSeconds: 273_898,
      failures: 0,
      reconnects: 0,
      unheard: 0,
    },
    events: {
      total: 7_000_123,
      sent: 1_500_020,
      byType: [
        ['worker-online', 3],
        ['worker-heartbeat', 410_850],
        ['task-sent', 1_500_020],
        ['task-received', 1_500_015],
        ['task-started', 1_500_009],
        ['task-succeeded', 1_498_121],
        ['task-failed', 1_880],
      ],
      refused: [],
      duplicates: 4,
      dropped: undefined,
    },
    workers: [
      workerStatus(),
      workerStatus({ nodename: 'celery@web-2', active: 0 }),
      workerStatus({ nodename: 'reports@batch-1', queues: ['reports', 'mail'], pool: 'threads', processes: 20 }),
    ],
    queues: [
      { name: 'celery', length: 12, consumers: 2, oldestAge: 3.4 },
      { name: 'mail', length: 0, consumers: 1, oldestAge: undefined },
      { name: 'reports', length: 340, consumers: 1, oldestAge: 754 },
    ],
    unacked: 31,
    delayed: undefined,
    queueRules: [
      ['sent', 1_500_020],
      ['only_queue', 12],
      ['last_queue', 0],
      ['unknown', 0],
    ],
    tasks: { series: 18, waiting: 355, running: 9, ended: 620, evicted: 0, expired: 0, silent: [], rejected: [] },
    dropped: [],
    pollers: [
      { name: 'queues', secondsSinceSuccess: 6.1, failures: 0, lastError: '' },
      { name: 'workers', secondsSinceSuccess: 17, failures: 0, lastError: '' },
    ],
    disagreements: [],
    troubles: [],
    custom: { metrics: [], uncounted: [], uncountedOthers: 0 },
    settings: { remoteControl: true, enableEvents: true },
    ...changes,
  };
}

/** The same on RabbitMQ, where less is told. */
export function onRabbitMq(status: Status): Status {
  const broker = {
    ...status.broker,
    transport: 'amqp' as const,
    url: 'amqp://celery:[redacted]@rabbit.internal:5672//',
  };
  return { ...status, broker, unacked: undefined };
}

/** What a worker, a queue or a server may be called by someone who means harm. */
export const HOSTILE = `<script>alert(1)</script>"'&\`-\u202Egnp.exe\u2066\n\r\u0000\u200B\uD800 onload=x`;

/** States in which, together, every finding appears at least once. */
export function troubledStatuses(): readonly Status[] {
  const fine = fineStatus();
  const away = (reason: string, forSeconds = 60): Status =>
    fineStatus({ broker: { ...fine.broker, isUp: false, reason, forSeconds, failures: 3 } });
  const silentOnes = (['idle', 'unavailable', 'unknown'] as const).map((taskEvents) =>
    workerStatus({ nodename: `${taskEvents}@x`, taskEvents }),
  );
  const refusals = [
    'pickle',
    'compression',
    'content_type',
    'bad_body',
    'not_json',
    'bad_envelope',
    'not_an_event',
    'bad_event',
    'too_large',
    'new_reason',
  ];
  const caps = [
    'celery_tasks_total',
    'celery_task_failures_total',
    'celery_worker_up',
    'celery_queue_length',
    'celery_new_metric',
  ];
  return [
    fine,
    ...[
      'refuses the login: wrong password',
      'TLS: signed by no authority',
      'TLS: wants a client certificate',
      'certificate is for another host name',
      'certificate has expired',
      'speaks TLS: use rediss:// there',
      'no Sentinel tells where the master is',
      'has no database of that number',
      'denies permission',
      'the CA file cannot be read',
      'is a replica',
      'maxclients is reached',
      'too slow for client-output-buffer-limit',
      'nothing listens there',
      '',
    ].map((reason) => away(reason)),
    fineStatus({ broker: { ...fine.broker, isUp: false, failures: 0, forSeconds: 1 } }),
    fineStatus({ broker: { ...fine.broker, reconnects: 2 } }),
    fineStatus({ workers: [] }),
    fineStatus({ workers: [], events: { ...fine.events, sent: 0 } }),
    fineStatus({ workers: [], events: { ...fine.events, sent: 0, refused: [['pickle', 1]] } }),
    fineStatus({ workers: [], broker: { ...fine.broker, forSeconds: 3 } }),
    ...[true, false].flatMap((remoteControl) =>
      [true, false].map((enableEvents) =>
        fineStatus({ workers: silentOnes, settings: { remoteControl, enableEvents } }),
      ),
    ),
    fineStatus({
      workers: [
        workerStatus({ up: false, exit: 'died', missed: 9 }),
        workerStatus({ up: false, exit: 'shutdown' }),
        workerStatus({ queues: undefined, clockSkew: 9 }),
        workerStatus({ instances: 2, stalled: 500 }),
      ],
      events: { ...fine.events, sent: 0, refused: refusals.map((reason) => [reason, 2]) },
      dropped: caps.map((metric) => [metric, 1]),
      tasks: { ...fine.tasks, evicted: 1, expired: 1 },
      queueRules: [
        ['sent', 0],
        ['only_queue', 5],
        ['last_queue', 3],
        ['unknown', 2],
      ],
      pollers: [
        { name: 'queues', secondsSinceSuccess: 9, failures: 1, lastError: 'NOPERM' },
        { name: 'workers', secondsSinceSuccess: undefined, failures: 0, lastError: '' },
      ],
    }),
    fineStatus({ workers: [workerStatus({ up: false, exit: 'shutdown' })] }),
    fineStatus({ workers: [workerStatus({ clockSkew: -9 }), workerStatus({ clockSkew: -9 })] }),
    fineStatus({ queues: [{ name: 'stuck', length: 1, consumers: 0, oldestAge: 1 }] }),
    fineStatus({ queues: [{ name: 'odd', length: 1, consumers: 1, oldestAge: 1, unread: 'not JSON' }] }),
    fineStatus({
      queues: [
        { name: 'open', length: 1, consumers: undefined, oldestAge: 100 },
        { name: 'bcast.gone', length: 13, consumers: 0, oldestAge: 1, isBroadcast: true },
      ],
      tasks: {
        ...fine.tasks,
        silent: [{ name: 'batch', queue: 'celery', taken: 40 }],
        rejected: [{ name: 'loop', started: 40, rejected: 39 }],
      },
      troubles: [{ what: 'a length cannot be read', reason: 'its user needs +llen' }],
      disagreements: [
        { setting: 'sep', ours: '":"', given: false, theirs: [{ value: '"|"', nodenames: ['celery@a'] }] },
        { setting: 'unacked_key', ours: '"u"', given: true, theirs: [{ value: '"v"', nodenames: ['celery@a'] }] },
        {
          setting: 'priority_steps',
          ours: '[0]',
          given: false,
          theirs: [
            { value: '[0,1]', nodenames: ['celery@a'] },
            { value: '[0]', nodenames: ['celery@b'] },
          ],
        },
      ],
    }),
    fineStatus({
      custom: {
        metrics: [
          customMetricStatus({
            skipped: SKIP_REASONS.map((reason) => [reason, 1]),
            lastSkip: { event: 'rows-imported', fields: [] },
            unseenFields: ['kind'],
          }),
          customMetricStatus({ name: 'full', type: 'gauge', silence: undefined, counted: 0, last: undefined }),
        ],
        uncounted: [['rows-import', 2]],
        uncountedOthers: 1,
      },
      dropped: [['full', 1]],
    }),
    ...['', 'the virtual host / is not there', 'denies permission', 'speaks TLS: use amqps:// there'].map((reason) =>
      fineStatus({ broker: { ...onRabbitMq(fine).broker, isUp: false, reason, failures: 3 } }),
    ),
    onRabbitMq(fineStatus({ broker: { ...fine.broker, reconnects: 1, blockedFor: 'low on memory' } })),
    onRabbitMq(
      fineStatus({
        workers: [workerStatus({ stalled: 500, missed: 5, queues: undefined })],
        queues: [{ name: 'stuck', length: 1, consumers: 0, oldestAge: undefined }],
        events: { ...fine.events, dropped: 1 },
        settings: { remoteControl: false, enableEvents: true },
        delayed: 3,
      }),
    ),
    onRabbitMq(fineStatus({ workers: [], events: { ...fine.events, sent: 0 } })),
    onRabbitMq(fineStatus({ troubles: [{ what: 'q', reason: '403' }] })),
    fineStatus({
      events: { total: 5, sent: 0, byType: [['worker-heartbeat', 5]], refused: [], duplicates: 0, dropped: undefined },
    }),
  ];
}
