// Findings about what only RabbitMQ does: it stops publishers, throws events away, and tells some things through its
// management API alone.
import { brokerMetrics, exporterMetrics, queueMetrics } from '@celery-watch/celery-protocol';
import { code, counted } from '../wording.js';
import type { FindingText, Rule } from './finding.js';

/** A memory or disk alarm: nobody can publish, neither tasks nor events. */
export const brokerBlocked: Rule = ({ broker }) =>
  !broker.isUp || broker.blockedFor === undefined ? [] : [{ level: 'problem', ...TEXTS.blocked(broker.blockedFor) }];

export const droppedEvents: Rule = ({ events: { dropped = 0 } }) =>
  dropped === 0 ? [] : [{ level: 'warning', ...TEXTS.dropped(dropped) }];

/** No fault: plain AMQP does not tell it. Where the broker was asked and did not answer, another finding says so. */
export const untoldByAmqp: Rule = ({ broker, unacked, pollers, troubles }) => {
  const isRead = pollers.some(
    ({ name, secondsSinceSuccess }) => name === 'queues' && secondsSinceSuccess !== undefined,
  );
  const isOpen = broker.isUp && isRead && broker.transport === 'amqp' && unacked === undefined;
  return isOpen && troubles.length === 0 ? [{ level: 'note', ...TEXTS.untold }] : [];
};

const TEXTS = {
  blocked: (reason: string): FindingText => ({
    title: 'The broker takes no messages from anybody',
    detail:
      `It says: ${code(reason)}. RabbitMQ stops whoever publishes when it is short of memory or disk: no task can be ` +
      'sent, workers cannot tell what they do, and are not reached by questions. Counters stand still, and what runs ' +
      `seems to run on. \`${brokerMetrics.blocked.name}\` is 1.`,
    fix:
      '`rabbitmq-diagnostics alarms` on the broker says which limit it is. Free disk space or memory there, or let ' +
      'workers drain the long queues; then it goes on by itself.',
  }),
  dropped: (n: number): FindingText => ({
    title: `The broker threw away ${counted(n, 'event')} before ${n === 1 ? 'it was' : 'they were'} read`,
    detail:
      "More waited in the exporter's event queue than it holds, and the oldest went. What they told is in no counter " +
      `but \`${exporterMetrics.droppedEvents.name}\`: tasks are counted too low, and some may seem to run on.`,
    fix:
      'If it still rises, give the exporter more CPU time: it reads events more slowly than workers send them. It may ' +
      'also have been stopped for a while (a suspended container or machine).',
  }),
  untold: {
    title: 'What workers hold unacknowledged is not known',
    detail:
      `RabbitMQ tells it, and which queues there are, through its management API alone: \`${queueMetrics.unacked.name}\` ` +
      'is missing, and queues that no worker consumes, no `task-sent` event names and `--queues` does not list are not ' +
      'seen.',
    fix:
      'Switch the plugin `rabbitmq_management` on in the broker, and give its address to the exporter with ' +
      '`--rabbitmq-management-url`. Without it all else is right.',
  },
};
