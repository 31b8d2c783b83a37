// Findings about the questions that the exporter asks in the background.
import { queueMetrics, taskMetrics, workerMetrics } from '@celery-watch/celery-protocol';
import type { Status, Transport } from '../status.js';
import { ago, code, counted, span } from '../wording.js';
import type { FindingText, Rule } from './finding.js';
import { rightsFix } from './missing-rights.js';

/** Seconds; ten rounds of the slower poller as it comes. */
const STALE_AFTER = 300;

export const remoteControlOff: Rule = ({ broker, settings }) =>
  settings.remoteControl ? [] : [{ level: 'note', ...TEXTS.remoteControlOff(broker.transport) }];

/** While the broker is away no poller runs: that is not their failure. */
export const pollerTroubles: Rule = ({ broker, pollers }) => {
  if (!broker.isUp) return [];
  return pollers
    .filter((each) => each.lastError !== '' || isStale(each, broker))
    .map((poller) => ({
      level: 'warning',
      ...(poller.lastError !== '' ? TEXTS.fails(poller, broker.transport) : TEXTS.stale(poller, broker.forSeconds)),
    }));
};

function isStale({ secondsSinceSuccess }: Status['pollers'][number], { forSeconds }: Status['broker']): boolean {
  return Math.min(secondsSinceSuccess ?? Infinity, forSeconds) > STALE_AFTER;
}

/** What each poller brings, and why it may fail. */
const POLLERS: Readonly<Record<string, readonly [brings: string, fix: string]>> = {
  queues: [
    `\`${queueMetrics.length.name}\` and \`${queueMetrics.oldestAge.name}\``,
    "See the reason. Where a right is missing, let the exporter's user read queues (`ACL LOG` on Redis, the log of " +
      'RabbitMQ shows what was denied); where the broker is slow, raise `--queue-poll-interval`.',
  ],
  workers: [
    `\`${queueMetrics.consumers.name}\` and \`${workerMetrics.poolProcesses.name}\``,
    'See that `worker_enable_remote_control` is on in the workers, that `json` is in their `accept_content`, and ' +
      'that `--control-exchange` equals their `control_exchange`. Workers with the solo pool answer when their ' +
      'task has ended.',
  ],
};

function aboutPoller(name: string): readonly [brings: string, fix: string] {
  return (Object.hasOwn(POLLERS, name) ? POLLERS[name] : undefined) ?? ['Its numbers', 'See the log of the exporter.'];
}

type PollerStatus = Status['pollers'][number];

const TEXTS = {
  remoteControlOff: (transport: Transport): FindingText => ({
    title: 'Remote control is off',
    detail:
      `Workers are not asked, so ${transport === 'amqp' ? '' : `\`${queueMetrics.consumers.name}\`, `}\`${queueMetrics.processes.name}\` and ` +
      `\`${workerMetrics.poolProcesses.name}\` are 0 or missing, queues of tasks without \`task-sent\` are guessed in ` +
      `\`${taskMetrics.tasks.name}\`, and task events are not switched on.`,
    fix: 'Run the exporter with `--remote-control` (the default), if it may ask the workers.',
  }),
  fails: ({ name, failures, lastError, secondsSinceSuccess }: PollerStatus, transport: Transport): FindingText => {
    const [brings, usual] = aboutPoller(name);
    const fix = rightsFix(lastError, transport) ?? usual;
    return {
      title: `Asking for the ${name} fails`,
      detail:
        `The last error: ${code(lastError)}, ${counted(failures, 'failure')} in all. ${brings} stand still or are ` +
        `missing. The last success: ${ago(secondsSinceSuccess)}.`,
      fix,
    };
  },
  stale: ({ name, secondsSinceSuccess }: PollerStatus, connectedFor: number): FindingText => {
    const [brings, fix] = aboutPoller(name);
    return {
      title: `Nothing was learnt of the ${name} for ${span(secondsSinceSuccess ?? connectedFor)}`,
      detail: `${brings} stand still or are missing. The last success: ${ago(secondsSinceSuccess)}.`,
      fix: `${fix} This is right where \`--${name === 'queues' ? 'queue' : 'worker'}-poll-interval\` is longer than that.`,
    };
  },
};
