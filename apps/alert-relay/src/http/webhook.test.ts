// How a post that is too large is answered, and counted.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { HttpRefusals, memoryLog } from '@celery-watch/service';
import type { Acceptor, PostResponse } from '../accept/acceptor.js';
import { RelayMetrics } from '../metrics/relay-metrics.js';
import { openMemoryOutbox } from '../outbox/memory/memory-outbox.js';
import { coreOf } from './core-answers.js';
import { webhook } from './webhook.js';

test.each([
  ['refused where people could be told', 413, 'refused'],
  ['tried again where they could not', 503, 'unavailable'],
] as const)(
  'a post that is too large is %s, and counted so; the log says it once a minute',
  async (_, status, result) => {
    const { log, lines } = memoryLog();
    const refusals = new HttpRefusals(log, { ticks: () => 0, later: () => undefined });
    const metrics = new RelayMetrics(log, () => 0, refusals);
    const acceptor = { refuseTooLarge: (): Promise<PostResponse> => Promise.resolve({ status, body: {} }) };
    const core = coreOf({
      acceptor: acceptor as unknown as Acceptor,
      metrics,
      outbox: openMemoryOutbox(),
      refusals,
      log,
      isStopping: () => false,
      reload: () => Promise.resolve([]),
      wake: () => undefined,
      channels: () => [],
      now: () => 0,
    });
    const take = webhook({
      core,
      state: () => ({ isStopping: false }),
      stoodStill: () => false,
      limits: { bytes: 10, values: 10, isByMemory: false },
      refusals,
      countPost: () => undefined,
    });
    for (let n = 0; n < 3; n++) {
      const request = Object.assign(new PassThrough(), { headers: {}, socket: {} }).end('x'.repeat(11));
      const answered: number[] = [];
      const response = { writeHead: (given: number) => (answered.push(given), response), end: () => response };
      await take(request as unknown as IncomingMessage, response as unknown as ServerResponse, undefined);
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
