// Wires the relay: HTTP ▸ accept ▸ outbox, and outbox ▸ workers ▸ channels; the watchdog and the upkeep beside.
// Everything runs until the signal aborts.
import { abortableDelay, HttpRefusals, onceIn, type Log, type Problem, type Service } from '@celery-watch/service';
import { Acceptor } from './accept/acceptor.js';
import { DEFAULT_WATCHDOG, type ChannelConfig, type ReadConfig, type RelayConfig } from './config/config.js';
import { ChannelWorkers, type WorkerPlan } from './deliver/channel-workers.js';
import type { Clock, DeliveryDependencies } from './deliver/message-delivery.js';
import { MessageMaking } from './deliver/message-making.js';
import { ClaimRoom } from './deliver/claim-room.js';
import { Turns } from './deliver/turns.js';
import { setUpChannel, templatesVersion } from './channel-setup.js';
import { bodyLimits, heapMemory } from './http/body-limits.js';
import { coreOf } from './http/core-answers.js';
import { relayDoorTeller, watchDoors } from './http/doors.js';
import { Front } from './http/front.js';
import { doorOf } from './http/login.js';
import type { FrontState } from './http/routes.js';
import { RelayMetrics } from './metrics/relay-metrics.js';
import { openMessageThreads, type MessageThreads } from './render/message-threads.js';
import { keepTime, StoreUnavailable, withSteadyTime, type Outbox, type RelayClock } from './outbox/index.js';
import { shownPlace } from './settings/store-place.js';
import { StoreWatch } from './watch/store-watch.js';
import { Watchdog } from './watch/watchdog.js';

export interface RelayDependencies {
  readonly config: RelayConfig;
  /** Reads the configuration again. */
  readonly reread: () => ReadConfig;
  /** Its times are the relay's own business: see `withSteadyTime`. */
  readonly store: Outbox;
  readonly log: Log;
  readonly version: string;
}

export interface Relay extends Service {
  /** Where it answers. */
  readonly url: string;
  /** Reads the configuration again: all of it takes effect, or nothing does and the problems say why. */
  reload(): Promise<readonly Problem[]>;
}

const STORE_PAUSE_MS = 500;
const UPKEEP_MS = 60_000;
/** How soon a clock that was set is noticed. */
const CLOCK_MS = 1_000;
const WATCH_MS = 5_000;
const HELD_MS = 1_000;
/** The same trouble is logged once in this time: what is done once a minute always has its line. */
const QUIET_MS = 55_000;
const ticks = (): number => performance.now();
/** How long AlertState is remembered after it was last seen: far longer than any repeat_interval. */
const STATES_KEPT_MS = 30 * 86_400_000;

