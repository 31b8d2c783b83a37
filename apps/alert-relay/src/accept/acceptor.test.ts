// A post's way to its answer, on a store in memory: what is told, what is kept, and that an answer is always given.
import { describe, expect, test } from '@jest/globals';
import { openMemoryOutbox, StoreUnavailable, type Outbox } from '../outbox/index.js';
import { alert, bench, group, NOW, words } from './testing.js';

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

  test('of what is pending or silenced is counted and told to nobody', async () => {
    const { post, told, metrics, outbox } = bench();
    expect(await post(group({ ...alert('x'), status: 'pending' }))).toMatchObject({ status: 200, body: { alerts: 0 } });
    expect(await told('root')).toEqual([]);
    expect(await metrics.page('text', await outbox.figures())).toContain('alert_relay_alerts_total{kind="quiet"} 1');
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

test('posts that a store that is away does not take are logged once a minute, with how many there were', async () => {
  let why = 'it is away';
  const { post, lines, later, clock } = bench({
    ...openMemoryOutbox(),
    record: () => Promise.reject(new StoreUnavailable(why)),
  });
  for (let i = 0; i < 90; i += 1) await post(group(alert('x')));
  const said = (): unknown[] =>
    lines.map(({ level, msg, err, more }) => [level, msg, (err as { message: string }).message, more]);
  const text = 'a post could not be stored; AlertManager was told to try again';
  expect(said()).toEqual([['error', text, 'it is away', undefined]]);
  why = 'it is still away';
  await post(group(alert('x')));
  clock.now += 60_000;
  for (const then of later.splice(0)) then();
  expect(said().slice(1)).toEqual([['error', text, 'it is still away', 89]]);
  clock.now += 60_000;
  for (const then of later.splice(0)) then();
  await post(group(alert('x')));
  expect(said().slice(2)).toEqual([['error', text, 'it is still away', undefined]]);
});

describe('a post that nobody can read', () => {
  test('is told with its own moment; the next one, later, is news and no reminder of the first', async () => {
    const { post, told, clock } = bench();
    clock.now = NOW + 120_000;
    await post('rubbish');
    expect(await told('root')).toMatchObject([{ kind: 'news', changes: [{ startsAt: NOW + 120_000 }] }]);
    clock.now = NOW + 4 * 3_600_000;
    await post('other rubbish');
    expect(await told('root')).toMatchObject([{ kind: 'news', changes: [{ startsAt: clock.now }] }]);
  });

  test('that comes again and again is told once, and again after the longest silence', async () => {
    const { post, told, clock } = bench();
    for (let second = 0; second < 660; second += 60) {
      clock.now = NOW + second * 1_000;
      await post('rubbish');
    }
    await post('rubbish');
    clock.now += 60_000;
    await post('rubbish');
    expect(words(await told('root'))).toEqual([
      'news: AlertRelayUnreadablePost firing',
      'reminder: AlertRelayUnreadablePost firing',
    ]);
  });

  test('hides no post that is too large, nor the other way round', async () => {
    const { acceptor, post, told } = bench();
    await post('rubbish');
    await acceptor.refuseTooLarge({ en: '5 bytes', zh: '5' });
    await acceptor.refuseTooLarge({ en: '6 bytes', zh: '6' });
    await post('rubbish');
    expect(words(await told('root'))).toEqual([
      'news: AlertRelayUnreadablePost firing',
      'news: AlertRelayUnreadablePost firing',
    ]);
  });

  test('but is JSON is no news twice where it is sent again, and is where another one comes', async () => {
    const { post, told, clock } = bench();
    await post({ hello: 'world' });
    clock.now += 5_000;
    await post({ hello: 'world' });
    expect(words(await told('root'))).toEqual(['news: AlertRelayUnknownPost firing']);
    await post({ hello: 'moon' });
    expect(words(await told('root'))).toEqual(['news: AlertRelayUnknownPost firing']);
    clock.now += 24 * 3_600_000;
    await post({ hello: 'world' });
    expect(await told('root')).toMatchObject([{ kind: 'news', changes: [{ startsAt: clock.now }] }]);
  });
});

test('an alert that cannot be read takes no other along, and is told where they are, as urgently as they', async () => {
  const { post, told, outbox, clock } = bench();
  const good = alert('x', { team: 'a', severity: 'critical' });
  const odd = { status: 'firing', labels: null, annotations: { summary: 'db1 is down' } };
  const body = { ...group(good, odd), groupLabels: { team: 'a' } };
  expect(await post(body)).toMatchObject({ status: 200, body: { news: 2, channels: ['a'] } });
  const [notification] = await told('a');
  expect(notification?.changes.map(({ labels }) => [labels['alertname'], labels['severity']])).toEqual([
    ['x', 'critical'],
    ['AlertRelayUnreadableAlert', 'critical'],
  ]);
  expect(notification?.changes[1]?.annotations).toMatchObject({
    summary: '1 of 2 alerts of a post could not be read',
    description: expect.stringMatching(
      /alerts\[1\]: its labels are null, no object.*"summary":"db1 is down"/,
    ) as unknown,
    summary_zh: '一次请求的 2 条告警中有 1 条无法读取',
  });
  expect((await outbox.figures()).quarantined).toBe(1);
  clock.now += 5_000;
  expect(await post(body)).toMatchObject({ body: { news: 0, duplicate: 2 } });
});

test('a post of which AlertManager has cut everything off leaves a line in the log', async () => {
  const { post, lines } = bench();
  expect(await post({ ...group(), truncatedAlerts: 3 })).toMatchObject({ status: 200 });
  expect(lines).toContainEqual(expect.objectContaining({ truncated: 3, receiver: 'r' }));
});

test.each([
  ['knows by the key of version 1', `f@${NOW}`, 'duplicate'],
  ['does not know', `other@${NOW}`, 'news'],
])('an alert that the store %s is counted so', async (_, key, kind) => {
  const { post, outbox } = bench();
  await outbox.record('r\ng', [], () => ({
    states: new Map([[key, { status: 'firing', seenAt: NOW, toldAt: NOW }]]),
    episode: 'e',
    entries: [],
  }));
  expect(await post(group({ ...alert('x'), fingerprint: 'f' }))).toMatchObject({ body: { [kind]: 1 } });
});

test('a store that holds no key of version 1 is asked for one key of each alert', async () => {
  const outbox = openMemoryOutbox();
  const asked: (readonly string[])[] = [];
  const { post } = bench({
    ...outbox,
    record: (key, keys, decide) => {
      asked.push(keys);
      return outbox.record(key, keys, decide);
    },
  });
  await post(group(alert('x'), alert('y')));
  expect(asked.map(({ length }) => length)).toEqual([2]);
});
