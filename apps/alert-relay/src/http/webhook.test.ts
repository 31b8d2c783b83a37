// Who may post, and how a post is counted.
import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { HttpRefusals, memoryLog, Secret } from '@celery-watch/service';
import type { Request, Response } from 'express';
import type { Acceptor, PostResponse } from '../accept/acceptor.js';
import { RelayMetrics } from '../metrics/relay-metrics.js';
import { challenge, isAllowed, webhook } from './webhook.js';

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
  expect(isAllowed(auth, header)).toBe(allowed);
});

test('a client that was refused learns the scheme and nothing else', () => {
  expect([challenge(BEARER), challenge(BASIC)]).toEqual([
    'Bearer realm="alert-relay"',
    'Basic realm="alert-relay", charset="UTF-8"',
  ]);
});

test.each([
  ['refused where people could be told', 413, 'refused'],
  ['tried again where they could not', 503, 'unavailable'],
] as const)(
  'a post that is too large is %s, and counted so; the log says it once a minute',
  async (_, status, result) => {
    const { log, lines } = memoryLog();
    const refusals = new HttpRefusals(log, () => 0);
    const metrics = new RelayMetrics(log, () => 0, refusals);
    const acceptor = { refuseTooLarge: (): Promise<PostResponse> => Promise.resolve({ status, body: {} }) };
    const take = webhook({
      auth: () => ({ kind: 'none' }),
      acceptor: acceptor as unknown as Acceptor,
      metrics,
      isStopping: () => false,
      limits: { bytes: 10, values: 10, isByMemory: false },
      refusals,
      log,
    });
    for (let n = 0; n < 3; n++) {
      const request = Object.assign(new PassThrough(), { headers: {}, params: {}, socket: {} }).end('x'.repeat(11));
      const answered: number[] = [];
      const response = { status: (given: number) => (answered.push(given), response), json: () => response };
      await take(request as unknown as Request, response as unknown as Response, () => undefined);
      expect(answered).toEqual([status]);
    }
    const page = await metrics.page('text', undefined);
    const counts = page.split('\n').filter((line) => /^alert_relay_posts_total\{.* [^0]/.test(line));
    expect(counts).toEqual([expect.stringContaining(`"${result}"} 3`)]);
    expect(lines).toEqual([
      expect.objectContaining({ reason: 'too_large', why: expect.stringMatching(/over limits\.body_bytes/) }),
    ]);
  },
);