/** Starts it; resolves when HTTP answers. Throws where a channel cannot be built or the port is taken. */
export async function startRelay(
  { config: first, reread, store, log, version }: RelayDependencies,
  signal: AbortSignal,
): Promise<Relay> {
  let config = first;
  let isStopping = false;
  let front: Front | undefined = undefined;
  const timed = await whenStoreAnswers(() => withSteadyTime(store), log, signal);
  const { outbox, clock } = timed;
  const { now } = clock;
  const keep = async (): Promise<void> => {
    await keepTime(timed).catch((error: unknown) => {
      log.warn({ err: error }, 'the time could not be kept for the next start');
    });
  };
  if (clock.jumpBeforeStart !== 0) tellJump(log, clock.jumpBeforeStart);
  await keep();
  const refusals = new HttpRefusals(log);
  const metrics = new RelayMetrics(log, now, refusals);
  const workers = new ChannelWorkers(log);
  const turns = new Turns();
  const claims = new ClaimRoom(heapMemory());
  const threads = openMessageThreads({ heapMb: Math.max(128, Math.floor(heapMemory() / 2 / 2 ** 20)) });
  const wake = (channels?: ReadonlySet<string>): void => {
    workers.wake(channels);
  };
  outbox.onWork(wake);
  const watchdog = new Watchdog({
    outbox,
    settings: () => config.watchdog,
    log,
    clock,
    ticks,
    onStored: wake,
  });
  const lookForWatchdog = async (): Promise<void> => {
    await watchdog.look().finally(() => {
      metrics.watchdogAt = watchdog.seenAt === undefined ? undefined : clock.fromSteady(watchdog.seenAt);
    });
  };
  // Where the store is away for a moment, the next look finds out.
  await lookForWatchdog().catch(() => undefined);
  const storeWatch = new StoreWatch({
    outbox,
    policy: () => config,
    log,
    now,
    onStored: wake,
  });
  const acceptor = new Acceptor({
    inbox: outbox,
    metrics,
    log,
    now,
    onStored: wake,
    // Also where no watchdog is expected: one that comes all the same is no news for people.
    policy: () => ({
      route: config.route,
      dedup: config.dedup,
      watchdog: config.watchdog?.alertname ?? DEFAULT_WATCHDOG,
    }),
    onWatchdog: (at) => {
      metrics.watchdogAt = at;
      watchdog.seen();
    },
  });

  const tell = relayDoorTeller(log, first.listen);
  const tellWhatIsOpen = (): void => {
    if (front !== undefined) tell(stateOfFront().door, new URL(front.url).port);
  };
  let web = first.web.config;
  const stateOfFront = (): FrontState => ({ door: doorOf({ ...config, listen: first.listen }, web), isStopping });
  const doors = watchDoors(first.web, log, (next) => {
    web = next;
    front?.become(stateOfFront());
    tellWhatIsOpen();
  });
  metrics.doors = doors;
  const giveUpRemoved = async (): Promise<void> => {
    const givenUp = await outbox.giveUpRemovedChannels(
      config.channels.map((channel) => channel.name),
      now(),
      config.fallback,
    );
    if (givenUp > 0)
      log.error(
        { notifications: givenUp },
        'notifications waited for channels that are not in the configuration any more: they are dead letters now',
      );
  };
  const use = async (next: RelayConfig): Promise<void> => {
    await workers.become(
      next.channels.map((channel) =>
        planOf(channel, next, { outbox, metrics, log, turns, claims, threads, clock: deliveryClock(clock) }),
      ),
    );
    config = next;
    front?.become(stateOfFront());
    tellWhatIsOpen();
    metrics.configure(next.channels.map((channel) => channel.name));
    await giveUpRemoved().catch((error: unknown) => {
      log.error(
        { err: error },
        'what waits for channels that are gone could not be made dead letters yet; it is tried again',
      );
    });
    workers.wake();
  };
  const reload = oneAtATime(async (): Promise<readonly Problem[]> => {
    if (isStopping) return [{ key: 'reload', where: 'the relay', wanted: 'a relay that is not stopping' }];
    const read = reread();
    const problems = read.ok ? await use(read.config).then(() => [], buildProblem) : read.problems;
    metrics.reloads.with().set(problems.length === 0 ? 1 : 0);
    if (problems.length > 0) log.error({ problems }, 'the configuration was not taken: nothing has changed');
    else log.info({ restart: read.ok ? needRestart(first, read.config) : [] }, 'the configuration was read again');
    // With a configuration that would not start like this, nobody may open a door.
    await doors?.look(problems.length === 0);
    return problems;
  });

  await use(config);
  metrics.reloads.with().set(1);
  const limits = bodyLimits(config.limits.bodyBytes, heapMemory());
  const core = coreOf({
    acceptor,
    outbox,
    metrics,
    reload,
    wake,
    now,
    log,
    isStopping: () => isStopping,
    channels: () => config.channels.map((each) => each.name),
    refusals,
  });
  const started = await Front.start({
    settings: {
      ...config.listen,
      connections: config.limits.connections,
      ...(config.probeListen && { probes: config.probeListen }),
      limits,
      state: stateOfFront(),
      version,
    },
    core,
    refusals,
    countPost: (result) => {
      metrics.posts.with(result).inc();
    },
    onDeath: () => {
      metrics.httpRestarts.with().inc();
    },
    log,
  }).catch(async (error: unknown) => {
    await workers.close();
    await threads.close();
    throw error;
  });
  front = started;
  log.info(
    {
      url: `${started.url}/webhook/alertmanager`,
      channels: config.channels.map((each) => each.name),
      store: shownPlace(config.storage.place),
      bodyBytes: limits.bytes,
    },
    'taking alerts',
  );

  tellWhatIsOpen();
  doors?.begin();

  const lookAtClock = async (): Promise<void> => {
    const jump = await clock.look();
    if (jump === 0) return;
    if (metrics.watchdogAt !== undefined) metrics.watchdogAt += jump;
    tellJump(log, jump);
    await keep();
  };
  const running = Promise.all([
    repeat(CLOCK_MS, signal, log, 'the clock could not be looked at', lookAtClock),
    repeat(WATCH_MS, signal, log, 'the watchdog could not be looked after', lookForWatchdog),
    repeat(HELD_MS, signal, log, 'what was held back could not be told', () => acceptor.tellHeld()),
    repeat(WATCH_MS, signal, log, 'the place of the store could not be looked at', async () => {
      await storeWatch.look();
      metrics.isStoreLost = storeWatch.isLost;
    }),
    repeat(UPKEEP_MS, signal, log, 'the store could not be tidied up', async () => {
      await keep();
      await giveUpRemoved();
      await tidy(outbox, config, now(), signal);
    }),
  ]);
  return {
    url: started.url,
    closed: running,
    reload,
    [Symbol.asyncDispose]: async () => {
      isStopping = true;
      await doors?.close();
      started.become(stateOfFront());
      // The workers let requests in flight end, while posts are still answered: 503, try again.
      await Promise.all([workers.close(), running]);
      await threads.close();
      await started.close();
      await keep();
      await outbox.close();
    },
  };
}

