// Findings about the questions that the exporter asks in the background.
import { queueMetrics, taskMetrics, workerMetrics } from '@celery-watch/celery-protocol';
import type { Status } from '../status.js';
import { ago, code, counted, span } from '../wording.js';
import type { Rule } from './finding.js';

/** Seconds; ten rounds of the slower poller as it comes. */
const STALE_AFTER = 300;

export const remoteControlOff: Rule = ({ settings }) => {
  if (settings.remoteControl) return [];
  return [
    {
      level: 'note',
      title: 'Remote control is off',
      detail:
        `Workers are not asked, so \`${queueMetrics.consumers.name}\`, \`${queueMetrics.processes.name}\` and ` +
        `\`${workerMetrics.poolProcesses.name}\` are 0 or missing, queues of tasks without \`task-sent\` are ` +
        `guessed in \`${taskMetrics.tasks.name}\`, and task events are not switched on.`,
      fix: 'Run the exporter with `--remote-control` (the default), if it may ask the workers.',
    },
  ];
};

/** What each poller brings, and why it may fail. */
const POLLERS: Readonly<Record<string, readonly [brings: string, fix: string]>> = {
  queues: [
    `\`${queueMetrics.length.name}\` and \`${queueMetrics.oldestAge.name}\``,
    "See the reason. After NOPERM let the exporter's user read queues (`ACL LOG` on the broker shows what was " +
      'denied); where the broker is slow, raise `--queue-poll-interval`.',
  ],
  workers: [
    `\`${queueMetrics.consumers.name}\` and \`${workerMetrics.poolProcesses.name}\``,
    'See that `worker_enable_remote_control` is on in the workers, that `json` is in their `accept_content`, and ' +
      'that `--control-exchange` equals their `control_exchange`. Workers with the solo pool answer when their ' +
      'task has ended.',
  ],
};

/** While the broker is away no poller runs: that is not their failure. */
export const pollerTroubles: Rule = ({ broker, pollers }) => {
  if (!broker.isUp) return [];
  return pollers
    .filter((each) => each.lastError !== '' || isStale(each, broker))
    .map((poller) => {
      const { name, failures, lastError, secondsSinceSuccess } = poller;
      const [brings, fix] = (Object.hasOwn(POLLERS, name) ? POLLERS[name] : undefined) ?? [
        'Its numbers',
        'See the log of the exporter.',
      ];
      const fails = lastError !== '';
      return {
        level: 'warning',
        title: fails
          ? `Asking for the ${name} fails`
          : `Nothing was learnt of the ${name} for ${span(secondsSinceSuccess ?? broker.forSeconds)}`,
        detail:
          `${fails ? `The last error: ${code(lastError)}, ${counted(failures, 'failure')} in all. ` : ''}${brings} ` +
          `stand still or are missing. The last success: ${ago(secondsSinceSuccess)}.`,
        fix: fails
          ? fix
          : `${fix} This is right where \`--${name === 'queues' ? 'queue' : 'worker'}-poll-interval\` is longer ` +
            'than that.',
      };
    });
};

function isStale({ secondsSinceSuccess }: Status['pollers'][number], { forSeconds }: Status['broker']): boolean {
  return Math.min(secondsSinceSuccess ?? Infinity, forSeconds) > STALE_AFTER;
}
