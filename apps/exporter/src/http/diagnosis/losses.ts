// Findings about what could not be counted rightly: missed, refused, dropped, put out of the table.
import {
  brokerMetrics,
  exporterMetrics,
  OTHER,
  queueMetrics,
  type RefusalReason,
  taskMetrics,
  workerMetrics,
} from '@celery-watch/celery-protocol';
import { code, count, counted, percent, some, span } from '../wording.js';
import { missedStarts, type Transport } from '../status.js';
import { type FindingText, levelOf, type Rule, sum } from './finding.js';

export const missedEvents: Rule = ({ broker, workers, events }) => {
  const starts = mostFirst(workers.map((each) => [each.nodename, missedStarts(each)]));
  const ends = mostFirst(workers.map((each) => [each.nodename, each.missedEnds]));
  const [noStart, noEnd] = [sum(starts.map(([, n]) => n)), sum(ends.map(([, n]) => n))];
  const started = noStart + (new Map(events.byType).get('task-started') ?? 0);
  return [
    ...(noStart === 0
      ? []
      : [{ level: levelOf(noStart, started), ...TEXTS.missed(starts, noStart, started, broker.transport) }]),
    ...(noEnd === 0 ? [] : [{ level: levelOf(noEnd, started), ...TEXTS.untoldEnds(ends, noEnd) }]),
  ];
};

/** What was said while nobody listened: no heartbeat need have counted it, so the time is told. */
export const unheardTime: Rule = ({ broker: { unheard = 0, reconnects, transport }, uptime }) =>
  unheard === 0 ? [] : [{ level: levelOf(unheard, uptime), ...TEXTS.unheard(unheard, reconnects, transport) }];

export const refusedMessages: Rule = ({ events }) =>
  mostFirst(events.refused).map(([reason, n]) => ({ level: 'warning', ...TEXTS.refused(reason, n) }));

/** Those of the user's own have findings of their own. */
export const droppedSeries: Rule = ({ dropped, custom }) =>
  mostFirst(dropped.filter(([metric]) => custom.metrics.every(({ name }) => name !== metric))).map(([metric, n]) => ({
    level: 'warning',
    ...TEXTS.capped(metric, n),
  }));

export const lostFromTable: Rule = ({ tasks: { evicted, expired } }) => [
  ...(evicted === 0 ? [] : [{ level: 'warning' as const, ...TEXTS.evicted(evicted) }]),
  ...(expired === 0 ? [] : [{ level: 'note' as const, ...TEXTS.expired(expired) }]),
];

function mostFirst<Name extends string>(counts: readonly (readonly [Name, number])[]): (readonly [Name, number])[] {
  return counts.filter(([, n]) => n > 0).sort(([, a], [, b]) => b - a);
}

/** What each reason means and what helps. */
const REFUSALS: Readonly<Record<RefusalReason, readonly [meaning: string, fix: string]>> = {
  pickle: [
    "They are in Python's pickle format, which is never opened, since opening it can run any code.",
    'Set `event_serializer = "json"` in the workers and senders (for events), and `task_serializer = "json"` in ' +
      'the workers (their answers to remote control use it).',
  ],
  compression: [
    'They are compressed in a way that is not supported here.',
    'Send events without compression, or with gzip (`application/x-gzip`).',
  ],
  content_type: [
    'Their content type is none that is read here.',
    'Set `event_serializer` and `task_serializer` to `json`, `msgpack` or `yaml`.',
  ],
  bad_body: [
    'Their content is not what their content type says.',
    'Look in the log of the exporter for the sender, and see that workers and senders use the same serializers.',
  ],
  not_json: [
    'They are not messages of Celery.',
    'See whether another program publishes on the same channels; `--event-exchange` can part them.',
  ],
  bad_envelope: [
    'They are not messages of Celery.',
    'See whether another program publishes on the same channels; `--event-exchange` can part them.',
  ],
  not_an_event: [
    'They hold something else than events.',
    'See whether another program publishes to the event exchange; `--event-exchange` can part them.',
  ],
  bad_event: [
    'They are events named like those of Celery that lack a field which Celery always sends, or have it in a form ' +
      'that Celery never writes. The log of the exporter names the field.',
    'See which program sends them: code that sends events of its own with names that begin with `task-` or ' +
      '`worker-`, or a client of Celery in another language. If it is a worker of Celery itself, the exporter is at ' +
      'fault: report it, with the line of its log.',
  ],
  too_large: [
    'They are larger than any that Celery sends.',
    'See whether your code sends events of its own with large contents.',
  ],
};

/** What each capped metric loses, and the flags that help. */
const CAPS: Readonly<Record<string, readonly [meaning: string, fix: string]>> = {
  [taskMetrics.tasks.name]: [
    `Tasks of new pairs of name and queue are counted under "${OTHER}".`,
    'Raise `--max-series`, or choose the tasks that matter with `--include-tasks` or `--exclude-tasks`. Names ' +
      'that are made up at run time never fit.',
  ],
  [taskMetrics.failures.name]: [`Exceptions of new classes are counted under "${OTHER}".`, 'Raise `--max-exceptions`.'],
  [workerMetrics.up.name]: [
    'Further workers are not followed: they have no series and are not on this page.',
    'Raise `--max-series`. Workers with a new name at each start fill it up: give them fixed names with `-n`, or ' +
      'lower `--worker-ttl`.',
  ],
  [queueMetrics.length.name]: [
    'Further queues are not followed: they have no series and are not on this page.',
    'Raise `--max-series`.',
  ],
};

