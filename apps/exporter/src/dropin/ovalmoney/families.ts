// The metrics of OvalMoney's celery-exporter, read from the model at each scrape.
import { ovalmoneyMetrics as theirs, TASK_STATES, type TaskState, UNKNOWN } from '@celery-watch/celery-protocol';
import { collected, type Family, type HistogramValue, labelText } from '@celery-watch/metrics';
import { hasListenedLong } from '../../tracking/health.js';
import { STATE_INDEX, type TaskSeries } from '../../tracking/tasks/task-series.js';
import type { DropInParts } from '../drop-in.js';

/** Its words are those of Celery's results, which have none for a task that goes back as its worker lost the broker. */
const THEIR_STATES: Readonly<Record<TaskState, string>> = {
  sent: 'PENDING',
  received: 'RECEIVED',
  started: 'STARTED',
  succeeded: 'SUCCESS',
  failed: 'FAILURE',
  retried: 'RETRY',
  revoked: 'REVOKED',
  rejected: 'REJECTED',
  cancelled: 'UNDEFINED',
};
/** Only on its page where one was counted: what no sender tells is not known, and the other is no state of Celery. */
const ONLY_IF_COUNTED: ReadonlySet<TaskState> = new Set(['sent', 'cancelled']);
/** Its text for a name or a queue that nothing tells. */
const UNDEFINED = 'undefined';

interface Labels {
  readonly plain: string;
  readonly states: readonly string[];
}

/** Its four families of one broker; the namespace is the value of a label that all of them have. */
export function ovalmoneyFamilies({ model, connection, clock }: DropInParts, namespace: string): readonly Family[] {
  const cache = new WeakMap<TaskSeries, Labels>();
  const labels = (series: TaskSeries): Labels => {
    let known = cache.get(series);
    if (known === undefined) cache.set(series, (known = labelsOf(series, namespace)));
    return known;
  };
  const histogram = (entry: typeof theirs.runtime, value: (series: TaskSeries) => HistogramValue | undefined): Family =>
    collected(entry, (out) => {
      for (const series of model.tasks) {
        const numbers = value(series);
        if (numbers !== undefined) out.histogram(labels(series).plain, numbers);
      }
    });
  return [
    collected(theirs.tasks, (out) => {
      for (const series of model.tasks) {
        TASK_STATES.forEach((state, i) => {
          const count = series.states[STATE_INDEX[state]] as number;
          if (count > 0 || !ONLY_IF_COUNTED.has(state)) out.add(labels(series).states[i] as string, count);
        });
      }
    }),
    histogram(theirs.runtime, (series) => series.runtime),
    histogram(theirs.latency, (series) => series.pickup),
    collected(theirs.workers, (out) => {
      // Before anybody could be heard, none is not a number that is known.
      if (model.workers.size > 0 || hasListenedLong(connection, clock()))
        out.add(labelText(theirs.workers, [namespace]), model.workers.countUp);
    }),
  ];
}

function labelsOf({ task, queue }: TaskSeries, namespace: string): Labels {
  const [name, queueName] = [task.name, queue].map((text) => (text === UNKNOWN ? UNDEFINED : text)) as [string, string];
  return {
    plain: labelText(theirs.runtime, [namespace, name, queueName]),
    states: TASK_STATES.map((state) => labelText(theirs.tasks, [namespace, name, THEIR_STATES[state], queueName])),
  };
}
