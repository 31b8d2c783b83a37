// Findings about task events: workers that send none, senders that send none, and nothing to send yet.
import { queueMetrics, taskMetrics } from '@celery-watch/celery-protocol';
import type { Status, WorkerStatus } from '../status.js';
import type { TaskEvents } from '../../tracking/workers/worker.js';
import { code, count, counted, some } from '../wording.js';
import { type FindingText, type Rule, sum } from './finding.js';

export const eventsUnavailable: Rule = (status) => {
  const workers = live(status, 'unavailable');
  return workers.length === 0 ? [] : [{ level: 'warning', ...TEXTS.unavailable(workers) }];
};

export const eventsOff: Rule = (status) => {
  const workers = live(status, 'idle');
  return workers.length === 0 ? [] : [{ level: 'warning', ...TEXTS.off(workers, manualStep(status)) }];
};

/** Of one that has not answered to remote control, another finding tells. */
export const eventsUnknown: Rule = (status) => {
  const byHand = manualStep(status);
  const workers = live(status, 'unknown').filter((each) => byHand !== undefined || each.queues !== undefined);
  return workers.length === 0 ? [] : [{ level: 'note', ...TEXTS.notYet(workers, byHand) }];
};

export const noTaskSent: Rule = ({ broker, events }) => {
  if (events.sent > 0 || workerTaskEvents(events) === 0) return [];
  return [{ level: 'warning', ...TEXTS.noTaskSent(broker) }];
};

export const noTasksYet: Rule = ({ events, workers, broker }) => {
  const on = workers.some((each) => each.up && each.taskEvents === 'on');
  if (!broker.isUp || !on || events.sent > 0 || workerTaskEvents(events) > 0) return [];
  return [{ level: 'note', ...TEXTS.noTasksYet }];
};

/** Where events are off in a worker another finding says it. */
export const silentTasks: Rule = ({ broker, workers, tasks: { silent } }) => {
  const areOff = workers.some((each) => each.up && each.taskEvents !== 'on');
  return !broker.isUp || areOff || silent.length === 0 ? [] : [{ level: 'warning', ...TEXTS.silent(silent) }];
};

export const rejectedTasks: Rule = ({ broker, tasks: { rejected } }) =>
  !broker.isUp || rejected.length === 0 ? [] : [{ level: 'warning', ...TEXTS.rejected(rejected) }];

function workerTaskEvents({ byType }: Status['events']): number {
  return sum(byType.filter(([type]) => type.startsWith('task-') && type !== 'task-sent').map(([, n]) => n));
}

function live({ workers }: Status, state: TaskEvents): readonly WorkerStatus[] {
  return workers.filter((each) => each.up && each.taskEvents === state);
}

/** How the exporter is made to switch task events on by itself; undefined where it does. */
function manualStep({ settings }: Status): string | undefined {
  if (settings.remoteControl && settings.enableEvents) return undefined;
  const flags = [
    ...(settings.enableEvents ? [] : ['`--enable-events`']),
    ...(settings.remoteControl ? [] : ['`--remote-control`']),
  ];
  return `run it with ${flags.join(' and ')}`;
}

