// Why is a number missing or zero? From the exporter's state to sentences that say it, the worst first.
import { brokerFindings } from './diagnosis/broker.js';
import {
  emptyCustomLabels,
  fullCustomMetrics,
  misspelledCustomEvents,
  skippedCustomEvents,
} from './diagnosis/custom-metrics.js';
import { type Finding, LEVELS, type Rule } from './diagnosis/finding.js';
import { droppedSeries, lostFromTable, missedEvents, refusedMessages, unheardTime } from './diagnosis/losses.js';
import { sharedNames, standingStill } from './diagnosis/misbehaviour.js';
import { pollerTroubles, remoteControlOff } from './diagnosis/pollers.js';
import {
  broadcastLists,
  guessedQueues,
  queuesWithoutConsumer,
  unknownConsumers,
  unknownQueues,
  unreadHeads,
} from './diagnosis/queues.js';
import { brokerBlocked, droppedEvents, untoldByAmqp } from './diagnosis/rabbitmq.js';
import { brokerTroubles, statedSettings } from './diagnosis/settings.js';
import {
  eventsOff,
  eventsUnavailable,
  eventsUnknown,
  noTaskSent,
  noTasksYet,
  rejectedTasks,
  silentTasks,
} from './diagnosis/task-events.js';
import { clockSkew, noWorkers, unansweredWorkers, workersDown } from './diagnosis/workers.js';
import type { Status } from './status.js';
import { counted, span } from './wording.js';

export type { Finding, Level } from './diagnosis/finding.js';

/** Among findings of one level this is the order on the page: causes before their effects. */
const RULES: readonly Rule[] = [
  brokerFindings,
  brokerBlocked,
  noWorkers,
  workersDown,
  unansweredWorkers,
  standingStill,
  sharedNames,
  eventsOff,
  eventsUnavailable,
  statedSettings,
  brokerTroubles,
  queuesWithoutConsumer,
  unreadHeads,
  unknownConsumers,
  broadcastLists,
  silentTasks,
  rejectedTasks,
  noTaskSent,
  unknownQueues,
  droppedEvents,
  unheardTime,
  missedEvents,
  refusedMessages,
  droppedSeries,
  fullCustomMetrics,
  skippedCustomEvents,
  misspelledCustomEvents,
  lostFromTable,
  pollerTroubles,
  clockSkew,
  remoteControlOff,
  untoldByAmqp,
  eventsUnknown,
  guessedQueues,
  emptyCustomLabels,
  noTasksYet,
];

/** Everything worth saying, at least one finding; `ok` stands alone, or before mere notes where workers are seen. */
export function diagnose(status: Status): readonly Finding[] {
  const found = RULES.flatMap((rule) => rule(status)).sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
  const isWell =
    status.broker.isUp && status.workers.some((each) => each.up) && found.every(({ level }) => level === 'note');
  return isWell ? [allIsWell(status, found.length), ...found] : found;
}

function allIsWell({ broker, workers }: Status, notes: number): Finding {
  const up = workers.filter((each) => each.up).length;
  const seen = `Connected to the broker for ${span(broker.forSeconds)}, ${counted(up, 'worker')} up`;
  return {
    level: 'ok',
    title: notes === 0 ? 'All is well' : 'Nothing is wrong',
    detail:
      notes === 0
        ? `${seen}, task events are on in all of them, \`task-sent\` events arrive, and nothing was missed, ` +
          'refused or dropped. How your tasks fare is not judged here: dashboards and alerts tell that.'
        : `${seen}. ${notes === 1 ? 'The note' : 'The notes'} below may explain a number that surprises.`,
    fix: '',
  };
}