type Counts = readonly (readonly [nodename: string, n: number])[];

function named(workers: Counts): string {
  return some(workers, ([nodename, n]) => `${code(nodename)} (${count(n)})`);
}

/** What becomes of events that are not read fast enough. */
const SLOW: Readonly<Record<Transport, string>> = {
  redis: 'the broker may cut a slow listener (`redis-cli CONFIG GET client-output-buffer-limit`)',
  amqp: `the broker may throw away what a slow listener leaves lying (\`${exporterMetrics.droppedEvents.name}\`)`,
};

/** Why nobody listened, and what would keep the events. */
const UNHEARD: Readonly<Record<Transport, string>> = {
  redis:
    'Redis cuts a listener that is stopped or too slow (`redis-cli CONFIG GET client-output-buffer-limit`); give the ' +
    'exporter CPU time, and see the log of Redis where that is not it.',
  amqp: 'With `--event-queue-keep` and `--instance` RabbitMQ keeps the events while the exporter is away.',
};

const TEXTS = {
  unheard: (seconds: number, reconnects: number, transport: Transport): FindingText => ({
    title: `What happened in ${span(seconds)} may not have been heard`,
    detail:
      `The connection to the broker was lost and made again ${reconnects === 1 ? 'once' : `${count(reconnects)} times`}. ` +
      'Events of that time are in no counter, but for those that were on their way. How many they were only heartbeats ' +
      `tell (\`${exporterMetrics.missed.name}\`): nothing tells it of \`task-sent\`, of events of your own, and of workers ` +
      'that send no heartbeats or are gone since.',
    fix: `See in the log of the exporter when and why, and whether \`${exporterMetrics.unheard.name}\` still rises. ${UNHEARD[transport]}`,
  }),
  missed: (missed: Counts, total: number, started: number, transport: Transport): FindingText => ({
    title: `${counted(total, '`task-started` event')} never arrived (${percent(total, started)})`,
    detail:
      'The heartbeats tell of more starts than were seen, on ' +
      `${named(missed)}. Counters and durations of tasks ` +
      'are too low by about that share. Tasks with `send_events=False` count here too.',
    fix:
      `See whether \`${exporterMetrics.missed.name}\` still rises. If it does: ${SLOW[transport]}, the network may ` +
      'lose the connection ' +
      `(\`${brokerMetrics.reconnects.name}\`), or the exporter lacks CPU time.`,
  }),
  untoldEnds: (untold: Counts, total: number): FindingText => ({
    title:
      total === 1
        ? 'The end of 1 task was not heard: its worker, or the exporter, lost the broker'
        : `The ends of ${count(total)} tasks were not heard: their worker, or the exporter, lost the broker`,
    detail:
      `They were seen to start on ${named(untold)}. When a worker has its broker back, Celery up to 5.6 tells no end of ` +
      `what ran before; and what ended while the exporter was away was told to nobody. Whether they succeeded is not known: they count as \`${taskMetrics.unresolved.name}\` and in ` +
      `\`${exporterMetrics.missed.name}\`, and have no duration. A message that was not acknowledged is delivered again.`,
    fix:
      'Nothing can be done about these. See why the broker was lost: a restart of it, a failover, the ' +
      "network. The workers' own logs say when they lost it; the exporter's connection is another one " +
      `(\`${brokerMetrics.reconnects.name}\`).`,
  }),
  refused: (reason: string, n: number): FindingText => {
    const [meaning, fix] = Object.hasOwn(REFUSALS, reason)
      ? REFUSALS[reason as RefusalReason]
      : ['They could not be read.', 'Look in the log of the exporter.'];
    return {
      title: `${counted(n, 'message')} ${n === 1 ? 'was' : 'were'} refused: ${code(reason)}`,
      detail: `${meaning} What they told is counted nowhere but in \`${exporterMetrics.refused.name}\`.`,
      fix,
    };
  },
  capped: (metric: string, n: number): FindingText => {
    const [meaning, fix] = Object.hasOwn(CAPS, metric) ? (CAPS[metric] ?? []) : [];
    return {
      title: `The cap of ${code(metric)} is reached`,
      detail: `${meaning ?? 'New label sets find no room.'} It happened ${n === 1 ? 'once' : `${count(n)} times`}.`,
      fix: fix ?? 'Raise `--max-series`.',
    };
  },
  evicted: (n: number): FindingText => ({
    title: `${counted(n, 'task')} found no room in the table`,
    detail:
      'More tasks were on their way at once than are followed, so the oldest were forgotten. Their later events count ' +
      'under unknown, without name, queue and waiting time.',
    fix: 'Raise `--max-tasks`; each task takes about 90 bytes.',
  }),
  expired: (n: number): FindingText => ({
    title: `${counted(n, 'task')} ${n === 1 ? 'was' : 'were'} given up after a long silence`,
    detail:
      'Nothing was heard of them for longer than `--task-ttl`: sent and never run, running for that long, or their ' +
      'last event was missed.',
    fix: 'Raise `--task-ttl` (and `--series-ttl`, which must be longer) if tasks do wait or run that long.',
  }),
};
