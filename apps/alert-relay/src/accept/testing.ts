// Hands for tests of accepting: an acceptor on a store in memory, posts, and what was told.
import { memoryLog } from '@celery-watch/service';
import { RelayMetrics } from '../metrics/relay-metrics.js';
import type { Notification } from '../notification/index.js';
import { openMemoryOutbox, type Outbox } from '../outbox/index.js';
import { contentsOf, request } from '../outbox/testing.js';
import { parseMatchers, type Route } from '../route/route.js';
import { Acceptor } from './acceptor.js';

export const NOW = 1_800_000_000_000;
const route = (channels: string[], rest: Partial<Route> = {}): Route => ({
  name: undefined,
  matchers: [],
  channels,
  continue: false,
  routes: [],
  ...rest,
});
const ROOT = route(['root'], {
  routes: [
    route(['a'], { name: 'team-a', matchers: parseMatchers('team="a"') }),
    route(['b'], { name: 'team-b', matchers: parseMatchers('team="b"') }),
  ],
});

export function bench(outbox: Outbox = openMemoryOutbox()) {
  const { log, lines } = memoryLog();
  const clock = { now: NOW };
  const metrics = new RelayMetrics(log, () => clock.now);
  const watchdogs: number[] = [];
  const later: (() => void)[] = [];
  const acceptor = new Acceptor({
    inbox: outbox,
    metrics,
    log,
    now: () => clock.now,
    onStored: () => undefined,
    onWatchdog: (at) => {
      watchdogs.push(at);
    },
    seldom: { ticks: () => clock.now, later: (_, then) => later.push(then) },
    policy: () => ({ route: ROOT, dedup: { windowMs: 150_000, longestMs: 600_000 }, watchdog: 'Watchdog' }),
  });
  /** What waits for a channel; it is delivered then. */
  const told = async (channel: string): Promise<readonly Notification[]> => {
    const claim = await outbox.claim(channel, request(clock.now, { digest: true }));
    if (claim === undefined) return [];
    await outbox.settle(claim, { kind: 'delivered', at: clock.now });
    return contentsOf(claim);
  };
  const post = (body: unknown, start?: string) =>
    acceptor.accept(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), start);
  return { acceptor, metrics, lines, watchdogs, told, post, outbox, clock, later };
}

export const alert = (alertname: string, labels: object = {}) => ({
  status: 'firing',
  labels: { alertname, ...labels },
  annotations: {},
  startsAt: new Date(NOW).toISOString(),
});
export const group = (...alerts: object[]) => ({
  version: '4',
  receiver: 'r',
  groupKey: 'g',
  groupLabels: { alertname: 'x' },
  alerts,
});

/** What notifications tell, in a line each. */
export const words = (notifications: readonly Notification[]): string[] =>
  notifications.flatMap(({ kind, changes }) =>
    changes.map((each) => `${kind}: ${each.labels['alertname'] ?? ''} ${each.status}`),
  );
