// What a post changes: who is told of what, what is remembered, and where an episode begins and ends.
import { describe, expect, test } from '@jest/globals';
import { identityOf, type Alert } from '../notification/index.js';
import type { KnownGroup } from '../outbox/outbox.js';
import { parseMatchers, type Route } from '../route/route.js';
import { admit, type Admission, type GroupPost } from './admit.js';

const NOW = 1_800_000_000_000;
const GROUP = { key: 'default\n{}:{}', receiver: 'default', labels: {}, externalURL: '' };
const alert = (fingerprint: string, labels: Record<string, string> = {}, rest: Partial<Alert> = {}): Alert => ({
  status: 'firing',
  labels: { alertname: fingerprint, ...labels },
  annotations: {},
  startsAt: NOW - 60_000,
  generatorURL: '',
  fingerprint,
  ...rest,
});
const resolved = (fingerprint: string, labels: Record<string, string> = {}): Alert =>
  alert(fingerprint, labels, { status: 'resolved', endsAt: NOW });
const route = (channels: string[], matcher?: string, rest: Partial<Route> = {}): Route => ({
  name: undefined,
  matchers: matcher === undefined ? [] : parseMatchers(matcher),
  channels,
  continue: false,
  routes: [],
  ...rest,
});
const NOTHING: KnownGroup = { states: new Map(), episode: undefined };

function post(
  alerts: Alert[],
  known: KnownGroup = NOTHING,
  start: Route = route(['mail']),
  rest: Partial<GroupPost> = {},
  now = NOW,
): Admission {
  return admit(
    { group: GROUP, alerts, truncated: 0, ...rest },
    known,
    { start, dedup: { windowMs: 150_000, longestMs: 600_000 }, newId: () => 'new-episode' },
    now,
  );
}
const after = ({ states, episode }: Admission): KnownGroup => ({ states, episode });
const told = ({ entries }: Admission): unknown =>
  entries.map(({ channels, notification: { kind, changes, standing } }) => [
    channels.join('+'),
    kind,
    changes.map((each) => `${each.fingerprint}:${each.status}`).join(' '),
    standing.count,
  ]);

describe('a post', () => {
  test('of new alerts tells them, opens an episode and remembers them', () => {
    const admission = post([alert('a'), alert('b')]);
    expect(told(admission)).toEqual([['mail', 'news', 'a:firing b:firing', 0]]);
    expect(admission).toMatchObject({ episode: 'new-episode', kinds: { news: 2, reminder: 0, duplicate: 0 } });
    expect(admission.entries[0]?.notification).toMatchObject({
      episode: { id: 'new-episode', opened: true },
      acceptedAt: NOW,
      group: GROUP,
    });
    expect([...admission.states.keys()]).toEqual([alert('a'), alert('b')].map(identityOf));
  });

  test('that comes twice is told once', () => {
    const again = post([alert('a')], after(post([alert('a')])), undefined, {}, NOW + 5_000);
    expect([again.entries, again.kinds.duplicate]).toEqual([[], 1]);
  });

  test('with one change tells that one and counts what stands', () => {
    const known = after(post([alert('a'), alert('b'), alert('c')]));
    expect(told(post([alert('a'), resolved('b'), alert('c'), alert('d')], known, undefined, {}, NOW + 60_000))).toEqual(
      [['mail', 'news', 'b:resolved d:firing', 2]],
    );
  });

  test('shows the most urgent of what stands first, however many there are', () => {
    const many = [
      ...Array.from({ length: 30 }, (_, i) => alert(`w${i}`, { severity: 'warning' })),
      alert('worst', { severity: 'critical' }),
    ];
    const known = after(post(many));
    const [entry] = post([...many, alert('new')], known, undefined, {}, NOW + 1_000).entries;
    expect([
      entry?.notification.standing.count,
      entry?.notification.standing.alerts[0]?.fingerprint,
      entry?.notification.standing.alerts.length,
    ]).toEqual([31, 'worst', 20]);
  });

  test('without a change, after the window, is a reminder of what fires', () => {
    const known = after(post([alert('a'), alert('b')]));
    expect(told(post([alert('a'), alert('b')], known, undefined, {}, NOW + 12 * 3_600_000))).toEqual([
      ['mail', 'reminder', 'a:firing b:firing', 0],
    ]);
  });

  test('with the same alert twice in it counts the second as a duplicate', () => {
    expect(post([alert('a'), alert('a')]).kinds).toEqual({ news: 1, reminder: 0, duplicate: 1 });
  });

  test('of alerts that differ in their labels tells all of them, whatever their fingerprints say', () => {
    const three = ['h1', 'h2', 'h3'].map((host) => alert('deadbeef', { host }));
    const first = post(three);
    expect(first.kinds).toEqual({ news: 3, reminder: 0, duplicate: 0 });
    expect(post(three, after(first), undefined, {}, NOW + 1_000).kinds).toEqual({ news: 0, reminder: 0, duplicate: 3 });
  });

  test('of the same labels under another fingerprint and another start tells nothing new', () => {
    const first = after(post([alert('a')]));
    expect(post([{ ...alert('a'), fingerprint: 'other', startsAt: NOW - 75_000 }], first).kinds.duplicate).toBe(1);
  });

  test('of what fires is told with the start of its episode', () => {
    const first = after(post([alert('a')]));
    const again = post([alert('a', {}, { startsAt: NOW - 30_000 }), alert('b')], first, undefined, {}, NOW + 60_000);
    expect(again.entries[0]?.notification.standing.alerts[0]?.startsAt).toBe(NOW - 60_000);
  });
});

