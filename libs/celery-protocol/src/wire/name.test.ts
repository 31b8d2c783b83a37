// Nodenames: the host is what follows the first @.
import { describe, expect, it } from '@jest/globals';
import { hostOf } from './name.js';

describe('hostOf', () => {
  it.each([
    ['celery@host', 'host'],
    ['a.b@host.example', 'host.example'],
    ['gen123@vm', 'vm'],
    ['host', 'host'],
    ['', ''],
    ['@', ''],
    ['a@b@c', 'b@c'],
    ['@host', 'host'],
  ])('of %j is %j', (nodename, host) => {
    expect(hostOf(nodename)).toBe(host);
  });
});
