// Wrong logins: ten in a minute are a mistake, more are guesses; each client has its own minute.
import { expect, it } from '@jest/globals';
import { FailedLogins } from './failed-logins.js';

it('takes ten wrong ones in a minute for a mistake, each further one of the same client is one too many', () => {
  let now = 0;
  const logins = new FailedLogins(() => now);
  const failures = (address: string, count: number) => Array.from({ length: count }, () => logins.failed(address));
  expect(failures('192.0.2.1', 12)).toEqual([...Array.from({ length: 10 }, () => false), true, true]);
  expect(failures('192.0.2.2', 1)).toEqual([false]);
  // The same client, as an IPv6 socket shows it.
  expect(failures('::ffff:192.0.2.1', 1)).toEqual([true]);
  now = 60_000;
  expect(failures('192.0.2.1', 11)).toEqual([...Array.from({ length: 10 }, () => false), true]);
});

it('takes a network of IPv6 for one client, and remembers a thousand at most', () => {
  const logins = new FailedLogins(() => 0);
  for (let n = 0; n < 11; n++) logins.failed(`2001:db8:0:7::${n.toString(16)}`);
  expect(logins.failed('2001:db8:0:7:ffff::1')).toBe(true);
  expect(logins.failed('2001:db8:0:8::1')).toBe(false);
  for (let n = 0; n < 1_000; n++) logins.failed(`10.0.${n >> 8}.${n & 255}`);
  expect(logins.failed('2001:db8:0:7::1')).toBe(false);
});
