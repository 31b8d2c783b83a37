// What becomes of a channel's settings on their way to another thread.
import { expect, test } from '@jest/globals';
import { Secret } from '@celery-watch/service';
import { packed, revived } from './packed.js';

test('settings come out as they went in, secrets at any depth included', () => {
  const settings = {
    url: new Secret('https://example.com/token'),
    headers: { 'X-Key': new Secret('k1'), __proto__x: new Secret('k2') },
    list: [new Secret('a'), 'b', { c: new Secret('d') }],
    nothing: null,
    absent: undefined,
    limit: 12,
    on: true,
  };
  const there = revived(structuredClone(packed(Object.freeze(settings)))) as typeof settings;
  expect(there.url.reveal()).toBe('https://example.com/token');
  expect(Object.entries(there.headers).map(([name, secret]) => [name, secret.reveal()])).toEqual([
    ['X-Key', 'k1'],
    ['__proto__x', 'k2'],
  ]);
  expect((there.list[0] as Secret).reveal()).toBe('a');
  expect((there.list[2] as { c: Secret }).c.reveal()).toBe('d');
  expect(there).toMatchObject({ nothing: null, limit: 12, on: true });
});

test('what is no data is refused with its place', () => {
  expect(() => packed({ tls: { check: () => true } })).toThrow('tls.check: a function cannot go to another thread');
});
