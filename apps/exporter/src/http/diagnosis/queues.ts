// Findings about queues: how they were learnt, and messages that nobody will take.
import { queueMetrics, taskMetrics, UNKNOWN } from '@celery-watch/celery-protocol';
import { code, count, counted, percent, some, span } from '../wording.js';
import type { QueueRule } from '../../tracking/tasks/queue-rule.js';
import type { Status } from '../status.js';
import { type FindingText, levelOf, type Rule, sum } from './finding.js';

export const unknownQueues: Rule = (status) => {
  const { total, of } = learnt(status);
  const unknown = of('unknown');
  return unknown === 0 ? [] : [{ level: levelOf(unknown, total), ...TEXTS.unknown(unknown, total, status) }];
};

export const guessedQueues: Rule = (status) => {
  const { total, of } = learnt(status);
  const guessed = of('last_queue');
  return guessed === 0 ? [] : [{ level: 'note', ...TEXTS.guessed(guessed, total, status) }];
};

export const queuesWithoutConsumer: Rule = ({ broker, workers, queues, settings }) => {
  const up = workers.filter((each) => each.up);
  // With no worker up another finding says it.
  if (!broker.isUp || up.length === 0) return [];
  // One that has not told its queues may consume any of them, where the broker does not count.
  const isUntold = !settings.remoteControl || up.some((each) => each.queues === undefined);
  if (broker.transport === 'redis' && isUntold) return [];
  const stuck = queues
    .filter(({ length, consumers, isBroadcast }) => length > 0 && consumers === 0 && isBroadcast !== true)
    .sort((a, b) => b.length - a.length);
  return stuck.length === 0 ? [] : [{ level: 'warning', ...TEXTS.withoutConsumer(stuck) }];
};

export const unreadHeads: Rule = ({ queues }) => {
  const unread = queues.filter((queue) => queue.unread !== undefined);
  return unread.length === 0 ? [] : [{ level: 'warning', ...TEXTS.unread(unread) }];
};

/** Messages wait, and nobody has said that they will be taken. Right after the start that is no news. */
export const unknownConsumers: Rule = ({ broker, queues, settings }) => {
  const open = queues
    .filter(({ length, consumers, isBroadcast }) => length > 0 && consumers === undefined && isBroadcast !== true)
    .sort((a, b) => b.length - a.length);
  if (!broker.isUp || broker.forSeconds < FIRST_ANSWERS || open.length === 0) return [];
  return [{ level: 'warning', ...TEXTS.unknownConsumers(open, settings.remoteControl) }];
};

export const broadcastLists: Rule = ({ broker, queues }) => {
  const held = queues
    .filter(({ length, isBroadcast }) => length > 0 && isBroadcast === true)
    .sort((a, b) => b.length - a.length);
  return !broker.isUp || held.length === 0 ? [] : [{ level: 'warning', ...TEXTS.broadcast(held) }];
};

function waiting(queues: Status['queues']): string {
  return some(queues, ({ name, length, oldestAge }) => {
    const age = oldestAge === undefined || oldestAge < 60 ? '' : `, the next for ${span(oldestAge)}`;
    return `${code(name)} (${count(length)} waiting${age})`;
  });
}

/** How the queues of tasks were learnt: counts by rule. */
function learnt({ queueRules }: Status): { total: number; of: (rule: QueueRule) => number } {
  const counts = new Map(queueRules);
  return { total: sum(queueRules.map(([, n]) => n)), of: (rule) => counts.get(rule) ?? 0 };
}

function tellQueues({ events }: Status): string {
  return events.sent > 0 ? TELL_MORE_QUEUES : TELL_QUEUES;
}

const TELL_QUEUES =
  'Set `task_send_sent_event = True` in every program that sends tasks: then the queue is known, not guessed.';
const TELL_MORE_QUEUES =
  '`task-sent` events arrive, but none did for these tasks. Set `task_send_sent_event = True` in those programs too ' +
  'that send them (beat, and workers that send tasks). Where it is on in all of them, the events were lost, or came ' +
  'more than 2 s after the task was received.';

