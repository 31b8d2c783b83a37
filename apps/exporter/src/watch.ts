// What one broker needs: the model of what is known of it, its connection, its pollers, and the listener that feeds
// them. Nothing here knows of another broker, of HTTP or of the page.
import { abortableDelay, type Log } from '@celery-watch/service';
import type { Broker, BrokerListener } from './brokers/broker.js';
import type { BrokerConfig } from './config.js';
import { QueuePoller } from './pollers/queue-poller.js';
import { every, WakeUp } from './pollers/rounds.js';
import { WorkerPoller } from './pollers/worker-poller.js';
import type { Clock } from './tracking/clock.js';
import { ConnectionState, type PollerRecord } from './tracking/health.js';
import { Model } from './tracking/model.js';
import { type WorkerChange, WorkerChanges } from './tracking/workers/worker-changes.js';

export { type Clock, clockOf } from './tracking/clock.js';

export interface WatchParts {
  readonly config: Pick<BrokerConfig, 'model' | 'pollers'> & {
    readonly settings: Pick<BrokerConfig['settings'], 'transportOptions' | 'eventQueueKeep'>;
  };
  readonly broker: Broker;
  readonly log: Log;
  readonly clock: Clock;
}

export interface Watch {
  readonly model: Model;
  readonly connection: ConnectionState;
  readonly pollers: readonly PollerRecord[];
  /** Listens and asks until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

const TICK_MS = 1000;
/** Refusals are logged at most this often; the metric counts them all. */
const REFUSAL_LOG_SECONDS = 60;

export function createWatch({ config, broker, log, clock }: WatchParts): Watch {
  const { remoteControl, queues: configuredQueues, queueInterval, workerInterval } = config.pollers;
  const model = new Model(config.model);
  const now = (): number => clock.now();
  const connection = new ConnectionState(now(), config.settings.eventQueueKeep);
  /** Once a second: a second clock for each message would cost a twentieth of all CPU. */
  const seeWall = (): void => {
    const at = now();
    model.setWall(clock.wall() - at, at);
  };
  seeWall();
  const wakeUps = { queues: new WakeUp(), workers: new WakeUp() };
  const queues = new QueuePoller(broker, model, configuredQueues, config.settings.transportOptions, log, now);
  const workers = new WorkerPoller(broker, model, config.pollers, log, now, () => {
    wakeUps.queues.wake();
  });
  logRefusals(model, log, now);

  const listener: BrokerListener = {
    connected: (again) => {
      connection.connected(again, now());
      model.listening(now());
      if (remoteControl) void workers.enableEverywhere();
      for (const wakeUp of Object.values(wakeUps)) wakeUp.wake();
    },
    disconnected: (reason, heardAgo) => {
      connection.disconnected(reason, now(), heardAgo);
      model.listening(undefined);
    },
    event: (message) => {
      model.receive(message, now());
    },
    reply: (message) => {
      workers.reply(message);
    },
    refused: (reason, detail) => {
      model.refused(reason, detail);
    },
    dropped: (events) => {
      model.droppedByBroker(events);
    },
    blocked: (reason) => {
      const isNews = (connection.isBlocked ?? false) !== (reason !== undefined);
      connection.blocked(reason);
      if (!isNews) return;
      if (reason === undefined) log.info('the broker takes messages again');
      else log.warn({ reason }, 'the broker takes no messages: tasks and remote control wait until it does');
      // Workers that are not let speak are not silent.
      model.listening(reason === undefined ? now() : undefined, false);
    },
  };

  const run = async (signal: AbortSignal): Promise<void> => {
    const changes = new WorkerChanges();
    if (remoteControl) model.onWorkerStarted = (started) => void workers.greet(started, signal);
    const whileConnected = (poller: { round(): Promise<void> }) => async (): Promise<void> => {
      if (connection.isUp) await poller.round();
    };
    await Promise.all([
      broker.run(listener, signal),
      every(queueInterval, whileConnected(queues), signal, wakeUps.queues),
      remoteControl && every(workerInterval, whileConnected(workers), signal, wakeUps.workers),
      tickUntil(signal, () => {
        seeWall();
        model.tick(now());
        if (remoteControl && connection.isUp) void workers.learnNames();
        logWorkers(changes.look(model.workers), log);
      }),
    ]);
  };
  return { model, connection, pollers: remoteControl ? [queues.record, workers.record] : [queues.record], run };
}

async function tickUntil(signal: AbortSignal, tick: () => void): Promise<void> {
  while (await abortableDelay(TICK_MS, signal)) {
    // Timers go before sockets: a process that was held up first reads what came meanwhile, and then says who is
    // silent.
    await new Promise(setImmediate);
    tick();
  }
}

function logWorkers(changes: readonly WorkerChange[], log: Log): void {
  for (const change of changes) {
    if (change.kind === 'down')
      log.warn(change, change.exit === 'died' ? 'a worker fell silent without a goodbye' : 'a worker said goodbye');
    else
      log.info(
        change,
        change.kind === 'up'
          ? 'a worker is up'
          : change.kind === 'back'
            ? 'a worker is back'
            : 'a worker is forgotten: it was down for longer than worker_ttl',
      );
  }
}

function logRefusals(model: Model, log: Log, clock: () => number): void {
  const lastLogged = new Map<string, number>();
  model.onRefused = (reason, detail) => {
    const now = clock();
    if (now - (lastLogged.get(reason) ?? -Infinity) < REFUSAL_LOG_SECONDS) return;
    lastLogged.set(reason, now);
    log.warn({ reason, detail }, 'a message was refused; further ones of this kind are only counted for a minute');
  };
}
