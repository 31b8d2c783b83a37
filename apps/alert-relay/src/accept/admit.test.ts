// What a post changes: who is told of what, what is remembered, and where an episode begins and ends.
import { describe, expect, test } from '@jest/globals';
import { episodeKey, type Alert } from '../notification/index.js';
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
    expect([...admission.states.keys()]).toEqual([alert('a'), alert('b')].map(episodeKey));
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

  test('of a new episode of a known alert is news, and so is fire, resolve, fire with one start', () => {
    const first = after(post([alert('a')]));
    expect(post([alert('a', {}, { startsAt: NOW })], first).kinds.news).toBe(1);
    const second = after(post([resolved('a')], first, undefined, {}, NOW + 1_000));
    expect(post([alert('a')], second, undefined, {}, NOW + 2_000).kinds.news).toBe(1);
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