/** Seconds after the connection was made in which workers answer, all but those that are busy with the solo pool. */
const FIRST_ANSWERS = 10;

const TEXTS = {
  unknown: (unknown: number, total: number, status: Status): FindingText => ({
    title: `The queue of ${counted(unknown, 'task')} is not known (${percent(unknown, total)})`,
    detail:
      'No `task-sent` event told it, the worker consumes several queues, and no queue is known for that task name. ' +
      `They count under queue="${UNKNOWN}" in \`${taskMetrics.tasks.name}\`, so the numbers of their true queue are ` +
      'too low.',
    fix: status.settings.remoteControl
      ? tellQueues(status)
      : `${tellQueues(status)} Or run with \`--remote-control\`: a worker that consumes one queue then tells it.`,
  }),
  guessed: (guessed: number, total: number, status: Status): FindingText => ({
    title: `The queue of ${counted(guessed, 'task')} is a guess (${percent(guessed, total)})`,
    detail:
      'No `task-sent` event told it, and their worker consumes several queues: the queue that was last seen for the ' +
      'same task name is taken. It is wrong where one task is sent to several queues.',
    fix: tellQueues(status),
  }),
  unread: (queues: Status['queues']): FindingText => ({
    title: `The next message of ${counted(queues.length, 'queue')} cannot be read`,
    detail:
      `${some(queues, ({ name, unread = '' }) => `${code(name)} (${unread})`)}. Whose it is is not known, so ` +
      `\`${queueMetrics.oldestAge.name}\` counts from when the exporter first saw it there: the true age may be ` +
      'greater. The length of the queue is right.',
    fix:
      'If workers take such messages, nothing is wrong with them. If the message stays, a worker cannot read it ' +
      'either: look at it with `redis-cli LINDEX` (the key of the queue, and `-1`), and find out what puts it there.',
  }),
  withoutConsumer: (stuck: Status['queues']): FindingText => ({
    title: `No worker takes messages from ${counted(stuck.length, 'queue')}`,
    detail:
      `${some(stuck, ({ name, length }) => `${code(name)} (${count(length)} waiting)`)}: messages wait there, and no ` +
      `live worker consumes it, as \`${queueMetrics.consumers.name}\` says.`,
    fix:
      "Start a worker with `-Q` and the queue's name, or look for a misspelt queue in `task_routes`. Messages that " +
      'nobody needs go with `celery -A yourapp purge -Q` and the name.',
  }),
  unknownConsumers: (open: Status['queues'], remoteControl: boolean): FindingText => ({
    title: `Whether anybody takes messages from ${counted(open.length, 'queue')} is not known`,
    detail:
      `${waiting(open)}: messages wait, and ` +
      (remoteControl
        ? 'no worker that answers consumes it, but another one that is there may'
        : 'workers are not asked what they consume') +
      `. So \`${queueMetrics.consumers.name}\` has no sample for it, and what tells of a stuck queue is its length and ` +
      'age: the alert CeleryQueueStuck fires after 15 minutes.',
    fix: remoteControl
      ? 'Let the workers answer: see the finding about remote control. Until then look at `celery -A yourapp inspect ' +
        "active_queues`, or at each worker's `-Q`."
      : 'Run the exporter with `--remote-control` (the default), if it may ask the workers.',
  }),
  broadcast: (held: Status['queues']): FindingText => ({
    title: `Messages lie in ${counted(held.length, 'list')} of Broadcast queues, where nobody takes them`,
    detail:
      `${waiting(held)}. Workers hear a broadcast through PUB/SUB, never from a list. These messages were given back ` +
      'by a worker that ended before it was done with them: they went to the list of every worker that was ever ' +
      'bound, and stay there for ever.',
    fix:
      'Delete the lists with `redis-cli DEL` and their names, once you know that the broadcast is not needed any more; ' +
      'the members of workers that are gone in `_kombu.binding.` and the exchange keep filling them: `redis-cli SREM` ' +
      'removes those.',
  }),
};
