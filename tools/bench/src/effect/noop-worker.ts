// A real prefork worker (Debian's Celery) with a task that does nothing, and a way to give it many at once and see what
// they cost it.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { familyCpuSeconds, type ManagedProcess, type Testbed } from '@celery-watch/testbed';
import { Redis } from 'ioredis';
import { pythonJson } from '../load/python-json.js';

const APPLICATION = fileURLToPath(new URL('../../src/effect/', import.meta.url));
const PYTHON = '/usr/bin/python3';
const NODENAME = 'effect@bench';
const QUEUE = 'celery';
const PUSH_MS = 5;
const LOOK_MS = 3;
const LAST_EVENTS_MS = 80;

export interface Work {
  readonly tasksPerSecond: number;
  /** Microseconds of the worker and its pool processes. */
  readonly cpuMicrosPerTask: number;
}

export class NoopWorker {
  readonly process: ManagedProcess;
  readonly #redis: Redis;

  /** @param withEvents whether it sends task events from the start (-E). */
  static async start(bed: Testbed, brokerUrl: string, withEvents: boolean): Promise<NoopWorker> {
    const started = await bed.start({
      name: `worker ${withEvents ? 'with' : 'without'} -E on ${brokerUrl}`,
      command: PYTHON,
      args: [
        '-m',
        'celery',
        '--quiet',
        '-A',
        'noop_app',
        'worker',
        '--pool=prefork',
        '--concurrency=1',
        '--loglevel=INFO',
        `--hostname=${NODENAME}`,
        '--without-mingle',
        ...(withEvents ? ['--task-events'] : []),
      ],
      env: {
        BROKER_URL: brokerUrl,
        PYTHONPATH: APPLICATION,
        PYTHONDONTWRITEBYTECODE: '1',
        PYTHONUNBUFFERED: '1',
        C_FORCE_ROOT: '1',
      },
      leaf: true,
    });
    await started.ready(() => started.output().includes(`${NODENAME} ready.`), { within: 60_000 });
    return new NoopWorker(started, new Redis(brokerUrl));
  }

  private constructor(started: ManagedProcess, redis: Redis) {
    this.process = started;
    this.#redis = redis;
  }

  /** Puts the tasks into the queue, all in one go or so many a second, and waits until all have run. */
  async run(tasks: number, rate = Infinity): Promise<Work> {
    const messages = Array.from({ length: tasks }, (_, i) => taskMessage(i));
    const { pid } = this.process;
    const before = await familyCpuSeconds(pid);
    const begin = performance.now();
    for (let pushed = 0; pushed < tasks;) {
      const due = rate === Infinity ? tasks : Math.min(tasks, Math.ceil(((performance.now() - begin) / 1000) * rate));
      if (due > pushed) await this.#redis.lpush(QUEUE, ...messages.slice(pushed, due));
      pushed = due;
      if (pushed < tasks) await delay(PUSH_MS);
    }
    // A message leaves `unacked` when a pool process takes it, so the last task has at least begun.
    while ((await this.#redis.llen(QUEUE)) > 0 || (await this.#redis.hlen('unacked')) > 0) await delay(LOOK_MS);
    const seconds = (performance.now() - begin) / 1000;
    await delay(LAST_EVENTS_MS);
    const used = (await familyCpuSeconds(pid)) - before;
    return { tasksPerSecond: tasks / seconds, cpuMicrosPerTask: (used / tasks) * 1e6 };
  }

  async stop(): Promise<void> {
    this.#redis.disconnect();
    await this.process.stop();
  }
}

/** A task message of protocol 2 as `apply_async` puts it into the list. */
function taskMessage(number: number): string {
  const id = randomUUID();
  const args = `(${String(number)}, 'anna.schmidt@example.com')`;
  const body = pythonJson([
    [number, 'anna.schmidt@example.com'],
    { locale: 'de_DE' },
    { callbacks: null, errbacks: null, chain: null, chord: null },
  ]);
  return pythonJson({
    body: Buffer.from(body, 'latin1').toString('base64'),
    'content-encoding': 'utf-8',
    'content-type': 'application/json',
    headers: {
      lang: 'py',
      task: 'bench.noop',
      id,
      shadow: null,
      eta: null,
      expires: null,
      group: null,
      group_index: null,
      retries: 0,
      timelimit: [null, null],
      root_id: id,
      parent_id: null,
      argsrepr: args,
      kwargsrepr: "{'locale': 'de_DE'}",
      origin: 'gen4711@bench',
      ignore_result: true,
    },
    properties: {
      correlation_id: id,
      reply_to: '90d9de9d-a033-3d49-9c56-61cef9c94aa0',
      delivery_mode: 2,
      delivery_info: { exchange: '', routing_key: QUEUE },
      priority: 0,
      body_encoding: 'base64',
      delivery_tag: randomUUID(),
    },
  });
}
