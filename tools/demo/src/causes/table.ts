// The buttons of the demo: each is something that really happens to the watched site, how it shows on the exporter's
// page, and how it is repaired.
import type { Scrape } from '@celery-watch/testbed';
import { BROKERS } from '../parts/broker.js';
import { type Shop, VICTIM } from '../parts/shop.js';
import type { PartState, Site } from '../parts/site.js';

export interface Cause {
  /** On the button. */
  readonly title: string;
  /** In a terminal and on the page. */
  readonly key: string;
  /** The alerts that it should raise; the first of them is the one to wait for. */
  readonly alerts: readonly [string, ...string[]];
  /** Whether it needs the broker. */
  readonly needsBroker: boolean;
  /** Does it; gives what was done, for people. */
  make(): Promise<string>;
  /** Undoes it; gives what was done. Resolves at once: that all is well again shows on the page. */
  repair(): Promise<string>;
  /** The metric that shows it, with its value; undefined: not yet. `before`: the page before it was made. */
  seen(page: Scrape, before: Scrape): string | undefined;
  /** The metric that shows that it is mended. `before`: the page before it was repaired. */
  mended(page: Scrape, before: Scrape): string | undefined;
}

const IMAGES = 600;
/** No task of the shop takes so long. */
const HANGS_FROM_SECONDS = 2;

export type CauseName = 'fail' | 'kill' | 'fill' | 'stop' | 'hang';

export function causesOf({ shop, broker }: Pick<Site, 'shop' | 'broker'>): Readonly<Record<CauseName, Cause>> {
  return {
    fail: failingTasks(shop),
    kill: {
      title: 'Kill a worker',
      key: 'k',
      alerts: ['CeleryWorkerDown', 'CeleryTasksLost'],
      needsBroker: false,
      make: async () => {
        const worker = shop.worker(VICTIM);
        if (worker?.running !== true) throw new Error(`${VICTIM} does not run`);
        await worker.kill();
        return `SIGKILL to ${VICTIM}, process ${worker.pid}`;
      },
      repair: async () => {
        await shop.startWorker(VICTIM);
        return `${VICTIM} started again`;
      },
      ...gauge(
        `celery_worker_up{worker="${VICTIM}"}`,
        (page) => page.value('celery_worker_up', { worker: VICTIM }),
        (up) => up === 0,
      ),
    },
    fill: {
      title: 'Fill a queue',
      key: 'q',
      alerts: ['HighCeleryQueueLength', 'CeleryQueueNotDraining'],
      needsBroker: true,
      make: async () => {
        await shop.send('shop.resize_image', IMAGES);
        return `${IMAGES} images sent at once to the queue “images”`;
      },
      repair: async () => {
        await broker.purge('images');
        return 'the queue “images” was purged';
      },
      ...gauge(
        'celery_queue_length{queue="images"}',
        (page) => page.sum('celery_queue_length', { queue: 'images' }),
        (length) => length > 100,
      ),
    },
    stop: {
      title: `Stop ${broker.title}`,
      key: 'r',
      alerts: ['CeleryRedisConnectionFailed'],
      needsBroker: true,
      make: async () => {
        const { pid } = broker.process;
        await broker.stop();
        return `${broker.program} stopped, process ${pid}`;
      },
      repair: async () => {
        await broker.restart();
        return `${broker.program} started again`;
      },
      ...gauge(
        'celery_broker_up',
        (page) => page.value('celery_broker_up'),
        (up) => up === 0,
      ),
    },
    hang: {
      title: 'Hang a task',
      key: 'h',
      alerts: ['CeleryTaskRunningTooLong'],
      needsBroker: true,
      make: async () => {
        shop.set('supplier-hangs', true);
        await shop.send('shop.sync_stock', 1).catch((error: unknown) => {
          shop.set('supplier-hangs', false);
          throw error;
        });
        return 'the supplier of shop.sync_stock takes the call and never answers';
      },
      repair: () => {
        shop.set('supplier-hangs', false);
        return Promise.resolve('the supplier answers again');
      },
      ...gauge(
        'celery_task_longest_running_seconds{name="shop.sync_stock"}',
        (page) => page.sum('celery_task_longest_running_seconds', { name: 'shop.sync_stock' }),
        (seconds) => seconds > HANGS_FROM_SECONDS,
      ),
    },
  };
}

function failingTasks(shop: Shop): Cause {
  const name = 'shop.charge_card';
  const failures = (page: Scrape): number =>
    page.sum('celery_task_failures_total', { name, exception: 'ConnectionError' });
  const successes = (page: Scrape): number => page.sum('celery_tasks_total', { name, state: 'succeeded' });
  return {
    title: 'Make tasks fail',
    key: 'f',
    alerts: ['CeleryTaskFailing', 'HighCeleryTaskFailureRate'],
    needsBroker: false,
    make: () => {
      shop.set('bank-away', true);
      return Promise.resolve(`the bank does not answer: each ${name} raises ConnectionError`);
    },
    repair: () => {
      shop.set('bank-away', false);
      return Promise.resolve('the bank answers again');
    },
    seen: (page, before) =>
      failures(page) > failures(before)
        ? `celery_task_failures_total{exception="ConnectionError"} ${failures(page)}`
        : undefined,
    mended: (page, before) =>
      successes(page) > successes(before)
        ? `celery_tasks_total{name="${name}",state="succeeded"} ${successes(page)}`
        : undefined,
  };
}

/** For a cause that one gauge shows: it is on while the value is bad. */
function gauge(
  metric: string,
  read: (page: Scrape) => number | undefined,
  isBad: (value: number) => boolean,
): Pick<Cause, 'seen' | 'mended'> {
  const when = (page: Scrape, bad: boolean): string | undefined => {
    const value = read(page);
    return value !== undefined && isBad(value) === bad ? `${metric} ${Math.round(value * 10) / 10}` : undefined;
  };
  return { seen: (page) => when(page, true), mended: (page) => when(page, false) };
}

/** The parts of which each of these takes one down on purpose. */
const TAKEN_DOWN: Partial<Readonly<Record<CauseName, readonly string[]>>> = {
  kill: [`worker ${VICTIM}`],
  stop: Object.values(BROKERS).map(({ title }) => title),
};

/** `isOn`: whether that cause is on, or being made or mended now. */
export function unexpectedlyDown(
  parts: readonly PartState[],
  isOn: (cause: CauseName) => boolean,
): readonly PartState[] {
  const excused = (Object.keys(TAKEN_DOWN) as CauseName[]).filter(isOn).flatMap((cause) => TAKEN_DOWN[cause] ?? []);
  return parts.filter(({ name, up }) => !up && !excused.includes(name));
}
