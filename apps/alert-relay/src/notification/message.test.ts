// What one message says of notifications that waited together.
import { describe, expect, test } from '@jest/globals';
import type { Alert, Group } from './alert.js';
import { compose, type Message } from './message.js';
import type { Notification } from './notification.js';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 24, 2, 0);
const at = (minute: number): number => START + minute * MINUTE;

function group(name: string): Group {
  return { key: `celery-relay\n${name}`, receiver: 'celery-relay', labels: { alertname: name }, externalURL: '' };
}
const QUEUES = group('HighCeleryQueueLength');
const WORKERS = group('CeleryWorkerDown');

function firing(what: string, minute: number, severity = 'warning', name = 'HighCeleryQueueLength'): Alert {
  return {
    status: 'firing',
    labels: { alertname: name, queue: what, severity },
    annotations: {},
    startsAt: at(minute),
    generatorURL: '',
    fingerprint: `${name}-${what}`,
    identity: `${name}-${what}`,
  };
}

function resolved(alert: Alert, minute: number): Alert {
  return { ...alert, status: 'resolved', endsAt: at(minute) };
}

function note(
  acceptedAt: number,
  changes: readonly Alert[],
  more: Partial<Notification> & { stands?: readonly Alert[] } = {},
): Notification {
  const { stands = [], ...rest } = more;
  return {
    kind: 'news',
    group: QUEUES,
    episode: { id: 'e1', opened: false },
    acceptedAt: at(acceptedAt),
    changes,
    standing: { count: stands.length, alerts: stands.slice(0, 20) },
    truncated: 0,
    ...rest,
  };
}

const story = (message: Message, i = 0): string[] =>
  (message.alerts[i]?.story ?? []).map((step) => `${step.status} ${(step.at - START) / MINUTE}`);
const queues = (message: Message): string[] =>
  message.alerts.map(({ alert }) => `${alert.labels['queue'] ?? ''} ${alert.status}`);

test('no notification is no message', () => {
  expect(() => compose([], at(0))).toThrow('at least one');
});

test('an unsent firing and its resolve are one alert that says both', () => {
  const a = firing('a', 2);
  const message = compose([note(3, [a]), note(5, [resolved(a, 4)])], at(9));
  expect(queues(message)).toEqual(['a resolved']);
  expect(story(message)).toEqual(['firing 2', 'resolved 4']);
  expect(message).toMatchObject({
    status: 'resolved',
    counts: { firing: 0, resolved: 1, reminded: 0, standing: 0 },
    acceptedAt: at(3),
    composedAt: at(9),
  });
});

test('a resolve of what people were told of before says only that', () => {
  expect(story(compose([note(5, [resolved(firing('a', 2), 4)])], at(5)))).toEqual(['resolved 4']);
});

test('an alert that flaps keeps every change in order, and its newest state leads', () => {
  const first = firing('a', 1);
  const again = firing('a', 3);
  const message = compose(
    [
      note(1, [first]),
      note(2, [resolved(first, 2)]),
      note(3, [again]),
      note(4, [resolved(again, 4)]),
      note(6, [firing('a', 6)]),
    ],
    at(7),
  );
  expect(queues(message)).toEqual(['a firing']);
  expect(story(message)).toEqual(['firing 1', 'resolved 2', 'firing 3', 'resolved 4', 'firing 6']);
  expect(message.alerts[0]?.alert.startsAt).toBe(at(6));
  expect(message.counts).toMatchObject({ firing: 1, resolved: 0 });
});

test('an alert that comes back with the same start is a change like any other', () => {
  const a = firing('a', 1);
  expect(story(compose([note(1, [a]), note(2, [resolved(a, 2)]), note(3, [a])], at(3)))).toEqual([
    'firing 1',
    'resolved 2',
    'firing 1',
  ]);
});

test('the same change told twice is one step, with the newest time and the newest texts', () => {
  const a = firing('a', 1);
  const message = compose(
    [note(1, [a]), note(2, [resolved(a, 2)]), note(3, [{ ...resolved(a, 3), annotations: { summary: 'newer' } }])],
    at(3),
  );
  expect(story(message)).toEqual(['firing 1', 'resolved 3']);
  expect(message.alerts[0]?.alert.annotations).toEqual({ summary: 'newer' });
});

test('a resolve without an end ended when the relay learned of it, not when it began', () => {
  const a: Alert = { ...firing('a', 1), status: 'resolved' };
  expect(story(compose([note(7, [a])], at(8)))).toEqual(['resolved 7']);
});

test('the same labels in two groups are two alerts', () => {
  const a = firing('a', 1);
  const message = compose([note(1, [a]), note(1, [resolved(a, 2)], { group: WORKERS })], at(3));
  expect(message.alerts).toHaveLength(2);
  expect(message.alerts.every((each) => each.story.length === 1)).toBe(true);
});

