// All templates of a site: one for each kind of event, task name, call and result, as Celery 5 writes them.
import { BodyTemplate, ID, RUNTIME, RUNTIME_LENGTH, TIME } from './body-template.js';
import { type PythonValue, pythonJson, Verbatim } from './python-json.js';
import type { Random } from './random.js';
import { type Emitter, FAILURES, pick, RESULTS, RETRIES, type TaskKind } from './vocabulary.js';

const SENT = 'task-sent';
const RECEIVED = 'task-received';

/** Templates of one task name, by call, then by whether it is a retry. */
interface NamedBodies {
  readonly sent: readonly (readonly [first: BodyTemplate, retry: BodyTemplate])[];
  readonly received: readonly (readonly [first: BodyTemplate, retry: BodyTemplate])[];
}

export class EventBodies {
  readonly started = new BodyTemplate({ uuid: ID, timestamp: TIME, type: 'task-started' });
  readonly succeeded = RESULTS.map(
    (result) => new BodyTemplate({ uuid: ID, result, runtime: RUNTIME, timestamp: TIME, type: 'task-succeeded' }),
  );
  readonly failed = FAILURES.map(
    (ending) => new BodyTemplate({ uuid: ID, ...ending, timestamp: TIME, type: 'task-failed' }),
  );
  readonly retried = RETRIES.map(
    (ending) => new BodyTemplate({ uuid: ID, ...ending, timestamp: TIME, type: 'task-retried' }),
  );
  readonly #named: readonly NamedBodies[];

  constructor(kinds: readonly TaskKind[]) {
    this.#named = kinds.map((kind) => ({
      sent: kind.calls.map((call) =>
        both(
          (retries) =>
            new BodyTemplate({
              uuid: ID,
              root_id: ID,
              parent_id: retries > 0 ? ID : null,
              name: kind.name,
              ...call,
              retries,
              eta: null,
              expires: null,
              queue: kind.queue,
              exchange: '',
              routing_key: kind.queue,
              timestamp: TIME,
              type: SENT,
            }),
        ),
      ),
      received: kind.calls.map((call) =>
        both(
          (retries) =>
            new BodyTemplate({
              uuid: ID,
              name: kind.name,
              ...call,
              root_id: ID,
              parent_id: retries > 0 ? ID : null,
              retries,
              eta: null,
              expires: null,
              timestamp: TIME,
              type: RECEIVED,
            }),
        ),
      ),
    }));
  }

  sent(name: number, call: number, isRetry: boolean): BodyTemplate {
    return pick(pick(this.#named, name).sent, call)[isRetry ? 1 : 0];
  }

  received(name: number, call: number, isRetry: boolean): BodyTemplate {
    return pick(pick(this.#named, name).received, call)[isRetry ? 1 : 0];
  }
}

function both(make: (retries: number) => BodyTemplate): readonly [BodyTemplate, BodyTemplate] {
  return [make(0), make(1)];
}

/** What stands before the clock in every event of an emitter. */
export function bodyHead({ nodename, pid }: Emitter): Uint8Array {
  const text = pythonJson({ hostname: nodename, utcoffset: 0, pid, clock: 0 });
  return Buffer.from(text.slice(0, -2), 'latin1');
}

export interface WorkerState {
  readonly clock: number;
  readonly active: number;
  /** Tasks started since the worker began. */
  readonly processed: number;
  readonly time: string;
}

export function workerBody(
  type: 'worker-online' | 'worker-heartbeat',
  { nodename, pid }: Emitter,
  { clock, active, processed, time }: WorkerState,
): Uint8Array {
  const fields: { readonly [key: string]: PythonValue } = {
    hostname: nodename,
    utcoffset: 0,
    pid,
    clock,
    freq: new Verbatim('2.0'),
    active,
    processed,
    loadavg: [0.71, 0.99, 0.67],
    sw_ident: 'py-celery',
    sw_ver: '5.6.3',
    sw_sys: 'Linux',
    timestamp: new Verbatim(time),
    type,
  };
  return Buffer.from(pythonJson(fields), 'latin1');
}

/**
 * Run times as most sites have them: half below 60 ms, a few of minutes. Texts of equal width, as `RUNTIME` needs them.
 */
export function runtimes(random: Random, count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, () => {
    const normal =
      Array.from({ length: 6 }, () => random.below(1_000_000) / 1e6).reduce((sum, part) => sum + part, -3) * 1.4;
    const seconds = Math.min(5_000, Math.max(0.001, 0.06 * 10 ** normal));
    return Buffer.from(seconds.toFixed(RUNTIME_LENGTH).slice(0, RUNTIME_LENGTH), 'latin1');
  });
}
