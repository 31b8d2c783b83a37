// Matchers and the walk through the tree, held against what `amtool config routes test` answers for the same.
import { describe, expect, test } from '@jest/globals';
import { parseMatchers } from './route.js';
import { channelsFor, routeNamed, type Route } from './route.js';

const matches = (text: string, labels: Record<string, string>): boolean =>
  parseMatchers(text).every((each) => each.matches(labels));

describe('matchers', () => {
  test.each([
    ['severity="critical"', { severity: 'critical' }, true],
    ['severity="critical"', { severity: 'warning' }, false],
    ['severity=critical', { severity: 'critical' }, true],
    ['severity != "critical"', {}, true],
    ['queue=~"mail|push"', { queue: 'push' }, true],
    ['queue=~"mail|push"', { queue: 'pushes' }, false],
    ['queue!~"mail.*"', { queue: 'mailbox' }, false],
    ['queue=~"(?i)MAIL"', { queue: 'mail' }, true],
    ['queue=""', {}, true],
    ['queue=', {}, true],
    ['queue=~".+"', {}, false],
    ['{severity="critical", team=~"a|b"}', { severity: 'critical', team: 'b' }, true],
    ['severity="critical",team="a"', { severity: 'critical', team: 'b' }, false],
    [String.raw`text="a \"quoted\" \\ one"`, { text: 'a "quoted" \\ one' }, true],
    [String.raw`text="two\nlines"`, { text: 'two\nlines' }, true],
    [String.raw`path=~"a\\.b"`, { path: 'a.b' }, true],
    [String.raw`path=~"a\\.b"`, { path: 'axb' }, false],
    ['"label with space"="x"', { 'label with space': 'x' }, true],
    ['constructor=~".+"', {}, false],
    ['__proto__=~".+"', {}, false],
    ['text=~"a.b"', { text: 'a\nb' }, true],
  ])('%s on %j is %s', (text, labels, expected) => {
    expect(matches(text, labels as Record<string, string>)).toBe(expected);
  });

  test.each([
    ['', /no matcher in it/],
    ['{}', /no matcher in it/],
    ['severity', /cannot be read from "severity" on/],
    ['a="b" c="d"', /cannot be read/],
    ["a='b'", /single quotes around 'b' would be part of the value: write a="b"/],
    ['severity=“critical”', /the sign “ in “critical” would be part of the value: write straight double quotes/],
    ['severity="critical",team=‘ops’', /the sign ‘/],
    ['severity=`critical`', /the sign `/],
    ['severity=«critical»', /the sign «/],
    ['severity=critical，team=ops', /the sign ，/],
    ['severity=~＂critical＂', /the sign ＂/],
    ['a=~"("', /regular expression "\("/],
    ['a=~"(?=x)"', /regular expression/],
  ])('%j is refused with a reason', (text, reason) => {
    expect(() => parseMatchers(text)).toThrow(reason);
  });

  test('an evil expression on a long text answers at once', () => {
    expect(matches('a=~"(a+)+b"', { a: 'a'.repeat(20_000) })).toBe(false);
  });
});

describe('the walk', () => {
  const leaf = (matcher: string, channels: string[], rest: Partial<Route> = {}): Route => ({
    name: undefined,
    matchers: parseMatchers(matcher),
    channels,
    continue: false,
    routes: [],
    ...rest,
  });
  const root: Route = {
    name: undefined,
    matchers: [],
    channels: ['mail'],
    continue: false,
    routes: [
      leaf('team="ops"', ['ops'], {
        continue: true,
        routes: [leaf('severity="critical"', ['ops', 'phone'], { name: 'ops-critical' })],
      }),
      leaf('severity="critical"', ['slack']),
      leaf('severity=~"critical|warning"', ['never for critical']),
      leaf('alertname="Quiet"', []),
    ],
  };

  test.each([
    [{}, ['mail']],
    [{ severity: 'critical' }, ['slack']],
    [{ severity: 'warning' }, ['never for critical']],
    [{ team: 'ops' }, ['ops']],
    [{ team: 'ops', severity: 'critical' }, ['ops', 'phone', 'slack']],
    [{ alertname: 'Quiet' }, []],
  ])('%j goes to %j', (labels, channels) => {
    expect(channelsFor(root, labels as Record<string, string>)).toEqual(channels);
  });

  test('a named start is found, and its own matchers are not asked', () => {
    const start = routeNamed(root, 'ops-critical');
    expect(start && channelsFor(start, { severity: 'none' })).toEqual(['ops', 'phone']);
    expect(routeNamed(root, 'nowhere')).toBeUndefined();
  });
});
