// What `/metrics` says of workers, read from the model at each scrape.
import { EXIT_REASONS, type MetricEntry, TASK_STATES, workerMetrics } from '@celery-watch/celery-protocol';
import { collected, type Family, labelText } from '@celery-watch/metrics';
import { type ConnectionState, hasListenedLong } from '../tracking/health.js';
import type { Model } from '../tracking/model.js';
import type { Worker } from '../tracking/workers/worker.js';

const LOAD_PERIODS = ['1m', '5m', '15m'] as const;

/** @param clock epoch seconds */
export function workerFamilies(model: Model, connection: ConnectionState, clock: () => number): readonly Family[] {
  /** A family with one sample for each worker; undefined where the worker has not said it. */
  const each = (entry: MetricEntry<'worker' | 'hostname'>, value: (worker: Worker) => number | undefined): Family =>
    collected(entry, (out) => {
      for (const worker of model.workers) {
        const number = value(worker);
        if (number !== undefined) out.add(labelText<string>(entry, [worker.nodename, worker.hostname]), number);
      }
    });
  return [
    collected(workerMetrics.workers, (out) => {
      const up = model.workers.countUp;
      // Before anybody could be heard, none is not a number that is known.
      if (model.workers.size > 0 || hasListenedLong(connection, clock())) out.add('', up);
    }),
    each(workerMetrics.up, (worker) => Number(worker.up)),
    each(workerMetrics.tasksActive, (worker) =>
      worker.up ? worker.total(({ heartbeat }) => heartbeat?.active) : undefined,
    ),
    each(workerMetrics.poolProcesses, (worker) => worker.pool?.processes),
    each(workerMetrics.tasksProcessed, (worker) => worker.processed.total),
    each(workerMetrics.instances, (worker) => worker.instances),
    each(workerMetrics.stalled, (worker) => model.standstill.of(worker)),
    collected(workerMetrics.loadAverage, (out) => {
      for (const worker of model.workers) {
        // Windows knows no load average, and Celery sends 0 three times (docs/protocol/events.md#event-types).
        const unknown = worker.software?.system === 'Windows' && worker.loadAverage?.every((load) => load === 0);
        if (unknown === true) continue;
        worker.loadAverage?.forEach((load, i) => {
          out.add(
            labelText(workerMetrics.loadAverage, [worker.nodename, worker.hostname, LOAD_PERIODS[i] ?? '']),
            load,
          );
        });
      }
    }),
    each(workerMetrics.lastHeartbeat, (worker) =>
      worker.lastHeartbeatAt === 0 ? undefined : worker.lastHeartbeatAt + model.wallIsAhead,
    ),
    each(workerMetrics.clockSkew, (worker) => worker.clockSkew),
    collected(workerMetrics.info, (out) => {
      for (const { nodename, hostname, software, pool } of model.workers) {
        if (software === undefined && pool === undefined) continue;
        const { ident = '', version = '', system = '' } = software ?? {};
        out.add(labelText(workerMetrics.info, [nodename, hostname, ident, version, system, pool?.pool ?? '']), 1);
      }
    }),
    collected(workerMetrics.tasks, (out) => {
      for (const worker of model.workers) {
        TASK_STATES.forEach((state, i) => {
          // Workers never send task-sent: that is the client's event.
          if (state !== 'sent')
            out.add(labelText(workerMetrics.tasks, [worker.nodename, state]), worker.states[i] as number);
        });
      }
    }),
    each(workerMetrics.starts, (worker) => worker.starts),
    collected(workerMetrics.exits, (out) => {
      for (const worker of model.workers) {
        for (const reason of EXIT_REASONS)
          out.add(labelText(workerMetrics.exits, [worker.nodename, worker.hostname, reason]), worker.exits[reason]);
      }
    }),
    each(workerMetrics.taskEvents, (worker) => {
      const state = worker.current()?.taskEvents ?? 'unknown';
      return state === 'unknown' ? undefined : Number(state === 'on');
    }),
  ];
}
