// A secret never shows itself, and a URL never shows its password.
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { redactUrl, Secret } from './secret.js';

describe('a secret', () => {
  const secret = new Secret('hunter2');

  it('gives its value only when asked for it', () => {
    expect(secret.reveal()).toBe('hunter2');
  });

  it('prints as [redacted] in every way of printing', () => {
    const printed = [
      ''.concat(secret as unknown as string),
      String(secret),
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ deep: [secret] }, { showHidden: true }),
    ];
    for (const text of printed) {
      expect(text).toContain('[redacted]');
      expect(text).not.toContain('hunter2');
    }
  });
});

describe('redactUrl', () => {
  it.each([
    ['redis://:hunter2@redis:6379/0', 'redis://:[redacted]@redis:6379/0'],
    ['redis://user:hunter2@redis:6379/0', 'redis://user:[redacted]@redis:6379/0'],
    ['redis://:p@ss/w%40rd?x#y@redis:6379/0', 'redis://:[redacted]@redis:6379/0'],
    ['redis://:12/34@redis:6379/0', 'redis://:[redacted]@redis:6379/0'],
    ['redis://:a://b@redis:6379', 'redis://:[redacted]@redis:6379'],
    ['redis://:pa"ss\'w@redis', 'redis://:[redacted]@redis'],
    ['redis://user:pa ss@redis:6379', 'redis://user:[redacted]@redis:6379'],
    ['redis://:hunter2', 'redis://:[redacted]'],
    ['redis://:a?key=b&c@redis:6379', 'redis://:[redacted]@redis:6379'],
    ['redis://:a?key=b@redis:6379', 'redis://:[redacted]'],
    ['redis://:[redacted]@redis:6379/0', 'redis://:[redacted]@redis:6379/0'],
    ['sentinel://:pw1@a:1;sentinel://:pw2@b:2/0', 'sentinel://:[redacted]@a:1;sentinel://:[redacted]@b:2/0'],
    ['amqp://u:pw1@a/v;amqp://u:pw2@b/v', 'amqp://u:[redacted]@a/v;amqp://u:[redacted]@b/v'],
    ['sentinel://a:1;sentinel://:pw2@b:2/0', 'sentinel://a:1;sentinel://:[redacted]@b:2/0'],
    [
      'cannot reach redis://:pw1@a:1, amqp://guest:pw2@b:2//: gone',
      'cannot reach redis://:[redacted]@a:1, amqp://guest:[redacted]@b:2//: gone',
    ],
    [
      '{"url":"redis://:pw1@a:1/0","mail":"me@example.com"}',
      '{"url":"redis://:[redacted]@a:1/0","mail":"me@example.com"}',
    ],
    ['redis//:hunter2@h', 'redis//:[redacted]@h'],
    ['redis:/:hunter2@h', 'redis:/:[redacted]@h'],
    ['redis;//user:hun/t@er2@h:6379/0', 'redis;//user:[redacted]@h:6379/0'],
    ['redis:://:hunter2@h', 'redis:://:[redacted]@h'],
    ['cannot listen on rediss//:hunter2@h port 9808', 'cannot listen on rediss//:[redacted]@h port 9808'],
    ['rediss//:hunter2@h;sentinel://x', 'rediss//:[redacted]@h;sentinel://x'],
  ])('hides the password in %s', (text, clean) => {
    expect(redactUrl(text)).toBe(clean);
  });

  it.each([
    [
      'https://x.test/robot/send?access_token=abc123&timestamp=1&sign=d%2Fe',
      'https://x.test/robot/send?access_token=[redacted]&timestamp=1&sign=[redacted]',
    ],
    ['https://x.test/send?key=abc-123', 'https://x.test/send?key=[redacted]'],
    [
      'redis://h:1/0?password=p@ss;w;redis://h:2/0?PASSWORD=x',
      'redis://h:1/0?password=[redacted];redis://h:2/0?PASSWORD=[redacted]',
    ],
    ['GET /hook?token=abc failed', 'GET /hook?token=[redacted] failed'],
    ['{"url":"https://x.test/?key=abc","n":1}', '{"url":"https://x.test/?key=[redacted]","n":1}'],
  ])('hides secret query parameters in %s', (text, clean) => {
    expect(redactUrl(text)).toBe(clean);
  });

  it('takes time in proportion to a text of anybody', () => {
    for (const text of ['a/:'.repeat(100_000), 'a:///'.repeat(100_000), `${'a/b:'.repeat(100_000)}@`]) {
      const start = performance.now();
      redactUrl(text);
      expect(performance.now() - start).toBeLessThan(2_000);
    }
  });

  it.each([
    'redis://localhost:6379/0',
    'redis://localhost',
    'redis://[::1]:6379/0',
    'redis://user@redis:6379/0',
    'sentinel://a:26379;sentinel://b:26379/0',
    'http://0.0.0.0:9808/metrics?monkey=1&keys=2',
    'nothing at https://x.test/a:b/c, write to me@example.com',
    'listening on http://127.0.0.1:9808.',
    'at open (file:///srv/app/node_modules/@scope/x.js:12:5)',
    'memory://',
    'no address here: a@b',
    'tasks.ts:12: see apps/exporter/src/x.ts:3, or write to me@example.com',
    'worker prefork/1@host',
  ])('leaves %s as it is', (text) => {
    expect(redactUrl(text)).toBe(text);
  });
});