describe('a reminder', () => {
  test('alone is a reminder, and counts as reminded', () => {
    expect(compose([note(300, [firing('a', 1)], { kind: 'reminder' })], at(300))).toMatchObject({
      kind: 'reminder',
      counts: { firing: 0, reminded: 1 },
      status: 'firing',
    });
  });

  test('after unsent news stays news', () => {
    const a = firing('a', 1);
    const message = compose([note(1, [a]), note(300, [a], { kind: 'reminder' })], at(300));
    expect(message).toMatchObject({ kind: 'news', counts: { firing: 1, reminded: 0 } });
    expect(story(message)).toEqual(['firing 1']);
  });

  test('that was not sent becomes news when its alert resolves', () => {
    const a = firing('a', 1);
    const message = compose([note(300, [a], { kind: 'reminder' }), note(301, [resolved(a, 301)])], at(302));
    expect(message).toMatchObject({ kind: 'news', counts: { firing: 0, reminded: 0, resolved: 1 } });
    expect(message.alerts[0]?.reminder).toBe(false);
  });

  test('beside news of another alert counts apart and comes after it', () => {
    const message = compose(
      [
        note(300, [firing('old', 1)], { kind: 'reminder' }),
        note(301, [firing('new', 301)], { stands: [firing('old', 1)] }),
      ],
      at(302),
    );
    expect(message.counts).toMatchObject({ firing: 1, reminded: 1, standing: 0 });
    expect(queues(message)).toEqual(['new firing', 'old firing']);
  });
});

describe('what stands', () => {
  test('is what the newest post of the group says', () => {
    const [a, b, c] = [firing('a', 0), firing('b', 0), firing('c', 3)];
    const message = compose(
      [note(1, [resolved(firing('x', 0), 1)], { stands: [a, b] }), note(3, [c], { stands: [a] })],
      at(3),
    );
    expect(message.counts.standing).toBe(1);
    expect(message.standing).toEqual([a]);
  });

  test('does not hold what the message tells of, though a later post counted it as standing', () => {
    const [a, b] = [firing('a', 1), firing('b', 2)];
    const message = compose([note(1, [a]), note(2, [b], { stands: [a] })], at(2));
    expect(message.counts).toMatchObject({ firing: 2, standing: 0 });
    expect(message.standing).toEqual([]);
  });

  test('is counted right where an alert that is told of is in no later post', () => {
    const [a, b, c] = [firing('a', 1), firing('b', 2), firing('c', 0)];
    expect(compose([note(1, [a]), note(2, [b], { stands: [c] })], at(2)).counts.standing).toBe(1);
  });

  test('is counted without what is told where a post carries only the first few', () => {
    const many = Array.from({ length: 50 }, (_, i) => firing(`s${i}`, 0));
    const told = many.slice(30, 35);
    const message = compose(
      [note(1, told), note(2, [firing('new', 2)], { standing: { count: 50, alerts: many.slice(0, 20) } })],
      at(2),
    );
    expect(message.counts).toMatchObject({ firing: 6, standing: 45 });
    expect(message.standing).toHaveLength(20);
  });

  test('adds up over groups', () => {
    const message = compose(
      [
        note(1, [firing('a', 1)], { stands: [firing('b', 0)] }),
        note(1, [firing('w', 1)], { group: WORKERS, stands: [firing('v', 0), firing('u', 0)] }),
      ],
      at(2),
    );
    expect(message.counts.standing).toBe(3);
  });

  test('keeps the message firing, and as urgent as it is', () => {
    const message = compose(
      [note(1, [resolved(firing('a', 0), 1)], { stands: [firing('b', 0), firing('c', 0, 'critical')] })],
      at(1),
    );
    expect(message).toMatchObject({ status: 'firing', urgency: 'critical' });
    expect(message.standing.map(({ labels }) => labels['queue'])).toEqual(['c', 'b']);
  });

  test('does not raise the urgency of what is all over', () => {
    expect(compose([note(1, [resolved(firing('a', 0, 'info'), 1)])], at(1))).toMatchObject({
      status: 'resolved',
      urgency: 'info',
    });
  });
});

test('what a message tells is as urgent as its own alerts, whatever stands beside them', () => {
  const standing = { stands: [firing('b', 0, 'critical')] };
  expect(compose([note(1, [firing('a', 1, 'info')], standing)], at(1))).toMatchObject({
    urgency: 'critical',
    told: { status: 'firing', urgency: 'info' },
  });
  expect(compose([note(1, [resolved(firing('a', 0), 1)], standing)], at(1))).toMatchObject({
    status: 'firing',
    told: { status: 'resolved', urgency: 'warning' },
  });
  expect(
    compose([note(1, [resolved(firing('a', 0, 'critical'), 1), firing('c', 1, 'info')], standing)], at(1)).told,
  ).toEqual({ status: 'firing', urgency: 'info' });
});

test('what fires decides the urgency, not what is over', () => {
  const message = compose([note(1, [resolved(firing('a', 0, 'critical'), 1), firing('b', 1, 'info')])], at(1));
  expect(message.urgency).toBe('info');
});

test('a post that was cut proves no end', () => {
  expect(compose([note(1, [resolved(firing('a', 0), 1)], { truncated: 3 })], at(1))).toMatchObject({
    status: 'firing',
    counts: { truncated: 3 },
  });
});