function planOf(
  channel: ChannelConfig,
  config: RelayConfig,
  {
    threads,
    ...deps
  }: Pick<DeliveryDependencies, 'outbox' | 'metrics' | 'log' | 'turns' | 'claims' | 'clock'> & {
    readonly threads: MessageThreads;
  },
): WorkerPlan {
  const {
    fallback,
    delivery: { horizonMs },
  } = config;
  return {
    name: channel.name,
    version: JSON.stringify([channel.version, templatesVersion(channel.templates), fallback, horizonMs]),
    build: () => {
      const { name, budget, timeoutMs } = channel;
      const {
        channel: sender,
        messages,
        limit,
        idempotent,
      } = setUpChannel(channel, {
        now: Date.now,
        steady: deps.clock.steady,
      });
      const strays = messages.templates?.strays ?? [];
      if (strays.length > 0) deps.log.warn({ channel: name, strays }, 'files among the templates are never read');
      return {
        settings: { name, budget, timeoutMs, fallback, horizonMs, limit, idempotent },
        channel: sender,
        making: new MessageMaking({ ...deps, setup: messages, threads }),
        ...deps,
        random: Math.random,
      };
    },
  };
}

function deliveryClock({ now, steady }: RelayClock): Clock {
  return {
    now,
    steady,
    wait: async (ms, signal) => {
      await abortableDelay(ms, signal);
    },
  };
}

function tellJump(log: Log, ms: number): void {
  log.warn(
    { seconds: Math.round(ms / 1000) },
    `the clock was set ${ms > 0 ? 'forward' : 'back'} (or the machine slept): pauses, budgets, deadlines and ` +
      'deduplication go on as if it had not been',
  );
}

/** A store that was opened may be away for a moment, as while another server of its takes over. */
async function whenStoreAnswers<T>(ask: () => Promise<T>, log: Log, signal: AbortSignal): Promise<T> {
  const mayBeSaid = onceIn(QUIET_MS, ticks);
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof StoreUnavailable) || signal.aborted) throw error;
      if (mayBeSaid()) log.warn({ err: error }, 'the store does not answer: waiting for it');
      await abortableDelay(STORE_PAUSE_MS, signal);
    }
  }
}

async function tidy(outbox: Outbox, { storage }: RelayConfig, now: number, signal: AbortSignal): Promise<void> {
  const limits = { deliveredBefore: now - storage.retentionMs, seenBefore: now - STATES_KEPT_MS };
  // A slice at a time, with room for posts between two.
  while (!signal.aborted && (await outbox.prune(limits)) > 0) await abortableDelay(50, signal);
}

async function repeat(
  ms: number,
  signal: AbortSignal,
  log: Log,
  trouble: string,
  work: () => Promise<void>,
): Promise<void> {
  const mayBeSaid = onceIn(QUIET_MS, ticks);
  while (await abortableDelay(ms, signal))
    await work().catch((error: unknown) => {
      if (mayBeSaid()) log.error({ err: error }, trouble);
    });
}

function oneAtATime<T>(work: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const next = last.then(work, work);
    last = next;
    return next;
  };
}

function buildProblem(error: unknown): readonly Problem[] {
  return [
    {
      key: 'channels',
      where: 'the configuration',
      wanted: 'channels that can be built',
      fix: (error as Error).message,
    },
  ];
}

/** What a reload cannot change. */
function needRestart(before: RelayConfig, after: RelayConfig): readonly string[] {
  const fixed = ({
    listen,
    probeListen,
    web,
    storage,
    limits,
    logLevel,
  }: RelayConfig): Readonly<Record<string, unknown>> => ({
    listen,
    probe_listen: probeListen,
    web_config_file: web.file,
    // Compared, never shown: a new password needs new connections.
    storage: storage.place.kind === 'postgres' ? storage.place.url.reveal() : storage.place.path,
    limits,
    log_level: logLevel,
  });
  const [old, now] = [fixed(before), fixed(after)];
  return Object.keys(old).filter((key) => JSON.stringify(old[key]) !== JSON.stringify(now[key]));
}