describe('an old firing after its end', () => {
  const fired = after(post([alert('a'), alert('b')]));
  const over = after(post([resolved('a'), alert('b')], fired, undefined, {}, NOW + 1_000));
  const stale = post([alert('a'), alert('b')], over, undefined, {}, NOW + 2_000);
  const written = (content: string | undefined): unknown => JSON.parse(content ?? 'null');
  const hold = (held: GroupPost): string => JSON.stringify(held);
  const admitted = (alerts: Alert[], known: KnownGroup, now: number, heldUntil?: number): Admission =>
    admit(
      { group: GROUP, alerts, truncated: 0, ...(heldUntil !== undefined && { heldUntil }) },
      known,
      { start: route(['mail']), dedup: { windowMs: 150_000, longestMs: 600_000 }, newId: () => 'new-episode', hold },
      now,
    );

  test('is told to nobody yet, neither as news nor as standing, and is written down', () => {
    expect(stale).toMatchObject({ entries: [], kinds: { news: 0, duplicate: 1, held: 1 } });
    const withNews = admitted([alert('a'), alert('b'), alert('c')], over, NOW + 2_000);
    expect(told(withNews)).toEqual([['mail', 'news', 'c:firing', 1]]);
    expect(withNews.held?.dueAt).toBe(NOW + 62_000);
    expect(written(withNews.held?.content)).toMatchObject({ group: GROUP, alerts: [{ labels: { alertname: 'a' } }] });
    // Once: the third member of the cluster says the same.
    expect(admitted([alert('a')], after(withNews), NOW + 3_000).held).toBeUndefined();
  });

  test('opens no episode of its group, and is told when its time has come', () => {
    const alone = after(post([resolved('a')], after(post([alert('a')])), undefined, {}, NOW + 1_000));
    const held = admitted([alert('a')], alone, NOW + 2_000);
    expect(held.episode).toBeUndefined();
    const released = admitted([alert('a')], after(held), NOW + 62_000, NOW + 62_000);
    expect(told(released)).toEqual([['mail', 'news', 'a:firing', 0]]);
    expect(released.entries[0]?.notification).toMatchObject({
      episode: { opened: true },
      changes: [{ startsAt: NOW - 60_000, endedBefore: NOW }],
    });
  });

  test('that was taken back is told to nobody, and the episode of the others goes on', () => {
    const back = after(post([resolved('a'), alert('b')], after(stale), undefined, {}, NOW + 20_000));
    const released = admitted([alert('a')], back, NOW + 62_000, NOW + 62_000);
    expect([released.entries, released.episode]).toEqual([[], 'new-episode']);
  });
});

describe('a store of version 1', () => {
  test('knows what fires, so that an upgrade tells nothing twice; but of one fingerprint only the first', () => {
    const states = new Map([[`f@${NOW - 60_000}`, { status: 'firing' as const, seenAt: NOW, toldAt: NOW }]]);
    const two = ['h1', 'h2'].map((host) => alert('f', { host }));
    expect(post(two, { states, episode: 'old' }, undefined, {}, NOW + 1_000)).toMatchObject({
      kinds: { news: 1, duplicate: 1 },
      episode: 'old',
    });
  });
});

describe('an episode of a group', () => {
  test('goes on while anything fires and ends with the last', () => {
    const first = post([alert('a'), alert('b')]);
    const second = post([resolved('a'), alert('b')], after(first));
    expect([second.episode, second.entries[0]?.notification.episode]).toEqual([
      'new-episode',
      { id: 'new-episode', opened: false },
    ]);
    const third = post([resolved('b')], after(second));
    expect([third.episode, third.entries[0]?.notification.episode.opened]).toEqual([undefined, false]);
  });

  test('does not end with a list that AlertManager has cut', () => {
    expect(post([resolved('a')], { states: new Map(), episode: 'old' }, undefined, { truncated: 3 }).episode).toBe(
      'old',
    );
  });
});

describe('channels', () => {
  const start = route(['mail'], undefined, {
    routes: [
      route(['slack', 'mail'], 'severity="critical"'),
      route([], 'alertname="quiet"'),
      route(['slack'], 'team="web"'),
    ],
  });
  const critical = { severity: 'critical' };

  test('each sees its own alerts, and those that see the same share one notification', () => {
    expect(told(post([alert('a', critical), alert('b'), alert('c', { team: 'web' })], NOTHING, start))).toEqual([
      ['slack', 'news', 'a:firing c:firing', 0],
      ['mail', 'news', 'a:firing b:firing', 0],
    ]);
    expect(told(post([alert('a', critical)], NOTHING, start))).toEqual([['slack+mail', 'news', 'a:firing', 0]]);
  });

  test('a channel without news gets none because of another', () => {
    const known = after(post([alert('a', critical), alert('b')], NOTHING, start));
    expect(told(post([alert('a', critical), resolved('b')], known, start, {}, NOW + 1_000))).toEqual([
      ['mail', 'news', 'b:resolved', 1],
    ]);
  });

  test('what a route sends to nobody is remembered and told to nobody', () => {
    const admission = post([alert('quiet')], NOTHING, start);
    expect([admission.entries, admission.states.size]).toEqual([[], 1]);
  });
});
