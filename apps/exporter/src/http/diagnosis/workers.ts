// Findings about workers: none at all, down, silent to remote control, or with a clock that is off.
import { queueMetrics, workerMetrics } from '@celery-watch/celery-protocol';
import type { Status, Transport, WorkerStatus } from '../status.js';
import { code, counted, some, span } from '../wording.js';
import { type Finding, type FindingText, type Rule, sum } from './finding.js';

/** Workers send a heartbeat every 2 s: after this many seconds silence is no accident. */
const FIRST_SIGN = 10;
/** Seconds in which a worker answers, unless it is of the solo pool and busy. */
const PATIENCE = 60;
/** Clocks that differ by more make waiting times wrong in a way that shows. */
const MOST_SKEW = 5;

export const noWorkers: Rule = ({ broker, workers, events }) => {
  if (!broker.isUp || workers.length > 0) return [];
  const listened = span(broker.forSeconds);
  if (broker.forSeconds < FIRST_SIGN) return [{ level: 'note', ...TEXTS.noneYet(listened) }];
  if (events.sent > 0) return [{ level: 'problem', ...TEXTS.onlySenders(listened) }];
  const refused = sum(events.refused.map(([, n]) => n));
  if (refused > 0) return [{ level: 'problem', ...TEXTS.onlyRefused(listened, refused) }];
  return [{ level: 'problem', ...TEXTS.nothingHeard(listened, broker) }];
};

export const workersDown: Rule = ({ broker, workers }) => {
  if (!broker.isUp) return [];
  const noneUp = !workers.some((each) => each.up);
  const died = workers.filter((each) => each.exit === 'died');
  const left = workers.filter((each) => each.exit === 'shutdown');
  const findings: Finding[] = [];
  if (died.length > 0) findings.push({ level: noneUp ? 'problem' : 'warning', ...TEXTS.died(died, noneUp) });
  if (left.length > 0) {
    findings.push({ level: noneUp && died.length === 0 ? 'problem' : 'note', ...TEXTS.left(left, noneUp) });
  }
  return findings;
};

export const unansweredWorkers: Rule = ({ broker, workers, settings }) => {
  const silent = workers.filter((each) => each.up && each.queues === undefined);
  if (!broker.isUp || !settings.remoteControl || silent.length === 0) return [];
  const isOld = (each: WorkerStatus): boolean => Math.min(each.knownFor ?? 0, broker.forSeconds) > PATIENCE;
  const long = silent.filter(isOld);
  const young = silent.filter((each) => !isOld(each));
  return [
    ...(long.length === 0 ? [] : [{ level: 'warning' as const, ...TEXTS.deaf(long) }]),
    ...(young.length === 0 ? [] : [{ level: 'note' as const, ...TEXTS.unanswered(young) }]),
  ];
};

export const clockSkew: Rule = ({ broker, workers }) => {
  const up = workers.filter((each) => each.up);
  const skewed = up.filter(isSkewed);
  if (!broker.isUp || skewed.length === 0) return [];
  const ours = up.length > 1 && skewed.length === up.length;
  return [{ level: 'warning', ...TEXTS.skewed(skewed, ours) }];
};

type SkewedWorker = WorkerStatus & { readonly clockSkew: number };

export function isSkewed(worker: WorkerStatus): worker is SkewedWorker {
  return worker.clockSkew !== undefined && Math.abs(worker.clockSkew) > MOST_SKEW;
}

export function skewText(skew: number): string {
  return Math.abs(skew) < 1 ? 'right' : `${span(Math.abs(skew))} ${skew > 0 ? 'ahead' : 'behind'}`;
}

function withSilence({ nodename, silence }: WorkerStatus): string {
  return silence === undefined ? code(nodename) : `${code(nodename)} (${span(silence)} ago)`;
}

const NONE_SEEN = 'No worker has been seen';

const heardNothing = (listened: string): string =>
  `The exporter has been listening for ${listened}, and no heartbeat came.`;

/** How to find out where the workers send their events to. */
const WHERE_WORKERS_ARE: Readonly<Record<Transport, string>> = {
  redis:
    "Make these equal to the workers': the database number at the end of `--broker-url`, `global_keyprefix` and " +
    '`fanout_prefix` in `--broker-transport-options`, and `--event-exchange`. On the broker, `redis-cli PSUBSCRIBE ' +
    "'*celeryev*' '*worker.heartbeat'` shows the true name within 2 s of any worker: in " +
    '`/0.celeryev/worker.heartbeat` the 0 is the database, celeryev the event exchange, and what stands before the ' +
    'first slash is the global_keyprefix.',
  amqp:
    "Make these equal to the workers': the virtual host at the end of `--broker-url`, and `--event-exchange`. On the " +
    'broker, `rabbitmqctl list_connections user vhost` shows in which virtual host workers are, and `rabbitmqctl ' +
    'list_exchanges -p VHOST` their exchanges: an event exchange is of the type topic.',
};

