// Findings about workers that are up and do not do what a worker does: two under one name, and one that takes no tasks.
import { workerMetrics } from '@celery-watch/celery-protocol';
import { code, count, counted, some, span } from '../wording.js';
import type { Transport, WorkerStatus } from '../status.js';
import type { FindingText, Rule } from './finding.js';

/** Seconds: between two readings of the queues a message may well wait while all is well. */
const STANDS_STILL = 120;

export const sharedNames: Rule = ({ broker, workers }) => {
  const shared = workers.filter((each) => each.instances > 1);
  if (!broker.isUp || shared.length === 0) return [];
  return [{ level: 'warning', ...TEXTS.shared(shared) }];
};

export const standingStill: Rule = ({ broker, workers }) => {
  const still = workers.filter(isStill);
  if (!broker.isUp || still.length === 0) return [];
  return [{ level: 'warning', ...TEXTS.still(still, broker.transport) }];
};

type StillWorker = WorkerStatus & { readonly stalled: number };

function isStill(worker: WorkerStatus): worker is StillWorker {
  return worker.up && worker.stalled !== undefined && worker.stalled >= STANDS_STILL;
}

function howMany(n: number): string {
  return n === 2 ? 'Two' : count(n);
}

const TEXTS = {
  shared: (shared: readonly WorkerStatus[]): FindingText => {
    const [first] = shared;
    return {
      title:
        shared.length === 1
          ? `${howMany(first?.instances ?? 2)} workers share one name`
          : `${counted(shared.length, 'name')} are shared by several workers`,
      detail:
        `${some(shared, ({ nodename, instances }) => `${code(nodename)} (${count(instances)})`)}. All of them work, ` +
        'and tasks are counted; but nothing in an event tells them apart: what runs on one that dies may count as ' +
        '`unresolved` and not as lost, and missed events of theirs are not seen.',
      fix:
        'Give each worker a name of its own: `celery worker -n worker@%h`, and in containers a host name of its own ' +
        'for each replica. While a restart overlaps, two share a name for a moment, and that is no fault.',
    };
  },
  still: (still: readonly StillWorker[], transport: Transport): FindingText => ({
    title: `${counted(still.length, 'worker')} ${still.length === 1 ? 'takes' : 'take'} no tasks although some wait`,
    detail:
      `${some(still, (each) => `${code(each.nodename)} (for ${span(each.stalled)})`)}: tasks wait in a queue that ` +
      `it consumes, a process is free, and it started none (\`${workerMetrics.stalled.name}\`). Its heartbeats come ` +
      `all the same.${transport === 'redis' ? ' After an outage of Redis workers of Celery 5.2 and older often never consume again.' : ''}`,
    fix:
      'Restart the worker. To be rid of it: upgrade Celery and kombu to 5.3 or newer, or start workers with ' +
      '`--without-mingle --without-gossip`. Tasks with a rate limit of hours look the same where the worker took them ' +
      'before the exporter began to listen.',
  }),
};