test('firing comes before resolved, critical first, the oldest first', () => {
  const alerts = [
    resolved(firing('done', 0, 'critical'), 1),
    firing('info', 0, 'info'),
    firing('young', 5, 'critical'),
    firing('warning', 0),
    firing('old', 4, 'critical'),
  ];
  expect(queues(compose([note(6, alerts)], at(6)))).toEqual([
    'old firing',
    'young firing',
    'warning firing',
    'info firing',
    'done resolved',
  ]);
});

describe('a digest', () => {
  const message = compose(
    [
      note(1, [firing('q1', 1, 'critical'), firing('q2', 3)], { episode: { id: 'eq', opened: true } }),
      note(2, [firing('w1', 2, 'critical', 'CeleryWorkerDown'), firing('w2', 0, 'warning', 'CeleryWorkerDown')], {
        group: WORKERS,
        episode: { id: 'ew', opened: true },
      }),
      note(4, [firing('q3', 4, 'critical')], { episode: { id: 'eq', opened: false } }),
    ],
    at(5),
  );

  test('is what tells of more than one group', () => {
    expect(message.kind).toBe('digest');
    expect(message.groups).toEqual([QUEUES, WORKERS]);
  });

  test('keeps alerts of one name together below their urgency', () => {
    expect(queues(message)).toEqual(['w1 firing', 'q1 firing', 'q3 firing', 'w2 firing', 'q2 firing']);
  });

  test('is as old as its oldest notification', () => {
    expect(message.acceptedAt).toBe(at(1));
  });
});

describe('the episode', () => {
  test('is opened by a message that holds the notification that opened it', () => {
    expect(
      compose(
        [
          note(1, [firing('a', 1)], { episode: { id: 'e', opened: true } }),
          note(2, [firing('b', 2)], { episode: { id: 'e', opened: false } }),
        ],
        at(2),
      ).episode,
    ).toEqual({ id: 'e', opened: true });
  });

  test('is the newest where one ended and another began, so that what follows has its beginning', () => {
    const a = firing('a', 1);
    const message = compose(
      [
        note(1, [a], { episode: { id: 'old', opened: true } }),
        note(2, [resolved(a, 2)], { episode: { id: 'old', opened: false } }),
        note(3, [firing('a', 3)], { episode: { id: 'new', opened: true } }),
      ],
      at(3),
    );
    expect(message.episode).toEqual({ id: 'new', opened: true });
  });
});

describe('what another channel gave up', () => {
  const undelivered = { channel: 'oncall-ding', reason: 'credentials' };

  test('is said', () => {
    expect(compose([note(1, [firing('a', 1)], { undelivered })], at(2)).undelivered).toEqual(undelivered);
    expect(compose([note(1, [firing('a', 1)])], at(2))).not.toHaveProperty('undelivered');
  });

  test('does not overwrite newer news that waited here', () => {
    const a = firing('a', 1);
    const message = compose([note(5, [resolved(a, 4)]), note(1, [a], { undelivered })], at(6));
    expect(queues(message)).toEqual(['a resolved']);
    expect(story(message)).toEqual(['firing 1', 'resolved 4']);
  });
});

test('whatever the order of posts, every alert is told once and the numbers add up', () => {
  let seed = 7;
  const random = (n: number): number => (seed = (seed * 48_271) % 2_147_483_647) % n;
  for (let round = 0; round < 200; round++) {
    const state = new Map<string, Alert>();
    const notifications = Array.from({ length: 1 + random(12) }, (_, minute) => {
      const changes = Array.from({ length: 1 + random(4) }, () => {
        const name = `q${random(6)}`;
        const known = state.get(name);
        const next =
          known?.status === 'firing'
            ? resolved(known, minute)
            : firing(name, minute, ['critical', 'warning', 'info'][random(3)]);
        state.set(name, next);
        return next;
      });
      const told = new Set(changes.map(({ fingerprint }) => fingerprint));
      return note(minute, changes, {
        stands: [...state.values()].filter((alert) => alert.status === 'firing' && !told.has(alert.fingerprint)),
      });
    });
    const message = compose(notifications, at(60));
    const { counts } = message;
    const burning = [...state.values()].filter(({ status }) => status === 'firing').length;
    expect(counts.firing + counts.reminded + counts.standing).toBe(burning);
    expect(counts.firing + counts.reminded + counts.resolved).toBe(message.alerts.length);
    expect(message.status).toBe(burning > 0 ? 'firing' : 'resolved');
    for (const { alert, story: steps } of message.alerts) {
      expect(alert).toBe(state.get(alert.labels['queue'] ?? ''));
      expect(steps.at(-1)?.status).toBe(alert.status);
    }
  }
});

test('alerts that differ in a label are two, also where their sender gives both one fingerprint', () => {
  const [first, second] = ['h1', 'h2'].map((host) => {
    const { identity, ...alert } = firing('default', 2);
    return { ...alert, labels: { ...alert.labels, host, was: identity ?? '' }, fingerprint: 'deadbeef' };
  });
  const message = compose([note(at(3), [first as Alert, second as Alert])], at(3));
  expect(message.alerts.map(({ alert }) => alert.labels['host'])).toEqual(['h1', 'h2']);
});
