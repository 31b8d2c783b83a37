// A post's way to its answer, on a store in memory: what is told, what is kept, and that an answer is always given.
import { describe, expect, test } from '@jest/globals';
import { memoryLog } from '@celery-watch/service';
import { RelayMetrics } from '../metrics/relay-metrics.js';
import type { Notification } from '../notification/index.js';
import { openMemoryOutbox, StoreUnavailable, type Outbox } from '../outbox/index.js';
import { request } from '../outbox/testing.js';
import { parseMatchers, type Route } from '../route/route.js';
import { Acceptor } from './acceptor.js';

const NOW = 1_800_000_000_000;
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

function bench(outbox: Outbox = openMemoryOutbox()) {
  const { log, lines } = memoryLog();
  const metrics = new RelayMetrics(log, () => NOW);
  const watchdogs: number[] = [];
  const acceptor = new Acceptor({
    inbox: outbox,
    metrics,
    log,
    now: () => NOW,
    onStored: () => undefined,
    onWatchdog: (at) => {
      watchdogs.push(at);
    },
    policy: () => ({ route: ROOT, dedup: { windowMs: 150_000, longestMs: 600_000 }, watchdog: 'Watchdog' }),
  });
  const told = async (channel: string): Promise<readonly Notification[]> =>
    (await outbox.claim(channel, request(NOW, { digest: true })))?.notifications ?? [];
  const post = (body: unknown, start?: string) =>
    acceptor.accept(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), start);
  return { acceptor, metrics, lines, watchdogs, told, post, outbox };
}

const alert = (alertname: string, labels: object = {}) => ({
  status: 'firing',
  labels: { alertname, ...labels },
  annotations: {},
  startsAt: new Date(NOW).toISOString(),
});
const group = (...alerts: object[]) => ({
  version: '4',
  receiver: 'r',
  groupKey: 'g',
  groupLabels: { alertname: 'x' },
  alerts,
});

describe('a post', () => {
  test('is told to its channels once', async () => {
    const { post, told } = bench();
    expect(await post(group(alert('x')))).toEqual({
      status: 200,
      body: { status: 'accepted', news: 1, reminder: 0, duplicate: 0, channels: ['root'] },
    });
    expect(await post(group(alert('x')))).toMatchObject({ body: { duplicate: 1, channels: [] } });
    expect((await told('root')).flatMap((each) => each.changes.map(({ labels }) => labels['alertname']))).toEqual([
      'x',
    ]);
  });

  test('of the same group to two named starts is told by both', async () => {
    const { post, told } = bench();
    await post(group(alert('x')), 'team-a');
    expect(await post(group(alert('x')), 'team-b')).toMatchObject({ body: { news: 1, channels: ['b'] } });
    expect([(await told('a')).length, (await told('b')).length]).toEqual([1, 1]);
  });

  test('to a name that nobody knows starts at the root', async () => {
    expect(await bench().post(group(alert('x', { team: 'a' })), 'nobody')).toMatchObject({
      status: 200,
      body: { channels: ['a'] },
    });
  });

  test('with labels of megabytes is answered, told with a visible cut, and logged in short', async () => {
    const { post, told, lines } = bench();
    const huge = 'x'.repeat(12_000_000);
    expect(await post({ ...group(alert('x', { huge })), groupLabels: { huge } })).toMatchObject({ status: 200 });
    const [notification] = await told('root');
    expect(notification?.changes[0]?.labels['huge']).toMatch(/^x{65536}…$/);
    expect(Math.max(...lines.map((line) => JSON.stringify(line).length))).toBeLessThan(2_000);
  });

  test('without an alert leaves a line in the log, and people hear of alerts that were left out of it', async () => {
    const { post, told, lines } = bench();
    expect(await post(group())).toMatchObject({ status: 200, body: { alerts: 0 } });
    expect(await told('root')).toEqual([]);
    expect(lines.at(-1)).toMatchObject({ level: 'warn', msg: 'a post holds no alert', truncated: 0 });
    expect(await post({ ...group(), truncatedAlerts: 3 })).toMatchObject({ status: 200, body: { alerts: 0 } });
    const [notification] = await told('root');
    expect(notification?.changes[0]).toMatchObject({
      labels: { alertname: 'AlertRelayTruncatedPost' },
      annotations: { description: expect.stringMatching(/^3 alerts were left out/) },
    });
    expect(lines.some(({ msg, truncated }) => msg === 'a post holds no alert' && truncated === 3)).toBe(true);
  });

  test('of the watchdog is noted and told to nobody; its end is no sign of life', async () => {
    const { post, told, watchdogs } = bench();
    expect(await post(group(alert('Watchdog')))).toMatchObject({ status: 200 });
    await post(group({ ...alert('Watchdog'), status: 'resolved' }));
    expect([watchdogs, await told('root')]).toEqual([[NOW], []]);
  });
});

describe('what is no post of AlertManager', () => {
  test('is kept, refused and told once', async () => {
    const { post, told, outbox, metrics } = bench();
    for (const body of ['{"alerts":', 'no JSON at all']) expect(await post(body)).toMatchObject({ status: 400 });
    expect((await outbox.figures()).quarantined).toBe(2);
    expect((await told('root')).map((each) => each.changes[0]?.labels['alertname'])).toEqual([
      'AlertRelayUnreadablePost',
    ]);
    expect(await metrics.page('text', await outbox.figures())).toContain(
      'alert_relay_posts_total{result="unreadable"} 2',
    );
  });

  test('but JSON, reaches people as it is', async () => {
    const { post, told } = bench();
    expect(await post({ hello: 'world' })).toMatchObject({ status: 200 });
    expect((await told('root'))[0]?.changes[0]?.annotations['description']).toBe('{"hello":"world"}');
  });
});

test('what cannot be stored is answered with 503, whatever is in it', async () => {
  const outbox = openMemoryOutbox();
  const broken: Outbox = {
    ...outbox,
    record: () => Promise.reject(new StoreUnavailable('disk full')),
    quarantine: () => Promise.reject(new StoreUnavailable('disk full')),
  };
  const { post, acceptor } = bench(broken);
  for (const body of [group(alert('x')), '{"alerts":', { hello: 1 }]) expect((await post(body)).status).toBe(503);
  expect((await acceptor.refuseTooLarge({ en: 'too large', zh: '过大' })).status).toBe(503);
});
