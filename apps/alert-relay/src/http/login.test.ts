// Who may post.
import { expect, test } from '@jest/globals';
import { Secret } from '@celery-watch/service';
import { challenge, isAllowed, loginOf } from './login.js';

const BEARER = { kind: 'bearer', token: new Secret('tøken') } as const;
const BASIC = { kind: 'basic', username: 'am', password: new Secret('pass:word') } as const;
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

test.each([
  [BEARER, 'Bearer tøken', true],
  [BEARER, 'bearer  tøken', true],
  [BEARER, 'Bearer tøkeN', false],
  [BEARER, 'Basic tøken', false],
  [BEARER, 'Bearer', false],
  [BEARER, '', false],
  [BEARER, undefined, false],
  [BASIC, basic('am:pass:word'), true],
  [BASIC, basic('am:pass'), false],
  [BASIC, basic('pm:pass:word'), false],
  [BASIC, 'Bearer am:pass:word', false],
  [{ kind: 'none' } as const, undefined, true],
])('%j with the header %j: %s', (auth, header, allowed) => {
  expect(isAllowed(loginOf(auth), header)).toBe(allowed);
});

test('a client that was refused learns the scheme and nothing else', () => {
  expect([challenge(loginOf(BEARER)), challenge(loginOf(BASIC))]).toEqual([
    'Bearer realm="alert-relay"',
    'Basic realm="alert-relay", charset="UTF-8"',
  ]);
});