function named(workers: readonly WorkerStatus[]): string {
  return some(workers, ({ nodename }) => code(nodename));
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const START_WITH_E = 'start these workers with `-E` (or `worker_send_task_events = True` in their configuration)';

const TEXTS = {
  unavailable: (workers: readonly WorkerStatus[]): FindingText => ({
    title: `Task events cannot be switched on in ${counted(workers.length, 'worker')}`,
    detail:
      `${capital(named(workers))} answered that ${workers.length === 1 ? 'it has' : 'they have'} nothing to send them ` +
      'with, as is the case with `--without-heartbeat --without-gossip`. Their tasks are counted nowhere.',
    fix: `${capital(START_WITH_E)}.`,
  }),
  off: (workers: readonly WorkerStatus[], byHand: string | undefined): FindingText => ({
    title: `Task events are off in ${counted(workers.length, 'worker')}`,
    detail:
      `The heartbeats of ${named(workers)} tell that tasks run there, and no event about these tasks arrives: they ` +
      'are counted nowhere.',
    fix:
      byHand === undefined
        ? 'The exporter tells them again at each `--worker-poll-interval`. If that does not help, ' +
          `${START_WITH_E}, and see that \`--control-exchange\` and \`--event-exchange\` equal theirs. Tasks with ` +
          '`send_events=False` never send any.'
        : `${capital(START_WITH_E)}, or let the exporter switch them on: ${byHand}.`,
  }),
  notYet: (workers: readonly WorkerStatus[], byHand: string | undefined): FindingText => ({
    title: `No task event has come from ${counted(workers.length, 'worker')} yet`,
    detail: `Either ${named(workers)} had nothing to do, or task events are off there; both look alike until a task runs.`,
    fix:
      byHand === undefined
        ? `Run a task there. If nothing comes, ${START_WITH_E}.`
        : `To be sure, ${START_WITH_E}, or let the exporter switch them on: ${byHand}.`,
  }),
  silent: (silent: Status['tasks']['silent']): FindingText => ({
    title: `No worker tells anything of ${counted(silent.length, 'task')} that ${silent.length === 1 ? 'is' : 'are'} sent`,
    detail:
      `${some(silent, ({ name, queue, taken }) => `${code(name)} (${count(taken)} sent to ${code(queue)})`)}: the ` +
      'messages are no longer in their queue, which a live worker consumes, and neither received nor started was ever ' +
      'told. So they were taken without a word, or the queue was purged. ' +
      'They count as sent, stand under Waiting until `--task-ttl` is over, and whether they succeed is not known.',
    fix:
      'Task classes that bundle messages, such as `Batches` of celery-batches, and tasks with `send_events=False` send ' +
      'no events of their own: count those in your own code, and watch their queue. Else see whether something that ' +
      'is no worker of Celery takes these messages, or a worker that uses another `event_exchange`.',
  }),
  rejected: (rejected: Status['tasks']['rejected']): FindingText => ({
    title: `${counted(rejected.length, 'task')} ${rejected.length === 1 ? 'is' : 'are'} rejected over and over`,
    detail:
      `${some(rejected, (each) => `${code(each.name)} (${count(each.rejected)} of ${count(each.started)} executions)`)}. ` +
      'A message that is rejected and put back comes again at once, without end: it keeps a process busy, and nothing ' +
      'counts as failed.',
    fix:
      'Look for `Reject(requeue=True)` in the task, or for processes that die while it runs (`acks_late` with ' +
      '`task_reject_on_worker_lost`). `retry` waits and ends. The alert is CeleryTaskRejectedLoop.',
  }),
  noTaskSent: (broker: Status['broker']): FindingText => ({
    title: 'No `task-sent` events arrive',
    detail:
      'Workers tell what they do with tasks, but no sender tells that it sent one. So ' +
      `\`${taskMetrics.queueWait.name}\` is missing (but for tasks with an ETA), the state sent stays 0, the queue of ` +
      'a task is certain only where its worker consumes a single one, queues that no worker consumes do not show ' +
      `unless \`--queues\` names them, and \`${queueMetrics.oldestAge.name}\` is ${broker.transport === 'amqp' ? 'missing' : 'only a lower bound'}.`,
    fix:
      'Set `task_send_sent_event = True` in the Celery configuration of every program that sends tasks (web ' +
      'applications and beat too), and restart them.',
  }),
  noTasksYet: {
    title: 'No task has been seen yet',
    detail:
      `Workers are up and would tell. \`${taskMetrics.tasks.name}\` and its like have no series before the first ` +
      'task of a name.',
    fix: 'Nothing, if no task has run since the exporter began.',
  },
} satisfies Readonly<Record<string, FindingText | ((...facts: never[]) => FindingText)>>;