const TEXTS = {
  noneYet: (listened: string): FindingText => ({
    title: 'No worker has been seen yet',
    detail:
      `The exporter has been listening for ${listened}. Workers show with their first heartbeat, and they send one ` +
      'every 2 s.',
    fix: 'Nothing yet: reload in a few seconds.',
  }),
  onlySenders: (listened: string): FindingText => ({
    title: NONE_SEEN,
    detail:
      `${heardNothing(listened)} Events of senders do arrive, so the broker and its names are right: it seems that ` +
      'no worker is running.',
    fix: 'Start a worker: `celery -A yourapp worker -E`.',
  }),
  onlyRefused: (listened: string, refused: number): FindingText => ({
    title: NONE_SEEN,
    detail: `${heardNothing(listened)} ${counted(refused, 'message')} did arrive and could not be read.`,
    fix: 'Do first what the findings about refused messages say.',
  }),
  nothingHeard: (listened: string, { url, transport }: Status['broker']): FindingText => ({
    title: NONE_SEEN,
    detail:
      `${heardNothing(listened)} It listens at ${code(url)}. Either no worker runs, or the workers use another ` +
      `${transport === 'amqp' ? 'virtual host' : 'database'} or other names: nothing on the broker announces them.`,
    fix: WHERE_WORKERS_ARE[transport],
  }),
  died: (died: readonly WorkerStatus[], noneUp: boolean): FindingText => ({
    title: `${counted(died.length, 'worker')} fell silent${noneUp ? ', and none is up' : ''}`,
    detail:
      `No sign of life since: ${some(died, withSilence)}. Without a goodbye: killed, out of memory, or the host or ` +
      'its network is lost. What was running there counts as lost after `--lost-after`.',
    fix:
      "Look at the host and the worker's log (`dmesg` tells of the out-of-memory killer), and start it again. One " +
      'that is gone for good leaves this page after `--worker-ttl`. If it does live, raise `--min-worker-silence`.',
  }),
  left: (left: readonly WorkerStatus[], noneUp: boolean): FindingText => ({
    title: `${counted(left.length, 'worker')} said goodbye${noneUp ? ', and none is up' : ''}`,
    detail:
      `An orderly shutdown of ${some(left, withSilence)}. \`${workerMetrics.up.name}\` stays at 0 until ` +
      '`--worker-ttl` is over, then the series go.',
    fix: noneUp ? 'Start a worker, if this was not intended.' : 'Nothing, if this was intended.',
  }),
  unanswered: (silent: readonly WorkerStatus[]): FindingText => ({
    title: `${counted(silent.length, 'worker')} ${silent.length === 1 ? 'has' : 'have'} not answered remote control`,
    detail:
      `Not in \`${queueMetrics.consumers.name}\` and \`${workerMetrics.poolProcesses.name}\`, and task events cannot ` +
      `be switched on there: ${some(silent, ({ nodename }) => code(nodename))}.`,
    fix: 'Nothing yet: a new one answers within moments, one with the solo pool when its task has ended.',
  }),
  deaf: (deaf: readonly WorkerStatus[]): FindingText => ({
    title: `${counted(deaf.length, 'worker')} ${deaf.length === 1 ? 'does' : 'do'} not answer remote control`,
    detail:
      `${some(deaf, ({ nodename }) => code(nodename))}: what they consume is not known, so ` +
      `\`${queueMetrics.consumers.name}\` has no sample for queues that only they may consume, and is too low for ` +
      `others; \`${workerMetrics.poolProcesses.name}\` is missing, and task events cannot be switched on there. A ` +
      'worker that refuses the questions, since `json` is not in its `accept_content`, writes an error of many lines ' +
      'into its own log for each of them: several at each `--worker-poll-interval`, for as long as the exporter asks.',
    fix:
      'Look in the log of the worker. If it says `Refusing to deserialize` or `ContentDisallowed`, put `json` into its ' +
      '`accept_content` (and `task_serializer = "json"`, since it answers in that); or run the exporter with ' +
      '`--no-remote-control`, and the workers with `-E`. If it says nothing: `worker_enable_remote_control` is off, ' +
      "`--control-exchange` differs from the workers' `control_exchange`, it uses another database (its events are " +
      'heard all the same with `fanout_prefix` off), or it has the solo pool and its task has not ended.',
  }),
  skewed: (skewed: readonly SkewedWorker[], ours: boolean): FindingText => {
    const largest = [...skewed].sort((a, b) => Math.abs(b.clockSkew) - Math.abs(a.clockSkew));
    return {
      title: ours
        ? "The clocks of all workers differ from the exporter's"
        : `The clock of ${counted(skewed.length, 'worker')} is off`,
      detail:
        `${some(largest, (each) => `${code(each.nodename)} (${skewText(each.clockSkew)})`)}. Waiting times between ` +
        'hosts, and timestamps such as the last success, are wrong by as much.',
      fix: ours
        ? 'It is probably the clock of this host: check `timedatectl` or `chronyc tracking` here. Events that arrive ' +
          'late show as clocks that are behind.'
        : 'Check `timedatectl` or `chronyc tracking` on those hosts. Events that arrive late show as a clock that is ' +
          'behind.',
    };
  },
};
